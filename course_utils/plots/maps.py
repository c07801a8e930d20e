"""Figures of what a net sees where: heat maps over pictures, and the maps of its layers through the depth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from .picture import Picture, canvas

HEAT = "inferno"


def heat_maps(
    images: Sequence[np.ndarray],
    heats: Sequence[np.ndarray],
    titles: Sequence[str] | None = None,
    masks: Sequence[np.ndarray] | None = None,
    title: str = "",
    alt: str = "",
    size: float = 1.35,
    strength: float = 0.6,
) -> Picture:
    """Pictures above, the same pictures under their heat maps below.

    `images`: N arrays uint8 (H, W, 3). `heats`: N maps (H, W) in 0-1, hot at 1. `masks`: N arrays bool (H, W),
    drawn as an outline. `strength`: how much of the colour is the map's, 0-1.
    Raises ValueError when numbers or shapes do not match.
    """
    images, heats = [np.asarray(one) for one in images], [np.asarray(one, dtype=float) for one in heats]
    masks = None if masks is None else [np.asarray(one, dtype=bool) for one in masks]
    for name, others in (("heats", heats), ("titles", titles), ("masks", masks)):
        if others is not None and (not images or len(others) != len(images)):
            raise ValueError(f"{len(images)} images but {len(others)} {name}; pass one an image")
    for image, *maps in zip(images, heats, masks or heats, strict=True):
        if any(one.shape != image.shape[:2] for one in maps):
            raise ValueError(f"A picture {image.shape} needs a map and a mask of shape {image.shape[:2]}")
    lines = max((one.count("\n") + 1 for one in titles), default=1) if titles is not None else 0
    height = 2 * size + 0.2 * lines + (0.35 if title else 0.05)
    with canvas(2, len(images), width=len(images) * size + 0.8, height=height) as (figure, axes):
        for column, (image, heat) in enumerate(zip(images, heats, strict=True)):
            above, below = axes[:, column]
            above.imshow(image)
            below.imshow(image.mean(axis=-1), cmap="gray", vmin=0, vmax=255)
            shown = below.imshow(heat, cmap=HEAT, vmin=0, vmax=1, alpha=strength)
            if masks is not None:
                below.contour(masks[column], levels=[0.5], colors="white", linewidths=1.2)
            above.set_axis_off()
            below.set_axis_off()
            if titles is not None:
                above.set_title(titles[column], fontsize=8, loc="center", weight="normal", pad=2)
        # Beside the whole grid, though as high as its lower row: a map stays exactly below its picture.
        bar = figure.colorbar(
            shown, ax=axes, label="heat", fraction=0.05, pad=0.01, shrink=0.46, anchor=(0.0, 0.0)
        )
        bar.solids.set_alpha(1)
        if title:
            figure.suptitle(title, fontsize=11, weight="bold", x=0.01, ha="left")
    names = titles if titles is not None else [f"picture {number}" for number in range(1, len(images) + 1)]
    told = []
    for number, (name, heat) in enumerate(zip(names, heats, strict=True)):
        inside = ""
        if masks is not None and heat.any():
            row, column = np.unravel_index(heat.argmax(), heat.shape)
            inside = ", on the object" if masks[number][row, column] else ", beside the object"
        told.append(f"{' '.join(name.split())}: {_hottest_place(heat)}{inside}")
    what = (
        "A picture, and below it the same"
        if len(images) == 1
        else f"{len(images)} pictures, and below them the same"
    )
    summary = f"{what} under a heat map. {'; '.join(told)}."
    return Picture(figure, alt or (f"{title}: {summary}" if title else summary))


def maps_through_depth(
    maps: Mapping[str, np.ndarray], count: int = 8, title: str = "", alt: str = "", size: float = 0.95
) -> Picture:
    """One row a layer: the maps of its `count` most active channels, each stretched to its own range.

    `maps`: layer name -> array (H, W, channels), from the first layer to the last.
    Raises ValueError without layers or for an array of another number of axes.
    """
    if not maps:
        raise ValueError("maps_through_depth got no maps; pass a dictionary of layer name: (H, W, channels)")
    arrays = {name: np.asarray(one, dtype=float) for name, one in maps.items()}
    for name, one in arrays.items():
        if one.ndim != 3:
            raise ValueError(f"The maps of {name!r} have shape {one.shape}; expected (H, W, channels)")
    height = len(arrays) * (size + 0.04) + (0.35 if title else 0.05)
    with canvas(len(arrays), count, width=count * size + 1.4, height=height) as (figure, axes):
        for row, (name, one) in enumerate(arrays.items()):
            strongest = np.argsort(-one.mean(axis=(0, 1)), kind="stable")[:count]
            for axis in axes[row]:
                axis.set(xticks=[], yticks=[])
                axis.spines[:].set_visible(False)
            for axis, channel in zip(axes[row], strongest, strict=False):
                axis.imshow(one[..., channel], cmap="gray", interpolation="nearest")
            rows, columns, channels = one.shape
            axes[row, 0].set_ylabel(
                f"{name}\n{rows}×{columns}, {channels} maps",
                rotation=0, ha="right", va="center", fontsize=8, labelpad=4,
            )  # fmt: skip
        if title:
            figure.suptitle(title, fontsize=11, weight="bold", x=0.01, ha="left")
    told = "; ".join(f"{name} {one.shape[0]} by {one.shape[1]}" for name, one in arrays.items())
    summary = f"{count} feature maps a layer, a row each, bright where active, from fine to coarse: {told}."
    return Picture(figure, alt or (f"{title}: {summary}" if title else summary))


def _hottest_place(heat: np.ndarray) -> str:
    """In words, where a map is hottest: a ninth of the picture."""
    if not heat.any():
        return "no heat anywhere"
    row, column = np.unravel_index(heat.argmax(), heat.shape)
    down = ("upper", "middle", "lower")[min(2, 3 * int(row) // heat.shape[0])]
    across = ("left", "middle", "right")[min(2, 3 * int(column) // heat.shape[1])]
    place = {("middle", "middle"): "in the middle"}.get((down, across), f"{down} {across}")
    return f"hottest {place}"
