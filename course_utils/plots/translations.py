"""Figures of sequences that become sequences: what goes in and comes out, and where a decoder looks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from .picture import COLOURS, SEQUENTIAL, Picture, canvas


def one_and_many(shapes: Mapping[str, tuple[int, int, int]], title: str = "", alt: str = "") -> Picture:
    """Nets as columns of squares: inputs below, the net's states between, outputs above.

    `shapes`: name -> number of inputs, number of outputs, and the step, from 0, at which the first output comes.
    Raises ValueError without a net, or for a net without inputs or outputs.
    """
    if not shapes or any(min(inputs, outputs) < 1 for inputs, outputs, _ in shapes.values()):
        raise ValueError(f"Each net needs an input and an output at least; got {dict(shapes)}")
    told = []
    with canvas(1, len(shapes), width=2.15 * len(shapes) + 0.4, height=2.5) as (figure, axes):
        for axis, (name, (inputs, outputs, first)) in zip(axes.flat, shapes.items(), strict=True):
            steps = max(inputs, first + outputs)
            for step in range(steps):
                axis.plot(step, 1, "s", markersize=15, color=COLOURS[0])
                if step:
                    axis.annotate("", (step - 0.27, 1), (step - 0.73, 1), arrowprops={"arrowstyle": "->"})
                for there, place, colour, ends in (
                    (step < inputs, 0, COLOURS[1], (0.25, 0.75)),
                    (first <= step < first + outputs, 2, COLOURS[2], (1.25, 1.75)),
                ):
                    if there:
                        axis.plot(step, place, "s", markersize=15, color=colour)
                        axis.annotate("", (step, ends[1]), (step, ends[0]), arrowprops={"arrowstyle": "->"})
            axis.set(xlim=(-0.8, 4.8), ylim=(-0.5, 2.5), xticks=[], yticks=[])
            axis.set_title(name.replace(" (", "\n("), fontsize=9)
            axis.spines[:].set_visible(False)
            told.append(
                f"{name}: {inputs} in, {steps} {'step' if steps == 1 else 'steps'}, {outputs} out from step {first + 1}"
            )
        axes[0, 0].set_yticks([0, 1, 2], ["inputs", "net", "outputs"])
        axes[0, 0].tick_params(length=0)
        if title:
            figure.suptitle(title, fontsize=11, weight="bold", x=0.01, ha="left")
    return Picture(figure, alt or f"Squares joined by arrows, one panel per kind of net. {'; '.join(told)}.")


def attention_map(
    weights: np.ndarray, source: Sequence[str], answer: Sequence[str], title: str = "", alt: str = ""
) -> Picture:
    """How much each character of the answer looks at each character of the source; rows add up to 1.

    `weights`: (characters of the answer, characters of the source), at least that many of both; the rest is left out.
    Raises ValueError when there are fewer weights than characters.
    """
    weights = np.asarray(weights, dtype=float)
    if weights.ndim != 2 or weights.shape[0] < len(answer) or weights.shape[1] < len(source):
        raise ValueError(
            f"{len(answer)} characters of the answer and {len(source)} of the source need as many weights; "
            f"got shape {weights.shape}"
        )
    shown = weights[: len(answer), : len(source)]
    with canvas(width=1.6 + 0.27 * len(source), height=max(2.2, 1.1 + 0.24 * len(answer))) as (figure, axes):
        axis = axes[0, 0]
        drawn = axis.imshow(shown, cmap=SEQUENTIAL, vmin=0, vmax=1, aspect="auto")
        axis.set_xticks(range(len(source)), [one.replace(" ", "␣") for one in source])
        axis.set_yticks(range(len(answer)), [one.replace(" ", "␣") for one in answer])
        axis.set(xlabel="characters read", ylabel="characters written", title=title)
        figure.colorbar(drawn, ax=axis, label="weight")
    most = [
        f"{one!r} ({row + 1}) mostly at {source[shown[row].argmax()]!r} ({shown[row].argmax() + 1}), {shown[row].max():.2f}"
        for row, one in enumerate(answer)
    ]
    summary = f"Heat map of attention for {''.join(source)!r} to {''.join(answer)!r}. Written character and where it looks: "
    return Picture(figure, alt or summary + "; ".join(most) + ".")
