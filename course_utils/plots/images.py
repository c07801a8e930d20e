"""Figures that show pictures: grids of them, their values, maps of many."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .picture import COLOURS, Picture, apart, canvas

_OVERSHOT = 2  # the largest value of a picture in 0-1 that sharpening has overshot


def image_grid(
    images: Sequence[np.ndarray],
    titles: Sequence[str] | None = None,
    columns: int = 8,
    title: str = "",
    alt: str = "",
    size: float = 1.1,
    title_colours: Sequence[str] | None = None,
    frame: bool = False,
) -> Picture:
    """Pictures side by side.

    `images`: N arrays, (H, W, 3), (H, W, 1) or (H, W): uint8, or numbers in 0-1 or 0-255. `titles`: one a picture, such as
    names or labels. `size`: inches a picture. `frame`: a thin line around each, for pictures that end in the colour of
    the page or of their neighbour. Raises ValueError without images or when titles do not match them.
    """
    images = [np.asarray(image) for image in images]
    titles = [str(title) for title in titles] if titles is not None else None
    if not images:
        raise ValueError("image_grid got no images; pass at least one array of shape (H, W, 3)")
    if titles is not None and len(titles) != len(images):
        raise ValueError(f"{len(images)} images but {len(titles)} titles; pass one title per image")
    columns = min(columns, len(images))
    rows = -(-len(images) // columns)
    title_space = 0.22 if titles is not None else 0.04
    height = rows * (size + title_space * max(1, _lines(titles))) + (0.35 if title else 0.05)
    with canvas(rows, columns, width=max(columns * size, 2.5), height=height) as (figure, axes):
        for position, axis in enumerate(axes.flat):
            if frame and position < len(images):
                axis.set(xticks=[], yticks=[])
                for spine in axis.spines.values():
                    spine.set(visible=True, color="#888888", linewidth=1)
            else:
                axis.set_axis_off()
            if position < len(images):
                picture = _drawable(images[position])
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


def _drawable(picture: np.ndarray) -> np.ndarray:
    """A picture as matplotlib takes it: colours as bytes or in 0-1, grey ones without a third axis."""
    if picture.ndim == 3 and picture.shape[2] == 1:
        picture = picture[..., 0]
    if picture.dtype == bool:
        return picture.astype(float)
    if picture.dtype == np.uint8 or picture.ndim != 3:
        return picture
    low, high = float(picture.min()), float(picture.max())
    if not (np.isfinite([low, high]).all() and low >= 0 and high <= 255):
        raise ValueError(
            f"image_grid got a picture with values from {low:.3g} to {high:.3g}; expected 0-1 or 0-255. Of a "
            "preprocessed picture, show what it was before"
        )
    whole_numbers = np.issubdtype(picture.dtype, np.integer)
    if whole_numbers or high > _OVERSHOT:
        return np.round(picture).astype(np.uint8)  # matplotlib would cut floats in 0-255 at 1, all white
    return np.clip(picture, 0, 1)


def _lines(titles: Sequence[str] | None) -> int:
    return max((title.count("\n") + 1 for title in titles), default=1) if titles is not None else 1


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
    """Each picture as a point at its mean red and mean blue, painted in its mean colour; lines lead from class means to names.

    `colours`: float (N, 3), mean red, green and blue in 0-255. `labels`: int (N,).
    """
    colours, labels = np.asarray(colours, dtype=float), np.asarray(labels)
    present = [label for label in range(len(class_names)) if np.any(labels == label)]
    centres = np.array([colours[labels == label].mean(axis=0) for label in present])
    names = [class_names[label] for label in present]
    with canvas(width=8, height=5) as (figure, axes):
        axis = axes[0, 0]
        axis.scatter(colours[:, 0], colours[:, 2], c=np.clip(colours / 255, 0, 1), s=10, linewidths=0)
        drawn, spans = centres[:, [0, 2]], np.ptp(colours[:, [0, 2]], axis=0) + 1e-9
        least, most = colours[:, 0].min(), colours[:, 0].max()
        to_left = np.argsort(np.argsort(drawn[:, 0])) < len(names) // 2
        # Names of 9 points take this share of the axis, which is seven inches wide, on each side.
        left_room, right_room = (
            max((0.035 + 0.0095 * len(name) for name in np.array(names)[those]), default=0)
            for those in (to_left, ~to_left)
        )
        whole = 1.12 * spans[0] / max(1 - left_room - right_room, 0.2)
        for those, edge, ends in (
            (to_left, least - 0.06 * spans[0], "right"),
            (~to_left, most + 0.06 * spans[0], "left"),
        ):
            heights = _led_out(drawn[those] / spans, edge / spans[0], gap=1 / 16) * spans[1]
            for (red, blue), height, name in zip(drawn[those], heights, np.array(names)[those], strict=True):
                # Below the points: a line to a name may hide none of them.
                axis.plot([red, edge], [blue, height], color="0.45", linewidth=0.6, zorder=0)
                axis.plot(red, blue, "o", color="black", markersize=4)
                axis.text(edge, height, f" {name} ", ha=ends, va="center", fontsize=9)
        axis.set_xlim(
            least - 0.06 * spans[0] - left_room * whole, most + 0.06 * spans[0] + right_room * whole
        )
        axis.set_xticks([tick for tick in axis.get_xticks() if least - 10 < tick < most + 10])
        axis.set(xlabel="mean red (0–255)", ylabel="mean blue (0–255)", title=title)
    reddest, bluest = names[centres[:, 0].argmax()], names[centres[:, 2].argmax()]
    darkest = names[centres.sum(axis=1).argmin()]
    said = f"{reddest} has the most red, {bluest} the most blue."
    if reddest == bluest:
        said = f"{reddest} has the most red and the most blue."
    gaps = np.linalg.norm(drawn[:, None] - drawn[None], axis=-1) + np.where(np.eye(len(names)), np.inf, 0)
    summary = (
        f"Scatter plot of the mean colours of {len(colours)} pictures, mean red against mean blue, in clouds by "
        f"class. {said} {darkest} is darkest."
    )
    if len(names) > 1:
        one, other = np.unravel_index(gaps.argmin(), gaps.shape)
        summary += f" {names[one]} and {names[other]} lie closest together."
    return Picture(figure, alt or summary)


def _led_out(points: np.ndarray, edge: float, gap: float) -> np.ndarray:
    """Heights of labels in a column at `edge`, one per point (N, 2), such that no two lines to them cross.

    Of all ways to share out the heights, the one whose lines are shortest together has no crossing.
    """
    from scipy.optimize import linear_sum_assignment

    if not len(points):
        return np.zeros(0)
    heights = np.sort(apart(points[:, 1], gap))
    across = points[:, :1] - edge
    return heights[linear_sum_assignment(np.hypot(across, points[:, 1:] - heights))[1]]


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
