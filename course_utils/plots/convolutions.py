"""Figures of a convolution's arithmetic: grids of numbers, filters at work, what one value sees, layers lit up."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from .picture import COLOURS, DIVERGING, SEQUENTIAL, Picture, canvas

CELL = 0.36  # inches a side of a cell with a number in it
Frame = tuple[int, int, int, int]  # row, column, height, width
FRAME = {"fill": False, "linewidth": 2.2, "edgecolor": COLOURS[1]}


def number_grids(
    grids: Mapping[str, np.ndarray],
    frames: Mapping[str, Sequence[Frame]] | None = None,
    signs: Sequence[str] = (),
    title: str = "",
    alt: str = "",
) -> Picture:
    """Small matrices side by side with their numbers, tinted by sign and size.

    `grids`: name -> array (H, W), at most 12 by 12. `frames`: name -> (row, column, height, width) of cells to
    mark. `signs`: what stands between neighbours, such as `("×", "=")`.
    Raises ValueError for an array of another shape and for frames of a grid that is not there.
    """
    arrays = {name: np.asarray(one, dtype=float) for name, one in grids.items()}
    frames = frames or {}
    for name, one in arrays.items():
        if one.ndim != 2 or max(one.shape) > 12:
            raise ValueError(f"Grid {name!r} has shape {one.shape}; expected (H, W), at most 12 by 12")
    if not arrays or set(frames) - set(arrays):
        raise ValueError(f"Frames for {sorted(set(frames) - set(arrays))}, but the grids are {list(arrays)}")
    gaps = [1.6] * (len(arrays) - 1)
    widths = [max(one.shape[1], 0.27 * len(name)) for name, one in arrays.items()]
    tall = max(one.shape[0] for one in arrays.values())
    across = sum(widths) + sum(gaps)
    # A title needs its room even above narrow grids.
    wide = max(across * CELL + 0.3, 0.085 * len(title) + 0.3)
    with canvas(width=wide, height=(tall + 1.1) * CELL + (0.35 if title else 0.1)) as (figure, axes):
        axis = axes[0, 0]
        axis.set(xlim=(-0.2, (wide - 0.3) / CELL + 0.2), ylim=(tall + 0.1, -1.1), aspect="equal", anchor="W")
        axis.set_axis_off()
        left = 0.0
        for number, (name, one) in enumerate(arrays.items()):
            x = left + (widths[number] - one.shape[1]) / 2
            y = (tall - one.shape[0]) / 2
            _draw_numbers(axis, one, x, y)
            axis.text(left + widths[number] / 2, y - 0.35, name, ha="center", va="bottom", fontsize=10)
            for row, column, height, width in frames.get(name, ()):
                axis.add_patch(_rectangle(x + column, y + row, width, height, zorder=5, **FRAME))
            left += widths[number]
            if number < len(gaps):
                sign = signs[number] if number < len(signs) else ""
                axis.text(left + gaps[number] / 2, tall / 2, sign, ha="center", va="center", fontsize=16)
                left += gaps[number]
        if title:
            figure.suptitle(title, fontsize=11, weight="bold", x=0.01, ha="left")
    told = "; ".join(f"{name}: {_rows(one)}" for name, one in arrays.items())
    marked = [
        f"in {name} a frame around {height} by {width} cells at row {row}, column {column}"
        for name, places in frames.items()
        for row, column, height, width in places[:1]
    ]
    summary = f"Grids of numbers. {told}." + (f" Marked: {'; '.join(marked)}." if marked else "")
    return Picture(figure, alt or (f"{title}: {summary}" if title else summary))


def sliding_window(
    image: np.ndarray,
    kernel: np.ndarray,
    output: np.ndarray,
    row: int,
    column: int,
    stride: int = 1,
    dilation: int = 1,
    bias: float = 0.0,
    title: str = "",
) -> Picture:
    """One step of a convolution: the window on the (padded) input, the kernel, and the value that comes out.

    `image` (H, W), `kernel` (h, w), `output`: whole feature map. `row`, `column`: place in the output.
    Raises ValueError for a place that is not in the output.
    """
    image, kernel, output = (np.asarray(one, dtype=float) for one in (image, kernel, output))
    if not (0 <= row < output.shape[0] and 0 <= column < output.shape[1]):
        raise ValueError(f"Place ({row}, {column}) is not in an output of shape {output.shape}")
    taps = [
        (row * stride + i * dilation, column * stride + j * dilation)
        for i in range(kernel.shape[0])
        for j in range(kernel.shape[1])
    ]
    if dilation == 1:
        window = [(row * stride, column * stride, *kernel.shape)]
    else:
        window = [(r, c, 1, 1) for r, c in taps]
    terms = [
        f"{image[place]:g}·{_bracketed(weight)}" for place, weight in zip(taps, kernel.flat, strict=True)
    ]
    shown = " + ".join(terms) + (f" + {bias:g}" if bias else "") + f" = {output[row, column]:g}"
    picture = number_grids(
        {"input": image, "kernel": kernel, "output": output},
        {"input": window, "output": [(row, column, 1, 1)]},
        ("∗", "="),
        title or (shown if len(shown) < 75 else f"Output at row {row}, column {column}"),
    )
    heading = f"{title}. " if title else ""
    text = f"{heading}The window at output row {row}, column {column}: {shown}. "
    return Picture(picture.figure, text + picture.alt[picture.alt.index("Grids of numbers.") :])


def filter_responses(
    image: np.ndarray,
    kernels: Mapping[str, np.ndarray],
    responses: Mapping[str, np.ndarray],
    title: str = "",
    alt: str = "",
    size: float = 1.9,
) -> Picture:
    """A grey picture and what filters make of it, each kernel above its response.

    `image`: (H, W), 0-255. Responses of kernels whose weights add up to 0 are drawn around zero (purple above,
    orange below, one scale for all of them), others as grey pictures. Raises ValueError when kernels and responses have other names.
    """
    if list(kernels) != list(responses):
        raise ValueError(f"Kernels {list(kernels)} but responses {list(responses)}; use the same names")
    image = np.asarray(image, dtype=float)
    told = []
    # One scale for all maps around zero, so that a faint answer looks faint.
    around_zero = [responses[name] for name, kernel in kernels.items() if np.isclose(np.sum(kernel), 0)]
    limit = max((float(np.percentile(np.abs(one), 97)) for one in around_zero), default=1.0) or 1.0
    with canvas(
        2, len(kernels) + 1, width=(len(kernels) + 1) * size, height=1.75 * size + 0.4, height_ratios=(0.6, 1)
    ) as (figure, axes):
        for axis in axes.flat:
            axis.set_axis_off()
        axes[1, 0].imshow(image, cmap="gray", vmin=0, vmax=255, interpolation="nearest")
        axes[1, 0].set_title("the picture", fontsize=10, loc="center", weight="normal", pad=4)
        for column, (name, kernel) in enumerate(kernels.items(), start=1):
            kernel, response = np.asarray(kernel, dtype=float), np.asarray(responses[name], dtype=float)
            above, below = axes[:, column]
            above.set(
                xlim=(-0.3, kernel.shape[1] + 0.3), ylim=(kernel.shape[0] + 0.15, -0.75), aspect="equal"
            )
            _draw_numbers(above, kernel, 0, 0)
            above.text(kernel.shape[1] / 2, -0.2, name, ha="center", va="bottom", fontsize=10)
            if np.isclose(kernel.sum(), 0):
                below.imshow(response, cmap=DIVERGING, vmin=-limit, vmax=limit, interpolation="nearest")
            else:
                below.imshow(response, cmap="gray", vmin=0, vmax=255, interpolation="nearest")
            answer = f"{name} ({_rows(kernel)}) answers from {response.min():.0f} to {response.max():.0f}"
            if np.isclose(kernel.sum(), 0):
                answer += f", with {(np.abs(response) < limit / 10).mean():.0%} of its values near zero"
            told.append(answer)
        if title:
            figure.suptitle(title, fontsize=11, weight="bold", x=0.01, ha="left")
    summary = (
        f"A grey picture of {image.shape[0]} by {image.shape[1]} pixels under filters: {'; '.join(told)}."
    )
    return Picture(figure, alt or (f"{title}: {summary}" if title else summary))


def influence_maps(
    maps: Mapping[str, np.ndarray], title: str = "", alt: str = "", size: float = 1.7
) -> Picture:
    """How much each input pixel moves one value of a deep layer; a frame goes around the pixels that do.

    `maps`: name -> array (H, W), 0 where a pixel has no influence. Raises ValueError without maps.
    """
    if not maps:
        raise ValueError("influence_maps got no maps; pass a dictionary of name: (H, W)")
    told = []
    with canvas(1, len(maps), width=len(maps) * size, height=size + 0.7) as (figure, axes):
        for axis, (name, one) in zip(axes.flat, maps.items(), strict=True):
            strength = np.abs(np.asarray(one, dtype=float))
            axis.imshow(strength / max(strength.max(), 1e-12), cmap=SEQUENTIAL, interpolation="nearest")
            axis.set(xticks=[], yticks=[])
            axis.set_title(name, fontsize=9, loc="center", weight="normal")
            rows, columns = np.nonzero(strength)
            if len(rows):
                height, width = np.ptp(rows) + 1, np.ptp(columns) + 1
                axis.add_patch(_rectangle(columns.min() - 0.5, rows.min() - 0.5, width, height, **FRAME))
                told.append(
                    f"{' '.join(name.split())}: {len(rows)} pixels within {height} by {width}, of "
                    f"{strength.shape[0]} by {strength.shape[1]}"
                )
            else:
                told.append(f"{' '.join(name.split())}: no pixel")
        if title:
            figure.suptitle(title, fontsize=11, weight="bold", x=0.01, ha="left")
    summary = f"Maps of the pixels that influence one output value, bright where strongly: {'; '.join(told)}."
    return Picture(figure, alt or (f"{title}: {summary}" if title else summary))


def descents(
    loss: Callable[[float], float],
    paths: Mapping[str, Sequence[float]],
    x_name: str = "weight",
    title: str = "",
    alt: str = "",
) -> Picture:
    """Gradient descent on one weight: the steps on the loss curve, a panel a learning rate, left to right.

    `loss`: weight -> loss. `paths`: name -> weights visited, the first one first. Steps outside of the
    drawn range are counted in the panel. Raises ValueError without paths.
    """
    if not paths:
        raise ValueError("descents got no paths; pass a dictionary of name: weights visited")
    calm = [path for path in paths.values() if abs(path[-1] - path[0]) < 10 * abs(path[1] - path[0]) + 10]
    start = next(iter(paths.values()))[0]
    best = min((path[-1] for path in calm or paths.values()), key=loss)
    reach = 1.35 * max(abs(start - best), 1e-6)
    x = np.linspace(best - reach, best + reach, 200)
    y = np.array([loss(value) for value in x])
    told = []
    with canvas(1, len(paths), width=2.45 * len(paths), height=3.0, sharey=True) as (figure, axes):
        for axis, (name, path) in zip(axes.flat, paths.items(), strict=True):
            path = np.asarray(path, dtype=float)
            inside = np.abs(path - best) <= reach
            seen = len(path) if inside.all() else int(np.argmin(inside))
            axis.plot(x, y, color="0.6", linewidth=2)
            axis.plot(
                path[:seen], [loss(value) for value in path[:seen]], "o-", color=COLOURS[0], markersize=4
            )
            axis.plot(path[0], loss(path[0]), "o", color=COLOURS[1], markersize=8)
            axis.set(xlabel=x_name, xlim=(x[0], x[-1]), ylim=(-0.06 * y.max(), 1.05 * y.max()))
            axis.set_title(name, fontsize=10, loc="center")
            end = f"{name}: from {path[0]:.3g} to {path[-1]:.3g} in {len(path) - 1} steps"
            if seen < len(path):
                axis.text(0.5, 0.9, "leaves the picture", transform=axis.transAxes, ha="center", fontsize=9)
                end += f", out of the picture after {seen - 1}"
            told.append(end)
        axes[0, 0].set_ylabel("loss")
        if title:
            figure.suptitle(title, fontsize=11, weight="bold", x=0.01, ha="left")
    summary = (
        f"Steps of gradient descent on a loss curve with its minimum near {best:.3g}. {'; '.join(told)}."
    )
    return Picture(figure, alt or (f"{title}: {summary}" if title else summary))


def lit_layers(
    image: np.ndarray,
    maps: Mapping[str, np.ndarray],
    probabilities: Sequence[float],
    names: Sequence[str],
    title: str = "",
    alt: str = "",
) -> Picture:
    """A picture on its way through a net: input, the maps of each layer, the probabilities.

    `image`: (H, W). `maps`: layer name -> (H, W, channels), each layer on its own scale from 0. Raises
    ValueError when names and probabilities do not match or a layer has another number of axes.
    """
    image, probabilities = np.asarray(image, dtype=float), np.asarray(probabilities, dtype=float)
    if len(names) != len(probabilities):
        raise ValueError(f"{len(probabilities)} probabilities but {len(names)} names; pass one name each")
    arrays = {name: np.asarray(one, dtype=float) for name, one in maps.items()}
    for name, one in arrays.items():
        if one.ndim != 3:
            raise ValueError(f"The maps of {name!r} have shape {one.shape}; expected (H, W, channels)")
    if not arrays:
        raise ValueError("lit_layers got no maps; pass a dictionary of layer name: (H, W, channels)")
    in_a_row = 8 if max(one.shape[2] for one in arrays.values()) <= 16 else 16
    strips = {name: _tiles(one, in_a_row) for name, one in arrays.items()}
    across, gap = 5.7, 0.32  # inches: the middle of the figure, and the room for a layer's name
    heights = {name: across * strip.shape[0] / strip.shape[1] for name, strip in strips.items()}
    high = max(sum(heights.values()) + gap * len(strips), 2.2)
    with canvas(1, 3, width=9.8, height=high + 0.85, width_ratios=(1.5, 5.6, 1.4)) as (figure, axes):
        first, middle, last = axes.flat
        first.imshow(image, cmap="gray", interpolation="nearest")
        first.set(xticks=[], yticks=[])
        first.set_title(f"input {image.shape[0]}×{image.shape[1]}", fontsize=9, loc="center", weight="normal")
        middle.set_axis_off()
        top = 1.0
        for name, strip in strips.items():
            place = middle.inset_axes([0, top - heights[name] / high, 1, heights[name] / high])
            top -= (heights[name] + gap) / high
            place.imshow(strip, cmap="inferno", interpolation="nearest", vmin=0)
            place.set_axis_off()
            rows, columns, channels = arrays[name].shape
            label = f"{name}: {channels} maps of {rows}×{columns}"
            place.set_title(label, fontsize=9, loc="center", weight="normal", pad=3)
        best = int(probabilities.argmax())
        colours = [COLOURS[1] if label == best else COLOURS[0] for label in range(len(names))]
        last.barh(range(len(names)), probabilities, color=colours)
        last.set_yticks(range(len(names)), names, fontsize=9)
        last.set(xlim=(0, 1), xlabel="probability")
        last.invert_yaxis()
        last.set_title(f"answer: {names[best]}", fontsize=9, loc="center", weight="normal")
        if title:
            figure.suptitle(title, fontsize=11, weight="bold", x=0.01, ha="left")
    order = np.argsort(-probabilities, kind="stable")[:2]
    told = "; ".join(
        f"{name} {one.shape[2]} maps of {one.shape[0]} by {one.shape[1]}, {(one > 0).mean():.0%} of the values lit"
        for name, one in arrays.items()
    )
    answers = " and ".join(f"{names[label]} {probabilities[label]:.2f}" for label in order)
    summary = f"A picture of {image.shape[0]} by {image.shape[1]} on its way through a net: {told}. Answers: {answers}."
    return Picture(figure, alt or (f"{title}: {summary}" if title else summary))


def _tiles(maps: np.ndarray, across: int) -> np.ndarray:
    """The channels (H, W, C) as one picture, `across` in a row, with an empty line between neighbours."""
    height, width, channels = maps.shape
    down = -(-channels // across)
    tiles = np.full((down * (height + 1) - 1, across * (width + 1) - 1), np.nan)
    for channel in range(channels):
        row, column = divmod(channel, across)
        top, left = row * (height + 1), column * (width + 1)
        tiles[top : top + height, left : left + width] = maps[..., channel]
    return tiles


def _draw_numbers(axis: object, values: np.ndarray, x: float, y: float) -> None:
    """A matrix as tinted cells with numbers, its upper left corner at (x, y), a cell one unit wide."""
    limit = max(float(np.abs(values).max()), 1e-9)
    tint = np.clip(0.5 + 0.22 * values / limit, 0, 1)  # pale: black numbers stay legible on every cell
    from matplotlib import colormaps

    colours = colormaps[DIVERGING]
    for (row, column), value in np.ndenumerate(values):
        shade = "white" if value == 0 else colours(tint[row, column])
        axis.add_patch(
            _rectangle(x + column, y + row, 1, 1, facecolor=shade, edgecolor="0.75", linewidth=0.8)
        )
        text = f"{value + 0.0:.3g}".replace("-", "−")  # + 0.0: no minus in front of a zero
        size = 10 if len(text) <= 3 else 8 if len(text) == 4 else 7
        axis.text(x + column + 0.5, y + row + 0.5, text, ha="center", va="center", fontsize=size, zorder=6)


def _rectangle(x: float, y: float, width: float, height: float, **options: object):
    from matplotlib.patches import Rectangle

    return Rectangle((x, y), width, height, **options)


def _rows(values: np.ndarray) -> str:
    return " / ".join(" ".join(f"{value + 0.0:.3g}" for value in row) for row in values)


def _bracketed(value: float) -> str:
    return f"({value:g})" if value < 0 else f"{value:g}"
