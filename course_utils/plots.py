"""Every figure of the course: one look, colours everyone can tell apart, and text for those who don't see it.

A plotting function returns a `Picture`: a drawn figure with its alt text. As the last expression of a cell it
is shown as an HTML image, because JupyterLab's own image output drops the alt text.
"""

from __future__ import annotations

import base64
import contextlib
import html
import io
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from pandas import DataFrame

# Okabe and Ito (2008), 'Color Universal Design': eight colours told apart in every kind of colour vision.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000", "#B3A500")
SEQUENTIAL = "cividis"
DIVERGING = "PuOr"

_STYLE = {
    "figure.dpi": 100,
    "figure.facecolor": "white",
    "figure.constrained_layout.use": True,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlelocation": "left",
    "axes.titlesize": 11,
    "axes.titleweight": "bold",
    "axes.labelsize": 10,
    "axes.grid": False,
    "font.size": 10,
    "legend.frameon": False,
}


class Picture:
    """A finished figure and its alt text; shows itself as an HTML image.

    `figure`: a matplotlib Figure. `alt`: sentences that say what a person would see in it.
    Raises ValueError when the alt text is empty or too short to say anything.
    """

    def __init__(self, figure: Figure, alt: str) -> None:
        if len(alt.strip()) < 20:
            raise ValueError(
                f"Alt text {alt!r} says too little: describe in a sentence what the figure shows"
            )
        self.figure = figure
        self.alt = " ".join(alt.split())

    def png(self, dpi: int = 100, colours: int | None = 256) -> bytes:
        """The figure as PNG bytes; `colours` reduces it to a palette, which keeps notebooks small."""
        buffer = io.BytesIO()
        self.figure.savefig(buffer, format="png", dpi=dpi, metadata={"Software": None})
        if colours is None:
            return buffer.getvalue()
        from PIL import Image

        image = Image.open(buffer).convert("RGB").quantize(colours, dither=Image.Dither.NONE)
        small = io.BytesIO()
        image.save(small, format="PNG", optimize=True)
        return small.getvalue()

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        encoded = base64.b64encode(self.png()).decode("ascii")
        alt = html.escape(self.alt, quote=True)
        width = int(self.figure.get_figwidth() * 100)
        image = f'<img alt="{alt}" width="{width}" src="data:image/png;base64,{encoded}">'
        return {"text/html": image, "text/plain": f"[figure: {self.alt}]"}


@contextlib.contextmanager
def canvas(
    rows: int = 1, columns: int = 1, width: float = 7.0, height: float = 3.2, **options: object
) -> Iterator[tuple[Figure, np.ndarray]]:
    """A figure in the course's style and its axes, shape (rows, columns); nothing is shown by itself.

    `width`, `height` in inches. `options` go to `Figure.subplots`. For a figure of your own:
    `with plots.canvas() as (figure, axes): ...; plots.Picture(figure, alt="...")`.
    """
    import matplotlib
    from matplotlib.figure import Figure

    with matplotlib.rc_context(_STYLE):
        # Not pyplot: a figure outside of pyplot's list is neither shown twice nor kept alive.
        figure = Figure(figsize=(width, height))
        axes = figure.subplots(rows, columns, squeeze=False, **options)
        yield figure, axes


def image_grid(
    images: Sequence[np.ndarray],
    titles: Sequence[str] | None = None,
    columns: int = 8,
    title: str = "",
    alt: str = "",
    size: float = 1.1,
    title_colours: Sequence[str] | None = None,
) -> Picture:
    """Pictures side by side.

    `images`: N arrays, (H, W, 3) or (H, W), uint8 or float in 0-1. `titles`: one a picture. `size`: inches a
    picture. Raises ValueError without images or when titles do not match them.
    """
    images = list(images)
    if not images:
        raise ValueError("image_grid got no images; pass at least one array of shape (H, W, 3)")
    if titles is not None and len(titles) != len(images):
        raise ValueError(f"{len(images)} images but {len(titles)} titles; pass one title an image")
    columns = min(columns, len(images))
    rows = -(-len(images) // columns)
    title_space = 0.22 if titles is not None else 0.04
    height = rows * (size + title_space * max(1, _lines(titles))) + (0.35 if title else 0.05)
    with canvas(rows, columns, width=max(columns * size, 2.5), height=height) as (figure, axes):
        for position, axis in enumerate(axes.flat):
            axis.set_axis_off()
            if position < len(images):
                picture = np.asarray(images[position])
                # Bytes keep their meaning (0 black, 255 white); other grey pictures are stretched.
                limits = {"vmin": 0, "vmax": 255} if picture.dtype == np.uint8 else {}
                grey = {"cmap": "gray", **limits} if picture.ndim == 2 else {}
                axis.imshow(picture, interpolation="nearest", **grey)
                if titles is not None:
                    colour = title_colours[position] if title_colours is not None else "black"
                    axis.set_title(
                        titles[position], fontsize=8, loc="center", weight="normal", color=colour, pad=2
                    )
        if title:
            figure.suptitle(title, fontsize=11, weight="bold", x=0.01, ha="left")
    shown = ", ".join(titles[:20]).replace("\n", " ") if titles is not None else f"{len(images)} pictures"
    heading = f"{title}: " if title else ""
    what = "picture" if len(images) == 1 else "pictures"
    return Picture(figure, alt or f"{heading}{len(images)} {what} in {rows} row{'s' * (rows > 1)}: {shown}.")


def _lines(titles: Sequence[str] | None) -> int:
    return max((title.count("\n") + 1 for title in titles), default=1) if titles is not None else 1


def training_curves(history: DataFrame, title: str = "", alt: str = "") -> Picture:
    """Loss and accuracy by epoch, training beside validation.

    `history`: one row an epoch with columns such as loss, val_loss, accuracy, val_accuracy (what
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
        parts.append(part)
    return f"Line charts over {len(history)} epochs: " + "; ".join(parts) + "."


def confusion_matrix(
    counts: np.ndarray, class_names: Sequence[str], title: str = "", alt: str = ""
) -> Picture:
    """Confusion matrix: true classes as rows, predicted classes as columns, right answers on the diagonal.

    `counts`: integer array (C, C). Raises ValueError when it does not fit the class names.
    """
    counts = np.asarray(counts)
    if counts.shape != (len(class_names), len(class_names)):
        raise ValueError(
            f"Counts have shape {counts.shape}, expected ({len(class_names)}, {len(class_names)})"
        )
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    side = 2.2 + 0.3 * len(class_names)
    with canvas(width=side, height=side - 0.5) as (figure, axes):
        axis = axes[0, 0]
        axis.imshow(shares, cmap="Blues", vmin=0, vmax=1)
        axis.set_xticks(range(len(class_names)), class_names, rotation=60, ha="right", rotation_mode="anchor")
        axis.set_yticks(range(len(class_names)), class_names)
        axis.set(xlabel="predicted", ylabel="true", title=title)
        for row, column in zip(*np.nonzero(counts), strict=True):
            dark = shares[row, column] > 0.5
            axis.text(
                column, row, str(counts[row, column]), ha="center", va="center", fontsize=7,
                color="white" if dark else "black",
            )  # fmt: skip
    return Picture(figure, alt or _describe_confusions(counts, class_names))


def _describe_confusions(counts: np.ndarray, class_names: Sequence[str]) -> str:
    right = np.trace(counts)
    wrong = counts - np.diag(np.diag(counts))
    text = (
        f"Confusion matrix of {len(class_names)} classes: {right} of {counts.sum()} pictures on the diagonal."
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
    with canvas(width=6.5, height=0.9 + 0.24 * len(labels)) as (figure, axes):
        axis = axes[0, 0]
        drawn = axis.barh(
            range(len(labels)), values, color=list(colours) if colours is not None else COLOURS[0]
        )
        axis.bar_label(drawn, [f"{value:.3g}" for value in values], padding=3, fontsize=8)
        axis.margins(x=0.1)
        axis.set_yticks(range(len(labels)), labels)
        axis.invert_yaxis()
        axis.set(xlabel=unit, title=title)
        if reference is not None:
            axis.axvline(
                reference, color=COLOURS[1], linestyle="--", label=f"{reference_name} {reference:.3g}"
            )
            # Above the axes: inside it would lie on a bar.
            axis.legend(loc="lower right", bbox_to_anchor=(1, 1), borderaxespad=0.2)
    low, high = int(values.argmin()), int(values.argmax())
    summary = f"Bar chart of {unit or 'values'}: " + (
        f"lowest {labels[low]} at {values[low]:.3g}, highest {labels[high]} at {values[high]:.3g}."
        if values[low] < values[high]
        else f"all {len(labels)} bars at {values[low]:.3g}."
    )
    return Picture(figure, alt or summary)


def feature_maps(
    maps: np.ndarray, columns: int = 8, title: str = "", alt: str = "", size: float = 0.8
) -> Picture:
    """The channels of one layer's output as small grey images, each stretched to its own range.

    `maps`: array (H, W, channels), channels last.
    """
    maps = np.asarray(maps, dtype=float)
    span = np.ptp(maps, axis=(0, 1))
    stretched = (maps - maps.min(axis=(0, 1))) / np.where(span > 0, span, 1)
    channels = [stretched[..., channel] for channel in range(stretched.shape[-1])]
    text = (
        alt
        or f"{len(channels)} feature maps of {maps.shape[0]} by {maps.shape[1]} values, bright where active."
    )
    return image_grid(channels, columns=columns, title=title, alt=text, size=size)


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
        left.set(
            xlabel="confidence", ylabel="share right", title=title or "Is 90 % sure right 9 times in 10?"
        )
        left.legend(loc="upper left")
        right.bar(edges[:-1], count, width=1 / bins, align="edge", color=COLOURS[5], edgecolor="white")
        right.set(xlabel="confidence", ylabel="pictures", title="How sure the net is")
        gap = float(np.abs(mean_confidence - accuracy) @ count[filled] / count.sum())
        left.text(0.98, 0.04, f"expected calibration error {gap:.3f}", ha="right", fontsize=8.5)
    summary = (
        f"Reliability diagram of {len(confidence)} predictions: mean confidence {confidence.mean():.2f}, "
        f"share right {correct.mean():.2f}, expected calibration error {gap:.3f}."
    )
    return Picture(figure, alt or summary)


def pixel_values(
    image: np.ndarray,
    row: int,
    column: int,
    side: int = 10,
    channel: int = 0,
    title: str = "",
    alt: str = "",
) -> Picture:
    """A picture with a frame around a small square, and beside it the numbers in that square.

    `image`: uint8 (H, W, 3). `row`, `column`: upper left corner of the square. `side`: pixels a side.
    `channel`: 0 red, 1 green, 2 blue. Raises ValueError when the square does not lie inside of the picture.
    """
    image = np.asarray(image)
    if row < 0 or column < 0 or row + side > image.shape[0] or column + side > image.shape[1]:
        raise ValueError(
            f"A square of {side} pixels at ({row}, {column}) leaves the picture of {image.shape[0]} by "
            f"{image.shape[1]} pixels"
        )
    values = image[row : row + side, column : column + side, channel]
    name = ("red", "green", "blue")[channel]
    with canvas(1, 2, width=8, height=4.2, width_ratios=(0.75, 1)) as (figure, axes):
        whole, crop = axes.flat
        whole.imshow(image, interpolation="nearest")
        frame = {"fill": False, "linewidth": 2, "edgecolor": COLOURS[0]}
        whole.add_patch(_rectangle(column - 0.5, row - 0.5, side, **frame))
        whole.set(xlabel="column", ylabel="row", title="The picture")
        crop.imshow(values, cmap="gray", vmin=0, vmax=255)
        for (i, j), value in np.ndenumerate(values):
            colour = "black" if value > 110 else "white"
            crop.text(j, i, str(value), ha="center", va="center", fontsize=9, color=colour)
        crop.set_xticks(range(side), range(column, column + side), fontsize=8)
        crop.set_yticks(range(side), range(row, row + side), fontsize=8)
        crop.set(xlabel="column", ylabel="row", title=title or f"The {name} values in the frame")
    summary = (
        f"Left: a picture of {image.shape[0]} by {image.shape[1]} pixels with a frame around a square of {side} "
        f"by {side} pixels. Right: the {name} values of that square as a grid of numbers; the upper left one is "
        f"{values[0, 0]}, the lower right one {values[-1, -1]}, the lowest {values.min()}, the highest "
        f"{values.max()}."
    )
    return Picture(figure, alt or summary)


def _rectangle(x: float, y: float, side: float, **options: object):
    from matplotlib.patches import Rectangle

    return Rectangle((x, y), side, side, **options)


def colour_cloud(
    colours: np.ndarray,
    labels: np.ndarray,
    class_names: Sequence[str],
    title: str = "",
    alt: str = "",
) -> Picture:
    """Each picture as a point at its mean red and mean blue, painted in its mean colour; names at class means.

    `colours`: float (N, 3), mean red, green and blue in 0-255. `labels`: int (N,).
    """
    colours, labels = np.asarray(colours, dtype=float), np.asarray(labels)
    present = [label for label in range(len(class_names)) if np.any(labels == label)]
    centres = np.array([colours[labels == label].mean(axis=0) for label in present])
    names = [class_names[label] for label in present]
    with canvas(width=8, height=5) as (figure, axes):
        axis = axes[0, 0]
        axis.scatter(colours[:, 0], colours[:, 2], c=np.clip(colours / 255, 0, 1), s=10, linewidths=0)
        heights = _apart(centres[:, 2], gap=np.ptp(colours[:, 2]) / 22)
        right = colours[:, 0].max() + 0.05 * np.ptp(colours[:, 0])
        for (red, _, blue), height, name in zip(centres, heights, names, strict=True):
            axis.plot([red, right], [blue, height], color="0.45", linewidth=0.6)
            axis.plot(red, blue, "o", color="black", markersize=4)
            axis.text(right, height, f" {name}", va="center", fontsize=9)
        axis.set(xlabel="mean red (0–255)", ylabel="mean blue (0–255)", title=title)
    reddest, bluest = names[centres[:, 0].argmax()], names[centres[:, 2].argmax()]
    darkest = names[centres.sum(axis=1).argmin()]
    most = f"{reddest} has the most red, {bluest} the most blue."
    if reddest == bluest:
        most = f"{reddest} has the most red and the most blue."
    gaps = np.linalg.norm(centres[:, None] - centres[None], axis=-1) + np.where(np.eye(len(names)), np.inf, 0)
    summary = (
        f"Scatter plot of the mean colours of {len(colours)} pictures, mean red against mean blue, in clouds by "
        f"class. {most} {darkest} is darkest."
    )
    if len(names) > 1:
        one, other = np.unravel_index(gaps.argmin(), gaps.shape)
        summary += f" {names[one]} and {names[other]} lie closest together."
    return Picture(figure, alt or summary)


def _apart(values: np.ndarray, gap: float) -> np.ndarray:
    """Nearly the same values, moved so that any two are at least `gap` apart (for labels in a column)."""
    order = np.argsort(values)
    placed = values[order].astype(float)
    for index in range(1, len(placed)):
        placed[index] = max(placed[index], placed[index - 1] + gap)
    placed -= (placed - values[order]).mean()
    moved = np.empty_like(placed)
    moved[order] = placed
    return moved


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
    edges = np.linspace(min(0, *(values.min() for values in arrays.values())), top, bins + 1)
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


def thumbnail_map(
    points: np.ndarray,
    images: np.ndarray,
    labels: np.ndarray,
    class_names: Sequence[str],
    title: str = "",
    alt: str = "",
    axis_names: Sequence[str] = ("first component", "second component"),
) -> Picture:
    """Pictures drawn as small points of a map, such as the first two principal components.

    `points`: float (N, 2), `images`: uint8 (N, H, W, 3), `labels`: int (N,). White ground becomes
    transparent, so that neighbours stay visible.
    """
    from matplotlib.offsetbox import AnnotationBbox, OffsetImage

    points, labels = np.asarray(points, dtype=float), np.asarray(labels)
    with canvas(width=9, height=6.2) as (figure, axes):
        axis = axes[0, 0]
        for point, image in zip(points, images, strict=True):
            ground = np.where(image.min(axis=-1) > 225, 0, 255).astype(np.uint8)
            small = OffsetImage(np.dstack([image, ground]), zoom=24 / image.shape[0])
            axis.add_artist(AnnotationBbox(small, point, frameon=False, pad=0))
        low, high = points.min(axis=0), points.max(axis=0)
        room = 0.05 * (high - low)
        axis.set(
            xlim=(low[0] - room[0], high[0] + room[0]), ylim=(low[1] - room[1], high[1] + room[1]),
            xlabel=axis_names[0], ylabel=axis_names[1], title=title,
        )  # fmt: skip
    centres = {
        class_names[label]: points[labels == label].mean(axis=0) for label in np.unique(labels).tolist()
    }
    ends = [
        f"{place} {pick(centres, key=lambda name: centres[name][axis_number])}"
        for place, pick, axis_number in (
            ("far left", min, 0), ("far right", max, 0), ("at the bottom", min, 1), ("at the top", max, 1),
        )
    ]  # fmt: skip
    return Picture(
        figure, alt or f"Map of {len(points)} thumbnails by two components; class means: {', '.join(ends)}."
    )
