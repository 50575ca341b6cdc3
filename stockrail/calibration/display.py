"""What a person sees of a calibration on a terminal of 80 columns."""

from typing import TYPE_CHECKING, Any

from rich import box
from rich.table import Table

from stockrail.calibration.values import WORDS
from stockrail.commands.common import wrapped
from stockrail.finance.finance_display import as_lines
from stockrail.formats import (
    amount,
    decimals_for,
    duration,
    finite,
    money_plain,
    percent,
    plural,
    significant,
)
from stockrail.measures.statistical_gap import REPLICATE, gap_columns, gaps_sentences
from stockrail.segments.display import move_lines

if TYPE_CHECKING:
    from stockrail.calibration.calibration import Calibration

MOST_LISTED = 8
"""Items that are listed; the files have all."""


def calibration_lines(result: "Calibration") -> list[str]:
    """Tables and sentences; lines of a table begin with a blank."""
    numbers = result.certificate
    count = f"{numbers['items']} {plural(numbers['items'], 'item')}"
    lines = [f"{numbers['instance_name']}: {count}, targets as of {numbers['start']}, {numbers['status']}."]
    lines += _values(result) + _statistical_gaps(result)
    if not result.is_feasible:
        lines += [wrapped(line) for line in numbers["infeasible_because"].splitlines()]
    lines += _segments(result) + _moves(result)
    if result.is_feasible:
        lines += _service(result) + _changes(result) + _departures(result) + _guardrails(result)
    lines += [f"note: {note}" for note in numbers["notes"]]
    lines.append(_checked(numbers))
    return lines


def _values(result: "Calibration") -> list[str]:
    frame = result.values
    currency = result.certificate["currency"]
    table = _table(f"in {currency}", "worth", "bound", "gap", "next earns more", "fill rate", "stock")
    decimals = decimals_for(finite(value) for value in frame["objective"])
    for row in frame.to_dict("records"):
        if finite(row["objective"]) is None:
            table.add_row(WORDS[row["strategy"]], row["status"], *[""] * 5)
            continue
        name = WORDS[row["strategy"]]
        table.add_row(
            name if row["keeps_guardrails"] else f"{name} (breaks limits)",
            amount(row["objective"], decimals),
            "" if finite(row["bound"]) is None else amount(row["bound"], decimals),
            "" if finite(row["gap"]) is None else percent(row["gap"], 2),
            "" if finite(row["to_next"]) is None else amount(row["to_next"], decimals),
            percent(row["fill_rate"]),
            amount(row["inventory_value"]),
        )
    return as_lines(table)


def _statistical_gaps(result: "Calibration") -> list[str]:
    """Beside the solver's gaps of the table above, the statistical gaps of the same plans."""
    gaps = result.certificate["statistical_gap"]
    known = {WORDS[name]: record for name, record in gaps.items() if record is not None}
    if not known:
        return gaps_sentences(gaps, REPLICATE)
    table = _table("statistical gap", "orders now", "at most", "as a policy", "at most")
    for name, record in known.items():
        table.add_row(name, *(percent(share, 2) for share in gap_columns(record).values()))
    return [*as_lines(table), *gaps_sentences(known, REPLICATE), *what_rules_cost(result)]


def what_rules_cost(result: "Calibration") -> list[str]:
    """That the statistical gap of a strategy compares with all plans there are, where there is one."""
    gaps = result.certificate["statistical_gap"]
    if not any(gaps.get(name) for name in WORDS if name != "free"):
        return []
    return [
        (
            "Compared are all plans, not those of the strategy alone, so what rules and bands cost is part of it. The rule's plan is "
            "followed as it is; an ERP would react by its targets."
        )
    ]


def _segments(result: "Calibration") -> list[str]:
    table = _table("segment", "items", "option", "service", "fill rate", "safety stock", "days", "stock")
    for row in result.segments.to_dict("records"):
        table.add_row(
            str(row["segment"]),
            str(row["items"]),
            str(row["option"]),
            percent(row["service_level"]),
            percent(row["fill_rate"]),
            amount(row["safety_stock_value"]),
            amount(row["safety_stock_days"], 1),
            amount(row["inventory_value"]),
        )
    return as_lines(table)


def _moves(result: "Calibration") -> list[str]:
    """What moved between segments, where there is an earlier run."""
    compared = result.compared
    if compared.moves is None:
        return []
    lines = [f"Segments against those of {compared.run}:", *move_lines(compared.moves, "segment_moves.csv")]
    return [wrapped(line) for line in lines]


def _service(result: "Calibration") -> list[str]:
    frame = result.service_costs
    if frame.empty:
        return []
    table = _table("segment", "service level", "up to", "a point more earns", "down to", "a point less earns")
    for segment, rows in frame.groupby("segment", sort=False):
        cells = [percent(rows["service_level"].iloc[0])]
        for direction, sign in (("higher", 1.0), ("lower", -1.0)):
            own = rows[rows["direction"] == direction]
            cells += (
                [percent(own["to_service_level"].iloc[0]), _signed(sign * own["worth_per_point"].iloc[0])]
                if len(own)
                else ["", ""]
            )
        table.add_row(str(segment), *cells)
    return as_lines(table)


def _changes(result: "Calibration") -> list[str]:
    frame, currency = result.changes, result.certificate["currency"]
    if frame.empty:
        if result.compared.note:
            return []
        return ["There is no table current_targets: add it to see what changes and what each change earns."]
    moved = frame[frame["reason"] != "Nothing changes."]
    change = result.certificate["change"]
    shared = change["overtime_and_penalties"]
    more = f", {money_plain(shared, currency)} of it overtime and penalties" if abs(shared) >= 0.005 else ""
    count = f"Targets of {len(moved)} of {len(frame)} {plural(len(frame), 'item')} change."
    verb = "earn" if change["expected_margin"] >= 0 else "cost"
    together = f"Together the changes {verb} {money_plain(abs(change['expected_margin']), currency)}{more}."
    lines = [f"{count} {together} The largest:"]
    for row in _largest(moved, "worth_change"):
        lines.append(wrapped(f"  {row['item']}: margin {_signed(row['margin_change'])}. {row['reason']}"))
    return lines


def _departures(result: "Calibration") -> list[str]:
    frame = result.departures
    if frame.empty:
        return []
    lines = [
        f"{len(frame)} {plural(len(frame), 'item')} {'departs' if len(frame) == 1 else 'depart'} from the segment's option:"
    ]
    for row in _largest(frame, "worth_change"):
        lines.append(
            wrapped(
                f"  {row['item']}: {row['option']} in place of {row['segment_option']}, margin {_signed(row['margin_change'])}, "
                f"{_signed(row['worth_change'])} at the guardrails' prices"
            )
        )
    return lines


def _guardrails(result: "Calibration") -> list[str]:
    frame, currency = result.guardrails, result.certificate["currency"]
    return [
        f"{row['name']} ({row['side']} limit) binds the choice: looser by {row['per']} in all periods it would earn about "
        f"{currency} {significant(row['looser_earns'])}."
        for row in frame.to_dict("records")
        if abs(row["looser_earns"]) > 0
    ]


def _checked(numbers: dict[str, Any]) -> str:
    checked = numbers["verification"]
    passed = [name for name, record in checked.items() if record is not None and record["passed"]]
    said = f"Confirmed by the independent checker: {', '.join(passed)}. " if passed else ""
    return f"{said}{duration(numbers['seconds'])}."


def _largest(frame: Any, column: str) -> list[dict[Any, Any]]:
    order = frame[column].abs().sort_values(ascending=False, kind="stable").index[:MOST_LISTED]
    rows: list[dict[Any, Any]] = frame.loc[order].to_dict("records")
    return rows


def _signed(value: float) -> str:
    text = amount(value, 2 if abs(value) < 1000 else 0)
    return text if text.startswith("-") or not text.strip("0.") else f"+{text}"


def _table(*columns: str) -> Table:
    table = Table(box=box.SIMPLE, pad_edge=True, padding=(0, 1, 0, 0))
    for number, name in enumerate(columns):
        is_name = number == 0 or name == "option"
        table.add_column(
            name, justify="left" if is_name else "right", no_wrap=name == "option", overflow="fold"
        )
    return table
