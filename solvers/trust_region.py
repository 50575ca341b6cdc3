"""How far prices may move from the best ones known, as a share of the rows' penalties."""

from dataclasses import dataclass

FIRST_RADIUS = 0.0005
SMALLEST_RADIUS = 1e-7
RIGHT, HARDLY_RIGHT = 0.5, 0.1
"""Shares of the gain that the model hoped for from which on it is trusted further, and below which less far."""


@dataclass
class TrustRegion:
    """The radius of the region, which doubles when the model was right and halves when it was hardly right."""

    radius: float = FIRST_RADIUS

    def learn(self, hoped: float, gained: float) -> None:
        """Adapt the radius to what the model hoped to gain and what was gained, both in money."""
        if gained > RIGHT * hoped:
            self.radius = min(2.0 * self.radius, 1.0)
        elif gained < HARDLY_RIGHT * hoped:
            self.radius = max(0.5 * self.radius, SMALLEST_RADIUS)
