"""What every HTML page is made with: the templates with their filters, and the chart library to embed.

The charts are Vega-Lite: its scripts come out of vl-convert.
"""

import functools
from typing import Any

import altair as alt
import jinja2
import vl_convert

from stockrail import formats
from stockrail.reports import words


def _periods(value: Any) -> str:
    """Write binding periods that come as numbers or as text."""
    if isinstance(value, str):
        return value or formats.MISSING
    if value is None or isinstance(value, float):
        return formats.MISSING
    return formats.ranges(int(period) for period in value)


@functools.cache
def environment() -> jinja2.Environment:
    """The template environment: escapes everything, refuses undefined names."""
    made = jinja2.Environment(
        loader=jinja2.PackageLoader("stockrail", "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {
        "amount": formats.amount,
        "money": formats.money,
        "percent": formats.percent,
        "units": formats.units,
        "significant": formats.significant,
        "duration": formats.duration,
        "day": formats.day,
        "moment": formats.moment,
        "plural": formats.plural,
        "period_list": _periods,
        "limit_value": words.number,
        "capitalize_first": lambda text: text[:1].upper() + text[1:],
    }
    made.globals |= {"decimals_for": formats.decimals_for}
    return made


@functools.cache
def chart_library() -> str:
    """Vega-Lite's own scripts in the version that altair writes for."""
    version = alt.SCHEMA_VERSION.removeprefix("v").rpartition(".")[0]
    known = vl_convert.get_vegalite_versions()
    # Without a snippet of ours the bundle is the libraries alone; the stubs do not know that it may be left out.
    bundle: str = vl_convert.javascript_bundle(vl_version=version if version in known else known[-1])  # type: ignore[call-arg]
    if "</script" in bundle.lower() or "<!--" in bundle:
        raise RuntimeError("The chart library cannot be embedded in a page: it contains a script tag.")
    return bundle
