"""How well a tree stands for sample paths: moments that it keeps, and how far it is from them."""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from scipy.stats import wasserstein_distance

from stockrail.model.instance import Array, Instance
from stockrail.trees.path_tree import PathTree
from stockrail.trees.paths import SamplePaths


@dataclass(frozen=True)
class TreeQuality:
    """What a tree keeps of paths, in money at unit prices (docs/formulation.md, section 11).

    Attributes
    ----------
    scenarios, nodes, paths : sizes of the tree and of the sample it is compared with.
    mean_error : largest error of a period's mean demand of all items, as a share of it.
    item_sd_error : largest error of an item's standard deviation in a period, with `sigma`, as a share of it.
    kept_sd_share : standard deviation of all items' demand on the tree, `sigma` of items added as independent, as a share of the
        sample's, the mean over periods.
    branched_share : share of the variance of all items' demand that is on the tree, the mean over periods. The rest is in
        `sigma` as far as items differ, and lost as far as they move together.
    lag_correlation, tree_lag_correlation : correlation of all items' demand with that of the period before.
    wasserstein : distance of the distributions of all items' demand, period by period, as a share of mean demand.
    distance : mean distance of a path from the nodes it is taken to be at, all items' demand, as a share of mean demand. It is no less than the
        Wasserstein distance of the processes.
    distance_without_branches : the same for the mean as the only scenario.
    moments : period, mean, tree_mean, sd, tree_sd, branched_sd: money, `tree_sd` with `sigma`, `branched_sd` without.
    """

    scenarios: int
    nodes: int
    paths: int
    mean_error: float
    item_sd_error: float
    kept_sd_share: float
    branched_share: float
    lag_correlation: float
    tree_lag_correlation: float
    wasserstein: float
    distance: float
    distance_without_branches: float
    moments: pd.DataFrame = field(repr=False)

    def record(self) -> dict[str, object]:
        """As plain data."""
        numbers = {name: value for name, value in vars(self).items() if name != "moments"}
        return numbers | {"moments": self.moments.to_dict("records")}


def tree_quality(instance: Instance, tree: PathTree, paths: SamplePaths | None = None) -> TreeQuality:
    """Compare a tree with the paths that it was made of, or with others."""
    sample = paths or tree.paths
    node = tree.node if paths is None else tree.follow(sample)
    price = instance.item_column("unit_price")
    price = price if price.any() else np.ones_like(price)
    value = np.einsum("pit,i->pt", sample.demand, price)
    node_value = price @ tree.demand
    periods = value.shape[1]
    weight = np.zeros((periods, len(tree)))
    weight[tree.period, np.arange(len(tree))] = tree.probability
    tree_mean = weight @ node_value
    branched = weight @ node_value**2 - tree_mean**2
    noise = (price**2) @ tree.sigma**2
    mean, sd, tree_sd = value.mean(axis=0), value.std(axis=0), np.sqrt(np.maximum(branched, 0.0) + noise)
    apart = np.abs(value - node_value[node])
    average = max(float(mean.mean()), 1e-300)
    moments = pd.DataFrame(
        {
            "period": np.arange(periods),
            "mean": mean,
            "tree_mean": tree_mean,
            "sd": sd,
            "tree_sd": tree_sd,
            "branched_sd": np.sqrt(np.maximum(branched, 0.0)),
        }
    )
    return TreeQuality(
        scenarios=tree.scenarios,
        nodes=len(tree),
        paths=len(sample),
        mean_error=float(_shares(np.abs(tree_mean - mean), mean).max()),
        item_sd_error=_item_sd_error(tree, sample, weight),
        kept_sd_share=float(_shares(tree_sd, sd).mean()) if sd.any() else 1.0,
        branched_share=float(_shares(np.maximum(branched, 0.0), sd**2).mean()),
        lag_correlation=_lag_correlation(value, mean, sd),
        tree_lag_correlation=_tree_lag_correlation(tree, node_value, tree_mean, tree_sd),
        wasserstein=float(
            np.mean(
                [
                    wasserstein_distance(
                        value[:, t], node_value[tree.period == t], None, tree.probability[tree.period == t]
                    )
                    for t in range(periods)
                ]
            )
            / average
        ),
        distance=float(apart.mean() / average),
        distance_without_branches=float(np.abs(value - mean).mean() / average),
        moments=moments,
    )


def _shares(part: Array, whole: Array) -> Array:
    return np.divide(part, whole, out=np.zeros_like(part), where=whole > 0)


def _item_sd_error(tree: PathTree, sample: SamplePaths, weight: Array) -> float:
    mean = tree.demand @ weight.T
    sd = np.sqrt(np.maximum(tree.demand**2 @ weight.T - mean**2 + tree.sigma**2, 0.0))
    of_sample = sample.demand.std(axis=0)
    return float(_shares(np.abs(sd - of_sample), of_sample).max())


def _lag_correlation(value: Array, mean: Array, sd: Array) -> float:
    """Mean over periods after the first; 0 where nothing varies."""
    together = ((value[:, 1:] - mean[1:]) * (value[:, :-1] - mean[:-1])).mean(axis=0)
    return float(_shares(together, sd[1:] * sd[:-1]).mean()) if len(mean) > 1 else 0.0


def _tree_lag_correlation(tree: PathTree, node_value: Array, mean: Array, sd: Array) -> float:
    """The same on the tree, where `sigma` is independent from period to period."""
    if len(mean) == 1:
        return 0.0
    surprise = node_value - mean[tree.period]
    products = tree.probability[1:] * surprise[1:] * surprise[tree.parent[1:]]
    together = np.asarray(np.bincount(tree.period[1:], products, len(mean))[1:], dtype=np.float64)
    return float(_shares(together, sd[1:] * sd[:-1]).mean())
