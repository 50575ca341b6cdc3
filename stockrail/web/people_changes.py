"""Changes of accounts that pages and API share: each is refused where the visitor looked at something that is no longer so."""

from dataclasses import dataclass

from stockrail.formats import moment
from stockrail.web.stale import require_seen
from stockrail.web.views import people
from stockrail.workbench.people import accounts, sessions, tokens
from stockrail.workbench.people.allowed import require_editor, require_own_or_editor
from stockrail.workbench.people.lookup import find
from stockrail.workbench.people.text import plain
from stockrail.workbench.store import Store
from stockrail.workbench.store.audit import last_entry

MOST_TOKENS = 100
"""The newest ones of an account, among which the last change is looked for."""


@dataclass(frozen=True)
class NewToken:
    """A token that was just made: the one time that it can be shown."""

    id: int
    name: str
    label: str
    token: str


@dataclass(frozen=True)
class PeopleChanges:
    """What a visitor asks for.

    Who may not do it learns no more than that: rights come before what has changed meanwhile.

    Attributes
    ----------
    address : of the visitor, for counting wrong passwords.
    """

    store: Store
    actor: str
    address: str

    def create(self, name: str, password: str, seen: str) -> None:
        """Make an account."""
        require_editor(self.store, self.actor)
        require_seen(seen, people.seen_accounts(self.store), "Another account was made meanwhile.")
        accounts.create(self.store, self.actor, name, password)

    def set_password(self, name: str, new: str, old: str, seen: str) -> None:
        """Set a password; one's own with the old one always, as a browser that was left open is not enough."""
        self._require_account_seen(name, seen)
        is_own = name == self.actor
        accounts.set_password(
            self.store, self.actor, name, new, old=old if is_own else None, address=self.address
        )

    def disable(self, name: str, seen: str) -> None:
        """Keep somebody from signing in."""
        require_editor(self.store, self.actor)
        self._require_account_seen(name, seen)
        accounts.disable(self.store, self.actor, name)

    def enable(self, name: str, seen: str) -> None:
        """Let somebody sign in again."""
        require_editor(self.store, self.actor)
        self._require_account_seen(name, seen)
        accounts.enable(self.store, self.actor, name)

    def end_sessions(self, name: str, seen: str) -> None:
        """End all sessions of an account."""
        self._require_account_seen(name, seen)
        sessions.end_sessions(self.store, self.actor, name)

    def end_session(self, number: int, seen: str) -> None:
        """End one session."""
        found = sessions.get(self.store, number)
        require_own_or_editor(self.store, self.actor, found.account)
        current = people.seen_session(self.store, number)
        require_seen(seen, current, self._changed(f"session {number}", ("sign_in_session", number)))
        sessions.end_session(self.store, self.actor, number)

    def create_token(self, name: str, label: str, seen: str) -> NewToken:
        """Make a token."""
        self._require_account_seen(name, seen)
        token, row = tokens.create(self.store, self.actor, name, label)
        return NewToken(row.id, name, label, token)

    def end_token(self, number: int, seen: str) -> None:
        """End a token."""
        found = tokens.get(self.store, number)
        require_own_or_editor(self.store, self.actor, found.account)
        current = people.seen_token(self.store, number)
        require_seen(seen, current, self._changed(f"token {number}", ("api_token", number)))
        tokens.end(self.store, self.actor, number)

    def _require_account_seen(self, name: str, seen: str) -> None:
        require_own_or_editor(self.store, self.actor, name)
        found = find(self.store, name)
        changed = f"There is no account {plain(name)}."
        if found is not None:
            with_tokens = [("api_token", one.id) for one in tokens.all_tokens(self.store, name)]
            changed = self._changed(
                f"the account {name} or its tokens", ("account", found.id), *with_tokens[:MOST_TOKENS]
            )
        require_seen(seen, people.seen_account(self.store, name), changed)

    def _changed(self, what: str, *rows: tuple[str, int]) -> str:
        last = last_entry(self.store, *rows)
        if last is None:
            return f"This is not how {what} looks now."
        return f"{last.actor} changed {what}, last at {moment(last.at)} ({last.action})."
