"""The store: reads see one state, a change and its audit entry are one transaction."""

import datetime as dt
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import sqlalchemy as sa
from sqlalchemy.orm import Session

from stockrail.workbench.errors import StateError
from stockrail.workbench.store import audit, migrate
from stockrail.workbench.store.artifacts import Artifacts
from stockrail.workbench.store.engine import Engines, busy
from stockrail.workbench.store.location import GOVERNANCE, Location
from stockrail.workbench.store.seal import Seal, watch_progress

if TYPE_CHECKING:
    from stockrail.workbench.governance import Governance

Clock = Callable[[], dt.datetime]


def utc_now() -> dt.datetime:
    """The time, in UTC."""
    return dt.datetime.now(dt.UTC)


@dataclass
class Change:
    """A change that is being made: what the audit entry will say of it.

    Attributes
    ----------
    session : add and change objects here. Sealed tables (`stockrail.workbench.store.tables`) are changed through objects only.
    at : when; use it for the times of what is changed.
    entity_id : set it when it is known, at the latest at the end of the block; `session.flush()` numbers new rows.
    data : small facts that explain the change.
    """

    session: Session
    actor: str
    action: str
    entity: str
    entity_id: int | None
    at: dt.datetime
    data: dict[str, Any] = field(default_factory=dict)
    is_discarded: bool = False

    def discard(self) -> None:
        """Change nothing after all and write no audit entry: somebody else has done the same meanwhile."""
        self.is_discarded = True


class Store:
    """A store that is open. Its objects stay readable after the block that read them.

    Make one with `Store.open` or `Store.create`, and close it: `with Store.open(folder) as store`. Threads may share one,
    processes may not.
    """

    def __init__(self, location: Location, engines: Engines, clock: Clock) -> None:
        self._location = location
        self._engines = engines
        self._is_writing = threading.local()
        self._governance: tuple[tuple[int, int, int] | None, Governance] | None = None
        self.clock = clock
        self.artifacts = Artifacts(location.artifacts)

    @classmethod
    def open(cls, location: str | Path, *, clock: Clock = utc_now) -> Self:
        """Open a store, and bring its tables up to date if an older Stockrail made it.

        Parameters
        ----------
        location : a folder, or `postgresql+psycopg://USER:PASSWORD@HOST/DATABASE?artifacts=FOLDER`.
        clock : gives the time, with its zone.

        Raises
        ------
        StateError
            There is no store, it cannot be reached, or a newer Stockrail made it.
        """
        return cls._opened(Location.of(location), clock, is_new=False)

    @classmethod
    def create(cls, location: str | Path, *, clock: Clock = utc_now) -> Self:
        """Make a store and open it. A folder is made if it does not exist; a database must be there.

        Raises
        ------
        StateError
            There is a store already, or the database cannot be reached.
        """
        place = Location.of(location)
        place.artifacts.mkdir(parents=True, exist_ok=True)
        return cls._opened(place, clock, is_new=True)

    @classmethod
    def _opened(cls, place: Location, clock: Clock, *, is_new: bool) -> Self:
        engines = Engines.to(place)
        try:
            (migrate.create if is_new else migrate.bring_up_to_date)(place, engines)
        except BaseException:
            engines.close()
            raise
        return cls(place, engines, clock)

    @property
    def location(self) -> str:
        """What opens the store again, in another process as well. It may hold a password: keep it out of messages."""
        return self._location.text

    @property
    def name(self) -> str:
        """Where the store is, for messages: without a password."""
        return self._location.shown

    @property
    def folder(self) -> Path:
        """The folder with governance.yaml and the artifacts."""
        return self._location.folder

    @property
    def engines(self) -> Engines:
        """Connections, for checks of the database itself."""
        return self._engines

    @property
    def governance_file(self) -> Path:
        """Where governance.yaml of this store is, or would be."""
        return self.folder / GOVERNANCE

    @property
    def governance(self) -> "Governance":
        """Who may do what: governance.yaml of the store's folder, or the packaged one where there is none.

        Raises
        ------
        GovernanceError
            With every problem of the file.
        """
        from stockrail.workbench.governance import Governance

        file = self.governance_file if self.governance_file.is_file() else None
        stat = None if file is None else file.stat()
        stamp = None if stat is None else (stat.st_mtime_ns, stat.st_size, stat.st_ino)
        # A service runs for days: it must see the file that somebody changes meanwhile, and parse it once.
        if self._governance is None or self._governance[0] != stamp:
            self._governance = (stamp, Governance.read(file))
        return self._governance[1]

    @contextmanager
    def read(self) -> Iterator[Session]:
        """Read within the block: one state of the store, whatever others write meanwhile. Nothing can be changed."""
        with Session(self._engines.reading, expire_on_commit=False, autoflush=False) as session:
            yield session

    @contextmanager
    def write(
        self,
        actor: str,
        action: str,
        entity: str,
        entity_id: int | None = None,
        data: dict[str, Any] | None = None,
    ) -> Iterator[Change]:
        """Make a change: what the block changes and the audit entry are there together, or not at all.

        Only one block at a time, of all processes, is in here: do what takes long before it. An error in the block undoes it.

        Parameters
        ----------
        actor : name of the user.
        action : what is done, such as `scenario.save`.
        entity, entity_id : table and row that it is about.
        data : small facts that explain the change.

        Raises
        ------
        ConflictError
            The store was busy for too long.
        StateError
            Within another such block of the same thread, or a sealed table was changed other than through objects.
        """
        if not actor.strip():
            raise StateError("Say who makes the change: the name of a user.")
        with self._changing() as session:
            seal = Seal(session)
            change = Change(session, actor, action, entity, entity_id, self._now(), dict(data or {}))
            yield change
            if change.is_discarded:
                session.rollback()
                return
            session.flush()
            audit.append(change, seal.fingerprints())
            session.commit()

    @contextmanager
    def write_progress(self) -> Iterator[Session]:
        """Change volatile columns only, without an audit entry: what a run reports while it goes, when a session was last seen."""
        with self._changing() as session:
            watch_progress(session)
            yield session
            session.commit()

    def _now(self) -> dt.datetime:
        now = self.clock()
        if now.tzinfo is None:
            raise ValueError("Expected a clock that gives the time with its zone.")
        return now.astimezone(dt.UTC)

    @contextmanager
    def _changing(self) -> Iterator[Session]:
        if getattr(self._is_writing, "now", False):
            raise StateError("A change is being made in this thread already: make one after the other.")
        self._is_writing.now = True
        try:
            with Session(self._engines.writing, expire_on_commit=False) as session:
                session.connection()  # takes the lock, so that everything read in the block is current
                yield session
        except sa.exc.OperationalError as error:
            is_busy = busy(error)
            if is_busy is None:
                raise
            raise is_busy from error
        finally:
            self._is_writing.now = False

    def close(self) -> None:
        """Close the connections."""
        self._engines.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
