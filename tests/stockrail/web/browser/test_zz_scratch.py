import json
from tests.stockrail.web.browser.visitors import AXE, _RULES
PAGES = ["/", "/baselines", "/baselines/1", "/scenarios", "/scenarios/high", "/guardrails", "/runs", "/runs/1", "/runs/1/plan", "/runs/1/segments", "/runs/1/items/fan", "/compare?run=1&run=2", "/tradeoffs", "/calibrations", "/scorecard", "/root-cause", "/people", "/audit", "/sign-in"]
def test_all(planned_served, visitors):
    for width in (1280, 390):
        v = visitors(planned_served, "otto", width=width)
        for path in PAGES:
            r = v.page.goto(path)
            v.page.wait_for_timeout(1500)
            v.page.evaluate(AXE.read_text())
            found = v.page.evaluate("rules => axe.run(document, {runOnly: {type: 'tag', values: rules}, resultTypes: ['violations']})", _RULES)
            wider = v.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            print(width, path, r.status, "wider", wider, [(o["id"], [n["html"][:150] for n in o["nodes"]][:2]) for o in found["violations"]], "failed", v.page.locator("[data-failed]").count())
            v.page.screenshot(path=f"/tmp/front/pics/{path.strip('/').replace('/','_').replace('?','_') or 'home'}-{width}.png", full_page=True)
        print("COMPLAINTS", v.complaints); v.complaints.clear()
