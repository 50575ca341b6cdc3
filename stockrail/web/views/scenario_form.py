"""What the forms of a scenario offer: columns to change many rows of, conditions, fields of a new row."""

from pydantic import BaseModel, ConfigDict, Field

from stockrail.model import Instance
from stockrail.model.overlay import FIXED_ROWS
from stockrail.model.what_if import SETTINGS_TABLE
from stockrail.web.views.draft_instance import with_rules
from stockrail.web.views.grid_table import choices_of, require_table
from stockrail.workbench import scenarios
from stockrail.workbench.excel.column import Kind, columns_of, key_columns, units_text
from stockrail.workbench.scenario_editing.bulk_changes import condition_columns
from stockrail.workbench.scenario_editing.cell_input import text_of
from stockrail.workbench.scenario_editing.drafts import draft_of
from stockrail.workbench.store import Store


class _View(BaseModel):
    model_config = ConfigDict(frozen=True)


class FormColumnView(_View):
    """A column that many rows can be changed in."""

    name: str
    is_number: bool = Field(description="Whether it can be multiplied and added to.")
    allowed: str = Field(description="Unit and what may stand there.")


class NewCellView(_View):
    """A cell of a new row."""

    name: str
    allowed: str
    usual: str = Field(description="What a blank cell stands for; blank for none.")
    is_required: bool
    choices: tuple[str, ...]


class RuleFormView(_View):
    """What can be done with many rows of a table."""

    table: str
    columns: tuple[FormColumnView, ...] = Field(
        description="None for the settings, which are edited one by one."
    )
    condition_columns: tuple[str, ...]
    may_add_or_remove: bool = Field(description="Whether rows may come and go.")
    cells: tuple[NewCellView, ...] = Field(description="Of a new row.")


def form_view(store: Store, actor: str, name: str, table: str) -> RuleFormView:
    """What can be done with many rows of a table.

    Raises
    ------
    NotFoundError
        There is no such scenario or table.
    """
    require_table(table)
    instance = instance_of_draft(store, actor, name)
    if table == SETTINGS_TABLE:
        return RuleFormView(table=table, columns=(), condition_columns=(), may_add_or_remove=False, cells=())
    currency = instance.settings.currency
    keys, has_fixed_rows = key_columns(table), table in FIXED_ROWS
    return RuleFormView(
        table=table,
        columns=tuple(
            FormColumnView(
                name=column.name,
                is_number=column.kind in (Kind.NUMBER, Kind.WHOLE),
                allowed=units_text(column, currency),
            )
            for column in columns_of(table)
            if column.name not in keys
        ),
        condition_columns=tuple(condition_columns(table)),
        may_add_or_remove=not has_fixed_rows,
        cells=() if has_fixed_rows else _cells(instance, table),
    )


def instance_of_draft(store: Store, actor: str, name: str) -> Instance:
    """The baseline with the rules of the actor's draft."""
    return with_rules(store, draft_of(store, actor, scenarios.get(store, name)))[0]


def _cells(instance: Instance, table: str) -> tuple[NewCellView, ...]:
    return tuple(
        NewCellView(
            name=column.name,
            allowed=units_text(column, instance.settings.currency),
            usual=text_of(column.default) if column.has_default else "",
            is_required=not column.has_default and not column.is_nullable,
            choices=choices_of(instance, column),
        )
        for column in columns_of(table)
    )
