"""All metrics that a guardrail may limit, and the terms they are made of (docs/formulation.md, sections 5 and 6).

To add a metric: write one class with a `name` and `terms`, and decorate it with `@metric`. The ledger, the guardrails
and the pricing of both solvers follow from its terms. See docs/add-a-metric.md.
"""

from stockrail.model import metrics_balances, metrics_flows, metrics_ratios
from stockrail.model.margin import MONEY_PARTS, margin_terms, part_terms
from stockrail.model.metric_registry import METRICS, Metric, metric, metric_names
from stockrail.model.terms import Term, Window, path_window, total, unpaid_window

__all__ = [
    "METRICS",
    "MONEY_PARTS",
    "Metric",
    "Term",
    "Window",
    "margin_terms",
    "metric",
    "metric_names",
    "metrics_balances",
    "metrics_flows",
    "metrics_ratios",
    "part_terms",
    "path_window",
    "total",
    "unpaid_window",
]
