"""Charts of pages in a real browser, under the workbench's content-security policy."""

from playwright.sync_api import Page, expect

from tests.stockrail.web.browser.demonstration import Demonstrations
from tests.stockrail.web.browser.visitors import assert_charts_drawn


def test_charts_are_drawn_and_named(demonstrate: Demonstrations) -> None:
    """Small charts are SVG, one of 4,900 marks is a canvas; each has its description as its name."""
    page = demonstrate("charts").page
    assert_charts_drawn(page, least=3)
    assert page.locator("#chart-fan svg").count() == 1
    assert page.locator("#chart-large canvas").count() == 1
    expect(page.get_by_role("figure", name="Stock over time with its band")).to_be_visible()


def test_colours_follow_the_scheme(demonstrate: Demonstrations) -> None:
    """Lines follow without being drawn again; scales that mix colours and canvases are drawn anew."""
    page = demonstrate("charts").page
    assert_charts_drawn(page, least=3)
    light = _line_colour(page), _corner_colour(page)
    assert light == ("rgb(11, 87, 164)", "rgb(11, 87, 164)")  # --line in light
    page.emulate_media(color_scheme="dark")
    assert _line_colour(page) == "rgb(138, 189, 245)"  # --line in dark
    page.emulate_media(color_scheme="dark", media="print")
    assert _line_colour(page) == "rgb(11, 87, 164)"  # paper is white
    page.emulate_media(color_scheme="dark", media="screen")
    expect(page.locator("#chart-heat svg .role-mark path[fill='rgb(138, 189, 245)']").first).to_be_attached()


def test_tooltip_is_text(demonstrate: Demonstrations) -> None:
    """A tooltip shows the values of a mark; what looks like markup in a title stays text."""
    page = demonstrate("charts").page
    assert_charts_drawn(page, least=3)
    page.locator("#chart-fan").scroll_into_view_if_needed()
    page.locator("#chart-fan svg .mark-symbol path").nth(3).hover(force=True)
    tooltip = page.locator(".chart-tooltip")
    expect(tooltip).to_contain_text("<b>stock</b>")
    expect(tooltip).to_contain_text("230,000")  # 200,000 and three steps of 10,000
    assert tooltip.locator("b").count() == 0
    page.locator("h1").hover()
    expect(tooltip).to_be_hidden()


def test_charts_follow_the_width(demonstrate: Demonstrations) -> None:
    """A chart is as wide as its place, also after the window became narrower."""
    page = demonstrate("charts").page
    assert_charts_drawn(page, least=3)
    page.set_viewport_size({"width": 600, "height": 900})
    expect(page.locator("#chart-fan svg")).to_have_attribute("width", "576")  # 600 less twice 12 of margin
    page.locator("#chart-fan").evaluate("one => one.style.setProperty('width', '400px')")
    expect(page.locator("#chart-fan svg")).to_have_attribute("width", "400")


def test_a_chart_that_is_hidden_is_drawn_when_shown(demonstrate: Demonstrations) -> None:
    """A chart in a closed tab has no width; it is drawn as soon as it has one."""
    page = demonstrate("charts").page
    assert_charts_drawn(page, least=3)
    page.locator("#place").evaluate("one => (one.hidden = true)")
    page.locator("#swap").click()
    hidden = page.locator("#chart-second .chart-canvas")
    expect(hidden).to_be_attached()
    page.wait_for_timeout(500)
    assert hidden.get_attribute("data-drawn") is None
    page.locator("#place").evaluate("one => (one.hidden = false)")
    expect(hidden).to_have_attribute("data-drawn", "true")


def test_swapped_charts_are_drawn_and_freed(demonstrate: Demonstrations) -> None:
    """A chart that htmx brings is drawn, new data redraws the chart that stayed, and a chart that is gone frees its view."""
    page = demonstrate("charts").page
    assert_charts_drawn(page, least=3)
    before = _line_path(page)
    for _ in range(3):
        page.locator("#swap").click()
        expect(page.locator("#chart-second .chart-canvas")).to_have_attribute("data-drawn", "true")
    page.wait_for_timeout(300)
    assert page.evaluate("() => stockrail.charts.count()") == 4  # three of the page and one swapped in
    assert _line_path(page) != before
    assert page.locator("#chart-fan svg").count() == 1


def test_a_wrong_specification_says_so(demonstrate: Demonstrations) -> None:
    """What cannot be drawn leaves a message in its place, not an empty one."""
    shown = demonstrate("charts")
    page = shown.page
    assert_charts_drawn(page, least=3)
    page.evaluate(
        "() => { document.getElementById('chart-fan-spec').textContent = '{\"mark\": 3'; stockrail.charts.find(); }"
    )
    expect(page.locator("#chart-fan .chart-canvas")).to_contain_text("could not be drawn")
    assert len(shown.complaints) == 1 and "chart-fan-spec" in shown.complaints.pop()


def _line_colour(page: Page) -> str:
    colour: str = page.locator("#chart-fan svg .mark-line path").evaluate(
        "one => getComputedStyle(one).stroke"
    )
    return colour


def _line_path(page: Page) -> str | None:
    return page.locator("#chart-fan svg .mark-line path").get_attribute("d")


def _corner_colour(page: Page) -> str:
    """Colour of the fullest field, 9 times 9."""
    colour: str = page.locator("#chart-heat svg .mark-rect.role-mark path").last.evaluate(
        "one => getComputedStyle(one).fill"
    )
    return colour
