"""Plan again every so many periods, from where each path then is: a rolling horizon."""

from collections.abc import Callable, Sequence

import numpy as np

from stockrail.model.tree import IntArray
from stockrail.simulation.policies import Policy
from stockrail.simulation.state import State

Replan = Callable[[State, int], Policy]
"""Makes a policy from a state and its period. It is followed until the next one is made."""


class RollingPolicy:
    """Re-plan in period 0 and every `every` periods after it.

    Parameters
    ----------
    replan : called with the state of all paths and the period, returns the policy to follow from now on; for orders that are
        decided until then, `PlannedOrders`.
    """

    def __init__(self, replan: Replan, every: int) -> None:
        if every < 1:
            raise ValueError(f"Expected to plan again every 1 or more periods, got {every}.")
        self._replan, self._every = replan, every

    def orders(self, state: State) -> IntArray:
        """Orders of the latest plan."""
        key = f"rolling {id(self)}"
        if state.period % self._every == 0:
            state.memory[key] = self._replan(state, state.period)
        policy: Policy = state.memory[key]
        return policy.orders(state)


class PolicyByPath:
    """A policy for each path, such as a plan that was made from where the path was."""

    def __init__(self, policies: Sequence[Policy]) -> None:
        self._policies = tuple(policies)

    def orders(self, state: State) -> IntArray:
        """What each policy orders on its path."""
        return np.vstack([policy.orders(state.only(path)) for path, policy in enumerate(self._policies)])
