"""Charts of runs side by side, those of the decision brief."""

from dataclasses import replace

from stockrail.comparisons.brief import bridge_steps, margin_chart
from stockrail.reports.chart_parts import Chart
from stockrail.reports.margin import waterfall
from stockrail.workbench.comparisons.of_runs import RunComparison


def charts(compared: RunComparison) -> list[Chart]:
    """Margins with their bounds, then the bridge from the first run to each other one that earns more or less."""
    comparison = compared.comparison
    found = [margin_chart(comparison)]
    first = comparison.outcomes[0]
    for run, outcome in list(zip(compared.runs, comparison.outcomes, strict=True))[1:]:
        steps = bridge_steps(comparison, outcome.name)
        if len(steps) < 2:
            continue  # no part differs by as much as is drawn
        drawn = waterfall(steps, comparison.currency)
        words = f"From the margin of {first.name} to that of {outcome.name}, one bar per part."
        found.append(
            replace(
                drawn,
                key=f"bridge-{run.id}",
                description=words,
                specification={**drawn.specification, "description": words},
            )
        )
    return found
