"""Where words beside boxes can stand without covering each other: near their box, inside the picture, apart."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.text import Text

GRID = 2  # steps of a free search per height of a label
ROOM = 1.06  # words are a little wider at another resolution
FAR = 10.0  # what leaving the edge of its own box costs, beside the distance


def places(
    boxes: Sequence[Sequence[float]],
    sizes: Sequence[Sequence[float]],
    width: float,
    height: float,
    gap: float = 1.0,
) -> np.ndarray:
    """Left and top of each label (N, 2), so that no two of them overlap while there is room for all.

    `boxes` (N, 4): left, top, right, bottom. `sizes` (N, 2): width and height of the labels. All in one unit, counted from
    the upper left corner of a picture of `width` and `height`. The first label chooses first: above its box at the left,
    else at another edge of the box, else as near as it can. `gap`: least distance between two labels. Where nothing is
    free, a label covers as little of the others as it can. Raises ValueError where numbers do not match.
    """
    boxes, sizes = np.asarray(boxes, float).reshape(-1, 4), np.asarray(sizes, float).reshape(-1, 2)
    if len(boxes) != len(sizes):
        raise ValueError(f"{len(boxes)} boxes but {len(sizes)} sizes of labels; pass one per box")
    placed = np.zeros((0, 4))
    for box, (wide, high) in zip(boxes, sizes, strict=True):
        spots, costs = _candidates(box, wide, high, width, height)
        covered = _covered(np.column_stack([spots, spots + (wide, high)]), placed, gap)
        best = spots[np.lexsort((costs, covered))[0]]
        placed = np.vstack([placed, [*best, *(best + (wide, high))]])
    return placed[:, :2]


def _candidates(
    box: np.ndarray, wide: float, high: float, width: float, height: float
) -> tuple[np.ndarray, np.ndarray]:
    """Places inside the picture (M, 2) and what each costs (M,): edges of the box first, then a grid over all."""
    left, top, right, bottom = box
    edges = [
        (left, top - high), (right - wide, top - high), (left, bottom), (right - wide, bottom),
        (right, top), (left - wide, top), (right, bottom - high), (left - wide, bottom - high), (left, top),
    ]  # fmt: skip
    most = np.maximum([width - wide, height - high], 0)
    near = np.clip(edges, 0, most)
    step = high / GRID
    grid = np.meshgrid(np.arange(0, most[0] + 1e-9, step), np.arange(0, most[1] + 1e-9, step))
    grid = np.stack(grid, axis=-1).reshape(-1, 2)
    moved = np.abs(near - edges).sum(axis=1) / high  # pushed into the picture
    apart = np.maximum(np.maximum((left, top) - (grid + (wide, high)), grid - (right, bottom)), 0).sum(axis=1)
    inside = ((grid < (right, bottom)) & (grid + (wide, high) > (left, top))).all(
        axis=1
    )  # hides its own thing
    costs = [np.arange(len(edges)) + moved, FAR + (apart + high * inside) / step]
    return np.concatenate([near, grid]), np.concatenate(costs)


def _covered(spots: np.ndarray, placed: np.ndarray, gap: float) -> np.ndarray:
    """How much of labels that stand already (K, 4) each of M places (M, 4) would cover, with a rim of `gap`."""
    size = np.minimum(spots[:, None, 2:], placed[None, :, 2:]) - np.maximum(
        spots[:, None, :2], placed[None, :, :2]
    )
    return np.maximum(size + gap, 0).prod(axis=-1).sum(axis=1)


def ink(colour: str) -> str:
    """Black or white, whichever is easier to read on a colour such as #E69F00."""
    red, green, blue = (int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5))
    light = sum(
        share * (one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4)
        for share, one in zip((0.2126, 0.7152, 0.0722), (red, green, blue), strict=True)
    )
    return "black" if (light + 0.05) / 0.05 > 1.05 / (light + 0.05) else "white"


def set_apart(
    figure: Figure, axis: Axes, texts: Sequence[Text], boxes: Sequence[Sequence[float]], pad: float = 2.0
) -> None:
    """Move words with a coloured ground away from each other, and lead a line to the box where one had to leave it.

    `texts`: left and bottom aligned, with a `bbox`. `boxes` (N, 4) in the data of `axis`, which shows a picture: its y grows
    downwards. `pad`: points between words and the edge of their ground. The layout of the figure has to be final.
    """
    if not texts:
        return
    area, pad = axis.get_window_extent(), pad * figure.dpi / 72
    extents = [text.get_window_extent() for text in texts]
    sizes = [(ROOM * one.width + 2 * pad, one.height + 2 * pad) for one in extents]
    corners = axis.transData.transform(np.asarray(boxes, float).reshape(-1, 2)).reshape(-1, 4)
    flipped = corners * (1, -1, 1, -1) + np.array([-area.x0, area.y1] * 2)
    spots = places(flipped, sizes, area.width, area.height)
    back = axis.transData.inverted()
    for text, extent, spot, size, box in zip(texts, extents, spots, sizes, flipped, strict=True):
        moved = (area.x0 + spot[0] + pad - extent.x0, area.y1 - spot[1] - size[1] + pad - extent.y0)
        text.set_position(back.transform(axis.transData.transform(text.get_position()) + moved))
        if (line := leader(box, spot, size)) is not None:
            ends = back.transform(np.asarray(line) * (1, -1) + (area.x0, area.y1))
            axis.plot(
                *ends.T,
                color=text.get_bbox_patch().get_facecolor(),
                linewidth=0.8,
                scalex=False,
                scaley=False,
            )


def leader(
    box: Sequence[float], spot: Sequence[float], size: Sequence[float], least: float = 3.0
) -> tuple[tuple[float, float], tuple[float, float]] | None:
    """The shortest line from a label to its box: two ends, or None where they are nearer than `least`."""
    ends = []
    for axis in (0, 1):
        low, high = spot[axis], spot[axis] + size[axis]
        first, last = box[axis], box[axis + 2]
        if high < first:
            ends.append((high, first))
        elif low > last:
            ends.append((low, last))
        else:
            ends.append(((max(low, first) + min(high, last)) / 2,) * 2)
    (x, to_x), (y, to_y) = ends
    return None if np.hypot(to_x - x, to_y - y) < least else ((x, y), (to_x, to_y))
