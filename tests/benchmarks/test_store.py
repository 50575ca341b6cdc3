"""The benchmark of the store, for a few seconds: writers and readers in processes, without an error."""

from pathlib import Path

import pytest

from benchmarks.store import measure
from tests import postgresql


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_four_writers_and_eight_readers(tmp_path: Path, database: str) -> None:
    """Nothing is lost, overwritten or seen half; every stale save is refused; the log is whole."""
    if database == "sqlite":
        result = measure(str(tmp_path / "store"), 3, 4, 8, pause=0.0)
    elif postgresql.programs() is None:
        pytest.skip(postgresql.MISSING)
    else:
        with postgresql.server() as socket:
            result = measure(postgresql.new_database(socket, tmp_path / "store"), 3, 4, 8, pause=0.0)
    assert result["errors"] == []
    assert result["write"]["operations"] > 4
    assert result["read"]["operations"] > 8
