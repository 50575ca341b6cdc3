"""Small instances with menus of options, and every choice of options on them: the oracle of the strategy `rule`."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import combinations, product

import numpy as np

from stockrail.model.guardrails import Guardrails
from stockrail.model.instance import Instance
from stockrail.model.policy import Option, Policy, menu
from stockrail.model.policy_targets import Forecast, PolicyTargets
from stockrail.model.rules import rule_plan
from stockrail.model.schema import PolicyOption, Segment
from stockrail.model.stock import Stock
from stockrail.model.tables import Tables
from stockrail.model.tree import Array, IntArray
from stockrail.solvers.chance import resolved
from stockrail.solvers.pool import cost_form
from stockrail.solvers.relaxation import RelaxationProblem
from tests.builders import SEGMENT, Changes
from tests.random_instances import random_instance


def random_menus(rng: np.random.Generator, segments: tuple[str, ...], options: int) -> list[Changes]:
    """Some options of every segment and some of one segment only, `options` for each."""
    rows: list[Changes] = []
    for segment in ("", *segments):
        rows += [
            {
                "segment": segment,
                "option": f"{segment}{k}",
                "safety_factor": float(rng.choice([-1.0, 0.0, 1.0, 2.0])) + 0.01 * k,
                "cover_periods": float(rng.choice([0.0, 1.0, 2.5])),
                "review_periods": int(rng.choice([1, 1, 2])),
            }
            for k in range(options // 2 if segment else options - options // 2)
        ]
    return rows


def rule_instance(
    seed: int,
    *guardrails: Changes,
    items: int = 4,
    options: int = 4,
    has_capacity: bool = False,
    overtime_premium: float | None = None,
    margin_cvar_weight: float = 0.0,
    most_nodes: int = 6,
    lots: tuple[int, int] = (3, 6),
) -> Instance:
    """A random instance whose segments S and T have menus that differ, and segment N no items.

    Parameters
    ----------
    overtime_premium : where given, suppliers have small capacities and this premium.
    """
    rng = np.random.default_rng(seed)
    instance = random_instance(
        rng, items=items, most_nodes=most_nodes, lots=lots, guardrails=guardrails, has_capacity=has_capacity
    )
    segments = (*instance.segments, Segment(**{**SEGMENT, "segment": "N"}))
    names = tuple(row.segment for row in segments)
    rows = random_menus(np.random.default_rng(seed + 1), names, options)
    suppliers = instance.suppliers
    if overtime_premium is not None:
        soft = {"capacity_units_per_period": 5.0, "overtime_premium_per_unit": overtime_premium}
        suppliers = tuple(row.model_copy(update=soft) for row in suppliers)
    tail = {"margin_cvar_weight": margin_cvar_weight, "margin_cvar_alpha": 0.6}
    return replace(
        instance,
        settings=instance.settings.model_copy(update=tail if margin_cvar_weight else {}),
        segments=segments,
        suppliers=suppliers,
        policy_options=tuple(PolicyOption(**row) for row in rows),
    )


@dataclass(frozen=True)
class Best:
    """Of every choice there is: the largest objective, -inf where none keeps the hard guardrails, and the least money with which
    hard guardrails would have to be relaxed, weighed as `RelaxationProblem` does, margin included.
    """

    objective: float
    relaxed: float


class Choices:
    """Every choice of options and of at most so many departures, by its true objective."""

    def __init__(self, tables: Tables) -> None:
        self.tables = tables
        self.judge = Guardrails.build(tables)
        self._problem = RelaxationProblem(resolved(self.judge), self.judge.limits)
        self.objective = cost_form(tables)
        menus = menu(tables.instance)
        self.menus = [menus[row.segment] for row in tables.instance.segments]
        self._options = tuple(dict.fromkeys(option for offered in self.menus for option in offered))
        self._place = {option: k for k, option in enumerate(self._options)}
        forecast = Forecast.of(tables)
        self.plans = np.array(
            [
                rule_plan(
                    tables, PolicyTargets.of(tables, forecast, Policy.of_option(tables.instance, option))
                )
                for option in self._options
            ]
        )
        rows = np.arange(len(self.judge))
        costs, usage = [], []
        for plan in self.plans:
            stock = Stock.of(tables, plan)
            costs.append(self.objective.value(stock))
            usage.append(self.judge.item_usage(self.judge.metric_values(stock), rows))
        self._costs, self._usage = np.array(costs), np.array(usage)

    def choices(self, departures: int = 0) -> Iterator[IntArray]:
        """Places of the items' options [items] in every choice."""
        segment = self.tables.instance.item_segment
        for chosen in product(*self.menus):
            places = np.array([self._place[option] for option in chosen])[segment]
            for count in range(departures + 1):
                for items in combinations(range(len(segment)), count):
                    for own in product(*(self.menus[segment[i]] for i in items)):
                        by_item = places.copy()
                        by_item[list(items)] = [self._place[option] for option in own]
                        yield by_item

    def plan(self, by_item: IntArray) -> IntArray:
        """The plan of a choice."""
        return np.asarray(self.plans[by_item, np.arange(len(by_item))])

    def value(self, by_item: IntArray) -> tuple[float, float]:
        """True objective of a choice, -inf where it breaks a hard guardrail, and its cost where those are relaxed."""
        everyone = np.arange(len(by_item))
        over = self.judge.assess(self._usage[by_item, everyone].sum(axis=0))
        cost = float(self._costs[by_item, everyone].sum())
        is_broken = over[~self.judge.is_soft].any()
        objective = -np.inf if is_broken else -cost - self.judge.cost(over)
        return objective, cost + self._problem.violation_cost(over)

    def of_options(self, options: list[Option]) -> tuple[float, float]:
        """The same for the items' options."""
        return self.value(np.array([self._place[option] for option in options]))

    def best(self, departures: int = 0) -> Best:
        """The best of all."""
        values = np.array([self.value(by_item) for by_item in self.choices(departures)])
        return Best(float(values[:, 0].max()), float(values[:, 1].min()))


def limit_kept_by(
    share: float, choices: Choices, of: Callable[[Guardrails, IntArray], float], sign: float
) -> float:
    """An upper (sign 1) or lower limit that about a share of all choices keep, by what `of` says of a plan."""
    found: Array = np.array([of(choices.judge, choices.plan(by_item)) for by_item in choices.choices()])
    return float(sign * np.quantile(sign * found, share, method="lower"))
