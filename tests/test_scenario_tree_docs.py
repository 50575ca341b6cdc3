"""The worked examples of docs/scenario-trees.md print what the page says."""

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from stockrail.cli import app

ROOT = Path(__file__).resolve().parents[1]
PAGE = (ROOT / "docs" / "scenario-trees.md").read_text(encoding="utf-8")
NUMBER = re.compile(r"\d[\d,]*\.?\d*")


def _examples() -> list[tuple[str, str]]:
    """Commands behind a prompt, and what the page shows below them."""
    found: list[tuple[str, list[str]]] = []
    is_inside = False
    for line in PAGE.splitlines():
        if line.startswith("    $ stockrail "):
            found.append((line.removeprefix("    $ stockrail "), []))
            is_inside = True
        elif is_inside and (line.startswith("    ") or not line):
            found[-1][1].append(line.removeprefix("    "))
        else:
            is_inside = False
    return [(command, "\n".join(lines).rstrip()) for command, lines in found]


EXAMPLES = _examples()


def test_page_has_examples() -> None:
    """One for each of building, judging and reading a tree."""
    assert [command.split(" instances")[0] for command, _ in EXAMPLES] == [
        "tree build",
        "tree quality",
        "views",
    ]


@pytest.mark.parametrize(("command", "shown"), EXAMPLES, ids=lambda text: text.split(" instances")[0])
def test_example(command: str, shown: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Words are the same; numbers are, but for rounding, which differs between processors."""
    monkeypatch.setenv("COLUMNS", "80")
    words = [word.strip('"') for word in command.split()]
    folder = [
        str(ROOT / word) if word.startswith("instances/") else word.replace("trees/", f"{tmp_path}/")
        for word in words
    ]
    done = CliRunner().invoke(app, folder)
    assert done.exit_code == 0, done.output
    said = done.stdout.replace(f"{tmp_path}/", "trees/").rstrip()
    assert NUMBER.sub("#", said).split() == NUMBER.sub("#", shown).split()
    numbers = [float(text.replace(",", "").rstrip(".")) for text in NUMBER.findall(said)]
    expected = [float(text.replace(",", "").rstrip(".")) for text in NUMBER.findall(shown)]
    assert numbers == pytest.approx(expected, rel=1e-3, abs=2)
