"""Figures of retrieval: what was found for some pictures, and what an index costs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from .picture import COLOURS, Picture, canvas

RIGHT, WRONG = COLOURS[0], COLOURS[1]


def found_pictures(
    asked: Sequence[np.ndarray],
    found: Sequence[Sequence[np.ndarray]],
    asked_names: Sequence[str | None],
    found_names: Sequence[Sequence[str]],
    title: str = "",
    alt: str = "",
) -> Picture:
    """A row for each picture that was asked with: itself, then what was found, best first.

    asked: Q pictures (H, W, 3) as bytes. found: Q lists of equally many pictures. A blue line with a tick is an answer of the
    picture's own kind; a red-brown one with a cross is not. A name of None is a picture whose kind nobody knows. Raises ValueError when rows and names do not fit.
    """
    count = len(found[0]) if len(found) else 0
    if not len(asked) == len(found) == len(asked_names) == len(found_names) or not count:
        raise ValueError(
            f"Each of {len(asked)} pictures needs its name and what was found; got {len(found)} rows"
        )
    right = [[name == own for name in names] for own, names in zip(asked_names, found_names, strict=True)]
    with canvas(len(asked), count + 1, width=1.15 * (count + 1), height=1.4 * len(asked) + 0.4) as (
        figure,
        axes,
    ):
        for row in range(len(asked)):
            axes[row, 0].set_axis_off()
            axes[row, 0].imshow(asked[row])
            axes[row, 0].set_title(f"{asked_names[row] or 'yours'}?", fontsize=8, loc="center", pad=2)
            for place in range(count):
                axis, good = axes[row, place + 1], right[row][place]
                axis.imshow(found[row][place])
                axis.set(xticks=[], yticks=[])
                known = asked_names[row] is not None
                mark = ("✓" if good else "✗") if known else ""
                axis.set_title(
                    f"{found_names[row][place]} {mark}", fontsize=8, loc="center", weight="normal", pad=2
                )
                for spine in axis.spines.values():
                    spine.set(
                        visible=True, color=(RIGHT if good else WRONG) if known else "#888888", linewidth=2.5
                    )
        if title:
            figure.suptitle(title, fontsize=11, weight="bold", x=0.01, ha="left")
    told = "; ".join(
        f"{sum(good)} of {count} answers to {name} are right" if name else f"yours finds {', '.join(names)}"
        for name, names, good in zip(asked_names, found_names, right, strict=True)
    )
    return Picture(
        figure, alt or f"{len(asked)} rows of pictures, the first asks, {count} answers follow: {told}."
    )


def recall_against_time(
    milliseconds: Sequence[float],
    recall: Sequence[float],
    names: Sequence[str],
    exact: float,
    others: Mapping[str, tuple[Sequence[float], Sequence[float]]] | None = None,
    title: str = "",
    alt: str = "",
) -> Picture:
    """Share of the true nearest neighbours that an index finds, against milliseconds per query, beside exact search.

    `names`: one per point, such as the number of cells looked into. `exact`: milliseconds of exact search. `others`: name of
    another index -> its recall and its milliseconds.
    """
    from matplotlib.ticker import FuncFormatter

    others = others or {}
    with canvas(width=6.5, height=3.0) as (figure, axes):
        axis = axes[0, 0]
        axis.plot(milliseconds, recall, "o-", color=COLOURS[0], label="inverted lists")
        for x, y, name in zip(milliseconds, recall, names, strict=True):
            axis.annotate(name, (x, y), xytext=(0, -15), textcoords="offset points", fontsize=8, ha="center")
        for number, (name, (shares, times)) in enumerate(others.items(), start=2):
            axis.plot(times, shares, "^--", color=COLOURS[number % len(COLOURS)], label=name)
        axis.plot([exact], [1.0], "s", color=COLOURS[1], markersize=8, label="exact search")
        axis.set(
            xscale="log", xlabel="milliseconds per query", ylabel="recall of the first ten", ylim=(0, 1.08)
        )
        axis.margins(x=0.12)
        axis.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        axis.set_title(title or "Looking into fewer cells is faster and misses more")
        axis.legend(loc="lower right")
    points = "; ".join(
        f"{name}: recall {share:.2f} in {time:.2f} ms"
        for name, share, time in zip(names, recall, milliseconds, strict=True)
    )
    more = "".join(
        f" {name}: "
        + "; ".join(f"recall {share:.2f} in {time:.2f} ms" for share, time in zip(*pair, strict=True))
        + "."
        for name, pair in others.items()
    )
    return Picture(figure, alt or f"Recall against time. {points}.{more} Exact search takes {exact:.2f} ms.")
