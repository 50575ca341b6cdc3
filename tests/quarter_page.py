"""A page whose commands are played, and whose quotes are held against what they print: words exactly, numbers with a tolerance."""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

NUMBER = re.compile(r"^([^\d]*)(\d[\d,]*(?:\.\d+)?)([^\d]*)$")
"""A word with one number in it, such as `+1.5%,` or `EUR`; a date has several, and is compared as a word."""

ELLIPSIS = "..."
"""A line that stands for lines that the page leaves out."""

COMMANDS = ("stockrail", "python")


@dataclass
class Quoted:
    """A command of the page, and what it shows below it.

    Attributes
    ----------
    day : the day that the page says it is, as written; blank before the first one.
    shown : parts between lines that are left out, each a list of words.
    """

    command: str
    day: str
    shown: list[list[str]] = field(default_factory=lambda: [[]])


def quoted(page: str) -> Iterator[Quoted]:
    """Commands in the order of the page: indented by four, after a dollar."""
    day, now = "", None
    for line in page.splitlines():
        if found := re.match(r"^On (\d{4}-\d\d-\d\d)\b.*:$", line):
            day = found[1]
        if not line.startswith("    ") or not line.strip():
            continue
        text = line[4:]
        if text.startswith("$ "):
            if now is not None:
                yield now
            assert text[2:].split()[0] in COMMANDS, text
            now = Quoted(text[2:], day)
        elif now is not None and text.strip() == ELLIPSIS:
            now.shown.append([])
        elif now is not None:
            now.shown[-1] += words(text)
    if now is not None:
        yield now


def words(text: str) -> list[str]:
    """Words of a text, lines of tables left out; where lines are broken does not matter."""
    return [word for word in text.split() if set(word) != {"─"}]


def missing(shown: list[list[str]], printed: str, tolerance: float) -> str | None:
    """The first part of a quote that was not printed, after those before it; None where all of them were."""
    told, at = words(printed), 0
    for part in shown:
        starts = (k for k in range(at, len(told) - len(part) + 1) if _same(part, told[k:], tolerance))
        start = next(starts, None)
        if start is None:
            return f"{' '.join(part)}\nis not in\n{' '.join(told[at:])}"
        at = start + len(part)
    return None


def _same(part: list[str], told: list[str], tolerance: float) -> bool:
    return all(_alike(one, other, tolerance) for one, other in zip(part, told, strict=False))


def _alike(one: str, other: str, tolerance: float) -> bool:
    """Whether two words are the same, or the same but for a number that is about the same."""
    if one == other:
        return True
    first, second = NUMBER.match(one), NUMBER.match(other)
    if first is None or second is None or (first[1], first[3]) != (second[1], second[3]):
        return False
    texts = (first[2], second[2])
    values = [float(text.replace(",", "")) for text in texts]
    return math.isclose(*values, rel_tol=tolerance, abs_tol=1.000001 * max(map(_last_place, texts)))


def _last_place(number: str) -> float:
    """What the last decimal of a number stands for: by so much it may differ. Whole numbers may be counts, and have none."""
    decimals = number.partition(".")[2]
    return 10.0 ** -len(decimals) if decimals else 0.0
