"""Trade-off records: those there are, a new one, its reviews and its end."""

from typing import Annotated, Any, get_args

from fastapi import APIRouter, Form, Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import Response

from stockrail.web import tradeoff_changes
from stockrail.web.access import Changing, Signed, StoreDep
from stockrail.web.render import render, see
from stockrail.web.row_number import RowNumber
from stockrail.web.stale import Seen
from stockrail.web.views import tradeoffs
from stockrail.workbench.store.tables import ExitKind, TradeoffKind

router = APIRouter(prefix="/tradeoffs/records")

Words = Annotated[str, Form(max_length=20_000)]


class RecordForm(BaseModel):
    """The form of a new record: everything as text, the library says what is wrong with it."""

    model_config = ConfigDict(extra="ignore")

    kind: str = Field(default="", max_length=40)
    name: str = Field(default="", max_length=400)
    owner: str = Field(default="", max_length=400)
    reason: str = Field(default="", max_length=20_000)
    expected_result: str = Field(default="", max_length=20_000)
    expected_money: str = Field(default="", max_length=40)
    exit_kind: str = Field(default="", max_length=40)
    exit_plan: str = Field(default="", max_length=20_000)
    allocation_rule: str = Field(default="", max_length=20_000)
    customer_message: str = Field(default="", max_length=20_000)
    review_date: str = Field(default="", max_length=40)
    run: str = Field(default="", max_length=20)
    seen: str = Field(default="", max_length=400)

    @property
    def fields(self) -> dict[str, Any]:
        """Fields of the record, as `stockrail.workbench.tradeoffs.fields.TradeoffFields` has them."""
        return {name: value.strip() for name, value in self.model_dump(exclude={"seen"}).items()}


@router.get("")
def page(
    request: Request,
    store: StoreDep,
    visitor: Signed,
    closed: Annotated[bool, Query()] = False,
) -> Response:
    """Records that are open, with `closed` all of them."""
    view = tradeoffs.records_view(store, visitor.name, has_closed=closed)
    return render(request, "tradeoffs/records.html", visitor, view=view, has_closed=closed)


@router.get("/new")
def new(
    request: Request,
    store: StoreDep,
    visitor: Signed,
    kind: Annotated[str, Query(max_length=40)] = "funded_build",
    name: Annotated[str, Query(max_length=200)] = "",
    run: Annotated[str, Query(max_length=20)] = "",
) -> Response:
    """The form of a new record; the address may fill in some of it."""
    view = tradeoffs.records_view(store, visitor.name, has_closed=False)
    return render(
        request,
        "tradeoffs/new.html",
        visitor,
        view=view,
        kinds=get_args(TradeoffKind),
        exit_kinds=get_args(ExitKind),
        given={"kind": kind, "name": name, "run": run},
    )


@router.post("")
def add(
    request: Request, store: StoreDep, visitor: Changing, form: Annotated[RecordForm, Form()]
) -> Response:
    """Add a record."""
    row = tradeoff_changes.add(store, visitor.name, form.fields, form.seen)
    return see(request, f"/tradeoffs/records/{row.id}")


@router.get("/{number}")
def record(request: Request, store: StoreDep, visitor: Signed, number: RowNumber) -> Response:
    """A record, its reviews, and what can be decided."""
    view = tradeoffs.view(store, visitor.name, number)
    return render(
        request,
        "tradeoffs/record.html",
        visitor,
        currency=view.currency,
        view=view,
        today=store.clock().date(),
    )


@router.post("/{number}/review")
def review(
    request: Request,
    store: StoreDep,
    visitor: Changing,
    number: RowNumber,
    result: Words = "",
    next_review: Annotated[str, Form(max_length=40)] = "",
    seen: Seen = "",
) -> Response:
    """Hold a review: the record goes on."""
    tradeoff_changes.review(store, visitor.name, number, result, next_review, seen)
    return see(request, f"/tradeoffs/records/{number}")


@router.post("/{number}/close")
def close(
    request: Request,
    store: StoreDep,
    visitor: Changing,
    number: RowNumber,
    result: Words = "",
    result_money: Annotated[str, Form(max_length=40)] = "",
    seen: Seen = "",
) -> Response:
    """End a record with what came of it."""
    tradeoff_changes.close(store, visitor.name, number, result, result_money, seen)
    return see(request, f"/tradeoffs/records/{number}")
