"""Figures of deck 07: the workflow, honest scores, serving, fewer bits, watching a model, where to go on."""

from __future__ import annotations

import numpy as np

from course_utils import plots
from course_utils.workshop.slides import projection
from course_utils.workshop.slides.projection import BLUE, INK, ORANGE, PALE_BLUE

GREY = "#9aa3af"


def one_classifier_four_scores(read) -> plots.Picture:
    """The same classifier on four kinds of held-out pictures."""
    rows = (
        ("a random quarter", "random_split_accuracy"),
        ("a block of angles", "block_split_accuracy"),
        ("other fruits", "individual_split_accuracy"),
        ("the set's test split", "own_test_accuracy"),
    )
    told = []
    with projection.chart(11.4, 3.9) as (figure, axis):
        for place, (name, key) in enumerate(rows):
            value, spread, _ = read.kept("01-eda", key)
            axis.barh(place, value, 0.62, color=ORANGE if place < 2 else BLUE)
            score = f"{value:.2f} ± {spread:.2f}" if spread else f"{value:.2f}"  # most depend on no seed
            if spread:
                axis.errorbar(value, place, xerr=spread, fmt="none", color=INK, linewidth=3, capsize=5)
            projection.say(axis, value + spread + 0.012, place, score, 19, ha="left")
            told.append(f"{name} {score}")
        axis.axvline(1 / 16, color=INK, linestyle=":", linewidth=2)
        axis.set_yticks(range(len(rows)), [name for name, _ in rows])
        axis.set(xlim=(0, 1.2), ylim=(3.5, -0.5), xlabel="accuracy of the nearest neighbour (dotted: chance)")
    return plots.Picture(
        figure, "One classifier, tested on four kinds of held-out pictures: " + "; ".join(told) + "."
    )


def how_wide_is_the_interval() -> plots.Picture:
    """Wilson's 95 % interval of an accuracy of 0.95 against the number of test items."""
    items = np.array([20, 50, 100, 320, 640, 2592, 25000])
    z, share = 1.96, 0.95
    middle = (share + z**2 / (2 * items)) / (1 + z**2 / items)
    half = z / (1 + z**2 / items) * np.sqrt(share * (1 - share) / items + z**2 / (4 * items**2))
    with projection.chart(11.4, 4.2) as (figure, axis):
        places = np.arange(len(items))
        axis.vlines(places, middle - half, middle + half, color=BLUE, linewidth=12)
        axis.plot(places, [share] * len(items), "o", color=INK, markersize=9)
        for place, low, high in zip(places, middle - half, middle + half, strict=True):
            apart = max(0.0, 0.022 - (high - low)) / 2  # so that the two numbers don't lie on each other
            projection.say(axis, place + 0.14, low - apart, f"{low:.3f}", 16, ha="left")
            projection.say(axis, place + 0.14, high + apart, f"{high:.3f}", 16, ha="left")
        axis.set_xticks(places, [f"{one:,}" for one in items])
        axis.set(xlabel="test pictures", ylabel="accuracy", xlim=(-0.4, len(items) - 0.2), ylim=(0.74, 1.01))
    told = "; ".join(
        f"{n:,}: {m - h:.3f} to {m + h:.3f}" for n, m, h in zip(items, middle, half, strict=True)
    )
    return plots.Picture(
        figure, f"95 % intervals of an observed accuracy of 0.95 by the number of test items. {told}."
    )


def every_seed_a_point(read) -> plots.Picture:
    """Test accuracy of five seeds of the recipe of 2018 and of today's."""
    table = read.recorded("fruit_cnn_2018")
    rows = table[table["option"].isin(["2018, as it ran", "today"])]
    told = []
    with projection.chart(11.4, 3.4) as (figure, axis):
        for place, row in enumerate(rows.to_dict("records")):
            runs = row["accuracy_16_runs"]
            axis.plot(
                [min(runs), max(runs)], [place] * 2, color=PALE_BLUE, linewidth=14, solid_capstyle="round"
            )
            axis.plot(runs, [place] * len(runs), "o", color=BLUE, markersize=13, alpha=0.75)
            axis.plot([row["accuracy_16"]] * 2, [place - 0.3, place + 0.3], color=INK, linewidth=4)
            told.append(f"{row['option']}: {min(runs):.3f} to {max(runs):.3f}, mean {row['accuracy_16']:.3f}")
        axis.set_yticks(range(len(rows)), ["the recipe of 2018", "today's"])
        axis.set(ylim=(1.6, -0.6), xlabel="test accuracy, Fruits-360, 16 classes: five seeds, and their mean")
    return plots.Picture(figure, "Each seed a point. " + "; ".join(told) + ".")


def studio_and_market(read) -> plots.Picture:
    """Three models trained in the studio, tested there and on the market."""
    rows = (
        ("mean colour", ("01-eda", "mean_colour_accuracy"), ("01-eda", "market_mean_colour_accuracy")),
        ("nearest neighbour", ("01-eda", "own_test_accuracy"), ("01-eda", "market_nearest_accuracy")),
        ("fruit CNN", ("05-fruit-cnn", "test_accuracy"), ("05-fruit-cnn", "market_accuracy")),
    )
    told = []
    with projection.chart(11.4, 3.9) as (figure, axis):
        for place, (name, studio, market) in enumerate(rows):
            here, there = read.kept(*studio), read.kept(*market)
            axis.barh(place - 0.19, here.mean, 0.36, color=BLUE, label="studio" if not place else None)
            axis.barh(
                place + 0.19,
                there.mean,
                0.36,
                color=ORANGE,
                hatch="//",
                label="market" if not place else None,
            )
            for one, shift in ((here, -0.19), (there, 0.19)):
                axis.errorbar(
                    one.mean, place + shift, xerr=one.sd, fmt="none", color=INK, linewidth=3, capsize=5
                )
                end = one.mean + max(one.sd, 0.012) + 0.008
                projection.say(axis, end, place + shift, f"{one.mean:.2f}", 18, ha="left")
            told.append(
                f"{name}: studio {here.mean:.2f} ± {here.sd:.2f}, market {there.mean:.2f} ± {there.sd:.2f}"
            )
        axis.axvline(1 / 16, color=INK, linestyle=":", linewidth=2)
        axis.set_yticks(range(len(rows)), [row[0] for row in rows])
        axis.set(xlim=(0, 1.1), ylim=(2.5, -0.5), xlabel="test accuracy (dotted: chance)")
        axis.legend(loc="upper right", frameon=False, bbox_to_anchor=(1.0, 0.72))
    return plots.Picture(figure, "Trained in the studio, with spreads. " + "; ".join(told) + ".")


def leaks_of_this_course(read) -> plots.Picture:
    """Three scores that promised too much, each beside the honest one."""
    rows = (
        ("random split of a turntable", ("01-eda", "random_split_accuracy"), ("01-eda", "own_test_accuracy")),
        (
            "mirror twins in validation",
            ("04-transfer-learning", "leaky_validation_accuracy"),
            ("04-transfer-learning", "leaky_test_accuracy"),
        ),
        ("tested in the same studio", ("05-fruit-cnn", "test_accuracy"), ("05-fruit-cnn", "market_accuracy")),
    )
    told = []
    with projection.chart(11.4, 4.3) as (figure, axis):
        for place, (name, promise, truth) in enumerate(rows):
            high, low = read.kept(*promise).mean, read.kept(*truth).mean
            axis.plot([low, high], [place] * 2, color="#c5c9d0", linewidth=6, zorder=1)
            axis.plot(high, place, "s", color=ORANGE, markersize=15, label="promised" if not place else None)
            axis.plot(low, place, "o", color=BLUE, markersize=15, label="kept" if not place else None)
            projection.say(axis, high + 0.025, place, f"{high:.2f}", 18, ha="left")
            projection.say(axis, low - 0.025, place, f"{low:.2f}", 18, ha="right")
            told.append(f"{name}: promised {high:.2f}, kept {low:.2f}")
        axis.axvline(1 / 16, color=INK, linestyle=":", linewidth=2)
        axis.set_yticks(range(len(rows)), [row[0] for row in rows])
        axis.set(xlim=(0, 1.08), ylim=(2.5, -0.6), xlabel="accuracy (dotted: chance)")
        axis.legend(loc="upper left", frameon=False, bbox_to_anchor=(0.1, 1.0))
    return plots.Picture(
        figure, "Scores that promised too much, means of the kept runs. " + "; ".join(told) + "."
    )


TROUBLES = (
    ("partly hidden", "data/fruits/market/Test/Strawberry/n06.jpg"),
    ("in company", "data/fruits/market/Test/Lemon/n05.jpg"),
    ("ground of its colour", "data/fruits/market/Test/Banana/n02.jpg"),
    ("small, at the edge", "data/fruits/market/Test/Banana/n08.jpg"),
)


def four_piles(read) -> plots.Picture:
    """Four market pictures, one for each kind of trouble."""
    with projection.canvas(1, 4, width=11.4, height=3.2) as (figure, axes):
        for axis, (name, path) in zip(axes[0], TROUBLES, strict=True):
            axis.imshow(read.picture(path))
            axis.set_axis_off()
            axis.set_title(name, loc="center", fontsize=18)
    return plots.Picture(
        figure,
        "Four market pictures: a strawberry partly behind leaves, a lemon among other fruits, a banana on yellowish "
        "wood, a small banana at the edge.",
    )


CALL, EACH = (
    40.0,
    2.0,
)  # milliseconds a call and a picture: made up, of the size that a small net has on a laptop


def waiting_and_working() -> plots.Picture:
    """Pictures a second and the wait of each caller, against the batch, for made-up costs."""
    batch = np.array([1, 2, 4, 8, 16, 32, 64, 128])
    wait = CALL + EACH * batch
    with projection.canvas(1, 2, width=11.4, height=3.9) as (figure, axes):
        for axis, values, name, colour in (
            (axes[0, 0], 1000 * batch / wait, "pictures a second", BLUE),
            (axes[0, 1], wait, "milliseconds until the answer", ORANGE),
        ):
            axis.plot(batch, values, "o-", color=colour, markersize=9)
            axis.set_xscale("log", base=2)
            axis.set_xticks(batch, [str(one) for one in batch])
            axis.set(xlabel="pictures in a call", ylim=(0, values.max() * 1.15))
            axis.set_title(name, loc="left")
            for one in (0, len(batch) - 1):
                axis.annotate(
                    f"{values[one]:.0f}", (batch[one], values[one]), (0, 12), textcoords="offset points",
                    ha="left" if one == 0 else "right", fontsize=18,
                )  # fmt: skip
    return plots.Picture(
        figure,
        f"Made-up costs of {CALL:.0f} ms a call and {EACH:.0f} ms a picture: from 1 to 128 pictures a call the "
        f"throughput rises from {1000 / wait[0]:.0f} to {1000 * 128 / wait[-1]:.0f} pictures a second, and the wait "
        f"from {wait[0]:.0f} to {wait[-1]:.0f} ms.",
    )


def fewer_bits(read) -> plots.Picture:
    """A curve of weights rounded to 4 bits and 8, and the size of VGG16's weights by bits a weight."""
    parameters = read.net("VGG16")["parameters"]
    bits = (32, 16, 8, 4)
    sizes = [parameters * one / 8 / 1e6 for one in bits]
    exact = np.linspace(-1, 1, 400)
    with projection.canvas(1, 2, width=11.4, height=4.2) as (figure, axes):
        stairs, chart = axes[0]
        stairs.plot(exact, exact, color=GREY, linewidth=2, label="32 bits")
        stairs.step(exact, np.round(exact * 7) / 7, color=ORANGE, where="mid", label="4 bits: 15 values")
        stairs.step(
            exact,
            np.round(exact * 127) / 127,
            color=BLUE,
            where="mid",
            linewidth=2,
            label="8 bits: 255 values",
        )
        stairs.set(xlabel="a weight", ylabel="what is kept", xticks=[-1, 0, 1], yticks=[-1, 0, 1])
        stairs.legend(loc="upper left", frameon=False, fontsize=16)
        stairs.set_ylim(-1.1, 1.75)
        chart.barh(range(4), sizes, 0.62, color=[GREY, GREY, BLUE, ORANGE])
        for place, size in enumerate(sizes):
            projection.say(chart, size + 8, place, f"{size:.0f} MB", 18, ha="left")
        chart.set_yticks(range(4), [f"{one} bits" for one in bits])
        chart.set(xlim=(0, max(sizes) * 1.3), ylim=(3.5, -0.5), xticks=[])
        chart.set_title("VGG16's weights", loc="left")
    told = "; ".join(f"{b} bits {s:.0f} MB" for b, s in zip(bits, sizes, strict=True))
    return plots.Picture(
        figure,
        "Left a straight line and the stairs that 15 values of 4 bits make of it; 255 values of 8 bits can hardly be "
        f"told from the line. Right the size of VGG16's weights: {told}.",
    )


def three_drifts() -> plots.Picture:
    """Inputs, shares of the classes, or the meaning of the labels change: three small sketches."""
    line = np.linspace(0, 10, 200)

    def hill(middle: float) -> np.ndarray:
        return np.exp(-((line - middle) ** 2) / 2)

    with projection.canvas(1, 3, width=11.4, height=3.7) as (figure, axes):
        first, second, third = axes[0]
        first.fill_between(line, hill(3.4), facecolor="#7fb8d8", edgecolor=BLUE, label="then")
        first.fill_between(line, hill(6.4), facecolor="#f0b48a", edgecolor=INK, hatch="//", label="now")
        first.set(xlabel="brightness of the pictures", ylim=(0, 1.4))
        first.legend(frameon=False, loc="upper right", ncols=2)
        places = np.arange(3)
        second.bar(places - 0.2, [0.34, 0.33, 0.33], 0.38, color="#7fb8d8", edgecolor=BLUE)
        second.bar(places + 0.2, [0.1, 0.2, 0.7], 0.38, color="#f0b48a", edgecolor=INK, hatch="//")
        second.set_xticks(places, ["plum", "kiwi", "peach"])
        second.set(ylim=(0, 0.95))
        third.plot(line, 1 / (1 + np.exp(3 - line)), color=BLUE)
        third.plot(line, 1 / (1 + np.exp(6.5 - line)), color=ORANGE, linestyle="--")
        third.set(xlabel="brown spots", ylim=(0, 1.25))
        for axis, name in zip(axes[0], ("other pictures", "other shares", "other meaning"), strict=True):
            axis.set_title(name, loc="left")
            axis.set_yticks([])
            if axis is not second:
                axis.set_xticks([])
        third.text(0.3, 1.1, "'sold as bad'", fontsize=17, color=INK)
    return plots.Picture(
        figure,
        "Three sketches. The brightness of pictures moves to higher values. The shares of plum, kiwi and peach, equal "
        "at first, become uneven. The number of brown spots from which a fruit counts as bad rises.",
    )


WATCHED = 12  # pictures of each set
KINDS = ("Apricot", "Banana", "Kiwi", "Lemon", "Plum", "Strawberry")


def an_alarm_without_labels(read) -> plots.Picture:
    """Brightness of the border of pictures as they come in: first from the studio, then from the market."""
    learned = [_border(read.picture(f"data/fruits/studio/Training/{kind}/a01_000.jpg")) for kind in KINDS]
    come = [
        _border(read.picture(f"data/fruits/studio/Test/{kind}/b0{n}_010.jpg"))
        for n in (1, 2)
        for kind in KINDS
    ]
    come += [
        _border(read.picture(f"data/fruits/market/Test/{kind}/n0{n}.jpg")) for n in (1, 2) for kind in KINDS
    ]
    limit = min(learned) - 0.05
    places = np.arange(1, len(come) + 1)
    wrong = np.array(come) < limit
    with projection.chart(11.4, 3.9) as (figure, axis):
        axis.axhspan(limit, 1.02, color=PALE_BLUE, label="as in training")
        axis.plot(places[~wrong], np.array(come)[~wrong], "o", color=BLUE, markersize=13, label="fine")
        axis.plot(places[wrong], np.array(come)[wrong], "X", color=ORANGE, markersize=14, label="alarm")
        axis.axvline(WATCHED + 0.5, color=INK, linestyle=":", linewidth=2)
        axis.text(WATCHED + 0.8, 0.06, "from here on: market", fontsize=17)
        axis.set(
            xlabel="pictures as they come in", ylabel="brightness of the border", ylim=(0, 1.02), xlim=(0, 25)
        )
        axis.legend(loc="lower left", frameon=False)
    return plots.Picture(
        figure,
        f"Brightness of the border of {len(come)} pictures as they come in. The first {WATCHED}, from the studio, are "
        f"as bright as in training; of the {WATCHED} from the market {int(wrong[WATCHED:].sum())} lie below the limit.",
    )


def _border(picture: np.ndarray) -> float:
    """Mean brightness of the outermost five pixels on each side, 0 to 1."""
    grey = picture.mean(axis=-1) / 255
    grey[5:-5, 5:-5] = np.nan
    return float(np.nanmean(grey))


def cost_of_a_point(read) -> plots.Picture:
    """Processor seconds of training and the accuracy they bought: the recipe of 2018 and today's."""
    table = read.recorded("fruit_cnn_2018")
    names = {
        "2018, as it ran": "2018, as it ran",
        "2018, pictures read once": "2018, pictures\nread once",
        "today": "today's, smaller net",
    }
    told = []
    with projection.chart(11.4, 3.6) as (figure, axis):
        for place, row in enumerate(table.to_dict("records")):
            axis.barh(place, row["cpu_seconds"], 0.6, color=BLUE if row["option"] == "today" else GREY)
            said = f"{row['cpu_seconds']:.0f} s   accuracy {row['accuracy_16']:.3f}"
            projection.say(axis, row["cpu_seconds"] + 0.4, place, said, 18, ha="left")
            told.append(f"{row['option']}: {said}")
        axis.set_yticks(range(len(table)), [names[one] for one in table["option"]])
        axis.set(xlim=(0, table["cpu_seconds"].max() * 1.65), ylim=(len(table) - 0.5, -0.5))
        axis.set_xlabel("processor seconds for one training")
    return plots.Picture(figure, "Processor seconds of one training. " + "; ".join(told) + ".")
