"""Figures of deck 02: what nets are for, the convolution step by step, padding, stride, pooling, depth."""

from __future__ import annotations

import numpy as np

from course_utils import plots
from course_utils.slides import projection
from course_utils.slides.projection import BLUE, FAINT, INK, SKY, YELLOW

# The worked example of Thomas Delteil's talk: one channel, stride 1, no padding, bias 2.
INPUT = np.array([[2, 2, 1], [3, 1, -1], [4, 3, 2]])
KERNEL = np.array([[1, -1], [-1, 0]])
BIAS = 2

WINDOW = "#cfe6f5"
RESULT = "#fde3c8"
FAINT_CELL = "#eef1f5"

SHARPEN = np.array([[0, -1, 0], [-1, 5, -1], [0, -1, 0]])
LAPLACE = np.array([[0, 1, 0], [1, -4, 1], [0, 1, 0]])
SOBEL = np.array([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]])


def convolution_steps() -> plots.Picture:
    """The four positions of a 2×2 kernel on a 3×3 input, each with its sum."""
    with projection.canvas(width=11.4, height=5.0) as (figure, axes):
        axis = axes[0, 0]
        projection.blank(axis, 20.4, 8.6)
        said = []
        for index, (row, column) in enumerate([(0, 0), (0, 1), (1, 0), (1, 1)]):
            left, top = (0, 10.6)[index % 2], (0, 4.6)[index // 2]
            inside = {(row + r, column + c): WINDOW for r in range(2) for c in range(2)}
            projection.grid(axis, INPUT, (left, top), inside, size=17)
            window = INPUT[row : row + 2, column : column + 2]
            terms = [f"{_signed(k)}·{_signed(x)}" for k, x in zip(KERNEL.flat, window.flat, strict=True)]
            value = int((KERNEL * window).sum() + BIAS)
            said.append(str(value))
            axis.text(left + 3.5, top + 0.9, " + ".join(terms[:2]), size=17, va="center", color=INK)
            axis.text(left + 3.5, top + 1.7, "+ " + " + ".join(terms[2:]), size=17, va="center", color=INK)
            axis.text(left + 3.5, top + 2.5, f"+ bias {BIAS}", size=17, va="center", color=FAINT)
            axis.text(left + 6.7, top + 2.5, "=", size=19, va="center", ha="center")
            projection.grid(axis, np.array([[value]]), (left + 7.2, top + 2.0), RESULT, size=20)
    values = ", ".join(said).replace("-", "minus ")
    return plots.Picture(
        figure,
        "Four steps of one convolution: the 2 by 2 kernel lies on each of the four windows of the 3 by 3 input; "
        f"products are added up with the bias 2, which gives {values}.",
    )


def convolution_overview() -> plots.Picture:
    """Input, kernel and feature map side by side."""
    with projection.canvas(width=11.4, height=3.9) as (figure, axes):
        axis = axes[0, 0]
        projection.blank(axis, 16.0, 5.0)
        window = {(r, c): WINDOW for r in range(2) for c in range(2)}
        result = _convolved(INPUT, KERNEL) + BIAS
        for values, left, top, colours, name, below in (
            (INPUT, 0.2, 1.1, window, "input", "3 × 3, one channel"),
            (KERNEL, 5.6, 1.6, WINDOW, "kernel", "2 × 2, learned"),
            (result, 13.0, 1.6, {(0, 0): RESULT}, "feature map", "2 × 2"),
        ):
            projection.grid(axis, values, (left, top), colours)
            middle = left + values.shape[1] / 2
            axis.text(middle, 0.6, name, ha="center", va="center", size=19, weight="bold")
            axis.text(middle, 4.65, below, ha="center", va="center", size=17, color=FAINT)
        axis.text(4.4, 2.6, "∗", ha="center", va="center", size=34)
        axis.text(8.55, 2.6, "+", ha="center", va="center", size=30)
        projection.grid(axis, np.array([[BIAS]]), (9.4, 2.1), FAINT_CELL)
        axis.text(9.9, 0.6, "bias", ha="center", va="center", size=19, weight="bold")
        axis.text(9.9, 4.65, "1, learned", ha="center", va="center", size=17, color=FAINT)
        axis.text(11.7, 2.6, "=", ha="center", va="center", size=30)
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
        axis.text(5, 4.6, "apple", ha="center", va="center", fontsize=20, weight="bold", color=INK)


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
            samples.text(column + 0.5, 1.2, f"{angle}°", ha="center", va="center", fontsize=18)
            samples.text(
                column + 0.5, 1.55, f"{value:.2f}", ha="center", va="center", fontsize=20, color=BLUE
            )
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
