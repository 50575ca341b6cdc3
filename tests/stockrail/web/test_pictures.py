"""Colours of pictures: those of the light page, by the names that specifications have."""

from stockrail.reports.chart_parts import Chart
from stockrail.web.pictures import PictureFormat, light_colours, picture


def test_names_are_those_of_the_light_page() -> None:
    """The first block of app.css, not the one for dark screens."""
    colours = light_colours()
    assert (colours["page"], colours["text"]) == ("#ffffff", "#1b1f24")
    assert {"line", "limit", "band", "plus", "minus", "total", "c1", "c7", "other"} <= set(colours)


def test_no_name_is_left_in_a_picture() -> None:
    """A picture knows no page: a bar in var(--limit) must come out in its red, wherever the name stands."""
    bar = {
        "data": {"values": [{"x": 1, "colour": "var(--limit)"}]},
        "mark": "bar",
        "encoding": {
            "x": {"field": "x", "type": "quantitative"},
            "color": {"field": "colour", "type": "nominal", "scale": None},
        },
    }
    named = picture(Chart("bar", "A bar.", bar), PictureFormat.PNG)
    plain = {**bar, "data": {"values": [{"x": 1, "colour": light_colours()["limit"]}]}}
    other = {**bar, "data": {"values": [{"x": 1, "colour": "#000000"}]}}
    assert named == picture(Chart("bar", "A bar.", plain), PictureFormat.PNG)
    assert named != picture(Chart("bar", "A bar.", other), PictureFormat.PNG)
