"""Make the instance `distributor` again: `python instances/make_distributor.py`. Its README names every ratio."""

from pathlib import Path

from stockrail.model.generator import generate
from stockrail.model.schema import Guardrail
from stockrail.model.writer import write

ITEMS, PERIODS, BRANCHINGS, SEED = 200, 26, (3, 3, 3, 3), 11

GUARDRAILS: tuple[Guardrail, ...] = ()


def main() -> None:
    """Write the instance next to this script."""
    instance = generate(ITEMS, PERIODS, BRANCHINGS, SEED, name="distributor", guardrails=GUARDRAILS)
    write(instance, Path(__file__).parent / "distributor")


if __name__ == "__main__":
    main()
