"""What is known of a route that changes something, so that each of them is tested for whom and what it refuses."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from stockrail.workbench.store import Store

FileField = tuple[str, bytes, str]
"""Name, contents and content type of a file that is uploaded."""


@dataclass(frozen=True)
class ChangeCase:
    """A request that is allowed for `by` on a copy of the store `planned_folder`, after `prepare`.

    Attributes
    ----------
    method, route : as the application has them, such as `POST` and `/runs/{run_id}/cancel`.
    path : the address itself.
    fields : of the form, or of the JSON body for the API; without `csrf_token` and `seen`.
    seen : gives the tag of what the page of `path` shows now.
    files : that are uploaded.
    wrong : somebody who may not; None where everybody who is signed in may, for which `why` gives the reason.
    prepare : brings the store into the state that the request needs.
    """

    method: str
    route: str
    path: str
    seen: Callable[[Store], str]
    fields: Mapping[str, Any] = field(default_factory=dict)
    files: Mapping[str, FileField] = field(default_factory=dict)
    by: str = "otto"
    wrong: str | None = "edna"
    why: str = ""
    prepare: Callable[[Store], None] = lambda store: None

    @property
    def is_api(self) -> bool:
        """Whether it is one of the API."""
        return self.path.startswith("/api/")

    def __str__(self) -> str:
        return f"{self.method} {self.route}"
