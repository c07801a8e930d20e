"""What a figure draws, in lines of text: each curve, bar, picture and word, where it is and how it looks."""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np

MATPLOTLIB = "3.11"  # figures are compared with this one only: each finds its own places for ticks and words
SHORT = 12  # as many numbers are written out; of more the ends and the mean are
PLAIN = re.compile(
    " (turned 0|normal normal|#000000ff|marker None 6|hatch None|values none)(?= |$)"
)  # as always


def comparable() -> bool:
    """Whether figures are drawn by the matplotlib that drew the kept ones."""
    import matplotlib

    return matplotlib.__version__.startswith(f"{MATPLOTLIB}.")


def described(figure, alt: str) -> str:
    """A drawn figure in words and numbers, its alt text first."""
    lines = [alt, f"figure of {numbers(figure.get_size_inches())} inches"]
    lines += [written(text) for text in figure.texts]
    if figure._suptitle is not None and figure._suptitle not in figure.texts:
        lines.append(written(figure._suptitle))
    lines += [legend_of(legend) for legend in figure.legends]
    for axes in figure.axes:
        lines += of_axes(axes)
    return "\n".join(PLAIN.sub("", line.replace("\n", " / ")) for line in lines)


def of_axes(axes) -> Iterator[str]:
    box = np.round(axes.get_position().bounds, 2)
    shown = "" if axes.axison else ", without axis"
    yield f"axes at {numbers(box)}, x {numbers(axes.get_xlim())} {axes.get_xscale()}, y {numbers(axes.get_ylim())} {axes.get_yscale()}{shown}"
    for where in ("left", "center", "right"):
        title = {"left": axes._left_title, "center": axes.title, "right": axes._right_title}[where]
        if title.get_text():
            yield f"  title {where}: {written(title)}"
    for name, axis in (("x", axes.xaxis), ("y", axes.yaxis)):
        if axis.label.get_text():
            yield f"  {name} label: {written(axis.label)}"
        ticks = [label for label in axis.get_ticklabels() if label.get_text()] if axes.axison else []
        if ticks:
            words = "|".join(label.get_text() for label in ticks)
            size, turned, side = ticks[0].get_fontsize(), ticks[0].get_rotation(), ticks[0].get_ha()
            lines = any(line.get_visible() for line in axis.get_gridlines())
            yield f"  {name} ticks {words} size {size:g} turned {turned:g} {side}{' grid' if lines else ''}"
    for line in axes.lines:
        yield (
            f"  line x {numbers(line.get_xdata())} y {numbers(line.get_ydata())} {colour(line.get_color())} "
            f"{line.get_linestyle()} width {line.get_linewidth():g} marker {line.get_marker()} "
            f"{line.get_markersize():g} {name_of(line)}"
        )
    for patch in axes.patches:
        box = patch.get_path().vertices if not hasattr(patch, "get_xy") else [patch.get_xy()]
        size = [
            getattr(patch, f"get_{side}")() for side in ("width", "height") if hasattr(patch, f"get_{side}")
        ]
        yield (
            f"  {type(patch).__name__} {numbers(box)} size {numbers(size)} face {colour(patch.get_facecolor())} "
            f"edge {colour(patch.get_edgecolor())} {patch.get_linestyle()} width {patch.get_linewidth():g} "
            f"hatch {patch.get_hatch()} {name_of(patch)}"
        )
    for group in axes.collections:
        paths = [path.vertices for path in group.get_paths()]
        yield (
            f"  {type(group).__name__.removeprefix('FillBetween')} at {numbers(group.get_offsets())} of {len(paths)} "
            f"{numbers(np.concatenate(paths) if paths else ())} face {colours(group.get_facecolor())} "
            f"edge {colours(group.get_edgecolor())} width {numbers(group.get_linewidth())} "
            f"values {numbers(group.get_array())} {name_of(group)}"
        )
    for image in axes.images:
        limits = "" if image.get_array().ndim == 3 else f" {image.cmap.name} from {numbers(image.get_clim())}"
        yield (
            f"  image {image.get_array().shape} {numbers(image.get_array())}{limits} over {numbers(image.get_extent())} "
            f"{image.get_interpolation()} {name_of(image)}"
        )
    for text in axes.texts:
        yield f"  {written(text)}"
    for artist in axes.artists:
        yield f"  {type(artist).__name__} at {numbers(getattr(artist, 'xy', ()))}"
    if axes.get_legend():
        yield f"  {legend_of(axes.get_legend())}"
    for inner in axes.child_axes:
        yield from (f"  inside: {line.strip()}" for line in of_axes(inner))


def written(text) -> str:
    """One text: its words, its place and its looks."""
    at = text.xyann if hasattr(text, "xyann") else text.get_position()
    more = f" about {numbers(text.xy)}" if hasattr(text, "xy") else ""
    if (arrow := getattr(text, "arrow_patch", None)) is not None:
        more += f" arrow {colour(arrow.get_edgecolor())} width {arrow.get_linewidth():g}"
    if (ground := text.get_bbox_patch()) is not None:
        more += f" on {colour(ground.get_facecolor())}"
    return (
        f"'{text.get_text()}' at {numbers(at)} {text.get_ha()} {text.get_va()} size {text.get_fontsize():g} "
        f"{text.get_weight()} {text.get_style()} {colour(text.get_color())} turned {text.get_rotation():g}{more}"
    )


def legend_of(legend) -> str:
    names = "|".join(text.get_text() for text in legend.get_texts())
    size = legend.get_texts()[0].get_fontsize() if legend.get_texts() else 0
    return f"legend {names} title '{legend.get_title().get_text()}' size {size:g} columns {legend._ncols} place {legend._loc}"


def name_of(artist) -> str:
    """What is left to say of any artist: its name for the legend, how opaque it is, and what it lies above."""
    label = str(artist.get_label())
    opaque = artist.get_alpha()
    parts = [
        "" if label.startswith("_") else f"'{label}'",
        "" if opaque is None else f"alpha {numbers(opaque)}",
        f"order {artist.get_zorder():g}",
        "" if artist.get_visible() else "hidden",
    ]
    return " ".join(part for part in parts if part)


def colour(value) -> str:
    from matplotlib.colors import to_hex

    return to_hex(value, keep_alpha=True) if value is not None else "none"


def colours(values) -> str:
    found = [colour(value) for value in values]
    return "|".join(found if len(found) <= SHORT else [*found[:3], f"{len(set(found))} different"])


def numbers(values) -> str:
    """A few numbers as they are; of many the first three, the last, the lowest, the highest and the mean."""
    if values is None:
        return "none"
    flat = np.ma.filled(np.ma.asarray(values, dtype=float), np.nan).ravel()
    if len(flat) <= SHORT:
        return " ".join(f"{value:.4g}" for value in flat) or "none"
    ends = " ".join(f"{value:.4g}" for value in (*flat[:3], flat[-1]))
    if not np.isfinite(flat).any():
        return f"{len(flat)}: {ends}"
    known = flat[np.isfinite(flat)]
    return f"{len(flat)}: {ends} in {known.min():.4g} to {known.max():.4g} mean {known.mean():.4g}"
