"""Figures for the deck on detection: overlaps, suppression, precision and recall, tracks, watersheds, doubled maps."""

from __future__ import annotations

import numpy as np

from course_utils import plots
from course_utils.workshop.slides import projection
from course_utils.workshop.slides.projection import BLUE, GREEN, INK, ORANGE, PINK, SKY, YELLOW

TABLE = "data/tables/Test/u0026.jpg"
BANANAS = ((71, 58, 106, 84), (4, 63, 42, 85), (52, 36, 90, 56))  # as data/tables/fruits.csv has them


def _rectangle(axis, box, colour, filled: bool = False, **options) -> None:
    from matplotlib.patches import Rectangle

    left, top, right, bottom = box
    look = {"facecolor": colour, "alpha": 0.35, "edgecolor": "none"}
    look = look if filled else {"fill": False, "edgecolor": colour, "linewidth": 3}
    axis.add_patch(Rectangle((left, top), right - left, bottom - top, **look, **options))


def overlaps_of_boxes() -> plots.Picture:
    """Three pairs of boxes and their IoU: half shared, shifted, one inside the other."""
    from course_utils.further.detection import giou, iou

    pairs = {
        "shifted by a half": ((1, 1, 5, 5), (3, 1, 7, 5)),
        "inside": ((1, 1, 7, 5), (2, 2, 5, 5)),
        "apart": ((1, 1, 3.4, 5), (4.8, 1, 7, 5)),
    }
    told = []
    with projection.canvas(1, 3, width=11.4, height=3.8) as (figure, axes):
        for axis, (name, (first, second)) in zip(axes[0], pairs.items(), strict=True):
            projection.blank(axis, 8, 6.4)
            left, top = max(first[0], second[0]), max(first[1], second[1])
            right, bottom = min(first[2], second[2]), min(first[3], second[3])
            if right > left and bottom > top:
                _rectangle(axis, (left, top, right, bottom), ORANGE, filled=True)
            _rectangle(axis, first, BLUE)
            _rectangle(axis, second, ORANGE, linestyle="--")
            shared = float(iou(np.array([first]), np.array([second]))[0, 0])
            signed = float(giou(np.array([first]), np.array([second]))[0, 0])
            projection.say(axis, 4, 0.4, name, 21)
            projection.say(
                axis, 4, 5.8, f"IoU {shared:.2f}   GIoU {signed:.2f}".replace("-", "−"), 18, weight="bold"
            )
            told.append(f"{name}: IoU {shared:.2f}, GIoU {signed:.2f}")
    return plots.Picture(figure, "Three pairs of boxes, what they share shaded. " + "; ".join(told) + ".")


def suppression_and_its_failure(read) -> plots.Picture:
    """Boxes of a detector before and after suppression, and two true fruits of which one goes."""
    picture = read.picture(TABLE)[40:104, 0:64]
    before = [
        (8, 5, 31, 28, 0.9),
        (5, 2, 29, 26, 0.6),
        (12, 8, 35, 31, 0.5),
        (4, 23, 42, 45, 0.8),
        (7, 21, 45, 47, 0.4),
    ]
    after = [before[0], before[3]]
    crowd = [(10, 10, 44, 40, 0.9), (18, 14, 50, 44, 0.8)]
    with projection.canvas(1, 3, width=11.4, height=4.1) as (figure, axes):
        for axis, boxes, name in zip(
            axes[0], (before, after, crowd), ("before", "after", "two true ones"), strict=True
        ):
            if boxes is crowd:
                axis.imshow(np.full((64, 64, 3), 245, np.uint8))
            else:
                axis.imshow(picture)
            axis.set_axis_off()
            axis.set_title(name, loc="left")
            for number, (left, top, right, bottom, score) in enumerate(boxes):
                gone = boxes is crowd and number == 1
                _rectangle(
                    axis,
                    (left, top, right, bottom),
                    ORANGE if gone else BLUE,
                    linestyle="--" if gone else "-",
                )
                colour = ORANGE if gone else BLUE
                chip = {"facecolor": "white", "edgecolor": colour, "pad": 2}
                corner = ((right, bottom), (left, top), (right, top))[number % 3]
                projection.say(axis, *corner, f"{score}", 16, color=INK, bbox=chip)
    return plots.Picture(
        figure,
        "Left: five boxes with scores on two fruits. Middle: suppression kept the best of each, 0.9 and 0.8. Right: two "
        "true boxes that share more than half; the dashed one with 0.8 is removed although it is a thing of its own.",
    )


def down_the_list() -> plots.Picture:
    """Boxes sorted by score, right and wrong, and precision over recall as one walks down."""
    right = [True, True, False, True, False, True, False, False]
    true = 5
    hits = np.cumsum(right)
    precision, recall = hits / np.arange(1, len(right) + 1), hits / true
    best = np.maximum.accumulate(precision[::-1])[::-1]
    steps = np.linspace(0, 1, 101)
    area = float(np.mean([best[recall >= step].max(initial=0) for step in steps]))
    with projection.canvas(1, 2, width=11.4, height=4.4) as (figure, axes):
        boxes, curve = axes[0]
        for place, (score, hit) in enumerate(zip(np.linspace(0.95, 0.25, len(right)), right, strict=True)):
            boxes.barh(place, score, 0.7, color=BLUE if hit else ORANGE, hatch=None if hit else "//")
            projection.say(boxes, score + 0.03, place, "right" if hit else "wrong", 17, ha="left")
        boxes.set(xlim=(0, 1.25), ylim=(len(right) - 0.4, -0.6), xlabel="score", yticks=[])
        curve.step(
            [0, *recall, recall[-1]], [1, *best, 0], where="pre", color=INK, linewidth=1.5, linestyle=":"
        )
        curve.plot(recall, precision, "o-", color=BLUE, markersize=9)
        curve.set(xlim=(0, 1.03), ylim=(0, 1.05), xlabel="recall (5 true ones)", ylabel="precision")
        projection.say(curve, 0.05, 0.12, f"average precision {area:.2f}", 19, ha="left", weight="bold")
    return plots.Picture(
        figure,
        "Left: eight boxes sorted by score, of which the first, second, fourth and sixth are right. Right: precision over "
        f"recall; four of five true ones are found, and the average precision is {area:.2f}.",
    )


def tracks_through_a_gap() -> plots.Picture:
    """Positions over time of two things; one is hidden for some frames and keeps or loses its number."""
    frames = np.arange(16)
    first, second = 1 + 0.55 * frames, 9.2 - 0.35 * frames
    hidden = (frames >= 6) & (frames <= 8)
    with projection.canvas(1, 2, width=11.4, height=4.3, sharey=True) as (figure, axes):
        for axis, memory in zip(axes[0], (False, True), strict=True):
            axis.plot(frames, second, "s-", color=GREEN, markersize=9)
            projection.say(axis, 15.2, second[-1], "1", 20, ha="left", color=GREEN, weight="bold")
            early, late = frames < 6, frames > 8
            axis.plot(frames[early], first[early], "o-", color=BLUE, markersize=9)
            axis.plot(frames[late], first[late], "o-", color=BLUE if memory else ORANGE, markersize=9)
            if memory:
                axis.plot(
                    frames[hidden], first[hidden], "o--", color=BLUE, markersize=9, markerfacecolor="white"
                )
            number, colour = ("2", BLUE) if memory else ("3", ORANGE)
            projection.say(axis, 0.2, first[0] + 1.1, "2", 20, ha="left", color=BLUE, weight="bold")
            projection.say(axis, 15.2, first[-1], number, 20, ha="left", color=colour, weight="bold")
            axis.set_title("with motion and patience" if memory else "without memory", loc="left")
            axis.set(xlim=(-0.5, 16.6), ylim=(0, 11), xlabel="frame")
        axes[0, 0].set_ylabel("place along the road")
    return plots.Picture(
        figure,
        "Two things over 16 frames. One is hidden from frame 6 to 8. Without memory it comes back with the new number 3. "
        "With motion and patience its place is expected while it is hidden, and it keeps its number 2.",
    )


def water_in_two_basins() -> plots.Picture:
    """Two discs that touch, the distance to the ground along their middle, and where the water meets."""
    from course_utils.further.detection.masks import instances

    rows, columns = np.mgrid[:40, :72]
    mask = ((columns - 22) ** 2 + (rows - 20) ** 2 <= 15**2) | (
        (columns - 48) ** 2 + (rows - 20) ** 2 <= 13**2
    )
    from scipy import ndimage

    far = ndimage.distance_transform_edt(mask)
    found = instances(mask)
    meet = int(np.flatnonzero(np.diff(found[20]) != 0)[1])
    with projection.canvas(1, 2, width=11.4, height=4.0) as (figure, axes):
        shown = np.full((*mask.shape, 3), 245, np.uint8)
        for number, colour in ((1, BLUE), (2, ORANGE)):
            shown[found == number] = [int(colour[place : place + 2], 16) for place in (1, 3, 5)]
        axes[0, 0].imshow(shown)
        axes[0, 0].plot([0, 71], [20, 20], ":", color="white", linewidth=2)
        axes[0, 0].set_axis_off()
        axes[0, 1].fill_between(np.arange(72), -far[20], -16, color="#d5dae1")
        axes[0, 1].plot(-far[20], color=INK, linewidth=2)
        axes[0, 1].axvline(meet + 0.5, color=ORANGE, linestyle="--", linewidth=2)
        projection.say(axes[0, 1], meet + 2, -14, "the waters meet", 17, ha="left", color=ORANGE)
        axes[0, 1].set(
            ylim=(-16, 1), xlim=(0, 71), xlabel="along the dotted line", ylabel="minus distance to ground"
        )
    return plots.Picture(
        figure,
        "Left: two discs that touch, cut into a left and a right one. Right: minus the distance to the ground along their "
        f"middle is a landscape with two basins; water that rises in both meets at column {meet + 1}, where the cut is.",
    )


def a_map_is_doubled() -> plots.Picture:
    """A transposed convolution of 2×2 with a stride of 2: each number paints its own patch."""
    numbers = np.array([[1, 2], [3, 0]])
    kernel = np.array([[1, 2], [0, 1]])
    out = np.kron(numbers, kernel)
    colours = np.array([[BLUE, ORANGE], [GREEN, PINK]])
    pale = {BLUE: "#cfe6f5", ORANGE: "#fbdcc7", GREEN: "#cdeee3", PINK: "#f6e0ed"}
    with projection.sheet(11.4, 4.3, 22.8, 8.6) as (figure, axis):
        from matplotlib.patches import Rectangle

        def cells(values, left, top, fill):
            for (row, column), value in np.ndenumerate(values):
                place = (left + 1.5 * column, top + 1.5 * row)
                axis.add_patch(
                    Rectangle(place, 1.5, 1.5, facecolor=fill(row, column), edgecolor=INK, linewidth=1.2)
                )
                projection.say(axis, place[0] + 0.75, place[1] + 0.75, f"{value}", 21)

        cells(numbers, 1, 2.8, lambda row, column: pale[colours[row, column]])
        cells(kernel, 7.5, 2.8, lambda row, column: "white")
        cells(out, 14.5, 1.3, lambda row, column: pale[colours[row // 2, column // 2]])
        for left, text in ((2.5, "map 2×2"), (9, "kernel 2×2"), (17.5, "map 4×4")):
            projection.say(axis, left, 7.9, text, 19)
        projection.say(axis, 5.7, 4.3, "×", 28)
        projection.say(axis, 12.4, 4.3, "=", 28)
    return plots.Picture(
        figure,
        "A map of 2 by 2 numbers, a kernel of 2 by 2, and the map of 4 by 4 that a transposed convolution with a stride of "
        "2 makes of them: each number is multiplied with the whole kernel and paints a patch of its own.",
    )


def cells_that_answer(read) -> plots.Picture:
    """A picture under a grid, the heat of one kind, and one cell with its four distances."""
    picture = read.picture(TABLE)
    boxes = BANANAS
    rows, columns = np.mgrid[:32, :32] + 0.5
    heat = np.zeros((32, 32))
    for left, top, right, bottom in boxes:
        x, y = (left + right) / 8, (top + bottom) / 8
        wide, high = (right - left) / 24, (bottom - top) / 24
        heat = np.maximum(heat, np.exp(-(((columns - x) / wide) ** 2 + ((rows - y) / high) ** 2) / 2))
    with projection.canvas(1, 3, width=11.4, height=4.1) as (figure, axes):
        for axis, name in zip(
            axes[0], ("cells of 4 × 4 pixels", "centre of a banana?", "how far to each side?"), strict=True
        ):
            axis.imshow(picture)
            axis.set_axis_off()
            axis.set_title(name, loc="left")
        for line in range(0, 128, 8):
            axes[0, 0].axvline(line, color="white", linewidth=0.6)
            axes[0, 0].axhline(line, color="white", linewidth=0.6)
        axes[0, 1].imshow(np.kron(heat, np.ones((4, 4))), cmap="inferno", alpha=0.65, vmin=0, vmax=1)
        left, top, right, bottom = boxes[2]
        x, y = (left + right) / 2, (top + bottom) / 2
        _rectangle(axes[0, 2], boxes[2], YELLOW)
        for end in ((left, y), (right, y), (x, top), (x, bottom)):
            axes[0, 2].annotate(
                "", end, (x, y), arrowprops={"arrowstyle": "->", "color": "white", "linewidth": 2.5}
            )
        axes[0, 2].plot(x, y, "o", color=SKY, markersize=8)
    return plots.Picture(
        figure,
        "A table with three bananas three times: under a grid of cells; with a heat map that glows at the centre of each "
        "banana; and with one cell in the middle of a banana, from which four arrows go to the sides of its box.",
    )
