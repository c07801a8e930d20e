"""Figures of pictures that a net made: rows of them with a name each, and a grid made visible on plain colours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from .picture import Picture, canvas


def picture_rows(
    rows: Mapping[str, Sequence[np.ndarray]],
    titles: Sequence[str] | None = None,
    title: str = "",
    alt: str = "",
    size: float = 0.85,
) -> Picture:
    """Rows of small pictures, each row with its name at the left.

    `rows`: name -> pictures (H, W, 3), uint8 or 0-1 (what lies beyond is cut off); all rows equally long. `titles`: one per
    column. `size`: inches per picture. Raises ValueError without pictures, or for rows or titles of different length.
    """
    lengths = {len(pictures) for pictures in rows.values()}
    if len(lengths) != 1 or 0 in lengths:
        raise ValueError(f"picture_rows needs rows of one length, 1 or more; got {sorted(lengths)}")
    columns = lengths.pop()
    if titles is not None and len(titles) != columns:
        raise ValueError(f"{columns} columns but {len(titles)} titles; pass one per column")
    left = 0.35 + 0.075 * max(len(line) for name in rows for line in name.split("\n"))
    height = len(rows) * size * 1.04 + (0.25 if titles is not None else 0) + (0.35 if title else 0.05)
    with canvas(len(rows), columns, width=left + columns * size, height=height) as (figure, axes):
        for number, (name, pictures) in enumerate(rows.items()):
            for place, picture in enumerate(pictures):
                axis = axes[number, place]
                axis.set(xticks=[], yticks=[])
                for spine in axis.spines.values():
                    spine.set(visible=True, color="0.8", linewidth=0.6)
                picture = np.asarray(picture)
                picture = picture if picture.dtype == np.uint8 else picture.clip(0, 1)
                axis.imshow(picture, interpolation="nearest")
                if number == 0 and titles is not None:
                    axis.set_title(titles[place], fontsize=8, loc="center", weight="normal", pad=2)
            axes[number, 0].set_ylabel(name, rotation=0, ha="right", va="center", fontsize=9, labelpad=6)
        if title:
            figure.suptitle(title, fontsize=11, weight="bold", x=0.01, ha="left")
    told = "; ".join(name.replace("\n", " ") for name in rows)
    heading = f"{title}: " if title else ""
    above = f" Above the columns: {', '.join(titles)}." if titles is not None else ""
    return Picture(figure, alt or f"{heading}{len(rows)} rows of {columns} small pictures: {told}.{above}")


def grid_on_plain_colours(
    patches: Mapping[str, np.ndarray],
    ripples: Mapping[str, float],
    times: int = 20,
    side: int = 24,
    title: str = "",
    alt: str = "",
) -> Picture:
    """What nets make of one plain colour, the differences from its mean enlarged so that a grid can be seen.

    `patches`: name -> picture (H, W, 3) of 0-1, whose middle `side` pixels are drawn. `ripples`: name -> strength of the grid
    in steps of 255, written below. `times`: how much larger differences are drawn. `title`: what they are, if empty.
    Raises ValueError when names do not match or a patch is smaller than `side`.
    """
    if not patches or set(patches) != set(ripples):
        raise ValueError(f"Each patch needs its ripple; got {sorted(patches)} and {sorted(ripples)}")
    with canvas(1, len(patches), width=max(5.6, 2.0 * len(patches)), height=2.7) as (figure, axes):
        for axis, (name, patch) in zip(axes[0], patches.items(), strict=True):
            patch = np.asarray(patch, dtype=float)
            if min(patch.shape[:2]) < side:
                raise ValueError(f"{name} has {patch.shape[:2]} pixels; {side} are needed per side")
            top, left = (patch.shape[0] - side) // 2, (patch.shape[1] - side) // 2
            patch = patch[top : top + side, left : left + side].mean(axis=2)
            axis.imshow(
                0.5 + times * (patch - patch.mean()), cmap="gray", vmin=0, vmax=1, interpolation="nearest"
            )
            axis.set(xticks=[], yticks=[])
            axis.set_title(name, fontsize=9, loc="center", weight="normal", pad=3)
            for spine in axis.spines.values():
                spine.set(visible=True, color="0.8", linewidth=0.6)
            axis.set_xlabel(f"grid: {ripples[name]:.1f} of 255", fontsize=9)
        figure.suptitle(
            title or f"Plain colours enlarged, differences drawn {times} times larger",
            fontsize=11,
            weight="bold",
            x=0.01,
            ha="left",
        )
    told = "; ".join(f"{name}, {ripples[name]:.1f} of 255" for name in patches)
    return Picture(
        figure,
        alt
        or f"Plain colours enlarged by nets, differences drawn {times} times larger. Strength of the grid: {told}.",
    )
