"""The compiled kernel is the one of the sources: Numba keeps what it has compiled, as long as the kernel's own file is the same."""

import hashlib
from pathlib import Path

from stockrail.model import loss, order_changes, quantity_breaks
from stockrail.solvers import recursion_kernel, recursion_orders, recursion_pieces


def digest_of_sources() -> str:
    """Of the files whose functions are compiled into the kernel, however lines end."""
    digest = hashlib.sha256()
    for module in (recursion_orders, recursion_pieces, loss, order_changes, quantity_breaks):
        digest.update(Path(str(module.__file__)).read_text(encoding="utf-8").encode())
    return digest.hexdigest()[:8]


def test_a_change_of_what_is_compiled_in_changes_the_kernels_file() -> None:
    """After such a change the kernel would stay as it was, silently: write the new digest as its `COMPILED_FROM`."""
    assert digest_of_sources() == recursion_kernel.COMPILED_FROM
