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

    from .sources import Kept

INK = "#1b1f24"
FAINT = "#6b7280"
BLUE, ORANGE, GREEN, PINK, YELLOW, SKY = plots.COLOURS[:6]
PALE_BLUE, PALE_ORANGE, PALE_GREEN, PALE_GREY = (
    "#cfe6f5",
    "#fde3c8",
    "#cdeee2",
    "#eef1f5",
)  # of areas with text on them

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


@contextlib.contextmanager
def chart(width: float = 11.4, height: float = 4.6) -> Iterator[tuple[Figure, Axes]]:
    """A figure for a slide with one pair of axes."""
    with canvas(width=width, height=height) as (figure, axes):
        yield figure, axes[0, 0]


@contextlib.contextmanager
def sheet(width: float, height: float, across: float, down: float) -> Iterator[tuple[Figure, Axes]]:
    """A figure that is one drawing sheet, `across` by `down` square cells."""
    with chart(width, height) as (figure, axis):
        blank(axis, across, down)
        yield figure, axis


def say(
    axis: Axes, x: float, y: float, text: str, size: float = 18, ha: str = "center", **options: object
) -> None:
    """Words on a drawing, their middle at the height y; `options` as those of matplotlib's text."""
    axis.text(x, y, text, ha=ha, va="center", fontsize=size, **options)


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


def box(
    axis: Axes,
    left: float,
    top: float,
    width: float,
    height: float,
    text: str = "",
    colour: str = PALE_GREY,
    size: float = 19,
    **options: object,
) -> None:
    """A box with round corners on a drawing sheet, a text in its middle; `options` are those of the text."""
    from matplotlib.patches import FancyBboxPatch

    style, inside = "round,pad=0.12,rounding_size=0.25", (left + 0.12, top + 0.12)
    axis.add_patch(
        FancyBboxPatch(
            inside,
            width - 0.24,
            height - 0.24,
            boxstyle=style,
            facecolor=colour,
            edgecolor=INK,
            linewidth=1.4,
        )
    )
    if text:
        middle = (left + width / 2, top + height / 2)
        axis.text(*middle, text, **({"ha": "center", "va": "center", "fontsize": size} | options))


def arrow(
    axis: Axes,
    start: tuple[float, float],
    end: tuple[float, float],
    colour: str = INK,
    curve: float = 0.0,
    style: str = "-",
) -> None:
    """An arrow from `start` to `end`; `curve`: how far it bends, `style`: of its line."""
    look = {"arrowstyle": "-|>,head_width=0.35,head_length=0.6", "color": colour, "linewidth": 2.2}
    look |= {"linestyle": style, "connectionstyle": f"arc3,rad={curve}", "shrinkA": 0, "shrinkB": 0}
    axis.annotate("", end, start, arrowprops=look)


def score_bars(
    axis: Axes, scores: dict[str, Kept], colours: list[str], chance: float, label: str = "accuracy (%)"
) -> None:
    """Horizontal bars of shares (0-1), in percent: mean ± standard deviation of kept runs; dotted is chance."""
    means = [100 * score.mean for score in scores.values()]
    axis.barh(list(scores), means, color=colours, height=0.68)
    spreads = [100 * score.sd for score in scores.values()]
    axis.errorbar(means, range(len(means)), xerr=spreads, fmt="none", color=INK, linewidth=3, capsize=5)
    axis.invert_yaxis()
    axis.set(xlim=(0, 142), xticks=[0, 25, 50, 75, 100], xlabel=label)
    axis.axvline(100 * chance, color=INK, linestyle=":", linewidth=2)
    for row, (mean, spread) in enumerate(zip(means, spreads, strict=True)):
        end = max(mean + spread, 100 * chance) + 3
        axis.text(end, row, _with_spread(mean, spread), va="center", fontsize=17)


def told_scores(scores: dict[str, Kept]) -> str:
    """The same in words, for an alt text."""
    told = {
        name.replace("\n", " "): _with_spread(100 * one.mean, 100 * one.sd) for name, one in scores.items()
    }
    return ", ".join(f"{name} {score} %" for name, score in told.items())


def _with_spread(mean: float, spread: float) -> str:
    """No spread where nothing depends on the seed."""
    return f"{mean:.1f} ± {spread:.1f}" if spread >= 0.05 else f"{mean:.1f}"


def number(value: float) -> str:
    """A number as it stands on a slide: with a true minus sign."""
    return f"{value:g}".replace("-", "−")
