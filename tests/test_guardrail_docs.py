"""docs/guardrails.md works: each of its tables validates, and what it says comes out of them does."""

import re
import shutil
from pathlib import Path

import pytest

from stockrail.model import Instance, load
from stockrail.model.metrics import metric_names
from stockrail.model.schema import TABLES, Guardrail
from stockrail.solvers.extensive import solve_extensive
from stockrail.solvers.result import InfeasibleError, SolveOptions
from tests.hand_solved import PROBABILITY
from tests.hand_solved_amounts import AMOUNTS, DENOMINATORS, OBJECTIVE, PLANS
from tests.random_instances import tables_of

ROOT = Path(__file__).resolve().parents[1]
EXAMPLE = ROOT / "instances" / "guardrails-example"
PAGE = (ROOT / "docs" / "guardrails.md").read_text(encoding="utf-8")
EXACT = SolveOptions(time_limit=30.0, gap=0.0)

SNIPPET = re.compile(r"^```\w+ (\S+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
BEST = re.compile(r"^Best: (?:\*\*(\d+) lots?\*\*, \*\*([\d.]+)\*\*|(none))\.", re.MULTILINE)


def sections() -> dict[str, str]:
    """Text below each heading that has snippets, by heading."""
    parts = re.split(r"^#{2,3} (.+)$", PAGE, flags=re.MULTILINE)
    return {
        heading: text for heading, text in zip(parts[1::2], parts[2::2], strict=True) if SNIPPET.search(text)
    }


def instance_of(text: str, folder: Path) -> Instance:
    """The example with the snippets of a section in place of its files; settings are added."""
    shutil.copytree(EXAMPLE, folder)
    for name, content in SNIPPET.findall(text):
        if name == "instance.yaml":
            content = (folder / name).read_text(encoding="utf-8") + content
        (folder / name).write_text(content, encoding="utf-8")
    return load(folder)


def row_of(metric: str) -> list[str]:
    """Cells of the page's table that introduces a metric."""
    lines = [line for line in PAGE.splitlines() if line.startswith(f"| `{metric}` |")]
    assert len(lines) == 1, metric
    return [cell.strip() for cell in lines[0].split("|")[1:-1]]


@pytest.mark.parametrize("heading", sections())
def test_snippets_validate_and_give_what_the_page_says(heading: str, tmp_path: Path) -> None:
    """A section's tables make an instance, whose best plan orders the lots and earns the objective stated there."""
    text = sections()[heading]
    names = [name for name, _ in SNIPPET.findall(text)]
    assert len(names) == len(set(names)), "one file twice in a section would hide the first"
    assert {name.removesuffix(".csv") for name in names} <= {*TABLES, "instance.yaml"}
    tables = tables_of(instance_of(text, tmp_path / "example"))
    stated = BEST.findall(text)
    assert len(stated) == 1
    lots, objective, is_none = stated[0]
    if is_none:
        with pytest.raises(InfeasibleError) as caught:
            solve_extensive(tables, EXACT)
        assert caught.value.diagnosis.money == pytest.approx(150, abs=0.01)
        return
    result = solve_extensive(tables, EXACT)
    assert result.cumulative_lots is not None
    assert int(result.cumulative_lots[0, 0]) == int(lots)
    assert result.objective == pytest.approx(float(objective), abs=0.005)


def test_every_fence_is_a_snippet() -> None:
    """No table of the page escapes the tests for want of a file name."""
    assert PAGE.count("```") == 2 * len(SNIPPET.findall(PAGE))


def test_page_shows_every_way() -> None:
    """Each metric, each way to hold and to measure, and each column of a guardrail is in some snippet or table."""
    rows = [line.split(",") for _, text in SNIPPET.findall(PAGE) for line in text.splitlines()]
    cells = {cell for row in rows for cell in row}
    assert cells >= {"every scenario", "expected", "cvar", "chance"}
    assert cells >= {"each period", "quarter ends", "average", "total"}
    assert cells >= {"all units", "incremental", *metric_names(), *Guardrail.model_fields}


@pytest.mark.parametrize("metric", metric_names())
def test_table_of_metrics_has_the_numbers_of_three_lots(metric: str) -> None:
    """The last column of a metric's row is what three lots give later, worked out by hand in tests/hand_solved_amounts.py."""
    amounts = AMOUNTS[metric][3][1:]
    below = DENOMINATORS.get(metric, ((1.0,) * 5,) * 5)[3][1:]
    expected = [
        None if base == 0 else round(amount / base, 1 if metric[:4] in ("cash", "days") else 2)
        for amount, base in zip(amounts, below, strict=True)
    ]
    shown = [None if cell == "-" else float(cell) for cell in row_of(metric)[-1].split(", ")]
    assert shown == pytest.approx(expected) if None not in expected else shown == expected


def test_table_of_plans() -> None:
    """Margin, stock value and units short by lots are those worked out by hand."""
    for n in PLANS:
        demand, kept = DENOMINATORS["fill_rate"][n][1:], AMOUNTS["fill_rate"][n][1:]
        short = [d - k for d, k in zip(demand, kept, strict=True)]
        numbers = [n, OBJECTIVE[n], *AMOUNTS["inventory_value"][n][1:], *short]
        assert f"| {' | '.join(f'{number:g}' for number in numbers)} |" in PAGE
    assert f"| probability | {' | '.join(map(str, PROBABILITY.values()))} |" in PAGE


def test_example_is_valid_and_costs_what_its_readme_says() -> None:
    """The folder as it stands: 150 of stock in every scenario leave two lots and 874."""
    result = solve_extensive(tables_of(load(EXAMPLE)), EXACT)
    assert result.cumulative_lots is not None
    assert int(result.cumulative_lots[0, 0]) == 2
    assert result.objective == pytest.approx(OBJECTIVE[2], abs=0.005)
