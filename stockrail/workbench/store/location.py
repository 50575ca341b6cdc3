"""Where a store is: a folder with SQLite in it, or the address of a PostgreSQL database and a folder for its artifacts."""

import os
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from stockrail.workbench.errors import StateError

DATABASE = "stockrail.db"
GOVERNANCE = "governance.yaml"
ARTIFACTS_VARIABLE = "STOCKRAIL_ARTIFACTS"


@dataclass(frozen=True)
class Location:
    """Where a store is.

    Attributes
    ----------
    text : what opens the store again from any folder. For PostgreSQL it may hold a password: keep it out of messages.
    url : address of the database.
    folder : holds governance.yaml; for SQLite also the database.
    artifacts : folder of the artifacts.
    """

    text: str
    url: sa.URL
    folder: Path
    artifacts: Path

    @staticmethod
    def of(text: str | Path) -> "Location":
        """Read a folder's path or an address.

        Raises
        ------
        StateError
            The address is of another database, or does not say where artifacts are.
        """
        if "://" not in str(text):
            folder = Path(text).resolve()
            url = sa.URL.create("sqlite", database=str(folder / DATABASE))
            return Location(str(folder), url, folder, folder / "artifacts")
        try:
            url = sa.make_url(str(text))
        except sa.exc.ArgumentError as error:
            raise StateError(f"The store is no folder and no address of a database: {text}") from error
        if url.drivername not in ("postgresql", "postgresql+psycopg"):
            raise StateError(
                f"The store is on {url.drivername!r}; allowed: a folder, or postgresql+psycopg://USER@HOST/DATABASE."
            )
        given = url.query.get("artifacts") or os.environ.get(ARTIFACTS_VARIABLE)
        if not isinstance(given, str):
            raise StateError(
                f"Say where artifacts are: add ?artifacts=FOLDER to the address, or set {ARTIFACTS_VARIABLE}."
            )
        folder = Path(given).resolve()
        address = url.difference_update_query(["artifacts"]).set(drivername="postgresql+psycopg")
        complete = address.update_query_dict({"artifacts": str(folder)})
        return Location(complete.render_as_string(hide_password=False), address, folder, folder / "artifacts")

    @property
    def shown(self) -> str:
        """For messages: without a password."""
        return str(self.folder) if self.is_sqlite else self.url.render_as_string(hide_password=True)

    @property
    def is_sqlite(self) -> bool:
        """Whether the database is a file."""
        return self.url.get_backend_name() == "sqlite"
