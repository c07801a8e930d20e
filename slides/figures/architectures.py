"""Figures of deck 03: errors over the years, blocks of the famous nets, where parameters and work are."""

from __future__ import annotations

import numpy as np

from course_utils import plots
from course_utils.workshop.slides import projection
from course_utils.workshop.slides.projection import (
    BLUE,
    FAINT,
    GREEN,
    INK,
    ORANGE,
    PALE_BLUE,
    PALE_GREEN,
    PALE_GREY,
    PALE_ORANGE,
    PINK,
    SKY,
)

# Top-5 error (%) of the best entry in the ImageNet contest, without extra data: Russakovsky and others (2015) to
# 2014, He and others (2016) for 2015, the contest's own pages for 2016 and 2017. 2011 and 2012 are also the 25 and
# 16 % of Thomas Delteil's talk. A trained person: 5.1 (Russakovsky and others).
WINNERS = {
    2010: (28.2, "by hand"),
    2011: (25.8, "by hand"),
    2012: (16.4, "AlexNet"),
    2013: (11.7, "Clarifai"),
    2014: (6.7, "GoogLeNet"),
    2015: (3.57, "ResNet"),
    2016: (2.99, "Trimps"),
    2017: (2.25, "SENet"),
}
PERSON = 5.1

# Top-1 error (%) on ImageNet's validation pictures, ten crops: He and others (2016), table 2.
DEPTH = {"plain": {18: 27.94, 34: 28.54}, "with shortcuts": {18: 27.88, 34: 25.03}}

# Top-5 accuracy (%) on ImageNet's validation pictures: Krizhevsky and others (2012), table 2, one net; Szegedy and
# others (2015), table 3, one net, one crop; the others from the table of keras.io/api/applications.
TOP5 = {
    "AlexNet": 81.8,
    "GoogLeNet": 89.9,
    "VGG16": 90.1,
    "ResNet50": 92.1,
    "Xception": 94.5,
    "MobileNetV2": 90.1,
}


def imagenet_errors() -> plots.Picture:
    """Top-5 error of the contest's best entries, 2010 to 2017, and of a trained person."""
    with projection.chart(11.4, 4.7) as (figure, axis):
        years = list(WINNERS)
        colours = [FAINT if name == "by hand" else BLUE for _, name in WINNERS.values()]
        axis.bar(years, [error for error, _ in WINNERS.values()], color=colours, width=0.66)
        for year, (error, name) in WINNERS.items():
            axis.text(
                year, error + 0.7, f"{error:g}", ha="center", va="bottom", fontsize=18, weight="bold", zorder=5,
                bbox={"facecolor": "white", "edgecolor": "none", "pad": 1.5},
            )  # fmt: skip
            axis.text(
                year, -4.6, "features\nby hand" if name == "by hand" else name, ha="center", va="top", fontsize=16
            )  # fmt: skip
        axis.axhline(PERSON, color=ORANGE, linestyle="--", linewidth=2.5)
        axis.text(2017.5, PERSON + 4.2, f"a trained person: {PERSON}", ha="right", fontsize=17)
        axis.text(2017.5, 29.5, "chance: 99.5", ha="right", fontsize=17, color=FAINT)
        axis.set(ylabel="top-5 error (%)", xticks=years, ylim=(0, 32), xlim=(2009.4, 2017.6))
    return plots.Picture(
        figure,
        "Top-5 error in percent of the best entries in the ImageNet contest: "
        + "; ".join(f"{year} {error:g} ({name})" for year, (error, name) in WINNERS.items())
        + f". A trained person: {PERSON}. Grey bars: features by hand; blue: convolutional nets.",
    )


def lenet_volumes(read) -> plots.Picture:
    """LeNet-5's maps from left to right, drawn by their sides and channels."""
    facts = read.net("LeNet5")
    shapes = [
        facts["input"],
        *(layer["shape"] for layer in facts["layers"] if layer["kind"] not in ("Flatten", "Dropout")),
    ]
    names = ["input", *(layer["name"] for layer in facts["layers"] if layer["kind"] != "Flatten")]
    with projection.canvas(width=11.4, height=3.9) as (figure, axes):
        _volumes(axes[0, 0], names, shapes, tallest=4.6, width=22.8)
    return plots.Picture(
        figure,
        "LeNet-5 from left to right: "
        + ", ".join(
            f"{name} {' by '.join(map(str, shape))}" for name, shape in zip(names, shapes, strict=True)
        )
        + ": the maps shrink, their number grows.",
    )


def lenet_scheme(read) -> plots.Picture:
    """Which of the six maps each of LeNet-5's sixteen filters looks at, and what that saves."""
    scheme = (
        "012", "123", "234", "345", "045", "015", "0123", "1234", "2345", "0345", "0145", "0125", "0134", "1245",
        "0235", "012345",
    )  # fmt: skip
    kernels = sum(map(len, scheme))
    full, sparse = 16 * 6 * 25 + 16, kernels * 25 + 16
    totals = [read.net(name)["parameters"] for name in ("LeNet5", "LeNet5OfThePaper")]
    with projection.sheet(11.4, 4.7, 22.8, 9.4) as (figure, axis):
        projection.say(axis, 3.0, 0.4, "filter of C3: 1 to 16", 18, ha="left", color=FAINT)
        projection.say(axis, 0.1, 4.2, "map\nof S2", 18, ha="left", color=FAINT)
        colours = {
            (row, column): BLUE if str(row) in seen else PALE_GREY
            for row in range(6)
            for column, seen in enumerate(scheme)
        }
        projection.grid(axis, np.zeros((6, 16)), (3.0, 1.1), colours, text=False)
        for top, name, text in (
            (8.0, "C3, all maps", f"16 · 6 · 25 + 16 = {full:,}"),
            (9.1, "C3, as drawn", f"{kernels} · 25 + 16 = {sparse:,}"),
        ):
            projection.say(axis, 11.4, top, name, 18, ha="left")
            projection.say(axis, 22.7, top, text, 18, ha="right")
        projection.say(axis, 0.1, 8.0, "the whole net in Keras", 19, ha="left")
        projection.say(axis, 7.4, 8.0, f"{totals[0]:,}", 21, ha="left", weight="bold")
        projection.say(axis, 0.1, 9.1, "as in 1998", 19, ha="left")
        projection.say(axis, 7.4, 9.1, f"{totals[1]:,}", 21, ha="left", weight="bold", color=BLUE)
    return plots.Picture(
        figure,
        f"A table of 6 maps by 16 filters with {kernels} of 96 cells filled: what each filter of C3 looks at. With all "
        f"maps it has {full:,} parameters, as drawn {sparse:,}. The whole net: {totals[0]:,} in Keras, {totals[1]:,} as in "
        "1998.",
    )


def lenet_to_alexnet(read) -> plots.Picture:
    """LeNet-5 and AlexNet: values of a picture, parameters, multiply-adds, training pictures."""
    rows: dict[str, list[float]] = {}
    for name, pictures in (
        ("LeNet5", 60_000),
        ("AlexNet", 1_281_167),
    ):  # MNIST's and ImageNet's, from the papers
        facts = read.net(name)
        for what, value in (
            ("values in a picture", np.prod(facts["input"])),
            ("training pictures", pictures),
            ("parameters", facts["parameters"]),
            ("multiply-adds", sum(_multiply_adds(facts).values())),
        ):
            rows.setdefault(what, []).append(float(value))
    with projection.chart(6.5, 4.7) as (figure, axis):
        for place, (what, (small, large)) in enumerate(rows.items()):
            axis.plot([small, large], [place, place], color="#9aa3b0", linewidth=3, zorder=1)
            axis.plot(small, place, "s", color=ORANGE, markersize=15, label=None if place else "LeNet-5")
            axis.plot(large, place, "o", color=BLUE, markersize=15, label=None if place else "AlexNet")
            axis.text(
                np.sqrt(small * large),
                place - 0.22,
                f"{what}, × {large / small:,.0f}",
                ha="center",
                fontsize=17,
            )
        axis.set_xscale("log")
        axis.set(xlim=(300, 1e10), ylim=(3.6, -1.3), yticks=[])
        axis.spines["left"].set_visible(False)
        axis.legend(loc="upper right", ncols=2, frameon=False)
    return plots.Picture(
        figure,
        "LeNet-5 and AlexNet on a logarithmic axis: "
        + "; ".join(f"{what} {small:,.0f} and {large:,.0f}" for what, (small, large) in rows.items())
        + ".",
    )


def alexnet_streams(read) -> plots.Picture:
    """AlexNet on two GPUs: two rows that meet at the third convolution and in the dense layers."""
    two = read.net("AlexNetOnTwoGPUs")
    one = read.net("AlexNet")
    sizes = {layer["name"]: layer for layer in two["layers"]}
    steps = ["conv1", "conv2", "conv3", "conv4", "conv5", "fc6", "fc7"]
    meet = {"conv3", "fc6", "fc7"}
    with projection.sheet(11.4, 4.5, 22.8, 9.0) as (figure, axis):
        for row, top in enumerate((0.9, 4.2)):
            for index, name in enumerate(steps):
                layer = sizes[name]
                left = 0.1 + 2.92 * index
                projection.box(
                    axis, left, top, 2.3, 2.0,
                    f"{name}\n{(layer.get('filters') or layer['units']) // 2:,}",
                    PALE_ORANGE if name in meet else PALE_BLUE, size=17,
                )  # fmt: skip
                if index:
                    projection.arrow(axis, (left - 0.6, top + 1), (left + 0.02, top + 1))
                    if name in meet:
                        other = 4.2 if row == 0 else 0.9
                        projection.arrow(
                            axis, (left - 0.6, other + 1), (left + 0.05, top + (1.7 if row == 0 else 0.3))
                        )
            projection.arrow(axis, (19.95, top + 1), (20.6, 4.0 if row == 0 else 4.4))
        projection.box(axis, 20.4, 3.2, 2.3, 2.0, "1,000", PALE_GREY, size=18)
        projection.say(axis, 0.1, 0.4, "GPU 1", 17, ha="left", color=FAINT)
        projection.say(axis, 0.1, 6.7, "GPU 2", 17, ha="left", color=FAINT)
        projection.say(axis, 0.1, 8.2, "in two halves", 19, ha="left")
        projection.say(axis, 5.2, 8.2, f"{two['parameters']:,}", 20, ha="left", weight="bold", color=BLUE)
        projection.say(axis, 11.6, 8.2, "in one stream", 19, ha="left")
        projection.say(axis, 16.8, 8.2, f"{one['parameters']:,}", 20, ha="left", weight="bold")
    return plots.Picture(
        figure,
        "AlexNet as two rows of layers, one a GPU. Convolutions 2, 4 and 5 see only the maps of their own row; at "
        f"convolution 3 and in the dense layers the rows meet. Parameters in two halves {two['parameters']:,}, in one "
        f"stream {one['parameters']:,}.",
    )


def two_small_kernels(read) -> plots.Picture:
    """One value behind two 3×3 convolutions sees 5×5 places; the parameters of both ways."""
    two, one = (read.net(name)["parameters"] for name in ("TwoConvolutions", "OneWideConvolution"))
    with projection.sheet(11.4, 4.5, 22.8, 9.0) as (figure, axis):
        for left, side, seen, name in (
            (0.3, 7, 5, "picture"),
            (8.4, 7, 3, "behind one"),
            (16.5, 7, 1, "behind two"),
        ):
            first = (side - seen) // 2
            colours = {
                (first + r, first + c): ORANGE if seen == 1 else PALE_ORANGE
                for r in range(seen)
                for c in range(seen)
            }
            scale = 0.86
            for r in range(side):
                for c in range(side):
                    _cell(axis, left + scale * c, 0.3 + scale * r, scale, colours.get((r, c), "white"))
            projection.say(axis, left + scale * side / 2, 7.0, name, 19, weight="bold")
        projection.arrow(axis, (6.6, 3.3), (8.2, 3.3))
        projection.say(axis, 7.35, 2.6, "3×3", 19)
        projection.arrow(axis, (14.7, 3.3), (16.3, 3.3))
        projection.say(axis, 15.45, 2.6, "3×3", 19)
        projection.say(axis, 0.3, 8.4, "two of 3×3, 256 channels:", 18, ha="left")
        projection.say(axis, 8.3, 8.4, f"{two:,}", 20, ha="left", weight="bold", color=BLUE)
        projection.say(axis, 12.6, 8.4, "one of 5×5:", 18, ha="left")
        projection.say(axis, 16.4, 8.4, f"{one:,}", 20, ha="left", weight="bold")
    return plots.Picture(
        figure,
        "Three grids of 7 by 7: one cell behind two 3 by 3 convolutions depends on 3 by 3 cells behind the first and on 5 "
        f"by 5 of the picture. With 256 channels two of 3 by 3 have {two:,} parameters, one of 5 by 5 {one:,}.",
    )


def where_vgg16_spends(read) -> plots.Picture:
    """VGG16's parameters and multiply-adds, by block."""
    facts = read.net("VGG16")
    work = _multiply_adds(facts)
    groups: dict[str, list[float]] = {}
    for layer in facts["layers"]:
        name = layer["name"]
        group = f"block {name[5]}" if name.startswith("block") else "dense" if layer["parameters"] else ""
        if group:
            sums = groups.setdefault(group, [0.0, 0.0])
            sums[0] += layer["parameters"]
            sums[1] += work[name]
    values = np.array(list(groups.values()))
    shares = values / values.sum(axis=0)
    with projection.canvas(1, 2, width=11.4, height=4.5, sharey=True) as (figure, axes):
        for axis, column, title, colour in (
            (axes[0, 0], 0, f"parameters: {values[:, 0].sum() / 1e6:.1f} million", BLUE),
            (axes[0, 1], 1, f"multiply-adds: {values[:, 1].sum() / 1e9:.1f} billion", ORANGE),
        ):
            axis.barh(range(len(groups)), 100 * shares[:, column], color=colour, height=0.68)
            for row, share in enumerate(shares[:, column]):
                projection.say(axis, 100 * share + 1.5, row, f"{100 * share:.1f} %", 18, ha="left")
            axis.set(xlim=(0, 109), xticks=[0, 50, 100])
            axis.set_xticklabels(["0", "50", "100 %"])
            axis.set_title(title, loc="left")
        axes[0, 0].set_yticks(range(len(groups)), list(groups))
        axes[0, 0].invert_yaxis()
    return plots.Picture(
        figure,
        "Shares of VGG16's parameters and multiply-adds by block: "
        + "; ".join(
            f"{name} {100 * one:.1f} and {100 * two:.1f} percent"
            for name, (one, two) in zip(groups, shares, strict=True)
        )
        + ".",
    )


def inception_module(read) -> plots.Picture:
    """The first Inception module of GoogLeNet: four branches, joined."""
    layers = {layer["name"]: layer for layer in read.net("GoogLeNet")["layers"]}
    name = "inception_3a"
    before = layers["pool2"]["shape"]
    after = layers[f"{name}_output"]["shape"]

    def maps(part: str) -> str:
        return f"{layers[f'{name}_{part}']['filters']}"

    columns = (
        (2.9, None, ("1×1", maps("1x1"))),
        (8.6, ("1×1", maps("3x3_reduce")), ("3×3", maps("3x3"))),
        (14.3, ("1×1", maps("5x5_reduce")), ("5×5", maps("5x5"))),
        (20.0, ("max pool 3×3", ""), ("1×1", maps("pool_proj"))),
    )
    with projection.sheet(11.4, 4.9, 22.8, 9.8) as (figure, axis):
        shape = " × ".join(map(str, before))
        projection.box(axis, 0.4, 8.3, 22.0, 1.4, shape, PALE_GREY, size=19)
        projection.box(
            axis, 0.4, 0.1, 22.0, 1.4, f"joined: {' × '.join(map(str, after))}", PALE_GREY, size=19,
        )  # fmt: skip
        for middle, low, high in columns:
            if low:
                text = low[0] if not low[1] else f"{low[0]}: {low[1]} maps"
                projection.box(
                    axis, middle - 2.5, 5.5, 5.0, 1.5, text, PALE_GREEN if low[1] else PALE_ORANGE, size=18
                )
                projection.arrow(axis, (middle, 8.25), (middle, 7.05))
                projection.arrow(axis, (middle, 5.45), (middle, 4.35))
            else:
                projection.arrow(axis, (middle, 8.25), (middle, 4.35))
            projection.box(
                axis, middle - 2.5, 2.8, 5.0, 1.5, f"{high[0]}: {high[1]} maps", PALE_BLUE, size=18
            )
            projection.arrow(axis, (middle, 2.75), (middle, 1.6))
    return plots.Picture(
        figure,
        f"An Inception module: {' by '.join(map(str, before))} goes into four branches: 1 by 1; 1 by 1 then 3 by 3; 1 by 1 "
        f"then 5 by 5; pooling then 1 by 1. With {maps('1x1')}, {maps('3x3')}, {maps('5x5')} and {maps('pool_proj')} maps "
        f"they are joined to {' by '.join(map(str, after))}.",
    )


def bottleneck(read) -> plots.Picture:
    """The 5×5 branch of the first Inception module, with and without its 1×1 convolution."""
    layers = {layer["name"]: layer for layer in read.net("GoogLeNet")["layers"]}
    rows, columns, channels = layers["pool2"]["shape"]
    narrow, wide = layers["inception_3a_5x5_reduce"]["filters"], layers["inception_3a_5x5"]["filters"]
    direct = rows * columns * 25 * channels * wide
    steps = rows * columns * channels * narrow, rows * columns * 25 * narrow * wide
    with projection.sheet(11.4, 4.6, 22.8, 9.2) as (figure, axis):
        for top, depth in ((1.0, None), (5.6, narrow)):
            _slab(axis, 0.4, top, channels, f"{rows} × {columns} × {channels}")
            if depth:
                projection.arrow(axis, (4.2, top + 1.2), (6.6, top + 1.2))
                projection.say(axis, 5.4, top + 0.4, "1×1", 19)
                _slab(axis, 7.0, top, narrow, f"{rows} × {columns} × {narrow}")
                projection.arrow(axis, (8.8, top + 1.2), (11.2, top + 1.2))
                projection.say(axis, 10.0, top + 0.4, "5×5", 19)
            else:
                projection.arrow(axis, (4.2, top + 1.2), (11.2, top + 1.2))
                projection.say(axis, 7.7, top + 0.4, "5×5", 19)
            _slab(axis, 11.8, top, wide, f"{rows} × {columns} × {wide}")
            total = sum(steps) if depth else direct
            projection.say(axis, 22.7, top + 0.7, f"{total / 1e6:.1f} million", 22, ha="right", weight="bold", color=BLUE if depth else INK)  # fmt: skip
            projection.say(axis, 22.7, top + 1.8, "multiply-adds", 18, ha="right")
    return plots.Picture(
        figure,
        f"Above: {rows} by {columns} by {channels} straight through a 5 by 5 convolution to {wide} maps: "
        f"{direct / 1e6:.1f} million multiply-adds. Below: first through a 1 by 1 convolution to {narrow} maps, then the 5 "
        f"by 5: {sum(steps) / 1e6:.1f} million.",
    )


def deeper_was_worse() -> plots.Picture:
    """Errors of nets of 18 and 34 layers, plain and with shortcuts, from the paper."""
    with projection.chart(6.6, 4.6) as (figure, axis):
        for offset, (kind, errors), colour in zip((-0.2, 0.2), DEPTH.items(), (FAINT, BLUE), strict=True):
            places = np.arange(2) + offset
            axis.bar(places, errors.values(), width=0.37, color=colour, label=kind)
            for place, error in zip(places, errors.values(), strict=True):
                axis.text(place, error + 0.4, f"{error:g}", ha="center", fontsize=18)
        axis.set(ylim=(0, 36), ylabel="top-1 error (%); chance 99.9")
        axis.set_xticks([0, 1], ["18 layers", "34 layers"], fontsize=18)
        axis.legend(loc="upper center", ncols=2, frameon=False)
    return plots.Picture(
        figure,
        "Top-1 error in percent: plain nets 27.94 with 18 layers and 28.54 with 34; with shortcuts 27.88 and 25.03.",
    )


def gradients_through_depth() -> plots.Picture:
    """The gradient's size from the last layer back to the first, plain and with shortcuts, on random weights."""
    depth, width = 40, 64
    sizes = {}
    for name, shortcut in (("plain", 0.0), ("with shortcuts", 1.0)):
        runs = []
        for seed in range(5):
            noise = np.random.default_rng(seed)
            weights = 0.5 * np.sqrt(2 / width) * noise.standard_normal((depth, width, width))
            x, inputs = noise.standard_normal(width), []
            for weight in weights:
                inputs.append(x)
                x = shortcut * x + weight @ np.maximum(x, 0)
            gradient = noise.standard_normal(width)
            norms = [np.linalg.norm(gradient)]
            for weight, value in zip(weights[::-1], inputs[::-1], strict=True):
                gradient = shortcut * gradient + (value > 0) * (weight.T @ gradient)
                norms.append(np.linalg.norm(gradient))
            runs.append(np.array(norms[::-1]) / norms[0])
        sizes[name] = np.exp(np.mean(np.log(runs), axis=0))
    with projection.chart(11.4, 4.3) as (figure, axis):
        layers = np.arange(depth + 1)
        axis.semilogy(layers, sizes["with shortcuts"], color=BLUE)
        axis.semilogy(layers, sizes["plain"], color=FAINT)
        axis.text(
            1, sizes["with shortcuts"][0] * 0.01, "with shortcuts", color=BLUE, fontsize=19, weight="bold"
        )
        axis.text(12, sizes["plain"][12] * 0.004, "plain", color=INK, fontsize=19, weight="bold")
        axis.set(xlabel="layer (40 is the last)", xlim=(0, 40))
        axis.set_title("size of the gradient, compared with the last layer", loc="left")
    return plots.Picture(
        figure,
        "Size of the gradient on its way from layer 40 back to layer 0, on a logarithmic axis: in the plain net it shrinks "
        f"to {sizes['plain'][0]:.0e} of what it was; with shortcuts it is {sizes['with shortcuts'][0]:.0f} times as large.",
    )


def separable_convolution() -> plots.Picture:
    """An ordinary convolution above; below, a filter a channel, then 1×1 across the channels."""
    channels = (BLUE, ORANGE, GREEN)
    with projection.sheet(11.4, 4.9, 22.8, 9.8) as (figure, axis):
        projection.say(axis, 0.1, 0.5, "ordinary", 19, ha="left", weight="bold")
        projection.say(axis, 0.1, 5.2, "separable", 19, ha="left", weight="bold")
        _stack(axis, 0.4, 1.6, channels, 2.0)
        projection.say(axis, 5.9, 0.4, "2 filters of 3×3×3", 17)
        for top in (1.2, 3.0):
            _stack(axis, 4.9, top, channels, 0.9, gap=0.28, lines=3)
        projection.arrow(axis, (3.6, 2.7), (4.5, 2.7))
        projection.arrow(axis, (7.0, 2.7), (8.2, 2.7))
        _stack(axis, 8.6, 1.6, (SKY, PINK), 2.0)
        projection.say(axis, 12.9, 2.7, "neighbours and channels at once", 18, ha="left")
        _stack(axis, 0.4, 6.4, channels, 2.0)
        projection.arrow(axis, (3.6, 7.5), (4.5, 7.5))
        projection.say(axis, 5.8, 5.5, "3×3 each", 17)
        for index, colour in enumerate(channels):
            _cell(axis, 5.1, 6.0 + 1.25 * index, 1.0, colour, lines=3)
        projection.arrow(axis, (7.0, 7.5), (8.2, 7.5))
        _stack(axis, 8.6, 6.4, channels, 2.0)
        projection.arrow(axis, (11.9, 7.5), (12.8, 7.5))
        projection.say(axis, 14.2, 5.5, "2 of 1×1×3", 17)
        for top in (6.5, 8.0):
            _stack(axis, 13.4, top, channels, 0.55, gap=0.25)
        projection.arrow(axis, (15.3, 7.5), (16.5, 7.5))
        _stack(axis, 16.9, 6.4, (SKY, PINK), 2.0)
        projection.say(axis, 9.4, 9.5, "neighbours", 18)
        projection.say(axis, 17.9, 9.5, "then channels", 18)
    return plots.Picture(
        figure,
        "Above, an ordinary convolution: two filters, each 3 by 3 through all three channels. Below, a separable one: each "
        "channel has one 3 by 3 filter of its own, then two filters of 1 by 1 mix the three channels.",
    )


def xception_flows(read) -> plots.Picture:
    """Entry, middle and exit flow of Xception, with shapes and parameters from the model."""
    layers = read.net("Xception")["layers"]

    def block(layer: dict) -> int:
        name = layer["name"]
        return int(name[5:].split("_")[0]) if name.startswith("block") else 0

    flows = (("entry", range(1, 5)), ("middle", range(5, 13)), ("exit", range(13, 15)))
    said = []
    with projection.sheet(11.4, 4.8, 22.8, 9.6) as (figure, axis):
        for index, (name, numbers) in enumerate(flows):
            inside = [layer for layer in layers if block(layer) in numbers]
            parameters = sum(layer["parameters"] for layer in inside)
            convolutions = sum(layer["kind"] in ("Conv2D", "SeparableConv2D") for layer in inside)
            shape = " × ".join(map(str, inside[-1]["shape"]))
            left = 0.1 + 7.75 * index
            projection.box(axis, left, 0.9, 6.9, 6.2, "", (PALE_GREY, PALE_BLUE, PALE_ORANGE)[index])
            axis.text(left + 3.45, 1.7, f"{name} flow", ha="center", fontsize=20, weight="bold")
            for row, text in enumerate(
                (
                    f"{len(numbers)} modules",
                    f"{convolutions} convolutions",
                    f"{parameters / 1e6:.1f} million parameters",
                )
            ):
                projection.say(axis, left + 3.45, 2.9 + 0.95 * row, text, 17)
            projection.say(axis, left + 3.45, 6.2, shape, 18, family="DejaVu Sans Mono")
            if index:
                projection.arrow(axis, (left - 0.8, 4.0), (left + 0.02, 4.0))
            said.append(f"{name} flow: {len(numbers)} modules, {convolutions} convolutions, ends at {shape}")
        axis.plot([8.2, 8.2, 14.1, 14.1], [7.2, 8.1, 8.1, 7.3], color=ORANGE, linewidth=3)
        projection.say(axis, 11.15, 8.9, "a shortcut round each of its modules", 18)
    return plots.Picture(figure, "Xception in three parts. " + "; ".join(said) + ".")


def receptive_fields(read) -> plots.Picture:
    """How many pixels a value sees, layer by layer along the longest way, for five nets."""
    said = []
    with projection.chart(11.4, 4.6) as (figure, axis):
        for name, colour, style in (
            ("AlexNet", PINK, "-"),
            ("VGG16", ORANGE, "-"),
            ("GoogLeNet", GREEN, "-"),
            ("ResNet50", BLUE, "-"),
            ("Xception", INK, "--"),
        ):
            facts = read.net(name)
            seen = _receptive_field(name, facts)
            side = facts["input"][0]
            label = f"{name}: {seen[-1]:,} of {side}"
            axis.plot(range(1, len(seen) + 1), seen, style, color=colour, label=label)
            axis.plot(len(seen), seen[-1], "o", color=colour, markersize=10)
            said.append(f"{name} {seen[-1]} of {side} after {len(seen)}")
        axis.set(xlabel="convolutions and poolings passed", ylabel="side seen (pixels)", xlim=(0, 52))
        axis.set_ylim(0, None)
        axis.legend(loc="center left", bbox_to_anchor=(1.0, 0.5), frameon=False, fontsize=18)
    return plots.Picture(
        figure,
        "Side of the square of pixels that one value depends on, growing with the convolutions and poolings passed: "
        + "; ".join(said)
        + ".",
    )


def cost_and_accuracy(read) -> plots.Picture:
    """Published top-5 accuracy against multiply-adds, the discs as large as the parameters."""
    said = []
    with projection.chart(11.4, 4.8) as (figure, axis):
        for name, accuracy in TOP5.items():
            facts = read.net(name)
            work = sum(_multiply_adds(facts).values()) / 1e9
            millions = facts["parameters"] / 1e6
            axis.scatter(work, accuracy, s=22 * millions, color=SKY, edgecolor=INK, linewidth=1.2, zorder=2)
            right, up = {"MobileNetV2": (-0.95, 1.15), "GoogLeNet": (0.3, -0.35), "VGG16": (-3.9, -1.9)}.get(
                name, (0.3 + 0.055 * millions**0.5, -0.1)
            )
            projection.say(axis, work + right, accuracy + up, f"{name}, {millions:.1f} M", 17, ha="left")
            said.append(f"{name} {work:.1f} billion, {accuracy} percent, {millions:.1f} million parameters")
        axis.set(xlim=(-0.8, 17.5), ylim=(79, 97.5), xlabel="multiply-adds for one picture (billion)")
        axis.set_ylabel("top-5 accuracy (%)")
        axis.text(17.2, 79.8, "chance: 0.5 %", ha="right", fontsize=17, color=FAINT)
    return plots.Picture(
        figure,
        "Published top-5 accuracy on ImageNet against multiply-adds; the area of a disc is the number of parameters: "
        + "; ".join(said)
        + ". Chance is 0.5 percent.",
    )


# Counting


def _multiply_adds(facts: dict) -> dict[str, int]:
    """Each weight is used once at each place of its layer's output; biases are not counted."""
    with_bias = any(
        layer["kind"] == "Conv2D"
        and layer["kernel_size"][0] > 1
        and layer["parameters"] // layer["filters"] % layer["kernel_size"][0] ** 2
        for layer in facts["layers"]
    )
    found = {}
    for layer in facts["layers"]:
        places = int(np.prod(layer["shape"][:2])) if len(layer["shape"]) == 3 else 1
        weights = layer["parameters"]
        if layer["kind"] == "Conv2D":
            weights -= layer["filters"] * with_bias
        elif layer["kind"] == "Dense":
            weights -= layer["units"]
        elif layer["kind"] not in ("SeparableConv2D", "DepthwiseConv2D"):
            weights = 0
        found[layer["name"]] = weights * places
    return found


def _receptive_field(name: str, facts: dict) -> list[int]:
    """Sides seen after each convolution and pooling on the longest way through the net."""

    def on_the_way(layer: dict) -> bool:
        if not (layer.get("kernel_size") or layer.get("pool_size")):
            return False
        if name == "GoogLeNet" and "inception" in layer["name"]:
            return "_5x5" in layer["name"]
        if name == "ResNet50":
            return not layer["name"].endswith("_0_conv")  # the convolutions on the shortcuts
        return not (name == "Xception" and layer["name"].startswith("conv2d"))

    seen, step, found = 1, 1, []
    for layer in filter(on_the_way, facts["layers"]):
        side = (layer.get("kernel_size") or layer.get("pool_size"))[0]
        seen += (side - 1) * step
        step *= layer["strides"][0]
        found.append(seen)
    return found


# Pieces


def _volumes(axis, names, shapes, tallest: float, width: float) -> None:  # noqa: ANN001
    """Maps as slabs side by side: as high as their side, as thick as the logarithm of their number."""
    from matplotlib.patches import Rectangle

    projection.blank(axis, width, tallest + 3.2)
    step = width / len(shapes)
    for index, (name, shape) in enumerate(zip(names, shapes, strict=True)):
        flat = len(shape) == 1
        height = max(0.3, tallest * (1 if flat else shape[0] / shapes[0][0]) * (0.75 if flat else 1))
        thick = 0.3 if flat else 0.35 + 0.42 * np.log2(shape[-1])
        left, top = step * (index + 0.5) - thick / 2, 1.0 + (tallest - height) / 2
        colour = PALE_GREY if not index else PALE_ORANGE if name.startswith("S") else PALE_BLUE
        axis.add_patch(Rectangle((left, top), thick, height, facecolor=colour, edgecolor=INK, linewidth=1.4))
        projection.say(axis, step * (index + 0.5), 0.4, name, 18, weight="bold")
        text = "×".join(map(str, shape))
        projection.say(axis, step * (index + 0.5), tallest + 1.8, text, 16)


def _cell(axis, left, top, side, colour, lines: int = 0) -> None:  # noqa: ANN001
    """A square; `lines` cuts it into that many rows and columns."""
    from matplotlib.patches import Rectangle

    axis.add_patch(Rectangle((left, top), side, side, facecolor=colour, edgecolor=INK, linewidth=1.2))
    for index in range(1, lines):
        at = side * index / lines
        axis.plot([left + at] * 2, [top, top + side], color="white", linewidth=1.2)
        axis.plot([left, left + side], [top + at] * 2, color="white", linewidth=1.2)


def _stack(axis, left, top, colours, side, gap: float = 0.45, lines: int = 0) -> None:  # noqa: ANN001
    """Channels behind each other, the first in front."""
    for index, colour in reversed(list(enumerate(colours))):
        _cell(axis, left + gap * index, top - gap * index + gap, side, colour, lines)


def _slab(axis, left, top, channels, text) -> None:  # noqa: ANN001
    """Maps as a slab, thicker with more channels."""
    from matplotlib.patches import Rectangle

    thick = 0.3 + 2.6 * channels / 192
    axis.add_patch(Rectangle((left, top), thick, 2.4, facecolor=PALE_BLUE, edgecolor=INK, linewidth=1.4))
    projection.say(axis, left + thick / 2, top + 3.0, text, 17)
