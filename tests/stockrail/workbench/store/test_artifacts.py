"""Artifacts: what goes in comes out, once, whole, and never changed."""

import os
from hashlib import sha256
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stockrail.workbench.errors import NotFoundError, StateError
from stockrail.workbench.store.artifacts import Artifacts


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.binary(max_size=500))
def test_bytes_come_back(tmp_path: Path, data: bytes) -> None:
    """Under the SHA-256 of the bytes, from memory or from a file, and once."""
    artifacts = Artifacts(tmp_path / "artifacts")
    (tmp_path / "file").write_bytes(data)
    digest = artifacts.put(data)
    assert digest == artifacts.put(tmp_path / "file") == sha256(data).hexdigest()
    assert artifacts.get(digest) == data == artifacts.path(digest).read_bytes()
    assert len(list(artifacts.path(digest).parent.glob(f"{digest}*"))) == 1


def test_frame_comes_back(tmp_path: Path) -> None:
    """With its types and its blanks; the same table has the same hash."""
    artifacts = Artifacts(tmp_path)
    frame = pd.DataFrame(
        {
            "item": ["a", None],
            "units": [1.5, None],
            "lots": [1, 2],
            "day": pd.to_datetime(["2027-01-04", "2027-01-05"]),
        }
    )
    digest = artifacts.put_frame(frame)
    pd.testing.assert_frame_equal(artifacts.frame(digest), frame)
    assert artifacts.put_frame(frame.copy()) == digest


def test_changed_file_is_not_given_out(tmp_path: Path) -> None:
    """Neither one that was changed nor one that is gone; a file that was cut short is written again."""
    artifacts = Artifacts(tmp_path)
    digest = artifacts.put(b"right")
    artifacts.path(digest).write_bytes(b"wrong")
    with pytest.raises(StateError, match="restore"):
        artifacts.get(digest)
    artifacts.path(digest).write_bytes(b"ri")
    artifacts.put(b"right")
    assert artifacts.get(digest) == b"right"
    artifacts.path(digest).unlink()
    with pytest.raises(NotFoundError, match="restore"):
        artifacts.get(digest)


def test_failed_write_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk that is full when the file is renamed: no file under the hash, and no temporary one."""

    def full(source: Path, target: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(OSError, match="No space"):
        Artifacts(tmp_path).put(b"data")
    assert [file for file in tmp_path.rglob("*") if file.is_file()] == []
