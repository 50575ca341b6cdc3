"""The navigation: which pages there are."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Section:
    """An entry of the navigation.

    Attributes
    ----------
    covers : beginnings of paths that belong to it.
    """

    title: str
    path: str
    covers: tuple[str, ...]

    def is_current(self, path: str) -> bool:
        """Whether a path belongs to it."""
        return path == self.path or any(
            path == start or path.startswith(f"{start}/") for start in self.covers
        )


def _section(title: str, path: str, *also: str) -> Section:
    return Section(title, path, () if path == "/" else (path, *also))


SECTIONS = (
    _section("Home", "/"),
    _section("Baselines", "/baselines"),
    _section("Scenarios", "/scenarios"),
    _section("Guardrails", "/guardrails"),
    _section("Runs", "/runs"),
    _section("Compare", "/compare"),
    _section("Frontier", "/tradeoffs"),
    _section("Calibration", "/calibrations"),
    _section("Scorecard", "/scorecard", "/root-cause", "/actuals"),
    _section("People", "/people"),
    _section("Audit", "/audit"),
)
