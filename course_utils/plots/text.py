"""Figures that show words: how often they occur, what a filter makes of them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .picture import COLOURS, Picture, canvas


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
        end = 1.5 * ranks[-1]
        for place in marked:
            left.plot(ranks[place], frequencies[place], "o", color=COLOURS[1], markersize=5)
            # Both lines fall: the word is free of them above the higher and below the lower one.
            above = frequencies[place] >= frequencies[0] / ranks[place]
            end = max(end, _with_its_word(ranks[place], words[place])) if above else end
            left.annotate(
                words[place], (ranks[place], frequencies[place]), (5, 4) if above else (2, -5),
                textcoords="offset points", fontsize=9, ha="left" if above else "right",
                va="bottom" if above else "top",
            )  # fmt: skip
        left.set(
            xlabel="rank of the word", ylabel="how often it occurs", title="Few words do most of the work"
        )
        left.set_ylim(frequencies[-1] / 3, 3 * frequencies[0])  # room for a word below and above the lines
        left.set_xlim(0.7, end)
        left.legend(loc="upper right")
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
        f"{int(read[-1]):,} words of text there are {int(seen[-1]):,} different ones, halfway through there were "
        f"{int(seen[len(seen) // 2]):,}."
    )
    return Picture(figure, alt or summary)


def _with_its_word(rank: int, word: str) -> float:
    """How far a logarithmic axis of ranks has to go for a word of 9 points to fit beside its rank."""
    share = min(0.06 + 0.026 * len(word), 0.8)  # of the axis, which is three inches wide
    return float(rank ** (1 / (1 - share)))


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
