"""Figures of what one can ask about a picture: six tasks side by side, kinds and things per pixel, points on things."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from .labels import ink, set_apart
from .picture import COLOURS, Picture, canvas

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.text import Text
    from pandas import DataFrame, Series

SIDES = ("left", "top", "right", "bottom")
# How much of a pixel's colour is that of its kind: with less, light and dark grounds blur two blues.
COVER = 0.85


def six_tasks(
    picture: np.ndarray, things: DataFrame, kinds: np.ndarray, instances: np.ndarray, names: Sequence[str]
) -> Picture:
    """One picture under six questions: what, where, what all is where, what is each pixel, which thing, and which points.

    `picture`: uint8 (H, W, 3). `things`: a row per thing with instance, kind, left, top, right, bottom, stem_x, stem_y,
    stem_seen, tip_x, tip_y, tip_seen. `kinds`: (H, W), 0 for ground, then number in `names` + 1. `instances`: (H, W), 0 for
    ground. The largest thing is the one that classification and localisation answer with.
    Raises ValueError without things.
    """
    if not len(things):
        raise ValueError("six_tasks needs a picture with at least one thing; its table is empty")
    areas = (things["right"] - things["left"]) * (things["bottom"] - things["top"])
    largest = things.loc[areas.idxmax()]
    points = []
    with canvas(2, 3, width=8.4, height=6.3) as (figure, axes):
        for axis in axes.flat:
            axis.imshow(picture, interpolation="nearest")
            axis.set_axis_off()
        what, where, every, pixel, which, point = axes.flat
        _titled(what, "Classification: what is it?")
        _named(what, 2, 2, largest["kind"], names, "top")
        _titled(where, "Localisation: and where?")
        alone = _box(where, largest, names)
        _titled(every, "Detection: which ones, and where?")
        named = [_box(every, thing, names) for _, thing in things.iterrows()]
        _titled(pixel, "Segmentation: what is each pixel?")
        pixel.imshow(coloured(picture, kinds), interpolation="nearest")
        _titled(which, "Instances: which one?")
        which.imshow(coloured(picture, instances), interpolation="nearest")
        for number in np.unique(instances[instances > 0]):
            rows, columns = np.nonzero(instances == number)
            spot = which.text(
                columns.mean(), rows.mean(), str(number), ha="center", va="center", color="white"
            )
            spot.set(weight="bold", path_effects=[_outlined()])
        _titled(point, "Key points: which spots?")
        for _, thing in things.iterrows():
            for name, mark, colour in (("stem", "o", COLOURS[1]), ("tip", "s", COLOURS[5])):
                if thing[f"{name}_seen"] == 1:
                    place = thing[f"{name}_x"] - 0.5, thing[f"{name}_y"] - 0.5
                    label = None if name in points else name
                    point.plot(*place, mark, color=colour, markeredgecolor="white", markersize=8, label=label)
                    points.append(name)
        if points:
            point.legend(fontsize=7, handletextpad=0.2, borderpad=0.3, frameon=True)
        figure.draw_without_rendering()  # where the axes come to lie decides where words have room
        set_apart(figure, where, [alone], [largest[list(SIDES)] - 0.5], pad=1)
        set_apart(figure, every, named, things[list(SIDES)].to_numpy(float) - 0.5, pad=1)
    counts = Counter(things["kind"].str.lower())
    told = ", ".join(f"{kind} {count}" for kind, count in counts.items())
    marked = Counter(points)
    return Picture(
        figure,
        f"One picture six times. Classification says {largest['kind'].lower()}. Localisation draws a box around it. "
        f"Detection has {len(things)} boxes ({told}). Segmentation colours {np.mean(kinds > 0):.0%} of the pixels in "
        f"{len(np.unique(kinds[kinds > 0]))} colours, one per kind. Instances have "
        f"{len(np.unique(instances[instances > 0]))} colours, one per fruit. Key points mark {marked['stem']} stem ends "
        f"and {marked['tip']} tips.",
    )


def coloured(picture: np.ndarray, numbers: np.ndarray) -> np.ndarray:
    """A picture whose pixels take the colour of their number: uint8 (H, W, 3); 0 stays as it is, in grey."""
    picture = np.asarray(picture, float)
    grey = np.repeat(picture.mean(axis=-1, keepdims=True), 3, axis=-1)
    palette = np.array([[int(one[place : place + 2], 16) for place in (1, 3, 5)] for one in COLOURS])
    painted = (1 - COVER) * grey + COVER * palette[(np.asarray(numbers, int) - 1) % len(palette)]
    return np.where((np.asarray(numbers) > 0)[..., None], painted, grey).round().astype(np.uint8)


def label_maps(
    pictures: Sequence[np.ndarray],
    maps: Mapping[str, Sequence[np.ndarray]],
    names: Sequence[str] | None = None,
    title: str = "",
    alt: str = "",
    size: float = 1.5,
) -> Picture:
    """Pictures in the first row, and below them, row by row, what different ones say about each of their pixels.

    `pictures`: N arrays uint8 (H, W, 3). `maps`: row -> N arrays of numbers (H, W), 0 for ground. `names`: those of the
    numbers from 1, for kinds; None where they count things, and the alt text tells how many.
    Raises ValueError where numbers or shapes do not match.
    """
    for row, given in maps.items():
        if len(given) != len(pictures):
            raise ValueError(
                f"{len(pictures)} pictures but {len(given)} maps in {row!r}; pass one per picture"
            )
        for picture, one in zip(pictures, given, strict=True):
            if np.shape(one) != np.shape(picture)[:2]:
                raise ValueError(
                    f"A picture {np.shape(picture)} needs a map of shape {np.shape(picture)[:2]}"
                )
    used = sorted(
        {int(number) for given in maps.values() for one in given for number in np.unique(one) if number}
    )
    legend = names is not None and used
    height = size * (len(maps) + 1) + (0.3 if title else 0.05) + (0.5 if legend else 0)
    with canvas(len(maps) + 1, len(pictures), width=size * len(pictures) + 0.9, height=height) as (
        figure,
        axes,
    ):
        for row, (name, shown) in enumerate([("picture", pictures), *maps.items()]):
            for column, axis in enumerate(axes[row]):
                image = shown[column] if row == 0 else coloured(pictures[column], shown[column])
                axis.imshow(image, interpolation="nearest")
                axis.set(xticks=[], yticks=[])
                for spine in axis.spines.values():
                    spine.set_visible(False)
            axes[row, 0].set_ylabel(name)
        if legend:
            for number in used:
                axes[0, 0].plot(
                    [], [], "s", color=COLOURS[(number - 1) % len(COLOURS)], label=names[number - 1]
                )
            figure.legend(loc="outside lower center", ncols=min(len(used), 5), fontsize=8)
        if title:
            figure.suptitle(title, fontsize=11, weight="bold", x=0.01, ha="left")
    told = [f"{row}, {_told(given, names)}" for row, given in maps.items()]
    heading = f"{title}: " if title else ""
    return Picture(
        figure, alt or f"{heading}{len(pictures)} pictures and what their pixels are. {'; '.join(told)}."
    )


def _told(given: Sequence[np.ndarray], names: Sequence[str] | None) -> str:
    if names is None:
        return "things per picture " + ", ".join(
            str(len(np.unique(one[one > 0]))) for one in map(np.asarray, given)
        )
    kinds = [sorted({names[int(number) - 1] for number in np.unique(one) if number}) for one in given]
    return " / ".join(" and ".join(found) if found else "only ground" for found in kinds)


def points_on_things(
    pictures: Sequence[np.ndarray],
    true: np.ndarray,
    found: np.ndarray,
    names: Sequence[str],
    title: str = "",
    alt: str = "",
    size: float = 1.5,
    columns: int = 6,
) -> Picture:
    """Where points are and where a net says that they are: a ring at the truth, a cross at the answer, a line between.

    `pictures`: N arrays uint8 (H, W, 3). `true`, `found`: x and y in pixels (N, points, 2); a true point of NaN is not
    drawn. `names`: one per point. Raises ValueError where numbers do not match.
    """
    true, found = np.asarray(true, float), np.asarray(found, float)
    if true.shape != found.shape or true.shape[:2] != (len(pictures), len(names)):
        raise ValueError(
            f"{len(pictures)} pictures with {len(names)} points need x and y of shape ({len(pictures)}, {len(names)}, 2); "
            f"got {true.shape} and {found.shape}"
        )
    columns = min(columns, len(pictures))
    rows = -(-len(pictures) // columns)
    with canvas(rows, columns, width=columns * size, height=rows * size + (0.75 if title else 0.4)) as (
        figure,
        axes,
    ):
        for axis in axes.flat:
            axis.set_axis_off()
        for axis, picture, places, answers in zip(axes.flat, pictures, true, found, strict=False):
            axis.imshow(picture, interpolation="nearest")
            axis.set_autoscale_on(False)
            for point, (place, answer) in enumerate(zip(places - 0.5, answers - 0.5, strict=True)):
                if np.isfinite(place).all():
                    colour = (COLOURS[1], COLOURS[5])[point % 2]
                    axis.plot(*np.stack([place, answer], axis=1), color="white", linewidth=1)
                    axis.plot(
                        *place, "o", color="none", markeredgecolor=colour, markeredgewidth=2, markersize=9
                    )
                    axis.plot(*answer, "x", color=colour, markeredgewidth=2, markersize=7)
        for point, name in enumerate(names):
            colour = (COLOURS[1], COLOURS[5])[point % 2]
            axes[0, 0].plot([], [], "o", color="none", markeredgecolor=colour, label=f"{name}, truth")
            axes[0, 0].plot([], [], "x", color=colour, label=f"{name}, the net")
        figure.legend(loc="outside lower center", ncols=4, fontsize=8)
        if title:
            figure.suptitle(title, fontsize=11, weight="bold", x=0.01, ha="left")
    far = np.linalg.norm(true - found, axis=-1)
    told = [
        f"{name}: {np.nanmedian(far[:, point]):.1f} pixels in the middle, {np.nanmax(far[:, point]):.1f} at most"
        for point, name in enumerate(names)
        if np.isfinite(far[:, point]).any()
    ]
    heading = f"{title}: " if title else ""
    return Picture(
        figure,
        alt or f"{heading}{len(pictures)} pictures with true and found points. Distances, {'; '.join(told)}.",
    )


def _titled(axis: Axes, text: str) -> None:
    axis.set_title(text, fontsize=9, weight="bold", loc="left")


def _box(axis: Axes, thing: Series, names: Sequence[str]) -> Text:
    """A frame around a thing, and its kind above the left corner."""
    from matplotlib.patches import Rectangle

    left, top, right, bottom = (float(thing[side]) for side in SIDES)
    for line, width in (("white", 4), (_colour(thing["kind"], names), 2)):  # a light rim: seen on any ground
        axis.add_patch(
            Rectangle(
                (left - 0.5, top - 0.5), right - left, bottom - top, fill=False, edgecolor=line, linewidth=width
            )
        )  # fmt: skip
    return _named(axis, left, top, thing["kind"], names)


def _colour(kind: str, names: Sequence[str]) -> str:
    return COLOURS[list(names).index(kind) % len(COLOURS)]


def _named(axis: Axes, x: float, y: float, kind: str, names: Sequence[str], where: str = "bottom") -> Text:
    colour = _colour(kind, names)
    box = {"facecolor": colour, "edgecolor": "none", "pad": 1}
    text = axis.text(x, y, kind.lower(), fontsize=8, color=ink(colour), va=where, bbox=box)
    text.set_in_layout(False)
    return text


def _outlined():
    from matplotlib.patheffects import withStroke

    return withStroke(linewidth=2.5, foreground="black")
