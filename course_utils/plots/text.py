"""Figures that show words: how often they occur, where they lie on a map, what a filter makes of them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

import numpy as np

from .picture import COLOURS, DIVERGING, Picture, canvas

MARGIN_X, MARGIN_Y = 0.18, 0.06  # room for words at the edge of a map
FAR = 10.0  # points: a word further from its place gets a line to it


def word_frequencies(
    frequencies: Sequence[int],
    words: Sequence[str],
    growth: tuple[Sequence[int], Sequence[int]],
    title: str = "",
    alt: str = "",
) -> Picture:
    """Left: how often each word occurs against its rank, both axes logarithmic (Zipf's law). Right: how many
    different words there are after so many words of text.

    `frequencies`: counts, falling. `words`: the words they belong to. `growth`: words read, different words
    seen (two rows of the same length). Raises ValueError when words and frequencies do not match.
    """
    frequencies = np.asarray(frequencies)
    if len(frequencies) != len(words):
        raise ValueError(
            f"{len(frequencies)} frequencies but {len(words)} words; pass one frequency for each word"
        )
    ranks = np.arange(1, len(frequencies) + 1)
    marked = sorted({0, *(int(10**power) - 1 for power in range(1, 6) if 10**power <= len(words))})
    with canvas(1, 2, width=8.4, height=3.4) as (figure, axes):
        left, right = axes.flat
        left.loglog(ranks, frequencies, color=COLOURS[0], linewidth=2, label="the words")
        left.loglog(ranks, frequencies[0] / ranks, ":", color="0.35", label="first / rank (Zipf)")
        for place in marked:
            left.plot(ranks[place], frequencies[place], "o", color=COLOURS[1], markersize=5)
            left.annotate(
                words[place], (ranks[place], frequencies[place]), (5, 5), textcoords="offset points",
                fontsize=9,
            )  # fmt: skip
        left.set(
            xlabel="rank of the word", ylabel="how often it occurs", title="Few words do most of the work"
        )
        left.legend(loc="lower left")
        read, seen = (np.asarray(values) for values in growth)
        right.plot(read / 1000, seen / 1000, color=COLOURS[0], linewidth=2)
        right.set(xlabel="words read (thousands)", ylabel="different words (thousands)")
        right.set(
            title="New words keep coming" if seen[-1] > 1.05 * seen[len(seen) // 2] else "New words get rare"
        )
        right.set(xlim=(0, None), ylim=(0, None))
        if title:
            figure.suptitle(title, fontsize=11, weight="bold", x=0.01, ha="left")
    once = int((frequencies == 1).sum())
    summary = (
        f"Left: frequency against rank of {len(words):,} words on logarithmic axes, falling about like one over the "
        f"rank; most frequent is {words[0]!r} with {frequencies[0]:,}; words that occur only once: {once:,}. Right: after "
        f"{int(read[-1]):,} words of text there are {int(seen[-1]):,} different ones, half way there were "
        f"{int(seen[len(seen) // 2]):,}."
    )
    return Picture(figure, alt or summary)


def word_map(
    points: np.ndarray,
    words: Sequence[str],
    groups: Sequence[int],
    group_names: Sequence[str],
    title: str = "",
    alt: str = "",
) -> Picture:
    """Words written at their places on a map, in the colour and with the mark of their group.

    `points`: float (N, 2). `words`: N. `groups`: N whole numbers, places in `group_names`.
    """
    points, groups = np.asarray(points, dtype=float), np.asarray(groups)
    marks = ("o", "s", "^", "D")
    colours = [COLOURS[number % len(COLOURS)] for number in range(len(group_names))]
    with canvas(width=8, height=5) as (figure, axes):
        axis = axes[0, 0]
        for number, name in enumerate(group_names):
            inside = groups == number
            axis.scatter(
                *points[inside].T, s=16, marker=marks[number % len(marks)], color=colours[number], label=name
            )
        # The part of the axes that the points span, in points of 1/72 inch: what `margins` leaves of them.
        spots = _free_places(points, words, box=(7.2 / (1 + 2 * MARGIN_X), 4.2 / (1 + 2 * MARGIN_Y)))
        for point, (dx, dy), word, group in zip(points, spots, words, groups, strict=True):
            if np.hypot(dx, dy) > FAR:  # or nobody sees whose name it is
                line = {"arrowstyle": "-", "color": "0.6", "linewidth": 0.6, "shrinkA": 0, "shrinkB": 2}
                axis.annotate("", point, (dx, dy), textcoords="offset points", arrowprops=line)
            axis.annotate(
                word, point, (dx, dy), textcoords="offset points", fontsize=8.5, color=colours[group],
                ha="left" if dx > 0 else "right", va="center",
            )  # fmt: skip
        axis.margins(x=MARGIN_X, y=MARGIN_Y)
        axis.set(xlabel="first component", ylabel="second component", title=title)
        axis.legend(loc="best")
    centres = [points[groups == number].mean(axis=0) for number in range(len(group_names))]
    parts = [
        f"{name} ({int((groups == number).sum())} words) around ({centre[0]:.2g}, {centre[1]:.2g})"
        for number, (name, centre) in enumerate(zip(group_names, centres, strict=True))
    ]
    heading = f"{title}: " if title else ""
    return Picture(
        figure, alt or f"{heading}Map of {len(words)} words by two components: {', '.join(parts)}."
    )


def _free_places(
    points: np.ndarray, words: Sequence[str], box: tuple[float, float]
) -> list[tuple[float, float]]:
    """For each word, where beside its point it covers fewest words placed before: offset in points (1/72 inch).

    `box`: width and height in inches of what the points span.
    """
    span = np.maximum(np.ptp(points, axis=0), 1e-9)
    places = (points - points.min(axis=0)) / span * np.array(box) * 72
    taken: list[tuple[float, float, float, float]] = [(x - 3, y - 3, x + 3, y + 3) for x, y in places]
    chosen = []
    for (x, y), word in zip(places, words, strict=True):
        width = 5.2 * len(word)
        best, least = (6.0, 0.0), np.inf
        for dx, dy in product((6, -6, 14, -14), (0, 9, -9, 17, -17, 26, -26)):
            left = x + dx if dx > 0 else x + dx - width
            mine = (left, y + dy - 5, left + width, y + dy + 5)
            covered = sum(_overlap(mine, other) for other in taken) + 0.01 * (abs(dx) + abs(dy))
            if covered < least:
                best, least, spot = (float(dx), float(dy)), covered, mine
        chosen.append(best)
        taken.append(spot)
    return chosen


def _overlap(one: tuple[float, ...], other: tuple[float, ...]) -> float:
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    return max(0.0, width) * max(0.0, height)


def sentence_matrix(
    words: Sequence[str],
    vectors: np.ndarray,
    window: tuple[int, int] | None = None,
    title: str = "",
    alt: str = "",
) -> Picture:
    """A sentence as a picture: one row per word, one column a number of its vector; a frame marks a filter's window.

    `vectors`: float (N, dimensions). `window`: first word and width of the frame. Raises ValueError when words
    and vectors do not match.
    """
    vectors = np.asarray(vectors, dtype=float)
    if len(words) != len(vectors):
        raise ValueError(f"{len(words)} words but {len(vectors)} vectors; pass one vector for each word")
    largest = np.abs(vectors).max()
    with canvas(width=7.5, height=0.9 + 0.27 * len(words)) as (figure, axes):
        axis = axes[0, 0]
        shown = axis.imshow(vectors, cmap=DIVERGING, vmin=-largest, vmax=largest, aspect="auto")
        axis.set_yticks(range(len(words)), words)
        axis.set(xlabel="number within the word's vector", title=title)
        figure.colorbar(shown, ax=axis, pad=0.02)
        frame = ""
        if window is not None:
            from matplotlib.patches import Rectangle

            first, width = window
            outline = {"fill": False, "linewidth": 3, "edgecolor": COLOURS[6], "clip_on": False}
            axis.add_patch(Rectangle((-0.5, first - 0.5), vectors.shape[1], width, **outline))
            frame = (
                f" A frame marks a filter's window on the words {' '.join(words[first : first + width])!r}."
            )
    summary = (
        f"Table of colours with {len(words)} rows, the words {' '.join(words)!r}, and {vectors.shape[1]} columns, the "
        f"numbers of their vectors, from {vectors.min():.2g} to {vectors.max():.2g}.{frame}"
    )
    return Picture(figure, alt or summary)


def window_scores(
    words: Sequence[str], scores: np.ndarray, width: int, title: str = "", alt: str = ""
) -> Picture:
    """What one filter says to each window of a sentence: a bar a window, named by its words; the highest stands out.

    `scores`: float (N - width + 1,) for N words. Raises ValueError when the numbers do not match.
    """
    scores = np.asarray(scores, dtype=float)
    windows = [" ".join(words[first : first + width]) for first in range(len(words) - width + 1)]
    if len(windows) != len(scores):
        raise ValueError(
            f"{len(words)} words give {len(windows)} windows of {width}, but there are {len(scores)} scores"
        )
    best = int(scores.argmax())
    with canvas(width=6.5, height=0.9 + 0.25 * len(windows)) as (figure, axes):
        axis = axes[0, 0]
        colours = [COLOURS[1] if place == best else COLOURS[5] for place in range(len(windows))]
        drawn = axis.barh(range(len(windows)), scores, color=colours)
        axis.bar_label(drawn, [f"{score:.2f}" for score in scores], padding=3, fontsize=8)
        axis.set_yticks(range(len(windows)), windows)
        axis.invert_yaxis()
        axis.margins(x=0.12)
        axis.set(xlabel="output of the filter", title=title)
    summary = (
        f"Bars of a filter's output at {len(windows)} windows of {width} words: highest at "
        f"{windows[best]!r} with {scores[best]:.2f}, lowest {scores.min():.2f}."
    )
    return Picture(figure, alt or summary)
