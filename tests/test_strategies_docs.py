"""docs/strategies.md works: its tables validate, and its numbers are those of the rule, the band and the order rules."""

import csv
import re
from pathlib import Path

import numpy as np
import pytest
import yaml
from typer.testing import CliRunner

from stockrail.cli import app
from stockrail.model.consistency import inconsistencies_of
from stockrail.model.instance import Instance
from stockrail.model.policy import DEFAULT_MENU, Policy, menu
from stockrail.model.policy_targets import Forecast, PolicyTargets
from stockrail.model.rules import breaches_of_band, rule_plan
from stockrail.model.schema import CurrentTarget, PolicyOption
from stockrail.model.schema_settings import Settings
from tests.builders import make_instance
from tests.mrp import Parameters, replay
from tests.random_instances import tables_of

ROOT = Path(__file__).resolve().parents[1]
PAGE = (ROOT / "docs" / "strategies.md").read_text(encoding="utf-8")
SNIPPETS = dict(re.findall(r"^```\w+ (\S+)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL))


def example() -> Instance:
    """The lamp of the page, with the tables of its snippets."""
    return make_instance(
        demand=(100,) * 8,
        sigma=20,
        items={
            "item": "lamp",
            "segment": "home",
            "lot_size": 50,
            "lead_time_periods": 2,
            "opening_stock_units": 300,
        },
        segments={"segment": "home"},
        settings={"period_length_days": 7, **yaml.safe_load(SNIPPETS["instance.yaml"])},
        policy_options=list(csv.DictReader(SNIPPETS["policy_options.csv"].splitlines())),
        current_targets=list(csv.DictReader(SNIPPETS["current_targets.csv"].splitlines())),
    )


INSTANCE = example()
TABLES = tables_of(INSTANCE)
OPTIONS = {option.name: option for option in menu(INSTANCE)["home"]}


def targets_of(policy: Policy) -> PolicyTargets:
    """Targets of a policy on the example."""
    return PolicyTargets.of(TABLES, Forecast.of(TABLES), policy)


def rows_after(header: str) -> list[list[str]]:
    """Cells of the table with a header."""
    below = PAGE.split(header)[1].split("\n\n")[0]
    return [[cell.strip(" `") for cell in line.split("|")[1:-1]] for line in below.splitlines()[2:]]


def test_snippets_validate() -> None:
    """Every fence is a snippet with a file name, columns are those of the format, and the instance is consistent."""
    assert PAGE.count("```") == 2 * len(SNIPPETS)
    assert SNIPPETS["policy_options.csv"].splitlines()[0] == ",".join(PolicyOption.model_fields)
    assert SNIPPETS["current_targets.csv"].splitlines()[0] == ",".join(CurrentTarget.model_fields)
    assert set(yaml.safe_load(SNIPPETS["instance.yaml"])) <= set(Settings.model_fields)
    assert inconsistencies_of(INSTANCE) == []


def test_levels_in_bold() -> None:
    """Safety stock, reorder point and order-up-to of `standard`."""
    targets = targets_of(Policy.of_option(INSTANCE, OPTIONS["standard"]))
    levels = [targets.safety_stock[0, 0], targets.reorder_point[0, 0], targets.order_up_to[0, 0]]
    assert re.findall(r"\*\*([\d.]+)\*\*", PAGE) == [f"{level:.1f}" for level in levels]


def test_table_of_weeks() -> None:
    """Positions, orders and stock of eight weeks, from the rule and from an MRP that shares no code with it."""
    rows = rows_after("| week | position | ordered lots | position after | in stock at the end |")
    option = OPTIONS["standard"]
    plan = rule_plan(TABLES, targets_of(Policy.of_option(INSTANCE, option)))
    lots = np.diff(plan[0], prepend=0)
    on_paper = 300 - 100 * np.arange(1, 9)
    after = on_paper + 50 * plan[0]
    stock = TABLES.net_inventory(plan.astype(np.float64))[0]
    expected = np.stack([np.arange(8), after - 50 * lots, lots, after, stock], axis=1)
    assert np.array(rows, dtype=np.float64).tolist() == expected.tolist()
    parameters = Parameters(option.cover_periods, option.review_periods, option.safety_factor)
    assert lots.tolist() == replay(INSTANCE, TABLES.tree, 0, 7, parameters)


@pytest.mark.parametrize(("strategy", "option", "lots"), rows_after("| strategy | option | lots in week 0 |"))
def test_table_of_strategies(strategy: str, option: str, lots: str) -> None:
    """How many lots each strategy may order in week 0; the rule orders one number, band and free have a range."""
    possible = range(int(TABLES.lots_limit[0]) + 1)
    targets = targets_of(Policy.of_option(INSTANCE, OPTIONS.get(option, OPTIONS["standard"])))
    if strategy == "rule":
        assert int(lots) == rule_plan(TABLES, targets)[0, 0]
        return
    if strategy == "band":
        # One order in week 0 and none later: what is wrong later does not count here.
        plans = [np.full((1, 8), k, dtype=np.int64) for k in possible]
        keeps = [all(node > 0 for _, node in breaches_of_band(TABLES, targets, plan)) for plan in plans]
        possible = range(keeps.index(True), len(keeps) - keeps[::-1].index(True))
        assert all(keeps[k] for k in possible)
    assert lots == f"{possible[0]} to {possible[-1]}"


def test_other_numbers_of_the_text() -> None:
    """Levels of the other two options, today's order, and the default menu."""
    monthly = targets_of(Policy.of_option(INSTANCE, OPTIONS["monthly"]))
    assert monthly.reorder_point[0, 0] == monthly.order_up_to[0, 0] == pytest.approx(557.2, abs=0.05)
    lean = targets_of(Policy.of_option(INSTANCE, OPTIONS["lean"]))
    assert lean.order_up_to[0, 0] == pytest.approx(317.3, abs=0.05)
    today = targets_of(Policy.current(INSTANCE))
    assert (today.reorder_point[0, 0], today.order_up_to[0, 0]) == (300, 500)
    assert re.findall(r"\*\*(\d+) lots\*\*", PAGE) == [str(rule_plan(TABLES, today)[0, 0])]
    factors = dict.fromkeys(f"{option.safety_factor:g}" for option in DEFAULT_MENU)
    covers = dict.fromkeys(f"{option.cover_periods:g}" for option in DEFAULT_MENU)
    text = re.sub(r"\s+", " ", PAGE).replace(" and ", ", ")
    assert f"a menu of {len(DEFAULT_MENU)} for every segment" in text
    assert f"safety factors {', '.join(factors)}, each with covers of {', '.join(covers)} periods" in text


def test_command_of_the_text(tmp_path: Path) -> None:
    """The command writes the targets, the values, and a plan into each folder that the page names."""
    (command,) = re.findall(r"^ +\$ stockrail (calibrate .*)$", PAGE, re.MULTILINE)
    instance = re.search(r"instances/\S+", command)
    assert instance is not None
    target = tmp_path / "targets"
    words = command.replace(instance[0], str(ROOT / instance[0])).split()
    words[words.index("--out") + 1] = str(target)
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 0, done.output
    assert (target / "targets.csv").is_file() and (target / "values.csv").is_file()
    folders = set(re.findall(r"`targets/(\w+)/`", PAGE))
    assert folders == {file.parent.name for file in target.glob("*/plan.json")} == {"rule", "band", "free"}
