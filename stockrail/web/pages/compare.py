"""Compare: runs side by side, their files, and the record of a choice."""

from enum import StrEnum
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Query
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from stockrail.web import compare_changes
from stockrail.web.access import Changing, Signed, StoreDep
from stockrail.web.display_choice import DisplayChoice
from stockrail.web.pages.chart_pictures import chart_picture
from stockrail.web.pages.compare_grids import buy_grid, cell_grid
from stockrail.web.pages.works import found_or_waiting
from stockrail.web.pictures import PictureFormat, as_file
from stockrail.web.render import render, see
from stockrail.web.row_number import MOST as MOST_NUMBER
from stockrail.web.row_number import RowNumber
from stockrail.web.views import compare, comparison_decisions
from stockrail.workbench.comparisons.of_runs import FEWEST, MOST

router = APIRouter(prefix="/compare")

Run = Annotated[int, Query(ge=1, le=MOST_NUMBER)]
Runs = Annotated[list[Run], Query(alias="run", max_length=20)]
Picked = Annotated[list[Run], Query(alias="pick", max_length=20)]


class ComparisonFile(StrEnum):
    """Files of a comparison, as `stockrail compare --out` writes them."""

    BRIEF_HTML = "brief.html"
    BRIEF_MARKDOWN = "brief.md"
    COMPARISON = "comparison.csv"
    COMPARISON_JSON = "comparison.json"
    BUYS = "buys_that_differ.csv"
    BRIDGE = "bridge.csv"
    GUARDRAILS = "guardrails.csv"


_TYPES = {".html": "text/html", ".md": "text/markdown", ".csv": "text/csv", ".json": "application/json"}


@router.get("")
def page(
    request: Request,
    store: StoreDep,
    visitor: Signed,
    runs: Runs = [],  # noqa: B006  # FastAPI copies it
    picked: Picked = [],  # noqa: B006
) -> Response:
    """Choose runs, and see them side by side. Those that were picked from the list are compared with the earliest of them."""
    if picked:
        return RedirectResponse(f"/compare?{urlencode([('run', run) for run in sorted(set(picked))])}", 303)
    if not compare.is_ready(store, runs):
        page_that_waits = found_or_waiting(
            request,
            visitor,
            f"compare {compare.comparison_key(store, runs)}",
            f"Comparing runs {', '.join(map(str, runs))}",
            lambda on_step: compare.comparison_of(store, runs, on_step),
        )
        if page_that_waits is not None:
            return page_that_waits
    view = compare.view(store, visitor.name, runs)
    compared = view.compared
    charts = compare.charts(store, runs) if compared is not None else []
    return render(
        request,
        "compare/page.html",
        visitor,
        currency="" if compared is None else compared.currency,
        view=view,
        buys=None if compared is None else buy_grid(compared, DisplayChoice.of(request)),
        cells=None if compared is None else cell_grid(compared),
        charts={chart.key: chart for chart in charts},
        files=list(ComparisonFile),
        query=urlencode([("run", run) for run in runs]),
        fewest=FEWEST,
        most=MOST,
    )


@router.get("/files/{name}")
def file(store: StoreDep, visitor: Signed, name: ComparisonFile, runs: Runs) -> Response:
    """A file of the comparison, to keep or to print."""
    compared = compare.comparison_of(store, runs)
    with TemporaryDirectory(prefix="stockrail-") as folder:
        compared.comparison.write(folder)
        contents = (Path(folder) / name).read_bytes()
    numbers = "-".join(map(str, runs))
    return as_file(contents, f"{_TYPES[Path(name).suffix]}; charset=utf-8", f"runs-{numbers}-{name}")


@router.get("/charts/{key}.{kind}")
def chart(store: StoreDep, visitor: Signed, key: str, kind: PictureFormat, runs: Runs) -> Response:
    """A chart as a picture."""
    return chart_picture(compare.charts(store, runs), key, kind, f"runs-{'-'.join(map(str, runs))}")


@router.post("/decisions")
def decide(
    request: Request,
    store: StoreDep,
    visitor: Changing,
    run: Annotated[list[Annotated[int, Form(ge=1, le=MOST_NUMBER)]], Form(max_length=MOST)],
    chosen: Annotated[int, Form(ge=1, le=MOST_NUMBER)],
    reason: Annotated[str, Form(max_length=20_000)] = "",
    seen: Annotated[str, Form(max_length=400)] = "",
) -> Response:
    """Put on record which run was chosen, and why."""
    made = compare_changes.decide(store, visitor.name, run, chosen, reason, seen)
    return see(request, f"/compare/decisions/{made.id}")


@router.get("/decisions/{decision_id}")
def decision(request: Request, store: StoreDep, visitor: Signed, decision_id: RowNumber) -> HTMLResponse:
    """A recorded choice, to read and to print."""
    view = comparison_decisions.view(store, decision_id)
    query = urlencode([("run", one.run_id) for one in view.runs])
    return render(request, "compare/decision.html", visitor, currency=view.currency, view=view, query=query)


@router.get("/decisions/{decision_id}/decision.md")
def decision_file(store: StoreDep, visitor: Signed, decision_id: RowNumber) -> Response:
    """The same in Markdown."""
    text = comparison_decisions.markdown(store, decision_id)
    return as_file(text.encode(), "text/markdown; charset=utf-8", f"decision-{decision_id}.md")
