"""Trade-off records as plain data, for files that programs read."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from stockrail.workbench.store.tables import Tradeoff
from stockrail.workbench.tradeoffs.builds import WithoutRecord
from stockrail.workbench.tradeoffs.display import state_of
from stockrail.workbench.tradeoffs.fields import TradeoffFields
from stockrail.workbench.tradeoffs.records import RESULT_MONEY, REVIEWS


def as_data(
    rows: Sequence[Tradeoff], missing: Sequence[WithoutRecord], today: dt.date
) -> dict[str, list[dict[str, Any]]]:
    """Records, and builds without one; what is not known is None."""
    return {
        "records": [_record(row, today) for row in rows],
        "builds_without_record": [
            {
                **one.granted.build.model_dump(mode="json"),
                "granted_by": one.granted.granted_by,
                "why": one.reason,
            }
            for one in missing
        ],
    }


def _record(row: Tradeoff, today: dt.date) -> dict[str, Any]:
    fields = {name: getattr(row, "run_id" if name == "run" else name) for name in TradeoffFields.model_fields}
    return {
        "id": row.id,
        **fields,
        "review_date": row.review_date.isoformat(),
        "state": state_of(row, today),
        "created_by": row.created_by,
        "created_at": row.created_at.isoformat(),
        "reviews": row.data.get(REVIEWS, []),
        "closed_by": row.closed_by,
        "closed_at": None if row.closed_at is None else row.closed_at.isoformat(),
        "result": row.close_reason,
        "result_money": row.data.get(RESULT_MONEY),
    }
