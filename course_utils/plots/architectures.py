"""Figures of architectures: training error by depth, what one value sees of the picture, nets by year."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from .picture import COLOURS, SEQUENTIAL, Picture, apart, canvas

_LINES = ("-", "--", ":", "-.")
_MARKS = "os^D"


def errors_by_depth(
    runs: Mapping[str, Mapping[int, Sequence[float]]],
    live: Mapping[str, Mapping[int, float]] | None = None,
    unit: str = "training error",
    reference: float | None = None,
    title: str = "",
    alt: str = "",
) -> Picture:
    """The error of nets of growing depth: a line through the means, bars from the lowest to the highest run.

    `runs`: name -> depth -> errors of the runs. `live`: name -> depth -> error of this run, drawn as stars.
    `reference`: the error of guessing. Raises ValueError without runs or for a depth without any.
    """
    if (
        not runs
        or not all(runs.values())
        or not all(len(one) for each in runs.values() for one in each.values())
    ):
        raise ValueError("errors_by_depth needs at least one run for each name and depth")
    told = []
    with canvas(width=7.6, height=3.5) as (figure, axes):
        axis = axes[0, 0]
        for number, (name, by_depth) in enumerate(runs.items()):
            depths = sorted(by_depth)
            means = np.array([np.mean(by_depth[depth]) for depth in depths])
            spread = [
                [mean - min(by_depth[depth]), max(by_depth[depth]) - mean]
                for depth, mean in zip(depths, means, strict=True)
            ]
            colour = COLOURS[number % len(COLOURS)]
            axis.errorbar(
                depths, means, np.maximum(np.array(spread).T, 0), color=colour, capsize=3, linewidth=2,
                marker=_MARKS[number % 4], linestyle=_LINES[number % 4], label=name,
            )  # fmt: skip
            told.append(
                f"{name}: "
                + ", ".join(
                    f"{mean:.3f} at {depth} layers" for depth, mean in zip(depths, means, strict=True)
                )
            )
            for depth, error in (live or {}).get(name, {}).items():
                axis.plot(depth, error, "*", markersize=13, color=colour, markeredgecolor="black", zorder=4)
                told.append(f"{name} just now: {error:.3f} at {depth} layers")
        if live:
            axis.plot(
                [], [], "*", markersize=11, color="white", markeredgecolor="black", label="this run, just now"
            )
        if reference is not None:
            axis.axhline(
                reference, color="black", linestyle=":", linewidth=1, label=f"guessing {reference:.2f}"
            )
        axis.set(xlabel="layers with weights", ylabel=unit, title=title)
        axis.set_ylim(bottom=-0.03)  # a line at 0 must not lie on the axis
        axis.set_xticks(sorted({depth for by_depth in runs.values() for depth in by_depth}))
        axis.legend(loc="upper left", bbox_to_anchor=(1, 1))
    return Picture(
        figure,
        alt or f"Lines of {unit} by depth, bars from the lowest to the highest run. {'; '.join(told)}.",
    )


def seen_field(
    counts: Mapping[str, np.ndarray],
    sides: Mapping[str, int],
    title: str = "",
    alt: str = "",
    size: float = 2.5,
) -> Picture:
    """How much each pixel counts for one value in the middle, a square around what the rule says it can see.

    `counts`: name -> (H, W), zero or more. `sides`: name -> side of the square in pixels. Each picture is stretched to its own largest value.
    Raises ValueError without pictures or when names differ.
    """
    if not counts or set(counts) != set(sides):
        raise ValueError("seen_field needs one map of counts and one side for each name")
    from matplotlib.patches import Rectangle

    told = []
    with canvas(1, len(counts), width=len(counts) * size + 0.2, height=size + 0.6) as (figure, axes):
        for axis, (name, one) in zip(axes[0], counts.items(), strict=True):
            one, side = np.asarray(one, dtype=float), sides[name]
            # A root brings out what counts little: the rim is weaker than the middle by orders of magnitude.
            axis.imshow(np.sqrt(one / max(one.max(), 1e-30)), cmap=SEQUENTIAL, interpolation="nearest")
            rows, columns = np.nonzero(one)
            middle = (rows.min() + rows.max()) / 2, (columns.min() + columns.max()) / 2
            left, top = middle[1] - side / 2, middle[0] - side / 2
            axis.add_patch(
                Rectangle((left, top), side, side, fill=False, edgecolor=COLOURS[1], linewidth=1.8)
            )
            axis.set_title(f"{name}: {side} × {side}", fontsize=9)
            axis.set(xticks=[], yticks=[])
            half = _share_of_the_middle(one)
            told.append(
                f"{name} can see {side} by {side} of {one.shape[0]} by {one.shape[1]} pixels, and half of what counts "
                f"lies in the middle {half} by {half}"
            )
        if title:
            figure.suptitle(title, fontsize=11, weight="bold", x=0.01, ha="left")
    return Picture(
        figure, alt or f"Maps of how much each pixel counts, brightest in the middle. {'; '.join(told)}."
    )


def _share_of_the_middle(counts: np.ndarray, share: float = 0.5) -> int:
    """Side of the smallest centred square with that share of the sum."""
    row, column = (
        int(round(float(np.average(range(size), weights=counts.sum(axis=axis) + 1e-30))))
        for axis, size in ((1, counts.shape[0]), (0, counts.shape[1]))
    )
    total = counts.sum()
    for half in range(max(counts.shape)):
        part = counts[max(0, row - half) : row + half + 1, max(0, column - half) : column + half + 1]
        if part.sum() >= share * total:
            return 2 * half + 1
    return max(counts.shape)


def timeline(
    names: Sequence[str],
    years: Sequence[int],
    values: Sequence[float],
    sizes: Sequence[float],
    unit: str = "accuracy",
    title: str = "",
    alt: str = "",
) -> Picture:
    """Nets by year and a value, the area of each disc as large as its size; the name beside it.

    `sizes`: parameters in millions. Raises ValueError unless there is one year, value and size for each name.
    """
    if not 0 < len(names) == len(years) == len(values) == len(sizes):
        raise ValueError(
            f"{len(names)} names, {len(years)} years, {len(values)} values, {len(sizes)} sizes: pass one of each for every net"
        )
    years, values, sizes = (np.asarray(one, dtype=float) for one in (years, values, sizes))
    gap = 0.055 * max(np.ptp(values), 1e-6)
    labels = np.array(values)
    for year in np.unique(np.round(years / 2)):  # names of neighbouring years must not lie on each other
        here = np.round(years / 2) == year
        labels[here] = apart(values[here], gap)
    with canvas(width=8.2, height=3.9) as (figure, axes):
        axis = axes[0, 0]
        near = 2 * gap
        for number, name in enumerate(names):
            year, value = years[number], values[number]
            axis.scatter(
                year, value, s=5 * sizes[number] + 20, color=COLOURS[5], edgecolor="black", linewidth=0.8
            )
            here = (years == year) & (np.abs(values - value) < near)
            radius = np.sqrt(max(5 * sizes[other] + 20 for other in np.flatnonzero(here))) / 2
            # A net with a neighbour close on its right has its name on the left.
            left = bool(((years > year) & (years < year + 3) & (np.abs(values - value) < near)).any())
            axis.annotate(
                f"{name}, {sizes[number]:.3g} M", (year, labels[number]), (-4 - radius if left else 4 + radius, 0),
                textcoords="offset points", va="center", ha="right" if left else "left", fontsize=9,
            )  # fmt: skip
        axis.set(xlabel="year", ylabel=unit, title=title)
        axis.xaxis.get_major_locator().set_params(integer=True)
        axis.margins(0.14)
        axis.set_xlim(years.min() - 1, years.max() + 3.2)
    told = [
        f"{name} {int(year)}, {value:.3g} with {size:.3g} million parameters"
        for name, year, value, size in zip(names, years, values, sizes, strict=True)
    ]
    return Picture(
        figure, alt or f"Discs by year and {unit}, as large as their parameters: {'; '.join(told)}."
    )
