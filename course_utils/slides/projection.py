"""Figures made to be projected: letters that are read from the last row, one look with the rest of the course.

A figure `width` inches wide is shown 100 pixels an inch on a slide of 1280 × 720; the text of a slide is 1152
pixels wide, and below its title there are about 500 pixels.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING

from course_utils import plots

if TYPE_CHECKING:
    import numpy as np
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

INK = "#1b1f24"
FAINT = "#6b7280"
BLUE, ORANGE, GREEN, PINK, YELLOW, SKY = plots.COLOURS[:6]

_LARGE = {
    "font.size": 18,
    "axes.titlesize": 19,
    "axes.labelsize": 18,
    "xtick.labelsize": 16,
    "ytick.labelsize": 16,
    "legend.fontsize": 17,
    "lines.linewidth": 3,
    "axes.linewidth": 1.4,
    "text.color": INK,
    "axes.labelcolor": INK,
    "font.sans-serif": ["DejaVu Sans"],  # comes with matplotlib: the same letters everywhere
}


@contextlib.contextmanager
def canvas(
    rows: int = 1, columns: int = 1, width: float = 11.4, height: float = 4.6, **options: object
) -> Iterator[tuple[Figure, np.ndarray]]:
    """A figure for a slide and its axes, shape (rows, columns); as `plots.canvas`, with large letters.

    `width`, `height` in inches, 100 pixels each on the slide: at most 11.5 by 5.0 below a title of one line.
    """
    import matplotlib

    with (
        plots.canvas(rows, columns, width, height, **options) as (figure, axes),
        matplotlib.rc_context(_LARGE),
    ):
        # The axes were made with the small letters; made anew, they have the large ones.
        figure.clear()
        yield figure, figure.subplots(rows, columns, squeeze=False, **options)


def grid(
    axis: Axes,
    values: np.ndarray,
    corner: tuple[float, float] = (0, 0),
    colours: dict[tuple[int, int], str] | str = "white",
    text: bool = True,
    size: float = 20,
    ink: str = INK,
) -> None:
    """Numbers in square cells, their top left corner at `corner` (x, y; y runs down the figure).

    `values`: (rows, columns), a NaN is an empty cell. `colours`: of all cells, or {(row, column): colour}.
    """
    from matplotlib.patches import Rectangle

    left, top = corner
    for row, line in enumerate(values):
        for column, value in enumerate(line):
            colour = colours if isinstance(colours, str) else colours.get((row, column), "white")
            place = (left + column, top + row)
            axis.add_patch(Rectangle(place, 1, 1, facecolor=colour, edgecolor=INK, linewidth=1.4))
            if text and value == value:
                axis.text(
                    place[0] + 0.5, place[1] + 0.52, number(value), ha="center", va="center", fontsize=size, color=ink
                )  # fmt: skip


def blank(axis: Axes, width: float, height: float) -> None:
    """Make an axis a drawing sheet: no frame, square cells, (0, 0) at the top left."""
    axis.set(xlim=(0, width), ylim=(height, 0), aspect="equal")
    axis.set_axis_off()


def number(value: float) -> str:
    """A number as it stands on a slide: with a true minus sign."""
    return f"{value:g}".replace("-", "−")
