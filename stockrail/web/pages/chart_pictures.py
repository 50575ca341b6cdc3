"""A chart of a page as a picture to take away."""

from collections.abc import Iterable

from starlette.responses import Response

from stockrail.reports.chart_parts import Chart
from stockrail.web.pictures import PictureFormat, picture
from stockrail.workbench.errors import NotFoundError


def chart_picture(charts: Iterable[Chart], key: str, kind: PictureFormat, page: str) -> Response:
    """The picture of a chart.

    Parameters
    ----------
    page : beginning of the file's name.

    Raises
    ------
    NotFoundError
        The page has no such chart.
    """
    there = {chart.key: chart for chart in charts}
    if key not in there:
        listed = ", ".join(there) or "none"
        raise NotFoundError(f"There is no chart {key} here; there are: {listed}.")
    return Response(
        picture(there[key], kind),
        media_type=kind.media_type,
        headers={"Content-Disposition": f'attachment; filename="{page}-{key}.{kind}"'},
    )
