"""Figures of deck 02: what nets are for, the convolution step by step, padding, stride, pooling, depth."""

from __future__ import annotations

import numpy as np

from course_utils import plots
from course_utils.workshop.slides import projection
from course_utils.workshop.slides.projection import (
    BLUE,
    FAINT,
    INK,
    ORANGE,
    PALE_BLUE,
    PALE_GREY,
    PALE_ORANGE,
    SKY,
    YELLOW,
)

# The worked example of Thomas Delteil's talk: one channel, stride 1, no padding, bias 2.
INPUT = np.array([[2, 2, 1], [3, 1, -1], [4, 3, 2]])
KERNEL = np.array([[1, -1], [-1, 0]])
BIAS = 2

WINDOW, RESULT, FAINT_CELL = PALE_BLUE, PALE_ORANGE, PALE_GREY

SHARPEN = np.array([[0, -1, 0], [-1, 5, -1], [0, -1, 0]])
LAPLACE = np.array([[0, 1, 0], [1, -4, 1], [0, 1, 0]])
SOBEL = np.array([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]])


def convolution_steps() -> plots.Picture:
    """The four positions of a 2×2 kernel on a 3×3 input, each with its sum."""
    with projection.sheet(11.4, 5.0, 20.4, 8.6) as (figure, axis):
        said = []
        for index, (row, column) in enumerate([(0, 0), (0, 1), (1, 0), (1, 1)]):
            left, top = (0, 10.6)[index % 2], (0, 4.6)[index // 2]
            inside = {(row + r, column + c): WINDOW for r in range(2) for c in range(2)}
            projection.grid(axis, INPUT, (left, top), inside, size=17)
            window = INPUT[row : row + 2, column : column + 2]
            terms = [f"{_signed(k)}·{_signed(x)}" for k, x in zip(KERNEL.flat, window.flat, strict=True)]
            value = int((KERNEL * window).sum() + BIAS)
            said.append(str(value))
            projection.say(axis, left + 3.5, top + 0.9, " + ".join(terms[:2]), 17, ha="left", color=INK)
            projection.say(
                axis, left + 3.5, top + 1.7, "+ " + " + ".join(terms[2:]), 17, ha="left", color=INK
            )
            projection.say(axis, left + 3.5, top + 2.5, f"+ bias {BIAS}", 17, ha="left", color=FAINT)
            projection.say(axis, left + 6.7, top + 2.5, "=", 19)
            projection.grid(axis, np.array([[value]]), (left + 7.2, top + 2.0), RESULT, size=20)
    values = ", ".join(said).replace("-", "minus ")
    return plots.Picture(
        figure,
        "Four steps of one convolution: the 2 by 2 kernel lies on each of the four windows of the 3 by 3 input; "
        f"products are added up with the bias 2, which gives {values}.",
    )


def convolution_overview() -> plots.Picture:
    """Input, kernel and feature map side by side."""
    with projection.sheet(11.4, 3.9, 16.0, 5.0) as (figure, axis):
        window = {(r, c): WINDOW for r in range(2) for c in range(2)}
        result = _convolved(INPUT, KERNEL) + BIAS
        for values, left, top, colours, name, below in (
            (INPUT, 0.2, 1.1, window, "input", "3 × 3, one channel"),
            (KERNEL, 5.6, 1.6, WINDOW, "kernel", "2 × 2, learned"),
            (result, 13.0, 1.6, {(0, 0): RESULT}, "feature map", "2 × 2"),
        ):
            projection.grid(axis, values, (left, top), colours)
            middle = left + values.shape[1] / 2
            projection.say(axis, middle, 0.6, name, 19, weight="bold")
            projection.say(axis, middle, 4.65, below, 17, color=FAINT)
        projection.say(axis, 4.4, 2.6, "∗", 34)
        projection.say(axis, 8.55, 2.6, "+", 30)
        projection.grid(axis, np.array([[BIAS]]), (9.4, 2.1), FAINT_CELL)
        projection.say(axis, 9.9, 0.6, "bias", 19, weight="bold")
        projection.say(axis, 9.9, 4.65, "1, learned", 17, color=FAINT)
        projection.say(axis, 11.7, 2.6, "=", 30)
    return plots.Picture(
        figure,
        "A 3 by 3 input with rows 2 2 1, 3 1 minus 1, 4 3 2, a 2 by 2 kernel with rows 1 minus 1, minus 1 0, and the "
        "bias 2 give a 2 by 2 feature map with rows minus 1 2, 0 1.",
    )


def filters_on_a_fruit(read) -> plots.Picture:
    """Sharpening, Laplacian and Sobel filters on a bundled picture."""
    picture = read.picture("data/fruits/market/Test/Pineapple/n01.jpg") / 255.0
    grey = picture.mean(axis=-1)
    shown = [
        ("as it is", None, grey),
        ("sharpen", SHARPEN, _convolved(grey, SHARPEN)),
        ("Laplacian", LAPLACE, _convolved(grey, LAPLACE)),
        ("Sobel, x axis", SOBEL, _convolved(grey, SOBEL)),
    ]
    with projection.canvas(1, 4, width=11.4, height=4.8) as (figure, axes):
        for axis, (name, kernel, values) in zip(axes[0], shown, strict=True):
            low, high = (0, 1) if kernel is None or kernel.sum() else (-1.0, 1.0)
            axis.imshow(values, cmap="gray", vmin=low, vmax=high)
            axis.set_title(name, loc="center")
            axis.set_axis_off()
            rows = (
                []
                if kernel is None
                else ["  ".join(f"{projection.number(v):>2}" for v in row) for row in kernel]
            )
            axis.text(
                0.5, -0.06, "\n".join(rows), transform=axis.transAxes, ha="center", va="top", size=18,
                family="DejaVu Sans Mono",
            )  # fmt: skip
    return plots.Picture(
        figure,
        "A grey pineapple four times: as it is, sharpened, after a Laplacian filter that leaves edges of every "
        "direction, and after a Sobel filter that leaves upright edges, light or dark by their side. Each 3 by 3 "
        "kernel stands below its result.",
    )


def _signed(value: int) -> str:
    return f"({projection.number(value)})" if value < 0 else projection.number(value)


def _convolved(image: np.ndarray, kernel: np.ndarray) -> np.ndarray:
    """As a net's layer does it: the kernel isn't turned round; only places where it lies inside of the image."""
    windows = np.lib.stride_tricks.sliding_window_view(image, kernel.shape)
    return np.einsum("ijkl,kl->ij", windows, kernel)


def tasks() -> plots.Picture:
    """One scene, six questions: from one label for the whole picture to points on each object."""
    names = [
        "classification", "localisation", "detection",
        "semantic segmentation", "instance segmentation", "keypoints",
    ]  # fmt: skip
    with projection.canvas(2, 3, width=11.4, height=5.2) as (figure, axes):
        for axis, name in zip(axes.flat, names, strict=True):
            _scene(axis, name)
            axis.set_title(name, loc="center", fontsize=18, pad=6)
    return plots.Picture(
        figure,
        "The same scene, two round fruits and a long one on a table, six times. Classification: one label, apple. "
        "Localisation: one box round the largest fruit. Detection: a box with a label round each. Semantic "
        "segmentation: every pixel coloured by class, both apples alike. Instance segmentation: each apple in its own "
        "colour. Keypoints: stems and tips as points.",
    )


FRUITS = (  # x, y, width, height, angle, name
    (2.5, 3.35, 2.7, 2.5, 0, "apple"),
    (4.9, 4.15, 1.8, 1.7, 0, "apple"),
    (7.9, 3.0, 3.6, 1.2, -32, "banana"),
)


def _scene(axis, task: str) -> None:
    from matplotlib.patches import Ellipse, Rectangle

    axis.set(xlim=(0, 10), ylim=(0, 5.4), aspect="equal")
    axis.set_axis_off()
    segments = "segmentation" in task
    axis.add_patch(
        Rectangle((0, 0), 10, 5.4, facecolor="#e8ecf1" if not segments else "#d6dae0", edgecolor="none")
    )
    axis.add_patch(
        Rectangle((0, 0), 10, 2.3, facecolor="#cbb79a" if not segments else "#d6dae0", edgecolor="none")
    )
    fills = {"semantic segmentation": (BLUE, BLUE, YELLOW), "instance segmentation": (BLUE, SKY, YELLOW)}
    natural = ("#b5563c", "#b5563c", "#e3c14d")
    for (x, y, width, height, angle, name), colour in zip(FRUITS, fills.get(task, natural), strict=True):
        y -= 1.2
        axis.add_patch(Ellipse((x, y), width, height, angle=angle, facecolor=colour, edgecolor="none"))
        boxed = task == "detection" or (task == "localisation" and x < 3)
        if boxed:
            w, h = (width, height) if not angle else (3.3, 2.3)
            axis.add_patch(
                Rectangle(
                    (x - w / 2 - 0.1, y - h / 2 - 0.1),
                    w + 0.2,
                    h + 0.2,
                    fill=False,
                    edgecolor=INK,
                    linewidth=3,
                )
            )
            axis.text(x, y + h / 2 + 0.22, name, ha="center", va="bottom", fontsize=15, color=INK)
        if task == "keypoints":
            ends = [(x, y + height / 2), (x, y - height / 2)] if not angle else [(6.4, 2.75), (9.4, 0.85)]
            axis.plot(*zip(*ends, strict=True), "o-", color=INK, markersize=9, linewidth=2)
    if task == "classification":
        projection.say(axis, 5, 4.6, "apple", 20, weight="bold", color=INK)


def orientation_cells() -> plots.Picture:
    """Answer of one oriented filter to a bar turned through half a circle, computed."""
    angles = np.arange(0, 181, 5)
    answers = np.array([max(0.0, float((_bar(angle) * _cell()).sum())) for angle in angles])
    answers /= answers.max()
    with projection.canvas(1, 2, width=11.4, height=4.4, width_ratios=(1.25, 1)) as (figure, axes):
        chart, samples = axes[0]
        chart.plot(angles, answers, color=BLUE)
        chart.set(
            xlabel="angle of the bar (degrees)", ylabel="answer (1 = strongest)", xticks=[0, 45, 90, 135, 180]
        )
        chart.set_title("One cell, one orientation", loc="left")
        samples.set_axis_off()
        samples.set(xlim=(0, 3), ylim=(2.2, 0), aspect="equal")
        for column, angle in enumerate((0, 45, 90)):
            samples.imshow(
                _bar(angle), cmap="gray", extent=(column + 0.06, column + 0.94, 0.94, 0.06), vmin=0, vmax=1
            )
            value = answers[list(angles).index(angle)]
            projection.say(samples, column + 0.5, 1.2, f"{angle}°", 18)
            projection.say(samples, column + 0.5, 1.55, f"{value:.2f}", 20, color=BLUE)
        samples.set(xlim=(0, 3), ylim=(2.2, 0))
        samples.set_title("what it is shown", loc="center")
    best = int(angles[answers.argmax()])
    return plots.Picture(
        figure,
        f"The answer of an oriented filter to a bright bar peaks at {best} degrees and falls to zero within about 40 "
        "degrees on both sides: the cell is tuned to one orientation.",
    )


def _plane(size: int = 41) -> tuple[np.ndarray, np.ndarray]:
    return np.meshgrid(np.linspace(-1, 1, size), np.linspace(1, -1, size))


def _bar(angle: float) -> np.ndarray:
    """A bright bar through the middle at an angle, counted from the horizontal; values 0 to 1."""
    x, y = _plane()
    away = -x * np.sin(np.radians(angle)) + y * np.cos(np.radians(angle))
    return (np.abs(away) < 0.12).astype(float)


def _cell() -> np.ndarray:
    """An upright Gabor filter, the usual model of a simple cell; its values add up to nothing."""
    x, y = _plane()
    values = np.exp(-(x**2 / 0.08 + y**2 / 0.35)) * np.cos(2 * np.pi * x / 0.6)
    return values - values.mean()


def coast() -> plots.Picture:
    """A satellite-like picture of a coast and its mask of sea and land, both made by a program."""
    height = _terrain()
    sea = height < 0.0
    shade = np.clip(0.5 + 2.2 * np.gradient(height, axis=1), 0.2, 0.9)
    colours = np.where(
        sea[..., None], [0.10, 0.28, 0.42], np.stack([0.55 * shade, 0.6 * shade, 0.35 * shade], -1) + 0.15
    )
    with projection.canvas(2, 1, width=5.2, height=5.2) as (figure, axes):
        axes[0, 0].imshow(np.clip(colours, 0, 1))
        axes[1, 0].imshow(np.where(sea[..., None], [0.34, 0.71, 0.91], [0.90, 0.62, 0.0]))
        for axis, name in zip(axes[:, 0], ("picture", "answer: sea, land"), strict=True):
            axis.set_axis_off()
            axis.set_title(name, loc="left", fontsize=17)
    return plots.Picture(
        figure,
        "Above a made-up coast seen from a satellite, dark water and ribbed land; below the same outline in two flat "
        "colours, sky blue for sea and orange for land.",
    )


def _terrain() -> np.ndarray:
    """Heights of a made-up coast (rows, columns): smooth noise on a slope, the same each time."""
    from scipy.ndimage import gaussian_filter

    noise = np.random.default_rng(7)
    rough = sum(size * gaussian_filter(noise.standard_normal((110, 220)), size) for size in (2.5, 6.0, 14.0))
    return rough / rough.std() + np.linspace(-1.4, 1.4, 220)[None, :]


# The 6×6 picture and the edge filter of the Vietnamese talk; its first value is -7.
EDGE_INPUT = np.array(
    [
        [3, 1, 1, 2, 8, 4],
        [1, 0, 7, 3, 2, 6],
        [2, 3, 5, 1, 1, 3],
        [1, 4, 1, 2, 6, 5],
        [3, 2, 1, 3, 7, 2],
        [9, 2, 6, 2, 5, 1],
    ]
)
EDGE = np.array([[1, 0, -1]] * 3)

# The feature map of Tam's talk.
POOLED = np.array([[1, 1, 2, 4], [5, 6, 7, 8], [3, 2, 1, 0], [1, 2, 3, 4]])


def edge_question() -> plots.Picture:
    """A 6×6 picture, an edge filter, and a result of which all but the first value is shown."""
    with projection.sheet(11.4, 4.0, 18.4, 6.2) as (figure, axis):
        window = {(r, c): WINDOW for r in range(3) for c in range(3)}
        projection.grid(axis, EDGE_INPUT, (0.1, 0.1), window, size=18)
        projection.say(axis, 7.1, 3.1, "∗", 34)
        projection.grid(axis, EDGE, (8.1, 1.6), WINDOW, size=18)
        projection.say(axis, 12.1, 3.1, "=", 30)
        result = _convolved(EDGE_INPUT, EDGE).astype(float)
        result[0, 0] = np.nan
        projection.grid(axis, result, (13.2, 1.1), {(0, 0): RESULT}, size=18)
        projection.say(axis, 13.7, 1.64, "?", 22, weight="bold")
    return plots.Picture(
        figure,
        "A 6 by 6 picture of numbers with its first 3 by 3 window marked, a filter with columns 1, 0 and minus 1, and the "
        "4 by 4 result with a question mark at its first place. The window's rows are 3 1 1, 1 0 7 and 2 3 5.",
    )


def padding_and_stride() -> plots.Picture:
    """Where a 3×3 kernel stands on a 5×5 input: valid, same, and same with stride 2."""
    plans = (("valid", 0, 1), ("same: a border of zeros", 1, 1), ("same, stride 2", 1, 2))
    with projection.canvas(1, 3, width=11.4, height=4.9) as (figure, axes):
        told = []
        for axis, (name, pad, stride) in zip(axes[0], plans, strict=True):
            projection.blank(axis, 7.4, 10.1)
            shift = 1.2 - pad
            size = 5 + 2 * pad
            inside = {(r, c) for r in range(pad, 5 + pad) for c in range(pad, 5 + pad)}
            colours = {
                (r, c): ("white" if (r, c) in inside else FAINT_CELL)
                for r in range(size)
                for c in range(size)
            }
            colours |= {(r, c): WINDOW for r in range(3) for c in range(3)}
            values = np.full((size, size), np.nan)
            for row in range(size):
                for column in range(size):
                    if (row, column) not in inside:
                        values[row, column] = 0
            projection.grid(axis, values, (shift, shift - 0.2), colours, size=13, ink=FAINT)
            steps = (size - 3) // stride + 1
            small = 2.4 / 5
            for row in range(steps):
                for column in range(steps):
                    _cell_at(
                        axis,
                        3.7 - steps * small / 2 + column * small,
                        7.6 + row * small,
                        small,
                        (row, column) == (0, 0),
                    )
            axis.annotate(
                "",
                (3.7, 7.55),
                (3.7, shift + size - 0.15),
                arrowprops={"arrowstyle": "->", "lw": 2, "color": FAINT},
            )
            axis.set_title(f"{name}\n5 × 5 → {steps} × {steps}", loc="center", fontsize=18)
            told.append(f"{name}: 5 by 5 becomes {steps} by {steps}")
    return plots.Picture(figure, f"A 3 by 3 window on a 5 by 5 input, three times. {'; '.join(told)}.")


def _cell_at(axis, x: float, y: float, size: float, marked: bool) -> None:
    from matplotlib.patches import Rectangle

    axis.add_patch(
        Rectangle((x, y), size, size, facecolor=RESULT if marked else "white", edgecolor=INK, linewidth=1.2)
    )


def channels() -> plots.Picture:
    """A kernel that reaches through all channels of its input, and one feature map a kernel."""
    with projection.sheet(11.4, 4.0, 17.4, 6.1) as (figure, axis):
        _stack(axis, 0.4, 1.5, 3.0, 3, (SKY, "#9ccfe9", "#d5ebf7"))
        projection.say(axis, 2.3, 5.5, "input: N = 3 channels", 17)
        for row, colour in enumerate((ORANGE_PALE, GREEN_PALE)):
            top = 0.7 + 2.4 * row
            _stack(axis, 6.6, top, 1.1, 3, (colour,) * 3)
            projection.say(axis, 9.0, top + 0.8, "→", 28)
            projection.say(axis, 5.7, top + 0.8, "∗", 28)
        projection.say(axis, 7.4, 5.5, "M = 2 kernels, 3 deep", 17)
        for row, colour in enumerate((ORANGE_PALE, GREEN_PALE)):
            _stack(axis, 10.5, 0.4 + 2.5 * row, 1.9, 1, (colour,))
        projection.say(axis, 11.5, 5.5, "2 feature maps", 17)
        projection.say(axis, 13.2, 2.7, "→", 28)
        _stack(axis, 13.9, 1.7, 2.1, 2, (ORANGE_PALE, GREEN_PALE))
        projection.say(axis, 15.3, 5.5, "the next layer's input", 17)
    return plots.Picture(
        figure,
        "An input of three channels meets two kernels, each three channels deep. Each kernel adds its products over all "
        "channels and makes one feature map; the two maps are the channels of the next layer's input.",
    )


ORANGE_PALE, GREEN_PALE = "#f2b58a", "#8fd0bb"


def _stack(axis, x: float, y: float, size: float, depth: int, colours: tuple[str, ...]) -> None:
    """Sheets one behind the other, the first in front."""
    from matplotlib.patches import Rectangle

    for sheet in reversed(range(depth)):
        place = (x + 0.35 * sheet, y - 0.35 * sheet + 0.35 * (depth - 1) / 2)
        axis.add_patch(Rectangle(place, size, size, facecolor=colours[sheet], edgecolor=INK, linewidth=1.4))


def relu_curve() -> plots.Picture:
    """The rectified linear unit and its leaky sister."""
    x = np.linspace(-3, 3, 121)
    with projection.chart(5.4, 4.2) as (figure, axis):
        axis.plot(x, np.maximum(x, 0), color=BLUE, label="ReLU: max(0, x)")
        axis.plot(x, np.where(x > 0, x, 0.1 * x), color=ORANGE, linestyle="--", label="leaky: max(0.1 x, x)")
        axis.axhline(0, color=FAINT, linewidth=1)
        axis.axvline(0, color=FAINT, linewidth=1)
        axis.set(xlabel="x, what the convolution gives", ylabel="what goes on")
        axis.legend(loc="upper left")
    return plots.Picture(
        figure,
        "ReLU is flat at 0 for negative x and then rises with x. Leaky ReLU is the same for positive x and falls gently, "
        "a tenth as steep, below 0.",
    )


def pooling() -> plots.Picture:
    """Maximum and mean of each 2×2 window of the 4×4 example of Tam's talk."""
    tints = ("#cfe6f5", "#fde3c8", "#cdeadd", "#f0d9e8")
    colours = {(r, c): tints[2 * (r // 2) + c // 2] for r in range(4) for c in range(4)}
    small = {(r, c): tints[2 * r + c] for r in range(2) for c in range(2)}
    blocks = POOLED.reshape(2, 2, 2, 2).swapaxes(1, 2).reshape(2, 2, 4)
    with projection.sheet(11.4, 4.2, 15.0, 5.6) as (figure, axis):
        projection.grid(axis, POOLED, (0.4, 1.0), colours)
        for left, name, values in (
            (6.4, "max pooling", blocks.max(-1)),
            (11.2, "average pooling", blocks.mean(-1)),
        ):
            projection.grid(axis, values, (left + 0.3, 2.0), small, size=18)
            projection.say(axis, left + 1.3, 1.3, name, 19, weight="bold")
        projection.say(axis, 5.4, 3.0, "→", 30)
        projection.say(axis, 10.1, 3.0, "or", 19, color=FAINT)
        projection.say(axis, 2.4, 0.45, "one feature map", 19, weight="bold")
    largest = ", ".join(map(projection.number, blocks.max(-1).flat))
    means = ", ".join(map(projection.number, blocks.mean(-1).flat))
    return plots.Picture(
        figure,
        "A 4 by 4 feature map in four tinted windows of 2 by 2. Max pooling keeps the largest of each: "
        f"{largest}; average pooling keeps the means: {means}.",
    )


def receptive_field() -> plots.Picture:
    """How much of the input one value sees after one, two and three layers of 3×3, in one dimension."""
    with projection.chart(11.4, 4.3) as (figure, axis):
        axis.set_axis_off()
        axis.set(xlim=(-4.6, 9.6), ylim=(-0.55, 3.6))
        places = np.arange(0, 9)
        for layer in range(4):
            reach = 3 - layer
            seen = np.abs(places - 4) <= reach
            axis.scatter(
                places, np.full(9, layer), s=520, c=np.where(seen, BLUE, "#dfe5ec"), edgecolors=INK, zorder=3
            )
            if layer:
                for place in places[seen]:
                    for other in (place - 1, place, place + 1):
                        axis.plot([place, other], [layer, layer - 1], color=BLUE, linewidth=1.6, zorder=1)
            name = "input" if layer == 0 else f"layer {layer}"
            projection.say(axis, -0.8, layer, name, 19, ha="right")
        projection.say(axis, -4.4, 3, "sees 7", 17, ha="left", color=FAINT)
        projection.say(axis, -4.4, 2, "sees 5", 17, ha="left", color=FAINT)
        projection.say(axis, -4.4, 1, "sees 3", 17, ha="left", color=FAINT)
    return plots.Picture(
        figure,
        "Four rows of dots. One dot of layer 3 is joined to three of layer 2, those to five of layer 1, those to seven of "
        "the input: three layers with kernels of width 3 see 7 wide.",
    )


def kinds_of_convolution() -> plots.Picture:
    """Which input values one output value uses: ordinary, dilated, transposed, depthwise-separable."""
    with projection.canvas(1, 4, width=11.4, height=3.9) as (figure, axes):
        ordinary, dilated, transposed, separable = axes[0]
        for axis, name, note in (
            (ordinary, "ordinary", "9 neighbours"),
            (dilated, "dilated", "9, further apart"),
            (transposed, "transposed", "grows: zeros between"),
            (separable, "separable", "space, then channels"),
        ):
            projection.blank(axis, 7.2, 8.0)
            axis.set_title(name, loc="center", fontsize=19)
            projection.say(axis, 3.6, 7.7, note, 15, color=FAINT)
        empty = np.full((7, 7), np.nan)
        near = {(r, c): BLUE for r in range(2, 5) for c in range(2, 5)}
        far = {(r, c): BLUE for r in (1, 3, 5) for c in (1, 3, 5)}
        values = {(r, c): YELLOW for r in (1, 3, 5) for c in (1, 3, 5)}
        window = {(r, c): WINDOW for r in range(2, 5) for c in range(2, 5)}
        for axis, colours in ((ordinary, near), (dilated, far), (transposed, window | values)):
            projection.grid(axis, empty, (0.1, 0.1), colours, text=False)
        for sheet, colour in reversed(list(enumerate((SKY, ORANGE_PALE, GREEN_PALE)))):
            corner = (0.3 + 0.7 * sheet, 2.0 - 0.7 * sheet)
            projection.grid(separable, np.full((3, 3), np.nan), corner, colour, text=False)
        projection.say(separable, 5.1, 2.6, "→", 24, ha="left")
        for sheet, colour in enumerate((SKY, ORANGE_PALE, GREEN_PALE)):
            _cell_at_colour(separable, 2.4 + 0.8 * sheet, 5.6, colour)
        projection.say(separable, 1.6, 6.05, "1×1:", 15)
    return plots.Picture(
        figure,
        "Four patterns. Ordinary: nine neighbouring cells. Dilated: nine cells with gaps between them. Transposed: input "
        "values spread out with zeros between, so that the result is larger. Separable: one 3 by 3 kernel for each "
        "channel, then a 1 by 1 kernel over the channels.",
    )


def _cell_at_colour(axis, x: float, y: float, colour: str) -> None:
    from matplotlib.patches import Rectangle

    axis.add_patch(Rectangle((x, y), 0.8, 0.8, facecolor=colour, edgecolor=INK, linewidth=1.4))


def scan_and_outline() -> plots.Picture:
    """A made-up slice through a head, and the same with what a net for segmentation would outline."""
    rows, columns = np.mgrid[-1:1:240j, -0.9:0.9:216j]
    noise = np.random.default_rng(3).standard_normal(rows.shape)

    def inside(x: float, y: float, width: float, height: float, angle: float = 0.0) -> np.ndarray:
        turn = np.radians(angle)
        across = (columns - x) * np.cos(turn) + (rows - y) * np.sin(turn)
        down = -(columns - x) * np.sin(turn) + (rows - y) * np.cos(turn)
        return (across / width) ** 2 + (down / height) ** 2 < 1

    head = np.where(inside(0, 0, 0.72, 0.92), 0.95, 0.0)
    head[inside(0, 0, 0.66, 0.86)] = 0.42
    for side in (-1, 1):
        head[inside(side * 0.18, 0.02, 0.09, 0.30, side * 14)] = 0.15
    found = inside(0.33, -0.38, 0.17, 0.13, 30)
    head[found] = 0.72
    head = head + 0.035 * noise * (head > 0)
    with projection.canvas(1, 2, width=6.2, height=4.4) as (figure, axes):
        for axis, name in zip(axes[0], ("slice", "outline"), strict=True):
            axis.imshow(head, cmap="gray", vmin=0, vmax=1)
            axis.set_title(name, loc="center")
            axis.set_axis_off()
        axes[0, 1].contour(found, levels=[0.5], colors=YELLOW, linewidths=3)
    return plots.Picture(
        figure,
        "A drawn slice through a head in grey, twice. A lighter spot at the upper right is outlined in the second.",
    )


# Best entry of each year: Russakovsky and others (2015) up to 2014; He and others (2016) for 2015.
CONTEST = {2010: 28.2, 2011: 25.8, 2012: 16.4, 2013: 11.7, 2014: 6.7, 2015: 3.6}


def contest_errors() -> plots.Picture:
    """Top-5 error of the best entry in the ImageNet contest, year by year."""
    with projection.chart(6.4, 4.9) as (figure, axis):
        colours = [FAINT if year < 2012 else BLUE for year in CONTEST]
        bars = axis.bar([str(year) for year in CONTEST], list(CONTEST.values()), color=colours, width=0.72)
        axis.bar_label(bars, [f"{value:g}" for value in CONTEST.values()], padding=4, fontsize=18)
        axis.set(ylabel="top-5 error (%)", ylim=(0, 32))
        axis.annotate(
            "AlexNet", (2, 19.2), (2.35, 26), fontsize=19, weight="bold", color=BLUE,
            arrowprops={"arrowstyle": "->", "lw": 2, "color": BLUE},
        )  # fmt: skip
    told = ", ".join(f"{year}: {value:g}" for year, value in CONTEST.items())
    return plots.Picture(
        figure,
        f"Bars of the best top-5 error in the ImageNet contest in percent: {told}. It falls by a third in 2012, with AlexNet, "
        "the first convolutional net to win.",
    )


# The curve detector of Raza's talk: seven rows of a picture, and of a filter.
STROKE = np.array(
    [[0, 0, 0, 0, 0, 0, 30], [0, 0, 0, 0, 50, 50, 50], [0, 0, 0, 20, 50, 0, 0]]
    + [[0, 0, 0, 50, 50, 0, 0]] * 4
)
CURVE = np.array(
    [[0, 0, 0, 0, 0, 30, 0], [0, 0, 0, 0, 30, 0, 0]] + [[0, 0, 0, 30, 0, 0, 0]] * 4 + [[0, 0, 0, 0, 0, 0, 0]]
)


def curve_detector() -> plots.Picture:
    """A window of a picture with a curved stroke, and a filter with the same curve; their products add up."""
    together = int((STROKE * CURVE).sum())
    with projection.sheet(11.4, 4.2, 21.4, 8.3) as (figure, axis):
        for left, values, name in ((0.2, STROKE, "window"), (9.0, CURVE, "filter")):
            colours = {
                (row, column): "#9cc9e6" if STROKE[row, column] * CURVE[row, column] else "#dbe2ea"
                for row, column in np.argwhere(values)
            }
            projection.grid(axis, values, (left, 1.1), colours, size=16)
            projection.say(axis, left + 3.5, 0.5, name, 19, weight="bold")
        projection.say(axis, 8.1, 4.6, "∗", 34)
        projection.say(axis, 17.0, 4.6, "=", 30)
        projection.say(axis, 19.4, 4.6, f"{together}", 34, weight="bold", color=BLUE)
    return plots.Picture(
        figure,
        "A 7 by 7 window with a stroke of numbers up to 50 and a 7 by 7 filter with a similar stroke of 30. They overlap in "
        f"five cells, marked blue; the products add up to {together}.",
    )
