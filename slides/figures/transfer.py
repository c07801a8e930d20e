"""Figures of deck 04: what a pretrained net knows, how pictures are prepared, three ways to use it, how many labels."""

from __future__ import annotations

import numpy as np

from course_utils import plots
from course_utils.workshop.slides import projection
from course_utils.workshop.slides.projection import BLUE, FAINT, GREEN, INK, ORANGE, PALE_ORANGE, PINK, SKY

MEAN_COLOUR = np.array(
    [103.939, 116.779, 123.68]
)  # of ImageNet: blue, green, red, as VGG16's authors subtract it
CHANCE = 1 / 16

FROZEN = "#d6dde6"
LEARNS = PALE_ORANGE
MARKET = "data/fruits/market/Test"
LINES = {  # option of the recorded table: its label, colour, marker
    "VGG16, course weights, fine-tuned": ("fine-tuned", PINK, "D"),
    "VGG16, course weights, frozen": ("frozen", BLUE, "o"),
    "from scratch": ("from scratch", ORANGE, "s"),
    "VGG16, random weights, frozen": ("random weights, frozen", GREEN, "^"),
}


def market_kinds(read) -> plots.Picture:
    """One test picture of each of ten kinds of the market set."""
    shown = [
        "Apricot/n03", "Banana/n09", "Cocos/n07", "Kiwi/n09", "Lemon/n05",
        "Orange/n02", "Pineapple/n09", "Plum/n01", "Raspberry/n08", "Strawberry/n03",
    ]  # fmt: skip
    kinds = [name.split("/")[0] for name in shown]
    with projection.canvas(2, 5, width=6.6, height=3.4) as (figure, axes):
        for axis, name, kind in zip(axes.flat, shown, kinds, strict=True):
            axis.imshow(read.picture(f"{MARKET}/{name}.jpg"))
            axis.set_axis_off()
            axis.set_title(kind, loc="center", fontsize=15, pad=3)
    return plots.Picture(
        figure,
        "Ten rendered fruits on market stalls, on wood, cloth and leaves, some beside other fruits: "
        + ", ".join(kinds),
    )


def what_each_depth_sees(read) -> plots.Picture:
    """How much of a picture one value sees behind each block of VGG16, drawn to scale on a picture of 224 pixels."""
    from matplotlib.patches import Rectangle

    fields = _receptive_fields(read.net("VGG16", top=False))
    picture = read.picture(f"{MARKET}/Pineapple/n01.jpg")
    words = ["edges,\ncolours", "corners,\nstripes", "textures", "parts", "whole\nthings"]
    with projection.canvas(1, 5, width=11.4, height=3.75) as (figure, axes):
        for axis, (block, (side, maps)), word in zip(axes[0], fields.items(), words, strict=True):
            axis.imshow(picture, extent=(0, 224, 224, 0), alpha=0.75)
            corner = 112 - side / 2
            axis.add_patch(
                Rectangle((corner, corner), side, side, fill=False, edgecolor="white", linewidth=7)
            )
            axis.add_patch(Rectangle((corner, corner), side, side, fill=False, edgecolor=INK, linewidth=3.5))
            axis.set_axis_off()
            axis.set_title(f"block {block}\n{side} × {side}", loc="center", fontsize=18)
            axis.text(112, 236, f"{maps} maps\n{word}", ha="center", va="top", fontsize=17, color=INK)
    sides = ", ".join(str(side) for side, _ in fields.values())
    return plots.Picture(
        figure,
        "The same picture of a pineapple five times with a square: what one value behind blocks 1 to 5 of VGG16 sees, "
        f"{sides} pixels wide of 224. The first squares hold an edge, the last nearly the whole picture.",
    )


def _receptive_fields(net: dict) -> dict[int, tuple[int, int]]:
    """Pixels a side that one value sees behind each block's pooling, and the block's maps: {block: (side, maps)}."""
    field, step, found = 1, 1, {}
    for layer in net["layers"]:
        kernel = (layer.get("kernel_size") or layer.get("pool_size") or [1])[0]
        field += (kernel - 1) * step
        step *= (layer.get("strides") or [1])[0]
        if layer["name"].endswith("_pool"):
            found[int(layer["name"][5])] = (field, layer["shape"][-1])
    return found


def where_the_parameters_sit(read) -> plots.Picture:
    """Parameters of VGG16: five blocks of convolutions and three dense layers."""
    sums: dict[str, float] = {}
    for layer in read.net("VGG16")["layers"]:
        name = layer["name"]
        part = f"block {name[5]}" if name.startswith("block") else name
        sums[part] = sums.get(part, 0) + layer["parameters"] / 1e6
    sums = {name: count for name, count in sums.items() if count}
    with projection.chart(7.2, 4.3) as (figure, axis):
        colours = [BLUE if name.startswith("block") else ORANGE for name in sums]
        axis.barh(list(sums), list(sums.values()), color=colours)
        axis.invert_yaxis()
        axis.set(xlabel="parameters (millions)", xlim=(0, 125))
        for row, count in enumerate(sums.values()):
            projection.say(
                axis, count + 2, row, f"{count:.2f}" if count < 1 else f"{count:.1f}", 17, ha="left"
            )
    told = ", ".join(f"{name} {count:.2f}" for name, count in sums.items())
    return plots.Picture(
        figure, f"Bars of VGG16's parameters in millions: {told}. One dense layer holds three quarters."
    )


def sure_of_strangers(read) -> plots.Picture:
    """How sure a classifier of 12 kinds is of kinds it knows and of kinds it has never seen."""
    notebook = "02-pretrained-vgg16"
    scores = {
        "12 kinds it knows": read.kept(notebook, "confidence_known"),
        "4 kinds it has\nnever seen": read.kept(notebook, "confidence_unknown"),
    }
    even = 1 / 12
    with projection.canvas(width=6.4, height=4.2) as (figure, axes):
        projection.score_bars(axes[0, 0], scores, [BLUE, ORANGE], even)
        axes[0, 0].set(xlabel="mean of its highest probability (%)")
        projection.say(axes[0, 0], 100 * even + 1, 0.5, "shared evenly", 15, ha="left")
    return plots.Picture(
        figure,
        f"Two bars with spreads, the mean of the highest probability: {projection.told_scores(scores)}; shared evenly among "
        f"twelve names it would be {100 * even:.1f} %.",
    )


def one_orange_pixel() -> plots.Picture:
    """One pixel (200, 100, 50) as two families of nets want it, worked out."""
    pixel = np.array([200, 100, 50])
    rows = [
        ("VGG16, ResNet50", "blue first,\nless the mean", pixel[::-1] - MEAN_COLOUR, ("blue", "green", "red")),
        ("Xception, InceptionV3,\nMobileNetV2", "divide by 127.5,\nsubtract 1", pixel / 127.5 - 1, ("red", "green", "blue")),
    ]  # fmt: skip
    with projection.sheet(11.4, 4.7, 24, 9.9) as (figure, axis):
        from matplotlib.patches import Rectangle

        axis.add_patch(Rectangle((0.2, 3.5), 2.4, 2.4, facecolor=tuple(pixel / 255), edgecolor=INK))
        projection.say(axis, 1.4, 6.6, "one pixel", 18)
        projection.say(axis, 1.4, 2.7, "200, 100, 50", 18)
        for top, (nets, how, values, channels) in zip((0.9, 6.1), rows, strict=True):
            axis.annotate(
                "", (5.4, top + 1.3), (3.0, 4.7), arrowprops={"arrowstyle": "-|>", "lw": 2.5, "color": FAINT}
            )
            projection.say(axis, 5.7, top + 0.2, nets, 18, ha="left", weight="bold")
            projection.say(axis, 5.7, top + 2.2, how, 18, ha="left", color=FAINT)
            for place, (channel, value) in enumerate(zip(channels, values, strict=True)):
                left = 13.6 + 3.5 * place
                axis.add_patch(
                    Rectangle((left, top), 3.2, 1.9, facecolor="#eef1f5", edgecolor=INK, linewidth=1.4)
                )
                projection.say(axis, left + 1.6, top + 1.0, f"{value:.3f}".replace("-", "−"), 19)
                projection.say(axis, left + 1.6, top + 2.5, channel, 17, color=FAINT)
    first, second = (", ".join(f"{value:.3f}" for value in values) for _, _, values, _ in rows)
    return plots.Picture(
        figure,
        f"An orange pixel with red 200, green 100, blue 50 becomes {first} (blue, green, red) for VGG16 and ResNet50, and "
        f"{second} (red, green, blue) for Xception, InceptionV3 and MobileNetV2.",
    )


def what_the_net_believes(read) -> plots.Picture:
    """Two fruits as VGG16 understands them after five preparations, turned back into colours."""
    ways = {
        "as trained": _vgg_way,
        "red and blue\nswapped": lambda p: _vgg_way(p[..., ::-1]),
        "mean not\nsubtracted": lambda p: p[..., ::-1].astype(float),
        "prepared\ntwice": lambda p: _vgg_way(_vgg_way(p)),
        "0-1 instead\nof 0-255": lambda p: p / 255,
    }
    pictures = [read.picture(f"{MARKET}/{name}.jpg") for name in ("Orange/n12", "Strawberry/n02")]
    with projection.canvas(2, 5, width=11.4, height=5.0) as (figure, axes):
        for row, picture in zip(axes, pictures, strict=True):
            for axis, (name, way) in zip(row, ways.items(), strict=True):
                seen = np.clip(way(picture) + MEAN_COLOUR, 0, 255)[..., ::-1]
                axis.imshow(seen.astype("uint8"))
                axis.set_axis_off()
                if picture is pictures[0]:
                    axis.set_title(name, loc="center", fontsize=18)
    return plots.Picture(
        figure,
        "An orange and a strawberry as VGG16 understands them: as trained they look natural; with red and blue swapped "
        "they are blue; without the subtraction far too bright; prepared twice nearly black; as 0 to 1 one even grey.",
    )


def _vgg_way(pictures: np.ndarray) -> np.ndarray:
    """Red, green, blue in 0 to 255 to blue, green, red less the mean colour."""
    return pictures[..., ::-1].astype(float) - MEAN_COLOUR


def price_of_a_wrong_preparation(read) -> plots.Picture:
    """Accuracy on the easy set with the right and with wrong preparations, two nets."""
    vgg, xception = "02-pretrained-vgg16", "03-pretrained-xception"
    panels = {
        "VGG16": {
            "as trained": read.kept(vgg, "studio_accuracy"),
            "mean not subtracted": read.kept(vgg, "no_mean_accuracy"),
            "red and blue swapped": read.kept(vgg, "swapped_accuracy"),
            "prepared twice": read.kept(vgg, "twice_accuracy"),
            "0 to 1": read.kept(vgg, "unit_range_accuracy"),
        },
        "Xception": {
            "as trained": read.kept(xception, "studio_accuracy"),
            "0 to 1": read.kept(xception, "unit_range_accuracy"),
            "0 to 255": read.kept(xception, "unscaled_accuracy"),
            "VGG16's": read.kept(xception, "vgg_way_accuracy"),
        },
    }
    with projection.canvas(1, 2, width=11.4, height=4.1) as (figure, axes):
        for axis, (name, scores) in zip(axes[0], panels.items(), strict=True):
            colours = [BLUE] + [ORANGE] * (len(scores) - 1)
            projection.score_bars(axis, scores, colours, CHANCE)
            axis.set_title(f"{name}, easy set", loc="left")
    told = "; ".join(f"{name}: {projection.told_scores(scores)}" for name, scores in panels.items())
    return plots.Picture(figure, f"Bars of accuracy with spreads. {told}. Guessing gives 6 %.")


def three_ways(read) -> plots.Picture:
    """VGG16 from scratch, frozen, and with its last block free: what may learn, and how many numbers that is."""
    from matplotlib.patches import FancyBboxPatch

    counts: dict[int, int] = {}
    for layer in read.net("VGG16", top=False)["layers"]:
        if layer["name"].startswith("block"):
            block = int(layer["name"][5])
            counts[block] = counts.get(block, 0) + layer["parameters"]
    head = (512 + 512 + 1) * 16  # the means of blocks 4 and 5, a bias, 16 kinds
    ways = {"from scratch": {1, 2, 3, 4, 5}, "feature extraction": set(), "fine-tuning": {5}}
    told = []
    with projection.chart(11.4, 4.9) as (figure, axis):
        axis.set(xlim=(0, 11.4), ylim=(4.9, 0), aspect="equal")
        axis.set_axis_off()
        for column, (way, free) in enumerate(ways.items()):
            left = 0.25 + 3.85 * column
            projection.say(axis, left + 1.6, 0.25, way, 22, weight="bold")
            learning = head + sum(counts[block] for block in free)
            told.append(f"{way} {learning:,}")
            for row, name in enumerate(["head", *(f"block {block}" for block in (5, 4, 3, 2, 1))]):
                learns = name == "head" or int(name[-1]) in free
                box = FancyBboxPatch(
                    (left, 0.62 + 0.58 * row), 3.2, 0.46, boxstyle="round,pad=0.02,rounding_size=0.08",
                    facecolor=LEARNS if learns else FROZEN, edgecolor=ORANGE if learns else FAINT, linewidth=2,
                )  # fmt: skip
                axis.add_patch(box)
                state = "learns" if learns else "frozen"
                projection.say(axis, left + 0.15, 0.86 + 0.58 * row, name, 18, ha="left")
                projection.say(
                    axis,
                    left + 3.05,
                    0.86 + 0.58 * row,
                    state,
                    17,
                    ha="right",
                    color=INK if learns else FAINT,
                )
            projection.say(axis, left + 1.6, 4.32, f"{learning:,}", 22, color="#a84300")
            projection.say(axis, left + 1.6, 4.68, "numbers learn", 17, color=FAINT)
    return plots.Picture(
        figure,
        "VGG16's five blocks and a head, three times. From scratch all learn, in feature extraction only the head, in "
        f"fine-tuning the head and block 5. Numbers that learn: {', '.join(told)}.",
    )


def features_once(read) -> plots.Picture:
    """The way of a picture through the frozen net to 1,024 features, and of these to a head."""
    from matplotlib.patches import FancyBboxPatch

    picture = read.picture(f"{MARKET}/Orange/n01.jpg")
    with projection.chart(11.4, 2.6) as (figure, axis):
        axis.set(xlim=(0, 11.4), ylim=(2.6, 0), aspect="equal")
        axis.set_axis_off()
        for place in range(2):
            shown = [picture, picture[:, ::-1]][1 - place]
            axis.imshow(shown, extent=(0.1 + 0.4 * (1 - place), 1.5 + 0.4 * (1 - place), 1.75 + 0.22 * (1 - place) - 0.1, 0.25 + 0.22 * (1 - place)), zorder=place)  # fmt: skip
        projection.say(axis, 1.05, 2.4, "two views", 17, color=FAINT)
        boxes = (
            (2.7, 2.5, "VGG16\nfrozen", FROZEN, "runs once"),
            (6.0, 1.9, "1,024\nnumbers", "white", "kept"),
            (8.7, 2.5, "head\nlearns", LEARNS, "many times, in seconds"),
        )
        for left, width, text, colour, below in boxes:
            axis.add_patch(
                FancyBboxPatch((left, 0.45), width, 1.35, boxstyle="round,pad=0.02,rounding_size=0.1", facecolor=colour, edgecolor=FAINT, linewidth=2)
            )  # fmt: skip
            projection.say(axis, left + width / 2, 1.12, text, 20)
            projection.say(axis, left + width / 2, 2.4, below, 17, color=FAINT)
        for start, end in ((2.05, 2.65), (5.25, 5.95), (7.95, 8.65)):
            axis.annotate(
                "", (end, 1.12), (start, 1.12), arrowprops={"arrowstyle": "-|>", "lw": 3, "color": INK}
            )
        axis.set(xlim=(0, 11.4), ylim=(2.6, 0))
    return plots.Picture(
        figure,
        "Two views of a picture go once through the frozen VGG16 and leave 1,024 numbers each, which are kept; a head "
        "learns from these as often as wanted.",
    )


def worth_of_pretraining(read) -> plots.Picture:
    """The same pictures and the same head on random, frozen and fine-tuned layers."""
    notebook = "04-transfer-learning"
    scores = {
        "random weights, LDA head": read.kept(notebook, "random_accuracy"),
        "pretrained, dense head": read.kept(notebook, "dense_accuracy"),
        "pretrained, LDA head": read.kept(notebook, "frozen_accuracy"),
        "fine-tuned": read.kept(notebook, "test_accuracy"),
    }
    with projection.canvas(width=11.4, height=3.5) as (figure, axes):
        projection.score_bars(axes[0, 0], scores, [GREEN, SKY, BLUE, PINK], CHANCE)
        axes[0, 0].set_xlim(0, 100)
        projection.say(axes[0, 0], 100 * CHANCE + 0.8, -0.68, "guessing", 15, ha="left")
    told = projection.told_scores(scores)
    return plots.Picture(
        figure,
        f"Bars of accuracy with spreads, on market with 20 pictures per class: {told}; guessing gives 6 %.",
    )


def fine_tuning_rates() -> plots.Picture:
    """The rate of fine-tuning over 120 steps on a logarithmic axis, beside Adam's usual one and one a hundred times as high."""
    steps = np.arange(0, 120)
    falling = 2e-4 * 0.5 * (1 + np.cos(np.pi * steps / 120))
    with projection.chart(6.2, 4.3) as (figure, axis):
        axis.semilogy(steps, np.full(120, 2e-2), color=ORANGE, linestyle="--")
        axis.semilogy(steps, np.full(120, 1e-3), color=FAINT, linestyle=":")
        axis.semilogy(steps, falling, color=BLUE)
        axis.set(xlabel="steps of 32 pictures", ylabel="learning rate", ylim=(1e-6, 8e-2), xlim=(0, 120))
        axis.text(4, 2.6e-2, "100 times too high", fontsize=17, va="bottom")
        axis.text(4, 1.25e-3, "Adam's usual, for a new net", fontsize=17, va="bottom")
        axis.text(4, 6.3e-5, "fine-tuning:\n0.0002, falling to 0", fontsize=17, va="top")
    return plots.Picture(
        figure,
        "Learning rate over 120 steps, logarithmic: fine-tuning begins at 0.0002 and falls to nearly 0; Adam's usual rate "
        "is 0.001; a hundred times ours is 0.02.",
    )


OWN_KIND, OTHER_KINDS = (4, 3, 5, 4), (4, 0, 1, 3)
MOVING_MEAN, MOVING_VARIANCE = 2.0, 4.0


def one_value_in_company() -> plots.Picture:
    """One value through BatchNormalization: in training beside two batches, in inference."""
    cases = []
    for name, batch in (("own kind", OWN_KIND), ("other kinds", OTHER_KINDS)):
        mean, spread = float(np.mean(batch)), float(np.std(batch))
        cases.append((f"training, {name}", batch, mean, spread))
    cases.append(("inference, any", (4,), MOVING_MEAN, MOVING_VARIANCE**0.5))
    results = []
    with projection.sheet(11.4, 4.1, 26.5, 8.2) as (figure, axis):
        heads = ((10.2, "the batch"), (14.8, "mean"), (17.2, "spread"), (22.6, "our 4 becomes"))
        for left, text in heads:
            projection.say(axis, left, 0.5, text, 18, color=FAINT)
        for row, (name, batch, mean, spread) in enumerate(cases):
            top = 1.5 + 2.3 * row
            projection.say(axis, 0.1, top + 0.7, name, 19, ha="left", weight="bold")
            for place, value in enumerate(batch):
                colour = LEARNS if place == 0 else "white"
                _cell(axis, 7.4 + 1.4 * place, top, 1.4, projection.number(value), colour)
            result = (4 - mean) / spread
            results.append(f"{result:.2f}")
            projection.say(axis, 14.8, top + 0.7, f"{mean:.1f}", 20)
            projection.say(axis, 17.2, top + 0.7, f"{spread:.2f}", 20)
            projection.say(axis, 21.3, top + 0.7, f"(4 − {mean:.1f}) / {spread:.2f} =", 19)
            _cell(axis, 24.2, top, 2.0, f"{result:.2f}", LEARNS)
    return plots.Picture(
        figure,
        f"The value 4 becomes {results[0]} in training among its own kind, {results[1]} among other kinds, and "
        f"{results[2]} in inference, whatever stands beside it, because there the kept mean 2 and spread 2 are used.",
    )


def _cell(axis, left: float, top: float, width: float, text: str, colour: str) -> None:
    from matplotlib.patches import Rectangle

    axis.add_patch(Rectangle((left, top), width, 1.4, facecolor=colour, edgecolor=INK, linewidth=1.4))
    projection.say(axis, left + width / 2, top + 0.72, text, 20)


def averages_on_the_move() -> plots.Picture:
    """How far BatchNormalization's moving mean has gone towards a new set's mean after so many steps in training mode."""
    momentum = 0.99  # of Keras
    steps = np.arange(0, 301)
    gone = 100 * (1 - momentum**steps)
    with projection.chart(5.7, 4.2) as (figure, axis):
        axis.plot(steps, gone, color=BLUE)
        for step, text in ((30, "one epoch"), (120, "four epochs")):
            axis.plot(step, gone[step], "o", color=ORANGE, markersize=11)
            projection.say(axis, step + 10, gone[step] - 7, f"{text}: {gone[step]:.0f} %", 17, ha="left")
        axis.set(xlabel="steps in training mode", ylabel="of the way (%)", ylim=(0, 100), xlim=(0, 300))
    return plots.Picture(
        figure,
        f"The moving mean's way towards the new pictures' mean: {gone[30]:.0f} % after 30 steps, {gone[120]:.0f} % after "
        "120, without any gradient.",
    )


def accuracy_by_labels(read) -> plots.Picture:
    """Recorded accuracy on market against labelled pictures a class, four ways."""
    table = read.recorded("transfer")
    with projection.chart(11.4, 4.8) as (figure, axis):
        told = _shot_lines(axis, table, "market", labels=True)
        axis.set(xlim=(-0.15, 3.0), ylim=(0, 85), ylabel="accuracy on market (%)")
        axis.set_xticks([0, 1, 2], ["5", "20", "all"])
        axis.set_xlabel("labelled pictures of each class", loc="left")
    return plots.Picture(
        figure, f"Accuracy on market against labelled pictures a class. {told}. Guessing: 6 %."
    )


def hard_and_easy(read) -> plots.Picture:
    """The same four ways on three sets: market, studio, Fruits-360."""
    table = read.recorded("transfer")
    names = {"market": "market: hard", "studio": "studio: easy", "fruits-360": "Fruits-360: easier still"}
    told = []
    with projection.canvas(1, 3, width=11.4, height=4.1, sharey=True) as (figure, axes):
        for axis, (data, title) in zip(axes[0], names.items(), strict=True):
            told.append(f"{data}: {_shot_lines(axis, table, data, labels=False)}")
            axis.set_title(title, loc="left")
            axis.set(xlim=(-0.3, 2.3), ylim=(0, 104))
            axis.set_xticks([0, 1, 2], ["5", "20", "all"])
        axes[0, 0].set_ylabel("accuracy (%)")
        axes[0, 1].set_xlabel("labelled pictures of each class")
        handles, labels = axes[0, 0].get_legend_handles_labels()
        axes[0, 2].legend(handles, labels, loc="center", fontsize=15, frameon=False)
    return plots.Picture(figure, f"Accuracy against labelled pictures on three sets. {' '.join(told)}")


def _shot_lines(axis, table, data: str, labels: bool) -> str:
    """The four ways as lines with bars from the lowest to the highest draw; returns what they say."""
    said = []
    for option, (label, colour, marker) in LINES.items():
        rows = table[(table["data"] == data) & (table["option"] == option)]
        places = [["5", "20", "all"].index(str(shots)) for shots in rows["a class"]]
        values = 100 * rows["accuracy"].to_numpy()
        low, high = (np.array([100 * pick(runs) for runs in rows["accuracy_runs"]]) for pick in (min, max))
        axis.errorbar(
            places, values, yerr=[np.maximum(values - low, 0), np.maximum(high - values, 0)], color=colour,
            marker=marker, markersize=9, capsize=5, elinewidth=2, label=label,
        )  # fmt: skip
        said.append(f"{label} " + ", ".join(f"{value:.1f}" for value in values))
        if labels:
            shift = {"fine-tuned": 2.2, "frozen": -2.2}.get(label, 0)
            projection.say(
                axis, 2.08, values[-1] + shift, f"{label}, {values[-1]:.1f}", 18, ha="left", color=INK
            )
    axis.axhline(100 * CHANCE, color=INK, linestyle=":", linewidth=2)
    if labels:
        axis.text(2.45, 100 * CHANCE + 1, "guessing", fontsize=17, va="bottom")
    return "; ".join(said)


def leaky_and_clean(read) -> plots.Picture:
    """What a leaking validation promises, what a clean one promises, and what the test keeps."""
    notebook = "04-transfer-learning"
    scores = {
        "leaky: validation": read.kept(notebook, "leaky_validation_accuracy"),
        "leaky: test": read.kept(notebook, "leaky_test_accuracy"),
        "clean: validation": read.kept(notebook, "clean_validation_accuracy"),
        "clean: test": read.kept(notebook, "clean_test_accuracy"),
    }
    with projection.canvas(width=6.2, height=4.6) as (figure, axes):
        projection.score_bars(axes[0, 0], scores, [ORANGE, BLUE, ORANGE, BLUE], CHANCE)
    told = projection.told_scores(scores)
    return plots.Picture(figure, f"Bars of accuracy with spreads: {told}. Guessing gives 6 %.")
