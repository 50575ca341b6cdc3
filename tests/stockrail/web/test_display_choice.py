"""How amounts are written: k, M, and another currency, as the visitor chose."""

from stockrail.workbench.store import Store
from tests.stockrail.web.clients import Web


def test_choice_is_kept_and_leads_back(web: Web) -> None:
    """The page that it was made on is shown again, and never another site's."""
    client = web.as_("ben")
    answer = client.send_form("/display", scale="k", back="/api?x=1")
    assert (answer.status_code, answer.headers["location"]) == (303, "/api?x=1")
    assert 'value="k" selected' in client.get("/api").text
    assert client.send_form("/display", scale="M", back="//elsewhere.example").headers["location"] == "/"


def test_only_currencies_with_a_rate_are_offered(web: Web, store: Store) -> None:
    """Rates are in governance.yaml; a cookie with another currency is not believed."""
    text = store.governance_file.read_text(encoding="utf-8")
    store.governance_file.write_text(f"{text}\ndisplay_currencies: {{USD: 1.08}}\n", encoding="utf-8")
    client = web.as_("ben")
    client.send_form("/display", scale="full", currency="USD")
    assert 'value="USD" selected' in client.get("/api").text
    client.send_form("/display", scale="full", currency="XXX")
    page = client.get("/api").text
    assert "XXX" not in page and 'value="USD" selected' not in page


def test_unknown_scale_is_refused(web: Web) -> None:
    """What is sent past the page."""
    assert web.as_("ben").send_form("/display", scale="G").status_code == 422
