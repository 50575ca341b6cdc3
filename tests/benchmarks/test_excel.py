"""The benchmark of Excel on a small instance: nothing is lost on the way there and back."""

from pathlib import Path

from benchmarks.excel import measure


def test_there_and_back(tmp_path: Path) -> None:
    """4 items over 6 periods are 4 x (1 + 2 x 6) = 52 rows; 10 changes are found, accepted and made."""
    result = measure(4, 6, 10, tmp_path)
    assert result["rows"] == 52
    assert result["is_lossless"]
    assert set(result["seconds"]) == {"export", "import", "import_changes", "accept", "apply"}
