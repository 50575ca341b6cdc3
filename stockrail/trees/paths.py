"""Sample paths: what demand and suppliers may do, one path per possible future, all equally likely."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from stockrail.model.instance import Array, Instance
from stockrail.model.problems import Problem
from stockrail.trees.disruptions import BoolArray, Disruption, draw_disruptions
from stockrail.trees.errors import ErrorModel
from stockrail.trees.tables import refuse


@dataclass(frozen=True)
class SamplePaths:
    """Equally likely futures.

    Attributes
    ----------
    demand : [paths, items, periods], units, at least 0.
    disruptions : what may happen to suppliers.
    happens : bool [paths, disruptions], whether it does.
    """

    demand: Array
    disruptions: tuple[Disruption, ...]
    happens: BoolArray

    def __len__(self) -> int:
        return len(self.demand)

    @staticmethod
    def of(demand: Array, disruptions: Sequence[Disruption] = (), seed: int = 0) -> "SamplePaths":
        """Given demand, with disruptions drawn independently of it."""
        random = np.random.default_rng([seed, 1])
        return SamplePaths(demand, tuple(disruptions), draw_disruptions(disruptions, len(demand), random))

    @staticmethod
    def sample(
        model: ErrorModel, paths: int, seed: int, disruptions: Sequence[Disruption] = ()
    ) -> "SamplePaths":
        """Draw paths from a model of forecast errors; the same seed gives the same paths.

        Each item's error is a normal variable of variance 1 times its size: the sum of a factor of the market, one of its
        product group and its own, each a stationary autoregression of order one.
        """
        random = np.random.default_rng([seed, 0])
        factors, groups = model.factors, int(model.product_group.max()) + 1
        items, periods = model.forecast.shape
        layers = (
            (factors.market_share, factors.market_persistence, 1, np.zeros(items, dtype=np.int64)),
            (factors.product_group_share, factors.product_group_persistence, groups, model.product_group),
            (factors.item_share, factors.item_persistence, items, np.arange(items)),
        )
        levels = [random.standard_normal((paths, members)) for _, _, members, _ in layers]
        demand = np.empty((paths, items, periods))
        for t in range(periods):
            error = np.zeros((paths, items))
            for k, (share, persistence, members, of_item) in enumerate(layers):
                if t:
                    shock = random.standard_normal((paths, members))
                    levels[k] = persistence * levels[k] + np.sqrt(1.0 - persistence**2) * shock
                error += np.sqrt(share) * levels[k][:, of_item]
            demand[:, :, t] = _demand(model, t, error)
        return SamplePaths.of(demand, disruptions, seed)

    def centred(self, mean: Array) -> "SamplePaths":
        """The same paths scaled so that their mean is `mean` [items, periods] exactly, wherever they have demand."""
        now = self.demand.mean(axis=0)
        return replace(self, demand=self.demand * np.divide(mean, now, out=np.ones_like(now), where=now > 0))


def _demand(model: ErrorModel, t: int, error: Array) -> Array:
    """Demand of a period [paths, items] for errors of variance 1."""
    mean, sd = model.mean[:, t], model.sd[:, t]
    if model.factors.shape == "additive":
        return np.asarray(np.maximum(mean + sd * error, 0.0))
    variation = np.divide(sd, mean, out=np.zeros_like(mean), where=mean > 0)
    # A lognormal variable with this mean and this coefficient of variation.
    log_sd = np.sqrt(np.log1p(variation**2))
    return np.asarray(mean * np.exp(log_sd * error - 0.5 * log_sd**2))


def read_paths(path: Path, instance: Instance) -> Array:
    """Read given sample paths: columns path, item, period, units, one row for each; [paths, items, periods].

    Raises
    ------
    InstanceError
        With every kind of problem and the first line that has it. Each path needs each item in each period: missing is not
        zero.
    """
    try:
        frame = pd.read_csv(path, dtype=str, keep_default_na=False)
    except (OSError, UnicodeDecodeError, pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        refuse([Problem(path.name, None, None, str(error), "a CSV file in UTF-8 that can be read")])
    columns = ("path", "item", "period", "units")
    refuse(
        [
            Problem(path.name, 1, column, None, "a column of this name")
            for column in columns
            if column not in frame
        ]
    )
    item = frame["item"].map(instance.item_index)
    period = pd.to_numeric(frame["period"], errors="coerce")
    units = pd.to_numeric(frame["units"], errors="coerce")
    last = instance.settings.periods - 1
    laws = (
        ("path", frame["path"] == "", "a name or number of the path"),
        ("item", item.isna(), "an item of the instance"),
        ("period", ~period.isin(range(last + 1)), f"a period of the horizon, 0 to {last}"),
        ("units", ~(units >= 0) | np.isinf(units), "a number >= 0"),
        ("path, item, period", frame.duplicated(["path", "item", "period"]), "one row for each"),
    )
    problems = []
    for column, is_wrong, allowed in laws:
        if is_wrong.any():
            k = int(np.argmax(is_wrong.to_numpy()))
            found = ", ".join(str(frame[name][k]) for name in column.split(", "))
            count = int(is_wrong.sum())
            also = f" (and {count - 1} more rows like it)" if count > 1 else ""
            problems.append(Problem(path.name, k + 2, column, found or None, allowed + also))
    refuse(problems)
    number, names = pd.factorize(frame["path"])
    demand = np.full((len(names), len(instance.items), last + 1), np.nan)
    demand[number, item.astype(int), period.astype(int)] = units
    if np.isnan(demand).any():
        p, i, t = (int(k) for k in np.argwhere(np.isnan(demand))[0])
        found = f"path {names[p]} without item {instance.items[i].item} in period {t}"
        refuse([Problem(path.name, None, "units", found, "each path with each item in each period")])
    if len(names) < 2:
        refuse([Problem(path.name, None, "path", f"{len(names)} path", "at least two paths")])
    return demand
