"""Figures of deck 12: the plateau, stale averages, pieces of letters that survive, geometric choices."""

from __future__ import annotations

import math

import numpy as np

from course_utils import plots
from course_utils.workshop.slides import projection
from course_utils.workshop.slides.projection import BLUE, FAINT, ORANGE

WORD, SLIP = "delivery", "delviery"


def loss_of_knowing_nothing() -> plots.Picture:
    """The cross-entropy of a net that finds every class equally probable, by number of classes."""
    classes = (2, 4, 10, 20)
    losses = [math.log(count) for count in classes]
    with projection.chart(8.6, 3.8) as (figure, axis):
        axis.bar(range(len(classes)), losses, color=BLUE, width=0.6)
        for place, loss in enumerate(losses):
            axis.text(place, loss + 0.08, f"{loss:.3f}", ha="center", va="bottom", fontsize=20)
        axis.set_xticks(range(len(classes)), [f"{count} classes" for count in classes])
        axis.set(ylabel="loss", ylim=(0, 3.6))
    told = ", ".join(f"{count} classes {loss:.3f}" for count, loss in zip(classes, losses, strict=True))
    return plots.Picture(
        figure, f"Bars of the loss of a net that gives every class the same probability: {told}."
    )


def start_that_is_left() -> plots.Picture:
    """The share of a moving average's start that is left after so many steps, for two momenta."""
    steps = np.arange(0, 301)
    with projection.chart(9.6, 4.0) as (figure, axis):
        for momentum, colour, style in ((0.99, ORANGE, "--"), (0.9, BLUE, "-")):
            axis.plot(steps, momentum**steps, style, color=colour, linewidth=3, label=f"momentum {momentum}")
        axis.set(xlabel="training steps", ylabel="start that is left", ylim=(0, 1.02), xlim=(0, 300))
        axis.legend(fontsize=18)
    return plots.Picture(
        figure,
        f"Share of the starting values left in BatchNormalization's moving averages: after 100 steps {0.99**100:.2f} with momentum "
        f"0.99 and {0.9**100:.5f} with momentum 0.9; after 300 steps {0.99**300:.2f} with 0.99.",
    )


def pieces_that_survive() -> plots.Picture:
    """The pieces of three letters of a word, and which of them a slip leaves alone."""
    padded, changed = f" {WORD} ", f" {SLIP} "
    pieces = [padded[place : place + 3] for place in range(len(padded) - 2)]
    there = {changed[place : place + 3] for place in range(len(changed) - 2)}
    kept = [piece for piece in pieces if piece in there]
    with projection.chart(10.4, 2.8) as (figure, axis):
        axis.set(xlim=(0, 10.4), ylim=(2.8, 0))
        axis.set_axis_off()
        projection.say(axis, 5.2, 0.5, f"{WORD}  →  {SLIP}", 26, weight="bold")
        for place, piece in enumerate(pieces):
            alive = piece in there
            projection.say(
                axis, 1.0 + 1.4 * place, 1.5, piece.replace(" ", "_"), 24,
                color=BLUE if alive else FAINT, weight="bold" if alive else "normal",
            )  # fmt: skip
            if not alive:
                axis.plot([0.55 + 1.4 * place, 1.45 + 1.4 * place], [1.5, 1.5], color=ORANGE, linewidth=2)
        projection.say(
            axis, 5.2, 2.4, f"{len(kept)} of {len(pieces)} pieces survive; the whole word does not", 20
        )
    return plots.Picture(
        figure,
        f"The pieces of three letters of {WORD}, an underline standing for a word's edge; after the slip to {SLIP} there remain "
        f"{len(kept)} of {len(pieces)}: {', '.join(piece.replace(' ', '_') for piece in kept)}.",
    )


def geometric_choices() -> plots.Picture:
    """How probable it is that 0, 1, 2, ... words are replaced."""
    count = 6
    shares = 0.5 ** np.arange(count)
    shares /= shares.sum()
    with projection.chart(8.6, 3.6) as (figure, axis):
        axis.bar(range(count), shares, color=BLUE, width=0.6)
        for place, share in enumerate(shares):
            axis.text(place, share + 0.02, f"{share:.2f}", ha="center", va="bottom", fontsize=19)
        axis.set(xlabel="words replaced (or number of the synonym)", ylabel="probability", ylim=(0, 0.65))
    told = ", ".join(f"{place}: {share:.2f}" for place, share in enumerate(shares))
    return plots.Picture(figure, f"Bars of a geometric choice with share 0.5 among {count} numbers: {told}.")
