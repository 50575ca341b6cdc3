"""Charts as pictures: PNG and PDF out of their Vega-Lite specifications, in the colours of the light page. Nothing is loaded from elsewhere."""

import functools
import importlib
import re
import textwrap
from enum import StrEnum
from pathlib import Path
from typing import Any

import altair as alt
from starlette.responses import Response

from stockrail.reports.chart_parts import Chart
from stockrail.workbench.errors import StateError

WIDTH = 900
"""Of a picture, in the pixels of a page."""

_SCALE = 2.0
_TITLE_CHARACTERS = 130
_STYLES = Path(__file__).parent / "static" / "app.css"
_COLOUR = re.compile(r"--([a-z0-9-]+):\s*(#[0-9a-fA-F]{3,8})\s*;")
_NAMED = re.compile(r"var\(--([a-z0-9-]+)\)")

MISSING = (
    "Pictures of charts need vl-convert, which is not installed on the machine of the service: pip install vl-convert-python. "
    "The chart on the page can be printed."
)


class PictureFormat(StrEnum):
    """What a picture can be."""

    PNG = "png"
    PDF = "pdf"

    @property
    def media_type(self) -> str:
        """Its type for browsers."""
        return "image/png" if self is PictureFormat.PNG else "application/pdf"


def picture(chart: Chart, kind: PictureFormat) -> bytes:
    """A chart as a file.

    Raises
    ------
    StateError
        vl-convert is not installed.
    """
    try:
        converter = importlib.import_module("vl_convert")
    except ImportError as error:
        raise StateError(MISSING) from error
    lines = textwrap.wrap(chart.description, _TITLE_CHARACTERS)
    specification = {
        **_coloured(chart.specification),
        "width": WIDTH,
        "background": "#ffffff",
        "padding": 12,
        "title": {"text": lines, "anchor": "start", "fontSize": 13, "fontWeight": "normal", "offset": 24},
    }
    version = alt.SCHEMA_VERSION.removeprefix("v").rpartition(".")[0]
    known = converter.get_vegalite_versions()
    options: dict[str, Any] = {
        "vl_version": version if version in known else known[-1],
        "allowed_base_urls": [],  # data are in the specification; nothing else is read
    }
    if kind is PictureFormat.PNG:
        return bytes(converter.vegalite_to_png(specification, scale=_SCALE, **options))
    return bytes(converter.vegalite_to_pdf(specification, **options))


def as_file(contents: bytes, media_type: str, name: str) -> Response:
    """Something to keep under a name; the name has plain characters only."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(contents, media_type=media_type, headers=headers)


@functools.cache
def light_colours() -> dict[str, str]:
    """The colours of the light page by their names in CSS, without the dashes."""
    styles = _STYLES.read_text(encoding="utf-8")
    return dict(_COLOUR.findall(styles[: styles.index("}")]))


def _coloured(part: Any) -> Any:
    """A specification with colours in place of their names."""
    if isinstance(part, str):
        return _NAMED.sub(lambda found: light_colours().get(found.group(1), "#000000"), part)
    if isinstance(part, dict):
        return {name: _coloured(value) for name, value in part.items()}
    if isinstance(part, list):
        return [_coloured(value) for value in part]
    return part
