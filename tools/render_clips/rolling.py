"""Where a fruit is in each frame and how it is turned: places are drawn alike for every motion.

So a frame in the middle does not tell where it goes.
"""

from __future__ import annotations

import numpy as np

from tools.render_clips.plan import FRAMES, Shot
from tools.render_fruits.meshes import Array, turn

ACROSS = 0.36
"""Diameter of a fruit, as a share of the frame's width."""
REACH = 0.36
"""How far from the middle of the frame a fruit's middle is half-way at most, as a share of the frame's width."""
WAY = (0.24, 0.36)
"""Shortest and longest way of a fruit, as shares of the frame's width."""


def _any_turn(random: np.random.Generator) -> Array:
    """A rotation, all equally likely."""
    q = random.normal(size=4)
    w, x, y, z = q / np.linalg.norm(q)
    return np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
            [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
            [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
        ]
    )


def path(shot: Shot, random: np.random.Generator) -> tuple[list[Array], Array]:
    """Rotation and place of each frame; places (8, 2) to the right and up, in shares of the frame's width.

    Seen from above: it does not slip, so it turns by its way over its radius.
    """
    first = _any_turn(random)
    steps = np.linspace(-0.5, 0.5, FRAMES)
    way = random.uniform(*WAY)
    sign = -1.0 if shot.motion in ("rolls left", "rolls near") else 1.0
    # Half-way, places along and across the motion come from one range, so the middle frame tells no motion. The first and
    # the last frame tell some, and the less the shorter the way is beside that range.
    along, across = random.uniform(-REACH, REACH, size=2)
    sideways = shot.motion in ("rolls left", "rolls right")
    moved = along + sign * way * steps
    fixed = np.full(FRAMES, across)
    places = np.stack([moved, fixed] if sideways else [fixed, moved], axis=1)
    # The side that faces the camera moves ahead of the middle: about y to the right, about -x upwards.
    axis, direction = ("y", sign) if sideways else ("x", -sign)
    return [turn(axis, direction * way * step / (ACROSS / 2)) @ first for step in steps], places
