"""docs/growing.md and its drawing: what training and explaining cost as the work grows, from the recorded table.

Nothing is typed in here: measured rows come from benchmarks/recorded/growing_work.json, and so do the computed ones,
which stand in a table of their own.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence

from course_utils.foundation import records

NAME = "growing_work"
WIDTH, HEIGHT, LEFT, BOTTOM, TOP, RIGHT = 760, 420, 70, 60, 20, 190
COLOURS = {"pictures": "#1f5fa8", "texts": "#c2571a"}
DASHES = {1: "none", 2: "7 4"}


def page(record: records.Record | None = None) -> str:
    """The page in Markdown. `record`: the table; None loads the one that is kept."""
    record = record or records.load(NAME)
    measured = [row for row in record.rows if row["kind"] == "measured"]
    lines = [
        "# What it costs as the work grows",
        "",
        "Generated from `benchmarks/recorded/growing_work.json` by `make regenerate`; not edited by hand. Measured on",
        f"{record.machine}, {record.recorded}, each row by a process of its own.",
        "",
        f"![{told(measured)}](figures/growing.svg)",
        "",
        "## Measured",
        "",
        "Training is one epoch of a small net after it was compiled; an explanation is LIME with 1,000 samples. *Starting* is",
        "compiling, paid once. *Before* is the memory of Python, TensorFlow and the net; *peak* adds pictures or texts. Pictures",
        "are rendered ones at 32 pixels, repeated in memory. *Waited* passes after the last batch, before `fit` returns, at",
        "times and up to the length of the epoch. The cause seems to be tf.data's autotuning: in a trial with",
        "`autotune.enabled = False` in the dataset's options there was no wait. Compare seconds within this table only.",
        "",
        "| work | cores | amount | seconds | waited, s | ms each | starting, s | memory before, MB | peak, MB |",
        "|---|---:|---:|---:|---:|---:|---:|---:|---:|",
    ]
    lines += [
        f"| {row['work']} | {row['cores']} | {row['amount']:,.0f} | {row['seconds']:.3g} | "
        f"{figure(row.get('seconds_waited'))} | {row['ms_each']:.3g} | "
        f"{figure(row.get('seconds_starting'))} | {figure(row.get('mb_before'))} | {row['peak_mb']:.0f} |"
        for row in measured
        if "seconds" in row
    ]
    lines += ["", *(sentence for row in measured if (sentence := same_answer(row)))]
    lines += [
        "",
        "## Computed, not measured: 8 GPUs",
        "",
        "No GPU was used. With data parallelism (`keras.distribution.DataParallel`, `tf.distribute.MirroredStrategy`) each GPU",
        "computes a part of the batch, then all exchange their gradients. In a ring each link carries 2 × 7/8 of the gradients'",
        "bytes. *Travelling* is that over the link's published rate, without latency and without overlap with computing. A step",
        "of one GPU has to take at least the next column, or 8 GPUs do less than 0.8 × 8 times the work of one. The last column",
        "says how many cores like the measured one it then takes to copy the batches, 128 pictures per GPU.",
        "",
        "| net | parameters | link | travelling, ms | least ms per step | cores that feed |",
        "|---|---:|---|---:|---:|---:|",
    ]
    lines += [
        f"| {row['net']} | {row['parameters']:,} | {row['link']} | {row['travelling_ms']:.3g} | "
        f"{row['least_ms_a_step']:.3g} | {figure(row.get('cores_feeding'))} |"
        for row in record.rows
        if row["kind"] == "computed"
    ]
    lines += ["", "The rates and their sources are in `benchmarks/growing_work.py`."]
    return "\n".join(lines) + "\n"


def figure(value: float | None) -> str:
    """A number for a cell, or nothing."""
    return "" if value is None else f"{value:.3g}" if value < 1000 else f"{value:,.0f}"


def same_answer(row: Mapping) -> str:
    """What the row of mirrored training says, and '' for another row."""
    if "difference" not in row:
        return ""
    return (
        f"`tf.distribute.MirroredStrategy` on {row['devices']:.0f} logical CPU devices ends with the same weights as one device: "
        f"the largest difference is {row['difference']:.1g}. That shows that the code is right, not that it is faster."
    )


def lines_of(measured: Iterable[Mapping]) -> dict[tuple[str, int], list[tuple[float, float]]]:
    """(pictures or texts, cores) -> the measured (amount, seconds) of training."""
    found: dict[tuple[str, int], list[tuple[float, float]]] = {}
    for row in measured:
        if row["work"].startswith("training"):
            key = (row["work"].split(", ")[1], row["cores"])
            found.setdefault(key, []).append((row["amount"], row["seconds"]))
    return found


def told(measured: Iterable[Mapping]) -> str:
    """The drawing in a sentence."""
    parts = []
    for (what, cores), points in lines_of(measured).items():
        steps = ", ".join(f"{amount:,.0f} in {seconds:.3g} s" for amount, seconds in points)
        parts.append(f"{what} on {cores} core{'s' if cores > 1 else ''}: {steps}")
    return "Seconds of one epoch against the amount, both axes logarithmic; " + "; ".join(parts) + "."


def drawing(record: records.Record | None = None) -> str:
    """The same as SVG: one line for each kind and number of cores."""
    record = record or records.load(NAME)
    found = lines_of(row for row in record.rows if row["kind"] == "measured")
    across = decades(amount for points in found.values() for amount, _ in points)
    up = decades(seconds for points in found.values() for _, seconds in points)

    def x(amount: float) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * (math.log10(amount) - across[0]) / (across[-1] - across[0])

    def y(seconds: float) -> float:
        return HEIGHT - BOTTOM - (HEIGHT - BOTTOM - TOP) * (math.log10(seconds) - up[0]) / (up[-1] - up[0])

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="15">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
    ]
    for power in across:
        place = f"{x(10**power):.1f}"
        parts.append(f'<path d="M{place} {TOP}V{HEIGHT - BOTTOM}" stroke="#ddd"/>')
        parts.append(
            f'<text x="{place}" y="{HEIGHT - BOTTOM + 22}" text-anchor="middle">{10**power:,}</text>'
        )
    for power in up:
        place = f"{y(10**power):.1f}"
        parts.append(f'<path d="M{LEFT} {place}H{WIDTH - RIGHT}" stroke="#ddd"/>')
        said = f"{10**power:,}" if power >= 0 else f"{10**power:g}"
        parts.append(f'<text x="{LEFT - 8}" y="{place}" dy="5" text-anchor="end">{said}</text>')
    middle = LEFT + (WIDTH - LEFT - RIGHT) / 2
    parts.append(f'<text x="{middle:.0f}" y="{HEIGHT - 12}" text-anchor="middle">pictures or texts</text>')
    halfway = HEIGHT / 2 - 20
    parts.append(
        f'<text transform="translate(18 {halfway:.0f}) rotate(-90)" text-anchor="middle">seconds of one epoch</text>'
    )
    parts += [part for (key, points) in found.items() for part in curve(key, points, x, y)]
    parts += names(found, x, y)
    return "\n".join([*parts, "</svg>"]) + "\n"


def curve(key: tuple[str, int], points: Sequence[tuple[float, float]], x, y) -> list[str]:
    """One line with its points."""
    colour, dash = COLOURS[key[0]], DASHES[key[1]]
    places = [(f"{x(amount):.1f}", f"{y(seconds):.1f}") for amount, seconds in sorted(points)]
    drawn = "L".join(" ".join(place) for place in places)
    found = [f'<path d="M{drawn}" fill="none" stroke="{colour}" stroke-width="3" stroke-dasharray="{dash}"/>']
    return found + [f'<circle cx="{across}" cy="{up}" r="5" fill="{colour}"/>' for across, up in places]


def names(found: Mapping[tuple[str, int], Sequence[tuple[float, float]]], x, y) -> list[str]:
    """The lines' names at their right ends, at least a line of text apart."""
    ends = sorted((y(max(points)[1]), x(max(points)[0]), key) for key, points in found.items())
    parts, lowest = [], -math.inf
    for height, place, (what, cores) in ends:
        lowest = max(height, lowest + 20)
        said = f"{what}, {cores} core{'s' if cores > 1 else ''}"
        parts.append(f'<text x="{place + 12:.1f}" y="{lowest + 5:.1f}" fill="{COLOURS[what]}">{said}</text>')
    return parts


def decades(values: Iterable[float]) -> list[int]:
    """The powers of ten that enclose some values."""
    logs = [math.log10(value) for value in values]
    low, high = math.floor(min(logs)), math.ceil(max(logs))
    return list(range(low, max(high, low + 1) + 1))
