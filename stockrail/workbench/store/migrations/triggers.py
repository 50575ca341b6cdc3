"""What the database itself refuses: changing or removing rows of a table, and audit entries that do not continue the chain.

The names are those that `stockrail store check` looks for. On SQLite a table has a trigger per kind of change; there `INSERT OR
REPLACE` removes a row without running a trigger for DELETE, so inserting over a row is refused as well. On PostgreSQL TRUNCATE is
refused, too.
"""

from collections.abc import Iterator

APPEND_ONLY = ("audit", "baseline_version", "decision")
"""Tables whose rows nobody changes or removes."""

_KINDS = ("update", "delete", "replace", "truncate")


def trigger_names(dialect: str) -> set[str]:
    """Triggers that must be there."""
    kinds = [kind for kind in _KINDS if kind != ("truncate" if dialect == "sqlite" else "replace")]
    return {f"{table}_no_{kind}" for table in APPEND_ONLY for kind in kinds} | {"audit_continues"}


def statements(dialect: str) -> Iterator[str]:
    """Statements that make the triggers."""
    yield from _sqlite() if dialect == "sqlite" else _postgresql()


def _sqlite() -> Iterator[str]:
    for table in APPEND_ONLY:
        refuse = f"BEGIN SELECT RAISE(ABORT, 'rows of {table} are never changed or removed'); END"
        yield f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} {refuse}"
        yield f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} {refuse}"
        same = "id = NEW.id OR hash = NEW.hash" if table == "baseline_version" else "id = NEW.id"
        is_there = f"EXISTS (SELECT 1 FROM {table} WHERE {same})"
        yield f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} WHEN {is_there} {refuse}"
    yield (
        "CREATE TRIGGER audit_continues BEFORE INSERT ON audit "
        "WHEN NEW.id IS NOT (SELECT coalesce(max(id), 0) + 1 FROM audit) "
        "OR NEW.previous_hash IS NOT coalesce("
        "(SELECT hash FROM audit ORDER BY id DESC LIMIT 1), printf('%.64d', 0)) "
        "BEGIN SELECT RAISE(ABORT, 'an audit entry must continue the last one'); END"
    )


def _postgresql() -> Iterator[str]:
    yield (
        "CREATE FUNCTION stockrail_refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "RAISE EXCEPTION 'rows of % are never changed or removed', TG_TABLE_NAME; END $$"
    )
    for table in APPEND_ONLY:
        for kind in ("update", "delete"):
            yield (
                f"CREATE TRIGGER {table}_no_{kind} BEFORE {kind.upper()} ON {table} "
                "FOR EACH ROW EXECUTE FUNCTION stockrail_refuse()"
            )
        yield (
            f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION stockrail_refuse()"
        )
    yield (
        "CREATE FUNCTION stockrail_continue_audit() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "IF NEW.id IS DISTINCT FROM (SELECT coalesce(max(id), 0) + 1 FROM audit) "
        "OR NEW.previous_hash IS DISTINCT FROM coalesce("
        "(SELECT hash FROM audit ORDER BY id DESC LIMIT 1), repeat('0', 64)) "
        "THEN RAISE EXCEPTION 'an audit entry must continue the last one'; END IF; RETURN NEW; END $$"
    )
    yield (
        "CREATE TRIGGER audit_continues BEFORE INSERT ON audit "
        "FOR EACH ROW EXECUTE FUNCTION stockrail_continue_audit()"
    )
