"""Instances with some of the items of another one."""

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import replace
from typing import Protocol, TypeVar

from stockrail.model.instance import Instance
from stockrail.model.tree import IntArray


class _OfItem(Protocol):
    @property
    def item(self) -> str: ...


Row = TypeVar("Row", bound=_OfItem)


class InstanceParts:
    """Instances with some of the items only."""

    def __init__(self, instance: Instance) -> None:
        self._instance = instance
        self._open_orders = _by_item(instance.open_orders)
        self._overrides = _by_item(instance.order_overrides)
        self._breaks = _by_item(instance.quantity_breaks)
        self._announced = _by_item(instance.announced_orders)

    def of(self, members: IntArray) -> Instance:
        """The instance with the items in some places; rows that name other items are left out."""
        instance = self._instance
        items = tuple(instance.items[i] for i in members)
        names = [row.item for row in items]
        return replace(
            instance,
            items=items,
            mean_demand=instance.mean_demand[members],
            sigma=instance.sigma[members],
            open_orders=_of(self._open_orders, names),
            order_overrides=_of(self._overrides, names),
            quantity_breaks=_of(self._breaks, names),
            announced_orders=_of(self._announced, names),
            current_targets=(),
            customer_shares=(),
            scenarios=(),
            scenario_demand=(),
        )


def _by_item(rows: Iterable[Row]) -> dict[Hashable, list[Row]]:
    found: dict[Hashable, list[Row]] = {}
    for row in rows:
        found.setdefault(row.item, []).append(row)
    return found


def _of(rows: dict[Hashable, list[Row]], names: Sequence[str]) -> tuple[Row, ...]:
    return tuple(row for name in names for row in rows.get(name, ()))
