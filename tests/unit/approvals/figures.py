"""A figure in lines of text: its alt text, its size, and on each pair of axes all that was drawn."""

from __future__ import annotations

import numpy as np

from .values import MOST_PLACES, numbers, plain

MOST_ARTISTS = 6  # of one kind on one pair of axes


def described(picture: object) -> list[str]:
    """A figure in lines of text: its alt text, its size, and on each pair of axes all that was drawn."""
    figure = picture.figure
    lines = [f"figure {numbers(figure.get_size_inches())}", f"alt: {plain(picture.alt)}"]
    lines += [artist(text) for text in figure.texts if text.get_text()]
    lines += [artist(legend) for legend in figure.legends]
    if figure._suptitle is not None:
        lines.append(f"title {artist(figure._suptitle)}")
    last = []
    for axes in figure.axes:
        now = described_axes(axes)
        lines += ["same axes"] if now[1:] == last else now
        last = now[1:]
    return lines


def described_axes(axes: object) -> list[str]:
    """The lines of one pair of axes."""
    from matplotlib.axis import Axis
    from matplotlib.spines import Spine

    places = [round(round(float(value), 2), 1) for value in axes.get_position().bounds]
    lines = [f"axes at {' '.join(map(str, places))}"]
    if not axes.axison:
        lines.append("off")
    else:
        for name, axis in (("x", axes.xaxis), ("y", axes.yaxis)):
            lines.append(
                f"{name} {axis.get_scale()} {numbers(getattr(axes, f'get_{name}lim')())} "
                f"label {text_of(axis.label)} ticks {numbers(axis.get_majorticklocs())} "
                f"{[label.get_text() for label in axis.get_ticklabels()][:MOST_PLACES]} "
                f"{looks(axis.get_ticklabels()[0]) if axis.get_ticklabels() else ''} "
                f"minor {len(axis.get_minorticklocs())} {axis.get_ticks_position()} {axis.get_visible()} "
                f"grid {bool(axis._major_tick_kw.get('gridOn'))}"
            )
        shown = [side for side, spine in axes.spines.items() if spine.get_visible()]
        lines.append(f"spines {shown} aspect {axes.get_aspect()}")
    lines += [
        f"{side} {text_of(text)}"
        for side, text in (("title", axes.title), ("left", axes._left_title), ("right", axes._right_title))
        if text.get_text()
    ]
    kinds: dict[str, int] = {}
    for child in axes.get_children():
        if isinstance(child, Axis | Spine) or child is axes.patch:
            continue
        if child in (axes.title, axes._left_title, axes._right_title):
            continue
        kind = type(child).__name__
        kinds[kind] = kinds.get(kind, 0) + 1
        if kinds[kind] <= MOST_ARTISTS:
            said = artist(child)
            lines.append(said if not lines or lines[-1] != said else "the same")
    lines += [f"{count} {kind}" for kind, count in kinds.items() if count > MOST_ARTISTS]
    return lines


def text_of(text: object) -> str:
    return f"{text.get_text()!r} {looks(text)}" if text.get_text() else "''"


def looks(text: object) -> str:
    return (
        f"{text.get_fontsize():g} {text.get_fontweight()} {text.get_fontstyle()} {colour(text.get_color())} "
        f"{text.get_ha()} {text.get_va()} {text.get_rotation():g}"
    )


def artist(child: object) -> str:
    """One thing that was drawn, with its places and its looks."""
    from matplotlib import collections, image, legend, lines, patches, text

    kind, alpha = type(child).__name__, child.get_alpha()
    alpha = numbers(alpha) if isinstance(alpha, np.ndarray) else alpha
    common = f"{kind} {alpha} {child.get_zorder():g} {'' if child.get_visible() else 'hidden '}"
    label = child.get_label()
    if label and not str(label).startswith("_"):
        common += f"{label!r} "
    if child.get_clip_on() is False:
        common += "unclipped "
    if isinstance(child, text.Annotation):
        arrow = child.arrowprops and sorted(map(str, child.arrowprops.items()))
        return common + (
            f"{text_of(child)} at {numbers(child.xy)} {child.xycoords} from {numbers(child.xyann)} "
            f"{child.anncoords} {arrow}"
        )
    if isinstance(child, text.Text):
        around = child.get_bbox_patch()
        box = f" in {colour(around.get_facecolor())}" if around else ""
        return common + f"{text_of(child)} at {numbers(child.get_unitless_position())}{box}"
    if isinstance(child, lines.Line2D):
        return common + (
            f"{colour(child.get_color())} {child.get_linewidth():g} {child.get_linestyle()} {child.get_marker()} "
            f"{child.get_markersize():g} {colour(child.get_markerfacecolor())} {child.get_drawstyle()} "
            f"{numbers(child.get_xdata())} {numbers(child.get_ydata())}"
        )
    if isinstance(child, patches.Patch):
        path = child.get_path().transformed(child.get_patch_transform())
        style = getattr(child, "get_arrowstyle", lambda: "")() or getattr(child, "get_boxstyle", lambda: "")()
        return common + (
            f"{colour(child.get_facecolor())} {colour(child.get_edgecolor())} {child.get_linewidth():g} "
            f"{child.get_linestyle()} {child.get_hatch()} {type(style).__name__} {numbers(path.vertices)}"
        )
    if isinstance(child, image.AxesImage):
        return common + (
            f"{numbers(child.get_array())} {child.get_cmap().name} {numbers(child.get_clim())} "
            f"{numbers(child.get_extent())} {child.get_interpolation()} {child.origin}"
        )
    if isinstance(child, collections.Collection):
        paths = [path.vertices for path in child.get_paths()]
        shape = numbers(np.concatenate(paths)) if paths else ""
        values = child.get_array()
        return common + (
            f"{colours(child.get_facecolor())} {colours(child.get_edgecolor())} {numbers(child.get_linewidth())} "
            f"{numbers(child.get_offsets())} {shape} {numbers(child.get_sizes()) if hasattr(child, 'get_sizes') else ''} "
            f"{'' if values is None else f'{numbers(values)} {child.get_cmap().name} {numbers(child.get_clim())}'}"
        )
    if isinstance(child, legend.Legend):
        names = [entry.get_text() for entry in child.get_texts()]
        anchor = child.get_bbox_to_anchor()
        where = numbers(child.axes.transAxes.inverted().transform(anchor)) if child.axes else ""
        size = child.get_texts()[0].get_fontsize() if names else ""
        return common + f"{names} {child._loc} {where} {child._ncols} {child.get_title().get_text()!r} {size}"
    return common


def colour(value: object) -> str:
    from matplotlib import colors

    if isinstance(value, str) and value in ("none", "auto"):
        return value
    return colors.to_hex(value, keep_alpha=True)


def colours(values: object) -> str:
    return " ".join(colour(value) for value in np.atleast_2d(values)[:4]) if len(values) else "none"
