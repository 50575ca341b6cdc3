"""Files of actuals that were sent, as the import takes them: by their names, in a folder."""

from collections.abc import Callable, Sequence
from pathlib import PurePosixPath, PureWindowsPath

from fastapi import UploadFile

from stockrail.model.problems import Problem
from stockrail.workbench.baselines import folder_with
from stockrail.workbench.monitoring.actuals import Imported, import_actuals
from stockrail.workbench.monitoring.actuals_files import MODELS, ActualsError
from stockrail.workbench.store import Store

FILES = tuple(f"{kind}.csv" for kind in MODELS)

OnStep = Callable[[str], None]


def sent_actuals(uploads: Sequence[UploadFile]) -> dict[str, bytes]:
    """Contents by name.

    Raises
    ------
    ActualsError
        With every file of another name, and every one that came twice.
    """
    found: dict[str, bytes] = {}
    problems = []
    for upload in uploads:
        data = upload.file.read()
        # Some browsers send the path that the file has on the visitor's machine.
        name = PurePosixPath(PureWindowsPath(upload.filename or "").name).name
        if not name and not data:
            continue  # the field was left empty
        if name not in FILES:
            problems.append(
                Problem(name or "a file without a name", None, None, None, f"named {' or '.join(FILES)}")
            )
        elif name in found:
            problems.append(Problem(name, None, None, None, "each file once"))
        else:
            found[name] = data
    if not problems and not found:
        problems.append(Problem("files", None, None, None, f"at least one of {', '.join(FILES)}"))
    if problems:
        raise ActualsError(problems, "the files that were sent")
    return found


def import_sent(
    store: Store,
    actor: str,
    files: dict[str, bytes],
    *,
    replace: bool,
    on_step: OnStep = lambda words: None,
) -> Imported:
    """Import them, all or nothing; raises what `import_actuals` raises."""
    with folder_with(files) as folder:
        return import_actuals(store, actor, folder, replace=replace, on_step=on_step)
