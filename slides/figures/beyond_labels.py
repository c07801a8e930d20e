"""Figures of deck 19: how a transposed convolution overlaps, a straight flow, and a film of which one frame says nothing."""

from __future__ import annotations

import numpy as np

from course_utils import plots
from course_utils.workshop.slides import projection
from course_utils.workshop.slides.projection import BLUE, FAINT, ORANGE

KERNEL, STRIDE, INPUTS = 3, 2, 5


def uneven_overlap() -> plots.Picture:
    """How many inputs add to each output of a transposed convolution with kernel 3 and stride 2."""
    outputs = STRIDE * (INPUTS - 1) + KERNEL
    counts = np.zeros(outputs, int)
    with projection.chart(11.0, 4.2) as (figure, axis):
        axis.set(xlim=(-0.8, outputs + 3.0), ylim=(0, 4.2))
        axis.set_axis_off()
        for number in range(INPUTS):
            middle = STRIDE * number + KERNEL // 2
            axis.plot(middle, 3.6, "s", color=BLUE, markersize=26)
            for place in range(STRIDE * number, STRIDE * number + KERNEL):
                counts[place] += 1
                axis.plot([middle, place], [3.4, 1.65], color=BLUE, linewidth=2.5)
        for place, count in enumerate(counts):
            colour = ORANGE if count > 1 else FAINT
            axis.plot(place, 1.4, "s", color=colour, markersize=26)
            projection.say(axis, place, 0.6, str(count), 22, weight="bold")
        projection.say(axis, outputs + 1.2, 3.6, "inputs", 20)
        projection.say(axis, outputs + 1.2, 1.4, "outputs", 20)
        projection.say(axis, outputs + 1.2, 0.6, "how many add", 20)
    told = ", ".join(map(str, counts))
    return plots.Picture(
        figure,
        f"{INPUTS} inputs above, each joined to {KERNEL} of {outputs} outputs below, {STRIDE} apart. Below each output, how "
        f"many inputs add to it: {told}. Inside, one and two alternate.",
    )


def straight_flow() -> plots.Picture:
    """Points of noise and the straight lines on which they travel to data."""
    random = np.random.default_rng(7)
    noise = random.normal(size=(14, 2)) * 0.55 + [0, 0]
    data = random.normal(size=(14, 2)) * 0.16 + np.where(np.arange(14)[:, None] % 2, [5.2, 0.8], [5.2, -0.8])
    with projection.chart(10.5, 4.2) as (figure, axis):
        axis.set_axis_off()
        for start, end in zip(noise, data, strict=True):
            axis.annotate("", end, start, arrowprops={"arrowstyle": "->", "color": FAINT, "lw": 2})
        axis.plot(*noise.T, "o", color=BLUE, markersize=13)
        axis.plot(*data.T, "s", color=ORANGE, markersize=13)
        axis.set(xlim=(-1.6, 6.6), ylim=(-2.1, 1.9))
        projection.say(axis, 0, -1.85, "noise, time 0", 22)
        projection.say(axis, 2.6, -1.85, "time 0.5", 22)
        projection.say(axis, 5.2, -1.85, "pictures, time 1", 22)
    return plots.Picture(
        figure,
        "Fourteen dots of noise at the left, each joined by a straight arrow to one of fourteen squares at the right, which "
        "lie in two groups: pictures.",
    )
