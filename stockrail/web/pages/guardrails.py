"""Guardrails: the limits in force with what they are worth, proposing others, and deciding on them."""

import datetime as dt
import json
from typing import Annotated

from fastapi import APIRouter, Form, Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import Response

from stockrail.web import guardrail_changes
from stockrail.web.access import Changing, Signed, StoreDep
from stockrail.web.given_cells import cells_in
from stockrail.web.guardrail_changes import Terms
from stockrail.web.pages.chart_pictures import chart_picture
from stockrail.web.pages.works import found_or_waiting
from stockrail.web.pictures import PictureFormat
from stockrail.web.render import render, see
from stockrail.web.row_number import MOST, RowNumber
from stockrail.web.stale import Seen
from stockrail.web.views import guardrail_draft, guardrail_least, guardrail_version, guardrails
from stockrail.workbench.errors import StateError
from stockrail.workbench.guardrail_sheets import BUILDS, GUARDRAILS, LIMITS, CellChange

router = APIRouter(prefix="/guardrails")

Run = Annotated[int | None, Query(ge=1, le=MOST)]
Basis = Annotated[str, Query(max_length=20)]
Reason = Annotated[str, Form(max_length=2000)]

GRIDS = {GUARDRAILS: "sheet-guardrails", LIMITS: "sheet-limits", BUILDS: "sheet-builds"}
"""Names of the grids on the page, by their sheet."""


class ProposalForm(BaseModel):
    """The form of a proposal; the changes of each grid are JSON."""

    model_config = ConfigDict(extra="ignore")

    basis: str = Field(default=guardrail_draft.IN_FORCE, max_length=20)
    guardrails: str = ""
    limits: str = ""
    builds: str = ""
    first_day: str = Field(default="", max_length=20)
    last_day: str = Field(default="", max_length=20)
    reason: str = Field(default="", max_length=2000)
    seen: str = Field(default="", max_length=400)

    @property
    def changes(self) -> list[CellChange]:
        """The changed cells of all grids.

        Raises
        ------
        InstanceError
            What the form holds is no list of cells.
        """
        sent = {GUARDRAILS: self.guardrails, LIMITS: self.limits, BUILDS: self.builds}
        return [
            CellChange(sheet, cell.row, cell.column, cell.value)
            for sheet, text in sent.items()
            for cell in cells_in(text)
        ]

    @property
    def terms(self) -> Terms:
        """From when on, and why.

        Raises
        ------
        StateError
            A day is none.
        """
        first = _day(self.first_day, "the first day")
        if first is None:
            raise StateError("Say from which day on the limits are to hold.")
        return Terms(first, _day(self.last_day, "the last day"), self.reason)


@router.get("")
def page(request: Request, store: StoreDep, visitor: Signed, run: Run = None) -> Response:
    """The limits in force, what a plan makes of them, and the versions there are."""
    view = guardrails.view(store, visitor.name, run)
    if view is None:
        return render(request, "guardrails/nothing.html", visitor)
    return render(
        request,
        "guardrails/page.html",
        visitor,
        currency=view.currency,
        view=view,
        charts=guardrails.charts(store, view),
        chosen_run=run,
    )


@router.get("/propose")
def propose_page(
    request: Request, store: StoreDep, visitor: Signed, basis: Basis = guardrail_draft.IN_FORCE
) -> Response:
    """Limits to edit and propose."""
    view = guardrail_draft.view(store, visitor.name, basis)
    if view is None:
        return render(request, "guardrails/nothing.html", visitor)
    return render(request, "guardrails/propose.html", visitor, currency=view.currency, view=view, grids=GRIDS)


@router.post("/preview")
def preview(
    request: Request, store: StoreDep, visitor: Changing, form: Annotated[ProposalForm, Form()]
) -> Response:
    """What the changes come to, against the limits in force; nothing is kept."""
    view = guardrail_changes.preview(store, visitor.name, form.basis, form.changes, form.seen)
    errors = {sheet: [one.model_dump() for one in view.errors.get(sheet, ())] for sheet in GRIDS}
    return render(request, "guardrails/preview.html", visitor, view=view, grids=GRIDS, errors=errors)


@router.post("")
def propose(
    request: Request, store: StoreDep, visitor: Changing, form: Annotated[ProposalForm, Form()]
) -> Response:
    """Propose the limits."""
    made = guardrail_changes.propose(store, visitor.name, form.basis, form.changes, form.terms, form.seen)
    answer = see(request, f"/guardrails/{made.id}")
    answer.headers["HX-Trigger"] = json.dumps({"grid:saved": {"grids": list(GRIDS.values())}})
    return answer


@router.get("/least")
def least(request: Request, store: StoreDep, visitor: Signed) -> Response:
    """How tight the limits in force could be."""
    if not guardrail_least.is_ready(store):
        page_that_waits = found_or_waiting(
            request,
            visitor,
            str(guardrail_least.key_of(store)),
            "How tight the limits could be",
            lambda on_step: guardrail_least.known_alone(store),
        )
        if page_that_waits is not None:
            return page_that_waits
    view = guardrail_least.view(store, visitor.name)
    if view is None:
        return render(request, "guardrails/nothing.html", visitor)
    return render(request, "guardrails/least.html", visitor, currency=view.currency, view=view)


@router.get("/charts/{key}.{kind}")
def chart(store: StoreDep, visitor: Signed, key: str, kind: PictureFormat, run: Run = None) -> Response:
    """A chart of the page as a picture."""
    view = guardrails.view(store, visitor.name, run)
    made = {} if view is None else guardrails.charts(store, view)
    return chart_picture(made.values(), key, kind, "guardrails")


@router.get("/{number}")
def version(request: Request, store: StoreDep, visitor: Signed, number: RowNumber) -> Response:
    """A version: its limits, what differs, and its decision."""
    view = guardrail_version.view(store, visitor.name, number)
    return render(request, "guardrails/version.html", visitor, currency=view.currency, view=view)


@router.post("/{number}/approve")
def approve(
    request: Request,
    store: StoreDep,
    visitor: Changing,
    number: RowNumber,
    reason: Reason = "",
    seen: Seen = "",
) -> Response:
    """Approve limits that somebody else proposed."""
    guardrail_changes.approve(store, visitor.name, number, reason, seen)
    return see(request, f"/guardrails/{number}")


@router.post("/{number}/reject")
def reject(
    request: Request,
    store: StoreDep,
    visitor: Changing,
    number: RowNumber,
    reason: Reason = "",
    seen: Seen = "",
) -> Response:
    """Reject limits that somebody else proposed."""
    guardrail_changes.reject(store, visitor.name, number, reason, seen)
    return see(request, f"/guardrails/{number}")


@router.post("/{number}/withdraw")
def withdraw(
    request: Request,
    store: StoreDep,
    visitor: Changing,
    number: RowNumber,
    reason: Reason = "",
    seen: Seen = "",
) -> Response:
    """Take back limits that one has proposed."""
    guardrail_changes.withdraw(store, visitor.name, number, reason, seen)
    return see(request, f"/guardrails/{number}")


def _day(text: str, what: str) -> dt.date | None:
    if not text.strip():
        return None
    try:
        return dt.date.fromisoformat(text.strip())
    except ValueError as error:
        raise StateError(f"{text!r} is not {what}: write days as 2027-02-01.") from error
