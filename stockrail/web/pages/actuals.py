"""Actuals: what was imported, and the import of files with everything that is wrong with them."""

from typing import Annotated

from fastapi import APIRouter, File, Form, Path, UploadFile
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from stockrail.web import happened_changes
from stockrail.web.access import Changing, Signed, StoreDep, Visitor
from stockrail.web.actuals_upload import import_sent, sent_actuals
from stockrail.web.pages.works import waiting
from stockrail.web.render import render, see
from stockrail.web.views import actuals
from stockrail.web.views.actuals import ImportView
from stockrail.web.works import OnStep, works_of
from stockrail.workbench.monitoring.actuals_files import ActualsError
from stockrail.workbench.permissions import Permission
from stockrail.workbench.store import Store

router = APIRouter(prefix="/actuals")


@router.get("")
def page(request: Request, store: StoreDep, visitor: Signed) -> HTMLResponse:
    """What there is, and the form for more."""
    return render(request, "actuals/page.html", visitor, view=actuals.view(store, visitor.name))


@router.post("")
def bring_in(
    request: Request,
    store: StoreDep,
    visitor: Changing,
    files: Annotated[list[UploadFile], File()],
    replace: Annotated[bool, Form()] = False,
    seen: Annotated[str, Form(max_length=400)] = "",
) -> Response:
    """Import files of actuals: all of them, or none where anything is wrong."""
    happened_changes.require(store, visitor.name, Permission.ACTUALS_IMPORT, seen)

    def doing(on_step: OnStep) -> ImportView:
        try:
            return actuals.of_import(import_sent(store, visitor.name, sent, replace=replace, on_step=on_step))
        except ActualsError as error:
            return actuals.of_refusal(error)

    try:
        sent = sent_actuals(files)
    except ActualsError as error:
        return _result(request, visitor, store, actuals.of_refusal(error))
    work = works_of(request.app).begin(
        "Importing actuals", lambda result: f"/actuals/imports/{work.number}", doing
    )
    work.wait()
    return see(request, f"/actuals/imports/{work.number}")


@router.get("/imports/{number}")
def imported(
    request: Request, store: StoreDep, visitor: Signed, number: Annotated[str, Path(max_length=60)]
) -> HTMLResponse:
    """What an import came to."""
    work = works_of(request.app).get(number)
    if not work.is_done:
        return waiting(request, visitor, work)
    return _result(request, visitor, store, work.result())


def _result(request: Request, visitor: Visitor, store: Store, result: ImportView) -> HTMLResponse:
    status = 422 if result.problems else 200
    view = actuals.view(store, visitor.name)
    return render(request, "actuals/imported.html", visitor, status=status, view=view, result=result)
