"""Figures of what happens step by step: gradients on their way back, answers word by word."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from .picture import COLOURS, Picture, canvas

_LINES = ("-", "--", ":", "-.")


def gradient_by_step(curves: Mapping[str, np.ndarray], title: str = "", alt: str = "") -> Picture:
    """How much the last output depends on the input so many steps before, on a logarithmic axis.

    `curves`: name -> gradient norms by step, the last step at the end. Each curve is divided by its last value.
    Raises ValueError without curves or for a curve that is not above zero at its end.
    """
    if not curves:
        raise ValueError("gradient_by_step got no curves; pass a dictionary of name: norms by step")
    told = []
    with canvas(width=7.6, height=3.6) as (figure, axes):
        axis = axes[0, 0]
        for number, (name, norms) in enumerate(curves.items()):
            norms = np.asarray(norms, dtype=float)
            if not norms[-1] > 0:
                raise ValueError(
                    f"The gradient of {name!r} at the last step is {norms[-1]}; expected above 0"
                )
            shares = np.maximum(norms[::-1] / norms[-1], 1e-30)
            back = np.arange(len(shares))
            axis.semilogy(
                back,
                shares,
                _LINES[number % 4],
                color=COLOURS[number % len(COLOURS)],
                linewidth=2,
                label=name,
            )
            far = min(30, len(shares) - 1)
            told.append(f"{name} keeps {shares[far]:.1g} of it {far} steps back")
        axis.axhline(1, color="0.7", linewidth=0.8)
        axis.set(
            xlabel="steps before the last word",
            ylabel="gradient (last step = 1)",
            title=title or "How much of the gradient is left so many steps back?",
        )
        axis.legend(loc="center left", bbox_to_anchor=(1, 0.5))
    summary = f"Line chart on a logarithmic axis: gradient by distance to the last step: {'; '.join(told)}."
    return Picture(figure, alt or summary)


def word_by_word(
    words: Sequence[str],
    probabilities: Sequence[float] | Mapping[str, Sequence[float]],
    title: str = "",
    unit: str = "P(positive) after this word",
    alt: str = "",
) -> Picture:
    """The answer a model would give after each word of a text, as a line over the words.

    `words`: the words in order. `probabilities`: one number per word, or a dictionary of several such lines.
    Raises ValueError when a line has another length than the words.
    """
    lines = dict(probabilities) if isinstance(probabilities, Mapping) else {"": probabilities}
    for name, line in lines.items():
        if len(line) != len(words):
            raise ValueError(
                f"{len(words)} words but {len(line)} probabilities{' of ' + name if name else ''}"
            )
    with canvas(width=max(5.0, 1.6 + 0.34 * len(words)), height=3.3) as (figure, axes):
        axis = axes[0, 0]
        axis.axhline(0.5, color="0.5", linestyle=":", linewidth=1)
        for number, (name, line) in enumerate(lines.items()):
            axis.plot(
                range(len(words)), line, "os^D"[number % 4] + _LINES[number % 4], color=COLOURS[number % len(COLOURS)],
                markersize=5, linewidth=1.8, label=name or None,
            )  # fmt: skip
        axis.set_xticks(range(len(words)), words, rotation=55, ha="right", rotation_mode="anchor")
        axis.set(ylim=(-0.04, 1.04), ylabel=unit, title=title)
        if any(lines):
            axis.legend(loc="center left", bbox_to_anchor=(1, 0.5))
    told = []
    for name, line in lines.items():
        line = np.asarray(line, dtype=float)
        jumps = np.diff(line)
        part = f"{name + ': ' if name else ''}{line[0]:.2f} after {words[0]!r}, {line[-1]:.2f} at the end"
        if len(jumps):
            place = int(np.abs(jumps).argmax()) + 1
            part += f", largest change at {words[place]!r} ({line[place - 1]:.2f} to {line[place]:.2f})"
        told.append(part)
    return Picture(
        figure, alt or f"Line of {unit}, word by word through {' '.join(words)!r}: {'; '.join(told)}."
    )
