"""What `stability` reports: by size, what trees keep of their paths and what plans on them are worth.

Definitions are in docs/formulation.md, section 11.
"""

from dataclasses import dataclass, field

import pandas as pd

from stockrail.trees.path_limits import LimitOnPaths
from stockrail.trees.quality import TreeQuality

CONFIDENCE = 0.95

KEPT = (
    "mean_error", "item_sd_error", "kept_sd_share", "branched_share", "lag_correlation", "tree_lag_correlation",
    "wasserstein", "distance", "distance_without_branches",
)  # fmt: skip
"""What `TreeQuality` says of a tree in one number each; the report has their means over the trees of a size."""


@dataclass(frozen=True)
class TreeSize:
    """What several trees of one size say of a plan's value, in money.

    Attributes
    ----------
    widths : branches of each branching.
    scenarios, nodes : means over the trees.
    in_sample, in_sample_sd : what plans are worth on their own tree, mean and standard deviation over trees.
    out_of_sample, out_of_sample_sd : what they earn on paths that no tree has seen.
    lower, upper : interval for the value of one of these plans on as many fresh paths as the report says.
    optimism_share : by how much the tree promises more than the plan earns, as a share of what it earns.
    gap : largest relative gap of the plans.
    seconds : for one tree and its plan.
    is_stable : both standard deviations are within the tolerance.
    qualities : what each of the trees keeps of the paths that it was made of.
    """

    widths: tuple[int, ...]
    scenarios: float
    nodes: float
    in_sample: float
    in_sample_sd: float
    out_of_sample: float
    out_of_sample_sd: float
    lower: float
    upper: float
    optimism_share: float
    gap: float
    seconds: float
    is_stable: bool
    qualities: tuple[TreeQuality, ...] = field(default=(), repr=False)

    @property
    def name(self) -> str:
        """Its branches, as `--sizes` has them."""
        return ",".join(map(str, self.widths)) or "none"

    def kept(self) -> dict[str, float]:
        """Means over the trees of `KEPT`; nothing where they were not measured."""
        count = len(self.qualities)
        return {
            name: sum(getattr(quality, name) for quality in self.qualities) / count for name in KEPT if count
        }


@dataclass(frozen=True)
class Stability:
    """The report. Money is in the instance's currency.

    Attributes
    ----------
    sizes : as many as were done, smallest first.
    recommended : the smallest stable size that earns as much as the best, but for what differs between trees of one size and
        the solver's gap; None where no size is stable.
    fresh_value : what the plan of the first tree of that size, or else of the largest one, earns on fresh paths.
    fresh_paths : how many; 0 where it was cancelled before.
    trees, paths, test_paths : trees of each size, paths that each is made of, paths that test plans.
    tolerance : the largest standard deviation that is stable, as a share of value.
    is_complete : nothing was cancelled.
    limits : hard limits on the fresh paths, the one exceeded most often first.
    """

    sizes: tuple[TreeSize, ...]
    recommended: TreeSize | None
    fresh_value: float
    fresh_paths: int
    trees: int
    paths: int
    test_paths: int
    tolerance: float
    is_complete: bool
    limits: tuple[LimitOnPaths, ...] = ()

    @property
    def chosen(self) -> TreeSize:
        """The size whose plan was tested on fresh paths."""
        return self.recommended or self.sizes[-1]

    @property
    def is_inside(self) -> bool:
        """Whether the value on fresh paths lies in the interval reported before they were drawn."""
        return self.fresh_paths > 0 and self.chosen.lower <= self.fresh_value <= self.chosen.upper

    def frame(self) -> pd.DataFrame:
        """One row per size: the numbers of `TreeSize`, then means over its trees of `KEPT`."""
        rows = []
        for size in self.sizes:
            numbers = {name: value for name, value in vars(size).items() if name != "qualities"}
            rows.append(numbers | {"widths": size.name} | size.kept())
        return pd.DataFrame(rows)

    def moments(self) -> pd.DataFrame:
        """Moments of each tree by period, in money.

        Columns: widths, tree (from 1), period, mean, tree_mean, sd, tree_sd, branched_sd; see `TreeQuality`.
        """
        frames = [
            quality.moments.assign(widths=size.name, tree=number)
            for size in self.sizes
            for number, quality in enumerate(size.qualities, start=1)
        ]
        columns = ["widths", "tree", "period", "mean", "tree_mean", "sd", "tree_sd", "branched_sd"]
        return pd.concat(frames, ignore_index=True)[columns] if frames else pd.DataFrame(columns=columns)

    def record(self) -> dict[str, object]:
        """As plain data."""
        return {
            "sizes": self.frame().to_dict("records"),
            "moments": self.moments().to_dict("records"),
            "limits": [vars(limit) for limit in self.limits],
            "recommended": list(self.recommended.widths) if self.recommended else None,
            **{
                name: getattr(self, name)
                for name in (
                    "fresh_value", "fresh_paths", "is_inside", "trees", "paths", "test_paths", "tolerance"
                )
            },
        }  # fmt: skip
