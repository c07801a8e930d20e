"""Figures of sound: frequencies over time, the strongest frequencies, what a dilated stack looks at, labels over time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from .picture import COLOURS, SEQUENTIAL, Picture, canvas


def spectrograms(
    maps: Mapping[str, np.ndarray], seconds: float, hertz: Sequence[float], title: str = "", alt: str = ""
) -> Picture:
    """How strong each frequency is over time, one panel per sound: time to the right, frequency upwards.

    `maps`: name -> strengths (frames, bands), larger is louder. `seconds` from one frame to the next. `hertz`: the
    frequency of each band. Raises ValueError without maps, or when the bands do not fit the frequencies.
    """
    if not maps:
        raise ValueError("spectrograms got no maps; pass a dictionary of name: strengths (frames, bands)")
    told = []
    with canvas(1, len(maps), width=min(10, 1 + 4.2 * len(maps)), height=3.1, sharey=True) as (figure, axes):
        for axis, (name, strengths) in zip(axes.flat, maps.items(), strict=True):
            strengths = np.asarray(strengths, dtype=float)
            if strengths.ndim != 2 or strengths.shape[1] != len(hertz):
                raise ValueError(
                    f"{name!r} has shape {strengths.shape}; expected (frames, {len(hertz)}), one column per frequency"
                )
            length = seconds * len(strengths)
            extent = (0, length, 0, len(hertz))
            axis.imshow(strengths.T, origin="lower", aspect="auto", cmap=SEQUENTIAL, extent=extent)
            axis.set(xlabel="seconds", title=name)
            told.append(
                f"{name}, {length:.2f} s, on average loudest near {hertz[strengths.mean(axis=0).argmax()]:.0f} Hz"
            )
        places = np.linspace(0, len(hertz) - 1, 6).round().astype(int)
        axes[0, 0].set_yticks(places + 0.5, [f"{hertz[place]:.0f}" for place in places])
        axes[0, 0].set_ylabel("hertz")
        if title:
            figure.suptitle(title, fontsize=11, weight="bold", x=0.01, ha="left")
    return Picture(figure, alt or f"Heat maps of frequency (upwards) over time: {'; '.join(told)}.")


def _strongest(hertz: np.ndarray, decibels: np.ndarray, width: float = 8.0) -> tuple[np.ndarray, np.ndarray]:
    """The strongest of each `width` hertz: a line that can be read instead of thousands of points."""
    bands = np.floor(hertz / width)
    starts = np.flatnonzero(np.diff(bands, prepend=bands[0] - 1))
    best = [
        start + decibels[start:end].argmax() for start, end in zip(starts, [*starts[1:], None], strict=True)
    ]
    return hertz[best], decibels[best]


def line_spectrum(
    lines: Mapping[str, tuple[np.ndarray, np.ndarray]],
    marks: Mapping[str, float] | None = None,
    title: str = "",
    alt: str = "",
) -> Picture:
    """Strength in decibels by frequency, one line per sound, with marked frequencies as dotted lines.

    Of each eight hertz the strongest is drawn.

    `lines`: name -> frequencies in hertz and strengths; the strongest of each is 0 decibels. `marks`: name -> hertz.
    Raises ValueError without lines or for strengths that are all zero.
    """
    if not lines:
        raise ValueError("line_spectrum got no lines; pass a dictionary of name: (frequencies, strengths)")
    told = []
    with canvas(width=7.6, height=3.2) as (figure, axes):
        axis = axes[0, 0]
        for number, (name, (hertz, strengths)) in enumerate(lines.items()):
            hertz, strengths = np.asarray(hertz, dtype=float), np.asarray(strengths, dtype=float)
            if not strengths.max() > 0:
                raise ValueError(f"All strengths of {name!r} are zero: there is nothing to draw")
            decibels = 20 * np.log10(np.maximum(strengths / strengths.max(), 1e-6))
            places, tops = _strongest(hertz, decibels)
            axis.plot(
                places,
                tops,
                "-" if number == 0 else "--",
                color=COLOURS[number],
                linewidth=1.3,
                label=name,
            )
            told.append(f"{name} is strongest at {hertz[strengths.argmax()]:.0f} Hz")
        for name, place in (marks or {}).items():
            axis.axvline(place, color="0.4", linestyle=":", linewidth=1)
            white = {"facecolor": "white", "edgecolor": "none", "pad": 1}
            axis.text(place, 5, name, ha="center", va="center", fontsize=9, bbox=white)
        axis.set(xlabel="hertz", ylabel="decibels below the strongest", ylim=(-60, 9))
        axis.set_title(title, pad=10)
        axis.legend(loc="center left", bbox_to_anchor=(1, 0.5))
    marked = (
        f" Marked: {', '.join(f'{name} at {place:.0f} Hz' for name, place in marks.items())}."
        if marks
        else ""
    )
    return Picture(figure, alt or f"Strength by frequency: {'; '.join(told)}.{marked}")


def dilated_stack(dilations: Sequence[int], width: int = 2, title: str = "", alt: str = "") -> Picture:
    """Which inputs the newest output of a stack of dilated causal convolutions depends on, layer by layer.

    `dilations`: of the layers, first to last. Raises ValueError without layers or for more than 64 inputs, which
    nobody could count.
    """
    field = 1 + sum((width - 1) * dilation for dilation in dilations)
    if not dilations or field > 64:
        raise ValueError(f"Pass dilations that reach 2 to 64 inputs; {list(dilations)} reach {field}")
    with canvas(width=8.4, height=0.9 + 0.6 * (len(dilations) + 1)) as (figure, axes):
        axis = axes[0, 0]
        for layer in range(len(dilations) + 1):
            axis.plot(np.arange(-field - 1, 1), np.full(field + 2, layer), "o", color="0.85", markersize=5)
        used = {0}
        for layer in range(len(dilations), 0, -1):
            below = {place - tap * dilations[layer - 1] for place in used for tap in range(width)}
            for place in used:
                for tap in range(width):
                    axis.plot(
                        [place, place - tap * dilations[layer - 1]],
                        [layer, layer - 1],
                        color=COLOURS[0],
                        linewidth=1,
                    )
            axis.plot(sorted(used), [layer] * len(used), "o", color=COLOURS[0], markersize=6)
            used = below
        axis.plot(sorted(used), [0] * len(used), "o", color=COLOURS[1], markersize=6)
        names = ["samples", *(f"dilation {dilation}" for dilation in dilations)]
        axis.set_yticks(range(len(names)), names)
        axis.set_xticks(range(-5 * (field // 5), 1, 5))
        axis.set(xlabel="steps before the newest sample", xlim=(-field - 1.6, 0.6))
        axis.set_title(title or f"The newest output looks at {len(used)} samples")
        axis.spines[["left", "bottom"]].set_visible(False)
    summary = (
        f"Dots in {len(dilations) + 1} rows, joined upwards to one output: with dilations "
        f"{', '.join(map(str, dilations))} it depends on the last {field} samples, and on none after it."
    )
    return Picture(figure, alt or summary)


def labels_over_time(
    shares: np.ndarray, names: Sequence[str], seconds: float, title: str = "", blank: int = 0, alt: str = ""
) -> Picture:
    """The probability of each label in each frame, the blank in grey; labels that never pass a tenth are left out.

    `shares`: (frames, labels). `seconds` per frame. Raises ValueError when names and labels do not fit.
    """
    shares = np.asarray(shares, dtype=float)
    if shares.ndim != 2 or shares.shape[1] != len(names):
        raise ValueError(f"Shares have shape {shares.shape}; expected (frames, {len(names)})")
    time = np.arange(len(shares)) * seconds
    shown = [label for label in range(len(names)) if label != blank and shares[:, label].max() > 0.1]
    with canvas(width=8.0, height=2.9) as (figure, axes):
        axis = axes[0, 0]
        axis.fill_between(time, shares[:, blank], color="0.88", step="mid", label=names[blank])
        for number, label in enumerate(shown):
            style = ("-", "--", "-.", ":")[number % 4]
            axis.plot(
                time,
                shares[:, label],
                style,
                color=COLOURS[number % len(COLOURS)],
                linewidth=2,
                label=names[label],
            )
        axis.set(xlabel="seconds", ylabel="probability", ylim=(0, 1.05), title=title)
        axis.legend(loc="center left", bbox_to_anchor=(1, 0.5))
    order = sorted(shown, key=lambda label: shares[:, label].argmax())
    told = ", ".join(f"{names[label]} at {time[shares[:, label].argmax()]:.2f} s" for label in order)
    most = f"{names[blank]} is the likeliest in {(shares.argmax(axis=1) == blank).mean():.0%} of the frames"
    return Picture(
        figure, alt or f"Probabilities of labels over time: {most}; peaks of the others: {told or 'none'}."
    )
