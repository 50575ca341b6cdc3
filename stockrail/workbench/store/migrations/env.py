"""What Alembic runs: the steps on the connection that it is given, in the transaction of that connection."""

from alembic import context

from stockrail.workbench.store.tables import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    # SQLite undoes DDL as well: a step that was cut off leaves nothing behind.
    transactional_ddl=True,
)
context.run_migrations()
