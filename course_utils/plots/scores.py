"""Figures that show numbers: training curves, confusion matrices, bars, distributions, reliability."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from .picture import COLOURS, Picture, canvas

if TYPE_CHECKING:
    from pandas import DataFrame


def training_curves(history: DataFrame, title: str = "", alt: str = "") -> Picture:
    """Loss and accuracy by epoch, training beside validation.

    `history`: one row per epoch with columns such as loss, val_loss, accuracy, val_accuracy (what
    `course_utils.training.fit` returns).
    """
    measures = [name for name in ("loss", "accuracy") if name in history]
    with canvas(1, len(measures), width=3.6 * len(measures), height=2.9) as (figure, axes):
        epochs = np.arange(1, len(history) + 1)
        for axis, name in zip(axes.flat, measures, strict=True):
            axis.plot(epochs, history[name], "o-", markersize=3, color=COLOURS[0], label="training")
            if f"val_{name}" in history:
                axis.plot(
                    epochs, history[f"val_{name}"], "s--", markersize=3, color=COLOURS[1], label="validation"
                )
            axis.set(xlabel="epoch", title=name.capitalize())
            axis.locator_params(axis="x", integer=True)
            axis.legend()
        if title:
            figure.suptitle(title, fontsize=11, weight="bold", x=0.01, ha="left")
    return Picture(figure, alt or _describe_curves(history, measures))


def _describe_curves(history: DataFrame, measures: Sequence[str]) -> str:
    parts = []
    for name in measures:
        part = f"training {name} goes from {history[name].iloc[0]:.2f} to {history[name].iloc[-1]:.2f}"
        if f"val_{name}" in history:
            validation = history[f"val_{name}"]
            part += f", validation {name} from {validation.iloc[0]:.2f} to {validation.iloc[-1]:.2f}"
            # A loss that has turned is what there is to see.
            if name == "loss" and validation.iloc[-1] > 1.1 * validation.min():
                part += f", lowest in epoch {validation.argmin() + 1} at {validation.min():.2f}"
        parts.append(part)
    return f"Line charts over {len(history)} epochs: " + "; ".join(parts) + "."


def confusion_matrix(
    counts: np.ndarray, class_names: Sequence[str], title: str = "", alt: str = "", what: str = "pictures"
) -> Picture:
    """Confusion matrix: true classes as rows, predicted classes as columns, right answers on the diagonal.

    `counts`: integer array (C, C). `what`: what was classified, for the alt text. Raises ValueError when it does not fit the class names.
    """
    counts = np.asarray(counts)
    if counts.shape != (len(class_names), len(class_names)):
        raise ValueError(
            f"Counts have shape {counts.shape}, expected ({len(class_names)}, {len(class_names)})"
        )
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    side = 2.2 + 0.3 * len(class_names)
    with canvas(width=max(side, 3.6), height=side - 0.5) as (figure, axes):
        axis = axes[0, 0]
        axis.imshow(shares, cmap="Blues", vmin=0, vmax=1)
        axis.set_xticks(range(len(class_names)), class_names, rotation=60, ha="right", rotation_mode="anchor")
        axis.set_yticks(range(len(class_names)), class_names)
        axis.set(xlabel="predicted", ylabel="true", title=title)
        few = len(class_names) <= 4  # then a zero says something; among many classes zeros are only clutter
        for row, column in np.argwhere(counts >= 0 if few else counts > 0):
            dark = shares[row, column] > 0.5
            axis.text(
                column, row, str(counts[row, column]), ha="center", va="center", fontsize=10 if few else 7,
                color="white" if dark else "black",
            )  # fmt: skip
    return Picture(figure, alt or _describe_confusions(counts, class_names, what))


def _describe_confusions(counts: np.ndarray, class_names: Sequence[str], what: str) -> str:
    right = np.trace(counts)
    wrong = counts - np.diag(np.diag(counts))
    text = (
        f"Confusion matrix of {len(class_names)} classes: {right} of {counts.sum()} {what} on the diagonal."
    )
    order = np.argsort(wrong, axis=None)[::-1][:3]
    pairs = [np.unravel_index(index, wrong.shape) for index in order]
    worst = [f"{class_names[a]} taken for {class_names[b]} ({wrong[a, b]})" for a, b in pairs if wrong[a, b]]
    return text + (f" Most frequent mistakes: {', '.join(worst)}." if worst else " No mistakes.")


def bars(
    values: Sequence[float],
    labels: Sequence[str],
    title: str = "",
    unit: str = "",
    reference: float | None = None,
    reference_name: str = "chance",
    colours: Sequence[str] | None = None,
    alt: str = "",
) -> Picture:
    """Horizontal bars, one a label, with an optional dashed reference line such as the chance level."""
    values = np.asarray(values, dtype=float)
    height = 0.9 + 0.24 * len(labels) + (0.2 if reference is not None else 0)
    with canvas(width=6.5, height=height) as (figure, axes):
        axis = axes[0, 0]
        drawn = axis.barh(
            range(len(labels)), values, color=list(colours) if colours is not None else COLOURS[0]
        )
        # White behind the numbers: the reference line must not cross them.
        paper = {"facecolor": "white", "edgecolor": "none", "pad": 0.6}
        axis.bar_label(drawn, [_short(value) for value in values], padding=3, fontsize=8, bbox=paper)
        axis.margins(x=0.1)
        axis.set_yticks(range(len(labels)), labels)
        axis.invert_yaxis()
        axis.set(xlabel=unit, title=title)
        if reference is not None:
            axis.axvline(
                reference, color=COLOURS[1], linestyle="--", label=f"{reference_name} {_short(reference)}"
            )
            # Above the axes, where it lies on no bar, and below the title, which may be as wide as the axes.
            axis.legend(loc="lower right", bbox_to_anchor=(1, 1), borderaxespad=0.2)
            axis.set_title(title, pad=20)
    low, high = int(values.argmin()), int(values.argmax())
    if values[low] < 0 < values[high]:  # what there is to see is which bars lie on which side
        pairs = zip(labels, values, strict=True)
        told = ", ".join(f"{label} {_short(value)}" for label, value in pairs)
    elif values[low] < values[high]:
        told = (
            f"lowest {labels[low]} at {_short(values[low])}, highest {labels[high]} at {_short(values[high])}"
        )
    else:
        told = f"all {len(labels)} bars at {_short(values[low])}"
    return Picture(figure, alt or f"Bar chart of {unit or 'values'}: {told}.")


def _short(value: float) -> str:
    """A number in three figures, and one of a thousand or more without a power of ten."""
    return f"{value:,.0f}" if abs(value) >= 999.5 else f"{value:.3g}"


def distributions(
    samples: dict[str, np.ndarray], unit: str = "", title: str = "", alt: str = "", bins: int = 40
) -> Picture:
    """Histograms of several samples on one axis, each as a line; the medians are marked.

    `samples`: name -> values (any number of them). Heights are shares, so that samples of different sizes
    compare. Raises ValueError for an empty sample.
    """
    arrays = {name: np.asarray(values, dtype=float) for name, values in samples.items()}
    if not arrays or any(len(values) == 0 for values in arrays.values()):
        raise ValueError("distributions needs at least one value in each sample")
    top = max(np.percentile(values, 99.5) for values in arrays.values())
    edges = _bin_edges(list(arrays.values()), top, bins)
    styles = ("-", "--", "-.", ":")
    parts = []
    with canvas(width=7.5, height=3.4) as (figure, axes):
        axis = axes[0, 0]
        for number, (name, values) in enumerate(arrays.items()):
            colour, style = COLOURS[number % len(COLOURS)], styles[number % len(styles)]
            share = np.histogram(np.clip(values, None, top), edges)[0] / len(values)
            median = np.median(values)
            axis.stairs(share, edges, color=colour, linestyle=style, linewidth=2, label=name)
            axis.plot(median, 0, "^", color=colour, markersize=9, clip_on=False)
            parts.append(f"{name} has its median at {median:.3g}")
        axis.set(xlabel=unit, ylabel="share", title=title, ylim=(0, None))
        axis.legend(title="▲ = median", alignment="left")
    return Picture(figure, alt or f"Histograms of {unit or 'values'}: {'; '.join(parts)}.")


def _bin_edges(arrays: Sequence[np.ndarray], top: float, bins: int) -> np.ndarray:
    """Edges from the lowest value (0 at most) to `top`.

    Whole numbers get bins a whole number wide: bins of 2.3 would hold two of them here and three there, and draw
    spikes that are not in the data.
    """
    low = min(0.0, *(float(values.min()) for values in arrays))
    if not all(np.array_equal(values, np.round(values)) for values in arrays) or top - low < bins / 2:
        return np.linspace(low, top, bins + 1)
    width = max(1, round((top - low) / bins))
    return np.arange(np.floor(low), top + width, width) - 0.5


def reliability(
    confidence: np.ndarray, correct: np.ndarray, bins: int = 10, title: str = "", alt: str = ""
) -> Picture:
    """Reliability diagram: how often the net is right among the pictures it is equally sure of.

    `confidence`: highest probability of each picture (N,), `correct`: whether that class was right (N,).
    Guo et al. (2017), 'On calibration of modern neural networks'.
    """
    confidence, correct = np.asarray(confidence, dtype=float), np.asarray(correct, dtype=float)
    edges = np.linspace(0, 1, bins + 1)
    place = np.clip(np.digitize(confidence, edges) - 1, 0, bins - 1)
    count = np.bincount(place, minlength=bins)
    filled = count > 0
    mean_confidence = np.bincount(place, confidence, bins)[filled] / count[filled]
    accuracy = np.bincount(place, correct, bins)[filled] / count[filled]
    with canvas(1, 2, width=7, height=3) as (figure, axes):
        left, right = axes.flat
        left.plot([0, 1], [0, 1], linestyle=":", color="grey", label="perfectly calibrated")
        left.plot(mean_confidence, accuracy, "o-", color=COLOURS[0], label="this net")
        gap = float(np.abs(mean_confidence - accuracy) @ count[filled] / count.sum())
        left.set(
            xlabel=f"confidence\nexpected calibration error {gap:.3f}",
            ylabel="share right",
            title=title or "Is 90 % sure right 9 times in 10?",
        )
        left.legend(loc="best")
        right.bar(edges[:-1], count, width=1 / bins, align="edge", color=COLOURS[5], edgecolor="white")
        right.set(xlabel="confidence", ylabel="pictures", title="How sure the net is")
    summary = (
        f"Reliability diagram of {len(confidence)} predictions: mean confidence {confidence.mean():.2f}, "
        f"share right {correct.mean():.2f}, expected calibration error {gap:.3f}."
    )
    return Picture(figure, alt or summary)


def intervals(
    names: Sequence[str],
    values: Sequence[float],
    lows: Sequence[float],
    highs: Sequence[float],
    reference: float | None = None,
    reference_name: str = "chance",
    unit: str = "accuracy",
    title: str = "",
    alt: str = "",
    kept: Sequence[tuple[float, float] | None] | None = None,
) -> Picture:
    """A dot a model with its interval as a line, so that one sees which differences are within the noise.

    `values`, `lows`, `highs`: one number for each name. `kept`: mean and standard deviation of a model's kept runs, or
    None; a diamond with a line shows them below the dot. Raises ValueError when their lengths differ.
    """
    if not len(names) == len(values) == len(lows) == len(highs):
        raise ValueError(
            f"{len(names)} names, {len(values)} values, {len(lows)} lows, {len(highs)} highs: pass one of each"
        )
    if kept is not None and len(kept) != len(names):
        raise ValueError(
            f"{len(names)} names, {len(kept)} kept runs: pass mean and sd, or None, for each name"
        )
    runs = {row: pair for row, pair in enumerate(kept or ()) if pair is not None}
    up = 0.17 if runs else 0  # how far the dots move up to make room for the diamonds
    more = 0.35 + 0.12 * len(names) if runs else 0  # inches, for the diamonds and their legend
    with canvas(width=7, height=1.1 + 0.3 * len(names) + more) as (figure, axes):
        axis = axes[0, 0]
        # White behind the numbers: the reference line must not cross them.
        paper = {"facecolor": "white", "edgecolor": "none", "pad": 0.6}
        for row, (value, low, high) in enumerate(zip(values, lows, highs, strict=True)):
            place = row - up
            (line,) = axis.plot(
                [low, high], [place] * 2, color=COLOURS[5], linewidth=4, solid_capstyle="butt"
            )
            (dot,) = axis.plot(value, place, "o", color=COLOURS[0], markersize=7)
            axis.annotate(
                f"{value:.3f}", (high, place), (5, 0), textcoords="offset points", fontsize=8.5, va="center",
                bbox=paper,
            )  # fmt: skip
        numbers = {row: f"{mean:.3f}" + (f" ± {sd:.3f}" if sd else "") for row, (mean, sd) in runs.items()}
        for row, (mean, sd) in runs.items():
            place = row + up + 0.05
            (spread,) = axis.plot(
                [mean - sd, mean + sd], [place] * 2, color=COLOURS[2], linewidth=4, solid_capstyle="butt"
            )
            (diamond,) = axis.plot(mean, place, "D", color=COLOURS[2], markersize=5)
            axis.annotate(
                numbers[row], (mean + sd, place), (6, 0), textcoords="offset points", fontsize=7.5,
                va="center", bbox=paper,
            )  # fmt: skip
        if runs:
            said = ["this run, 95 % interval", "kept runs, mean ± sd"]
            marks = [(line, dot), (spread, diamond)]
            figure.legend(marks, said, loc="outside lower center", ncol=2, fontsize=8.5)
        axis.set_yticks(range(len(names)), names)
        axis.set(ylim=(len(names) - 0.4, -0.6), xlabel=unit, title=title)
        axis.margins(x=0.12)
        if reference is not None:
            axis.axvline(reference, color=COLOURS[1], linestyle="--")
        if runs:  # room for the numbers: letters of 7.5 points on an axis of at least four inches
            ends = [(sum(runs[row]), (0.1 + 0.062 * len(text)) / 4) for row, text in numbers.items()]
            left, right = axis.get_xlim()
            right = max(right, *(left + (end - left) / (1 - share) for end, share in ends))
            ticks = [tick for tick in axis.get_xticks() if max(highs) > 1 or tick <= 1]  # a share ends at 1
            axis.set(xticks=ticks, xlim=(left, right))
        if reference is not None:
            to_left = reference > np.mean(axis.get_xlim())  # beside the line, where there is more room
            axis.annotate(
                f"{reference_name} {reference:.3g}", (reference, -0.5), (-4 if to_left else 4, 0),
                textcoords="offset points", fontsize=8.5, color=COLOURS[1], va="center",
                ha="right" if to_left else "left",
            )  # fmt: skip
    told = [
        f"{name} {value:.3f} ({low:.3f} to {high:.3f})"
        + (f", kept runs {runs[row][0]:.3f} ± {runs[row][1]:.3f}" if row in runs else "")
        for row, (name, value, low, high) in enumerate(zip(names, values, lows, highs, strict=True))
    ]
    return Picture(figure, alt or f"Dots with 95 % intervals of {unit}: {'; '.join(told)}.")


def accuracy_by_shots(
    rows: DataFrame | Sequence[dict],
    options: Sequence[str] | None = None,
    panels: Sequence[str] | None = None,
    chance: float | None = None,
    live: Sequence[dict] = (),
    title: str = "",
    alt: str = "",
) -> Picture:
    """Accuracy against labelled pictures a class: one panel per data set, one line per option, a bar for the spread.

    `rows`: data, option, "a class" (5, 20, "all"), accuracy and accuracy_runs, one number per seed, whose range is
    drawn (accuracy_sd, where there are no runs). `options`, `panels`: which and in which order; all if None.
    `live`: rows measured just now, drawn as stars. Steps stand side by side, not to scale, as "all" is not a number.
    Raises ValueError when nothing is left to draw, or for a live row whose panel, option or step is not drawn.
    """
    if hasattr(rows, "to_dict"):
        rows = rows.to_dict("records")
    panels = list(panels or dict.fromkeys(row["data"] for row in rows))
    options = list(options or dict.fromkeys(row["option"] for row in rows))
    rows = [row for row in rows if row["data"] in panels and row["option"] in options]
    if not rows:
        raise ValueError(f"No row for the options {', '.join(options)} on {', '.join(panels)}")
    steps = sorted({row["a class"] for row in rows}, key=lambda step: (isinstance(step, str), step))
    for row in live:
        if row["data"] not in panels or row["option"] not in options or row["a class"] not in steps:
            raise ValueError(
                f"{row['option']} with {row['a class']} a class on {row['data']} is not drawn here"
            )
    shift = dict(
        zip(options, np.linspace(-0.14, 0.14, len(options)) if len(options) > 1 else [0], strict=True)
    )
    markers, styles = "osD^vPXp", ("-", "--", "-.", ":")
    with canvas(1, len(panels), 1.2 + 3.3 * len(panels), 3.5 + 0.19 * len(options), sharey=True) as (
        figure,
        axes,
    ):
        for axis, panel in zip(axes.flat, panels, strict=True):
            for number, option in enumerate(options):
                found = {
                    row["a class"]: row for row in rows if (row["data"], row["option"]) == (panel, option)
                }
                at = [step for step in steps if step in found]
                values = [found[step]["accuracy"] for step in at]
                low, high = zip(*(_spread(found[step]) for step in at), strict=True) if at else ((), ())
                axis.errorbar(
                    [steps.index(step) + shift[option] for step in at], values,
                    [np.subtract(values, low), np.subtract(high, values)],
                    color=COLOURS[number % len(COLOURS)], marker=markers[number % len(markers)], markersize=5,
                    linestyle=styles[number % len(styles)], capsize=2.5, elinewidth=1.2, label=option,
                )  # fmt: skip
            if chance is not None:
                axis.axhline(chance, color="grey", linestyle=":", label=f"chance {chance:.3g}")
            for row in live:
                if row["data"] == panel:
                    number = options.index(row["option"])
                    axis.plot(
                        steps.index(row["a class"]) + shift[row["option"]], row["accuracy"], "*", markersize=15,
                        color=COLOURS[number % len(COLOURS)], markeredgecolor="black", zorder=5,
                    )  # fmt: skip
            axis.set(title=panel, xlabel="labelled pictures a class", ylim=(0, 1.04))
            axis.set_xticks(range(len(steps)), steps)
            axis.margins(x=0.12)
        axes[0, 0].set_ylabel("accuracy on Test")
        handles, labels = axes[0, 0].get_legend_handles_labels()
        if live:
            handles += axes[0, 0].plot([], [], "*", markersize=12, color="white", markeredgecolor="black")
            labels.append("this run, just now")
        figure.legend(
            handles, labels, loc="outside lower left", ncols=2 if len(panels) > 1 else 1, fontsize=9
        )
        if title:
            figure.suptitle(title, fontsize=11, weight="bold", x=0.01, ha="left")
    return Picture(figure, alt or _describe_shots(rows, options, panels, steps, live))


def _spread(row: dict) -> tuple[float, float]:
    """Lowest and highest accuracy of a row's runs; one standard deviation to either side where runs are not told."""
    runs, sd = row.get("accuracy_runs"), row.get("accuracy_sd")
    if isinstance(runs, Sequence) and len(runs):  # a data frame puts NaN where a row has none
        return min(*runs, row["accuracy"]), max(*runs, row["accuracy"])
    sd = 0.0 if sd is None or np.isnan(sd) else sd
    return row["accuracy"] - sd, row["accuracy"] + sd


def _describe_shots(
    rows: Sequence[dict], options: Sequence[str], panels: Sequence[str], steps: Sequence, live: Sequence[dict]
) -> str:
    parts = []
    for panel in panels:
        for option in options:
            found = {row["a class"]: row for row in rows if (row["data"], row["option"]) == (panel, option)}
            told = [f"{found[step]['accuracy']:.2f} with {step}" for step in steps if step in found]
            if told:
                parts.append(f"{option} on {panel}: {', '.join(told)}")
    text = f"Accuracy against labelled pictures a class, lines with bars for the spread. {'; '.join(parts)}."
    for row in live:
        text += f" Measured just now: {row['option']} on {row['data']}, {row['a class']} a class: {row['accuracy']:.2f}."
    return text
