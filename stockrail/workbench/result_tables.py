"""Tables that a plan or a calibration wrote, read back: names stay words, numbers that are blank are missing."""

import io

import pandas as pd

WORDS = frozenset(
    {
        "item", "description", "segment", "supplier", "customer", "customer_segment", "node", "decision", "metric", "name", "side",
        "scope", "scope_value", "message", "option", "to_option", "segment_option", "departs", "direction", "reason", "of", "before",
        "now", "kind", "owner", "per", "holds", "strategy", "status", "termination_reason", "basis", "segment_by_rules", "life_cycle",
        "held_by_hysteresis",
    }
)  # fmt: skip
"""Columns of names and sentences: 00123 is no number, and NA is not missing."""


def read_table(data: bytes) -> pd.DataFrame:
    """A CSV file. A blank word is an empty text, a blank number is NaN."""
    header = pd.read_csv(io.BytesIO(data), nrows=0).columns
    words = [name for name in header if name in WORDS]
    frame = pd.read_csv(
        io.BytesIO(data), dtype=dict.fromkeys(words, str), keep_default_na=False, na_values=[""]
    )
    return frame.assign(**{name: frame[name].fillna("") for name in words})
