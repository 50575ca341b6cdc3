"""The page of people, as somebody uses it."""

from tests.stockrail.web.clients import Web


def test_page(web: Web) -> None:
    """Everybody is there."""
    text = web.as_("dora").get("/people").text
    assert "carla" in text
