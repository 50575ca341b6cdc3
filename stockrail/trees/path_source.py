"""Where sample paths come from: a model of forecast errors, or paths that are given. Trees and tests never share paths."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np

from stockrail.model.instance import Array
from stockrail.trees.disruptions import Disruption
from stockrail.trees.errors import ErrorModel
from stockrail.trees.paths import SamplePaths

Purpose = Literal["tree", "test"]

TEST_SEED = 1_000_003
"""Added to the seed of paths for tests, so that they are others than those of trees."""


class PathSource(Protocol):
    """Something that paths can be drawn from."""

    @property
    def mean(self) -> Array:
        """Expected demand [items, periods]."""
        ...

    def draw(self, count: int, seed: int, purpose: Purpose) -> SamplePaths:
        """Draw paths; the same seed and purpose give the same paths. Those for trees have the expected demand exactly."""
        ...


@dataclass(frozen=True)
class ModelSource:
    """Paths of a model of forecast errors."""

    model: ErrorModel
    disruptions: Sequence[Disruption] = ()

    @property
    def mean(self) -> Array:
        """Expected demand [items, periods]; where additive errors are cut off at zero demand, that of a large sample."""
        if self.model.factors.shape == "lognormal":
            return self.model.mean
        return np.asarray(SamplePaths.sample(self.model, 4000, TEST_SEED - 1).demand.mean(axis=0))

    def draw(self, count: int, seed: int, purpose: Purpose) -> SamplePaths:
        """Draw paths anew."""
        if purpose == "test":
            return SamplePaths.sample(self.model, count, seed + TEST_SEED, self.disruptions)
        return SamplePaths.sample(self.model, count, seed, self.disruptions).centred(self.mean)


@dataclass(frozen=True)
class GivenSource:
    """Paths that are given: the even ones for trees, the odd ones for tests, each drawn with replacement.

    Attributes
    ----------
    demand : [paths, items, periods], units; at least 2 paths.
    """

    demand: Array
    disruptions: Sequence[Disruption] = ()

    @property
    def mean(self) -> Array:
        """Mean of all given paths [items, periods]."""
        return np.asarray(self.demand.mean(axis=0))

    def draw(self, count: int, seed: int, purpose: Purpose) -> SamplePaths:
        """Draw from the paths that serve the purpose."""
        half = np.arange(0 if purpose == "tree" else 1, len(self.demand), 2)
        chosen = np.random.default_rng([seed, 3]).choice(half, count)
        paths = SamplePaths.of(self.demand[chosen], self.disruptions, seed + TEST_SEED * (purpose == "test"))
        return paths.centred(self.mean) if purpose == "tree" else paths

    def all(self) -> SamplePaths:
        """Every given path once, for a tree that need not be tested."""
        return SamplePaths.of(self.demand, self.disruptions)
