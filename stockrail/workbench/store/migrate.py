"""Tables of a database: made, or brought up to date, in one transaction, by the steps in `migrations/versions`."""

from pathlib import Path

import sqlalchemy as sa

from stockrail.workbench.errors import StateError
from stockrail.workbench.store.engine import Engines, busy
from stockrail.workbench.store.location import Location

HEAD = "0005"
"""The last step. A test holds that it is."""

MIGRATIONS = Path(__file__).parent / "migrations"
_VERSION = "alembic_version"


def create(place: Location, engines: Engines) -> None:
    """Make the tables.

    Raises
    ------
    StateError
        There is a store already, or the database cannot be reached.
    """
    found = version(place, engines)
    if found is not None:
        raise StateError(f"There is a store already: {place.shown}")
    if place.is_sqlite:
        with engines.writing.connect() as connection:
            # The file keeps this mode: readers go on while somebody writes. It cannot be set within a transaction.
            driver = connection.connection.driver_connection
            assert driver is not None
            connection.rollback()
            driver.execute("PRAGMA journal_mode = WAL")
    _upgrade(place, engines)


def bring_up_to_date(place: Location, engines: Engines) -> None:
    """Take the steps that are missing.

    Raises
    ------
    StateError
        There is no store, the database cannot be reached, or a newer Stockrail made it.
    """
    if place.is_sqlite and not Path(str(place.url.database)).is_file():
        raise StateError(
            f"There is no store in {place.shown}. Make one: stockrail store create {place.shown}"
        )
    found = version(place, engines)
    if found is None:
        raise StateError(f"There is no store in {place.shown}. Make one: stockrail store create")
    if found != HEAD:
        _upgrade(place, engines)


def version(place: Location, engines: Engines) -> str | None:
    """The last step that was taken; None where there is no store.

    Raises
    ------
    StateError
        The database cannot be reached.
    """
    try:
        with engines.reading.connect() as connection:
            if not sa.inspect(connection).has_table(_VERSION):
                return None
            found = connection.exec_driver_sql(f"SELECT version_num FROM {_VERSION}").scalar_one_or_none()
            return None if found is None else str(found)
    except sa.exc.DBAPIError as error:
        raise StateError(f"The database {place.shown} cannot be opened: {error.orig}") from error


def _upgrade(place: Location, engines: Engines) -> None:
    # Alembic takes a quarter of a second to import, and most commands find their store up to date.
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    try:
        with engines.writing.begin() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
    except CommandError as error:
        raise StateError(
            f"The store {place.shown} was made by a newer Stockrail. Update this one: pip install -U stockrail"
        ) from error
    except sa.exc.OperationalError as error:
        raise (busy(error) or StateError(f"The tables cannot be made: {error.orig}")) from error
