"""Where the workbench keeps everything: a database for what is small, files under their content's hash for what is large."""

from stockrail.workbench.store.store import Change, Store

__all__ = ["Change", "Store"]
