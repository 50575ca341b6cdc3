"""Rows for tests of the store: what they say does not matter."""

import datetime as dt

import sqlalchemy as sa

from stockrail.workbench.store import Change, Store
from stockrail.workbench.store.tables import (
    Account,
    ApiToken,
    BaselineVersion,
    Decision,
    GuardrailVersion,
    Miss,
    PlanException,
    Run,
    Scenario,
    SignInSession,
    Tradeoff,
)


def add_baseline(store: Store, digest: str = "a" * 64) -> BaselineVersion:
    """A version without files."""
    with store.write("anna", "baseline.import", "baseline_version") as change:
        version = BaselineVersion(
            hash=digest, manifest={}, name="x", author="anna", message="first", created_at=change.at
        )
        change.session.add(version)
        change.session.flush()
        change.entity_id = version.id
    return version


def add_decision(change: Change, at: dt.datetime | None = None) -> Decision:
    """A decision in the change, with its number."""
    decision = Decision(
        kind="test",
        subject="run",
        subject_id=1,
        verdict="approved",
        by=change.actor,
        role="finance",
        at=at or change.at,
        reason="Because.",
    )
    change.session.add(decision)
    change.session.flush()
    return decision


def fill(store: Store, *, has_misses: bool = True) -> str:
    """A row in every sealed table, and the artifact of a baseline; returns its hash.

    Parameters
    ----------
    has_misses : whether the store has the tables that came after the first step: misses and accounts.
    """
    digest = store.artifacts.put(b"item\nkettle\n")
    with store.write("anna", "test.assumptions", "baseline_version", data={"note": "ü"}) as change:
        change.session.add(
            BaselineVersion(
                hash="b" * 64,
                manifest={"items.csv": digest},
                name="x",
                author="anna",
                message="first",
                created_at=change.at,
            )
        )
        change.session.flush()
        change.session.add(
            Scenario(
                name="high",
                baseline_id=_only(change, BaselineVersion),
                overlay=[{"table": "demand", "column": "mean_units", "multiply": 2}],
                version=1,
                created_by="anna",
                updated_by="anna",
                updated_at=change.at,
            )
        )
        change.session.add(
            GuardrailVersion(
                manifest={},
                proposed_by="carla",
                proposed_at=change.at,
                effective_from=dt.date(2027, 1, 4),
                reason="cash",
            )
        )
    with store.write("anna", "test.run", "run") as change:
        change.session.add(
            Run(
                kind="plan",
                inputs_hash="c" * 64,
                baseline_id=_only(change, BaselineVersion),
                options={"gap": 0.01},
                requested_by="anna",
                requested_at=change.at,
            )
        )
    with store.write("dora", "test.decide", "decision", 1) as change:
        decision = add_decision(change)
        if has_misses:
            change.session.add(_miss(_only(change, Run), change.at))
            _add_account(change)
        change.session.add(
            PlanException(
                run_id=_only(change, Run),
                rule="gap",
                subject="plan",
                owner_role="finance",
                owner="carla",
                money=1234.5,
                due=dt.date(2027, 2, 1),
                waits_for="approval",
                is_blocking=True,
                opened_at=change.at,
                decision_id=decision.id,
            )
        )
        change.session.add(
            Tradeoff(
                kind="funded_build",
                name="season",
                owner="carla",
                reason="season",
                expected_result="more sales",
                exit_plan="sell off",
                exit_kind="markdown",
                allocation_rule="",
                customer_message="",
                review_date=dt.date(2027, 3, 1),
                created_by="carla",
                created_at=change.at,
            )
        )
    return digest


def _add_account(change: Change) -> None:
    """Somebody who has signed in and has a token."""
    change.session.add(
        Account(
            name="anna",
            password_hash="$argon2id$",
            created_at=change.at,
            created_by="dora",
            changed_at=change.at,
        )
    )
    change.session.flush()
    change.session.add(
        SignInSession(
            token_hash="d" * 64,
            account="anna",
            csrf_token="e",
            created_at=change.at,
            last_seen_at=change.at,
            expires_at=change.at + dt.timedelta(hours=12),
            agent="a browser",
        )
    )
    change.session.add(
        ApiToken(
            token_hash="f" * 64, account="anna", label="nightly", created_at=change.at, created_by="anna"
        )
    )


def _miss(run_id: int, at: dt.datetime) -> Miss:
    return Miss(
        kind="stockout",
        item="kettle",
        subject="kettle",
        period=2,
        date=dt.date(2027, 1, 24),
        run_id=run_id,
        units=3.0,
        cause="demand",
        explanation="more came",
        found_at=at,
    )


def _only(change: Change, table: type[BaselineVersion | Run]) -> int:
    return change.session.scalars(sa.select(table.id)).one()
