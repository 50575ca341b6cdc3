"""Fetch the libraries of the web pages anew, each in the version its list pins, and check every file against the list.

The lists are the files `vendored.toml` below; `npm pack` fetches a package without installing it or running its
scripts. Pages never need the network: the files are part of Stockrail.

    python scripts/vendor.py            fetch what is missing or differs, and check
    python scripts/vendor.py --check    check only
    python scripts/vendor.py --accept   take over the hashes of what was fetched, after a version in a list was changed
"""

import argparse
import hashlib
import shutil
import subprocess
import sys
import tarfile
import tempfile
import tomllib
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LISTS = (
    ROOT / "stockrail" / "web" / "static" / "vendor" / "vendored.toml",
    ROOT / "tests" / "stockrail" / "web" / "browser" / "vendor" / "vendored.toml",
)


@dataclass(frozen=True)
class Vendored:
    """A file of a library.

    Attributes
    ----------
    path : where it is kept.
    packed : where it is in the library's package.
    sha256 : what it must have; empty before it was first accepted.
    """

    library: str
    version: str
    licence: str
    path: Path
    packed: str
    sha256: str

    @property
    def problem(self) -> str:
        """What is wrong with the file that is kept, or nothing."""
        if not self.path.is_file():
            return "is missing"
        if (found := sha256(self.path.read_bytes())) != self.sha256:
            return f"has sha256 {found}, the list says {self.sha256 or 'nothing'}"
        return ""


def listed(listing: Path) -> list[Vendored]:
    """The files of a list."""
    entries = tomllib.loads(listing.read_text(encoding="utf-8"))["library"]
    return [
        Vendored(
            entry["name"],
            entry["version"],
            entry["licence"],
            listing.parent / entry["file"],
            entry["packed"],
            entry["sha256"],
        )
        for entry in entries
    ]


def sha256(content: bytes) -> str:
    """The hash the lists hold."""
    return hashlib.sha256(content).hexdigest()


def fetch(files: list[Vendored]) -> None:
    """Write files from their packages as they are published."""
    npm = shutil.which("npm")
    if npm is None:
        sys.exit("npm is not installed: it fetches the packages. Install Node.js, or check with --check.")
    for package in dict.fromkeys(f"{file.library}@{file.version}" for file in files):
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run(
                [npm, "pack", package, "--silent"], cwd=folder, check=True, stdout=subprocess.DEVNULL
            )
            (archive,) = Path(folder).glob("*.tgz")
            with tarfile.open(archive) as packed:
                for file in files:
                    if f"{file.library}@{file.version}" != package:
                        continue
                    content = packed.extractfile(f"package/{file.packed}")
                    assert content is not None, f"{file.packed} is not a file of {package}"
                    file.path.parent.mkdir(parents=True, exist_ok=True)
                    file.path.write_bytes(content.read())
        print(f"fetched {package}")


def accept(listing: Path) -> None:
    """Write the hashes of the files that are kept into a list."""
    text = listing.read_text(encoding="utf-8")
    head, *entries = text.split("[[library]]")
    files = listed(listing)
    for place, (entry, file) in enumerate(zip(entries, files, strict=True)):
        new = f'sha256 = "{sha256(file.path.read_bytes())}"'
        entries[place] = entry.replace(f'sha256 = "{file.sha256}"', new)
    listing.write_text("[[library]]".join((head, *entries)), encoding="utf-8")


def main() -> None:
    """Fetch, accept or check."""
    parser = argparse.ArgumentParser(description="The libraries of the web pages: fetch and check them.")
    parser.add_argument("--check", action="store_true", help="fetch nothing")
    parser.add_argument("--accept", action="store_true", help="take over the hashes of what is fetched")
    options = parser.parse_args()
    for listing in LISTS:
        files = listed(listing)
        wrong = [file for file in files if file.problem]
        if wrong and not options.check:
            fetch(wrong)
        if options.accept:
            accept(listing)
    problems = [
        f"{file.path.relative_to(ROOT)} {file.problem}"
        for listing in LISTS
        for file in listed(listing)
        if file.problem
    ]
    sys.exit("\n".join(problems) or None)


if __name__ == "__main__":
    main()
