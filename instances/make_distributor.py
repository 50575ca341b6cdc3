"""Make the instance `distributor` again: `python instances/make_distributor.py`. Its README names every ratio."""

from pathlib import Path

from stockrail.model.generator import generate
from stockrail.model.schema import Guardrail
from stockrail.model.writer import write

ITEMS, PERIODS, BRANCHINGS, SEED = 200, 26, (3, 3, 3, 3), 11


def guardrails() -> tuple[Guardrail, ...]:
    """Finance's limits. Without them working capital peaks at 2.98 and inventory at 1.38 million."""
    return (
        _guardrail("working-capital", metric="working_capital", upper=2_600_000.0),
        _guardrail("inventory-cap", metric="inventory_value", upper=1_150_000.0),
        _guardrail("minimum-cash", metric="cash", lower=750_000.0),
    )


def _guardrail(
    name: str, *, metric: str, upper: float | None = None, lower: float | None = None
) -> Guardrail:
    """A hard limit on the whole company in every scenario and period, owned by finance."""
    return Guardrail(
        guardrail=name,
        metric=metric,
        scope="all",
        first_period=0,
        last_period=PERIODS - 1,
        lower=lower,
        upper=upper,
        holds="every scenario",
        soft_price=None,
        owner="finance",
    )


def main() -> None:
    """Write the instance next to this script."""
    instance = generate(ITEMS, PERIODS, BRANCHINGS, SEED, name="distributor", guardrails=guardrails())
    write(instance, Path(__file__).parent / "distributor")


if __name__ == "__main__":
    main()
