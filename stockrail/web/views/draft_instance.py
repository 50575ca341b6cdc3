"""The baseline with the rules of a draft, kept while it is edited."""

import functools
import json
from dataclasses import dataclass, field

from stockrail.model import Instance, WhatIf, apply
from stockrail.model.problems import InstanceError
from stockrail.web.files import instance_of
from stockrail.workbench.scenario_editing.drafts import Draft
from stockrail.workbench.scenario_editing.words import told
from stockrail.workbench.store import Store
from stockrail.workbench.store.columns import canonical

MOST_KEPT = 4
"""Instances with rules that are kept: cells are edited one after the other, and rules seldom."""


def with_rules(store: Store, draft: Draft) -> tuple[Instance, str | None]:
    """The baseline with the draft's rules; without them where they do not fit, and why."""
    rules = [dict(rule) for rule in draft.edits.rules]
    baseline = instance_of(store, draft.baseline_id)
    if not rules:
        return baseline, None
    return _with_rules(_Asked(canonical([store.name, draft.baseline_id, rules]), baseline))


@dataclass(frozen=True)
class _Asked:
    """Rules of a version; the instance is that version, and only made use of where the answer is not kept."""

    key: str
    baseline: Instance = field(compare=False)


@functools.lru_cache(MOST_KEPT)
def _with_rules(asked: _Asked) -> tuple[Instance, str | None]:
    rules = json.loads(asked.key)[2]
    try:
        return apply(asked.baseline, WhatIf.model_validate({"name": "draft", "changes": rules})), None
    except InstanceError as error:
        more = f" (and {len(error.problems) - 1} more)" if len(error.problems) > 1 else ""
        return asked.baseline, f"{told(error.problems[0], rules)}{more}"
