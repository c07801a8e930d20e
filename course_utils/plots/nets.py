"""Figures that take nets apart or put several side by side: a residual sum, curves over the depth, named points."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from .picture import COLOURS, DIVERGING, Picture, canvas

_LINES = ("-", "--", ":", "-.")
_MARKS = "os^D"


def residual_maps(
    before: np.ndarray, added: np.ndarray, count: int = 6, title: str = "", alt: str = "", size: float = 1.1
) -> Picture:
    """A residual connection: what comes in, what the branch adds, and the sum; a column a channel.

    `before`, `added`: (H, W, channels). Shown are the `count` channels that the branch changes most. Below and
    above zero have two colours, and each column one scale, so that the rows of a column compare.
    Raises ValueError when the shapes differ or are not (H, W, channels).
    """
    before, added = np.asarray(before, dtype=float), np.asarray(added, dtype=float)
    if before.ndim != 3 or before.shape != added.shape:
        raise ValueError(
            f"What comes in has shape {before.shape}, what is added {added.shape}: a sum needs one (H, W, channels)"
        )
    most = np.argsort(-np.square(added).mean(axis=(0, 1)), kind="stable")[:count]
    rows = {"comes in": before, "the branch adds": added, "the sum": before + added}
    with canvas(3, len(most), width=len(most) * size + 1.4, height=3 * size + 0.65) as (figure, axes):
        for column, channel in enumerate(most):
            limit = max(*(np.abs(one[..., channel]).max() for one in rows.values()), 1e-12)
            for row, one in enumerate(rows.values()):
                axis = axes[row, column]
                axis.imshow(
                    one[..., channel], cmap=DIVERGING, vmin=-limit, vmax=limit, interpolation="nearest"
                )
                axis.set(xticks=[], yticks=[])
            axes[0, column].set_title(
                f"channel {channel}\n±{limit:.2g}", fontsize=8, loc="center", weight="normal", pad=2
            )
        for axis, name in zip(axes[:, 0], rows, strict=True):
            axis.set_ylabel(name, rotation=0, ha="right", va="center", fontsize=9, labelpad=4)
        if title:
            figure.suptitle(title, fontsize=11, weight="bold", x=0.01, ha="left")
    ratio = np.linalg.norm(added) / max(np.linalg.norm(before), 1e-12)
    height, width, channels = before.shape
    summary = (
        f"Maps of {height} by {width} values in three rows, what comes in, what the branch adds and their sum, for "
        f"the {len(most)} of {channels} channels that change most. Over all channels, what is added is {ratio:.2g} "
        "times as large as what comes in."
    )
    return Picture(figure, alt or (f"{title}: {summary}" if title else summary))


def curves_by_depth(
    curves: Mapping[str, np.ndarray], unit: str = "", depth: str = "module", title: str = "", alt: str = ""
) -> Picture:
    """A number for each step of depth, 1 at the input's end, as lines on a logarithmic axis.

    `curves`: name -> values above zero. `depth`: what one step is. Raises ValueError without curves or for one that
    holds values that are not above zero.
    """
    if not curves:
        raise ValueError("curves_by_depth got no curves; pass a dictionary of name: values by depth")
    told = []
    with canvas(width=7.6, height=3.4) as (figure, axes):
        axis = axes[0, 0]
        for number, (name, values) in enumerate(curves.items()):
            values = np.asarray(values, dtype=float)
            if not (values > 0).all():
                raise ValueError(f"{name!r} holds values that are not above zero, which no logarithm shows")
            axis.semilogy(
                range(1, len(values) + 1), values, _MARKS[number % 4] + _LINES[number % 4],
                color=COLOURS[number % len(COLOURS)], linewidth=2, label=name,
            )  # fmt: skip
            told.append(f"{name}: {values[0]:.2g} at the first {depth}, {values[-1]:.2g} at the last")
        axis.set(xlabel=f"{depth}, counted from the input", ylabel=unit, title=title)
        axis.xaxis.get_major_locator().set_params(integer=True)
        axis.legend(loc="upper left", bbox_to_anchor=(1, 1))
    return Picture(figure, alt or f"Lines on a logarithmic axis, {unit or 'values'}: {'; '.join(told)}.")


def named_points(
    names: Sequence[str],
    x: Sequence[float],
    y: Sequence[float],
    x_unit: str = "",
    y_unit: str = "",
    title: str = "",
    alt: str = "",
) -> Picture:
    """Two numbers against each other, a point for each name with the name beside it; both axes begin at 0.

    Raises ValueError when there are no names or not one x and one y for each.
    """
    if not len(names) or not len(names) == len(x) == len(y):
        raise ValueError(f"{len(names)} names, {len(x)} x, {len(y)} y: pass one of each for every point")
    widest = max(*x, 1e-12)
    with canvas(width=6.5, height=3.6) as (figure, axes):
        axis = axes[0, 0]
        for number, (name, across, up) in enumerate(zip(names, x, y, strict=True)):
            axis.plot(across, up, _MARKS[number % 4], color=COLOURS[number % len(COLOURS)], markersize=9)
            # A point with a neighbour close on its right has its name on the left.
            left = any(across < other < across + 0.25 * widest for other in x)
            axis.annotate(
                name, (across, up), (-9 if left else 9, 0), textcoords="offset points",
                ha="right" if left else "left", va="center", fontsize=9,
            )  # fmt: skip
        axis.set(xlabel=x_unit, ylabel=y_unit, title=title)
        axis.margins(0.12)
        axis.set_xlim(0, 1.25 * widest)
        axis.set_ylim(bottom=0)
    told = [f"{name} {across:.3g} and {up:.3g}" for name, across, up in zip(names, x, y, strict=True)]
    return Picture(figure, alt or f"Points by {x_unit or 'x'} and {y_unit or 'y'}: {'; '.join(told)}.")
