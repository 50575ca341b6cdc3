"""The page that explains the API."""

from tests.stockrail.web.clients import Web


def test_every_operation_and_every_form_is_explained(web: Web) -> None:
    """As the OpenAPI document has them."""
    page = web.as_("ben").get("/api").text
    document = web.app.openapi()
    for path, methods in document["paths"].items():
        for method in methods:
            assert f"<code>{method.upper()} {path}</code>" in page
    for name, schema in document["components"]["schemas"].items():
        assert f'id="form-{name}"' in page or "properties" not in schema


def test_links_lead_to_forms_of_the_page(web: Web) -> None:
    """What an operation answers is explained below."""
    page = web.as_("ben").get("/api").text
    assert 'href="#form-Me"' in page and 'id="form-Me"' in page
