"""A chart of a page as a picture to take away."""

from collections.abc import Iterable

from starlette.responses import Response

from stockrail.reports.chart_parts import Chart
from stockrail.web.pictures import PictureFormat, as_file, picture
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
    return as_file(picture(there[key], kind), kind.media_type, f"{page}-{key}.{kind}")
