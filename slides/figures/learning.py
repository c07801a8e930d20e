"""Figures of deck 01: splitting data, neurons, losses, gradient descent, backpropagation, tensors, Keras."""

from __future__ import annotations

import math

import numpy as np

from course_utils import plots
from course_utils.workshop.slides import projection
from course_utils.workshop.slides.projection import (
    BLUE,
    FAINT,
    INK,
    ORANGE,
    PALE_BLUE,
    PALE_GREEN,
    PALE_GREY,
    PALE_ORANGE,
    SKY,
)

# The worked example of Shirin Glander's workshop: scores of three classes.
SCORES = np.array([2, 1, 0.1])

# The worked example of the Vietnamese talk: a picture of a boat, the net's answer before and after training.
BOAT = {"truth": np.array([0, 0, 1, 0]), "before": np.array([0.2, 0.4, 0.1, 0.3])}
BOAT["after"] = np.array([0.1, 0.1, 0.7, 0.1])


# Data


def picture_as_numbers(read) -> plots.Picture:
    """A bundled picture, a frame of eight pixels by eight, and the numbers in it."""
    from matplotlib.patches import ConnectionPatch, Rectangle

    path = "data/fruits/studio/Training/Banana/a01_030.jpg"
    picture = read.picture(path)
    row = 40
    column = min(
        int(np.flatnonzero(picture[row, :, 2] < 140)[-1]) - 4, picture.shape[1] - 8
    )  # the fruit's right edge lies in the frame
    part = picture[row : row + 8, column : column + 8]
    with projection.canvas(1, 2, width=11.4, height=4.6, width_ratios=(1, 1.5)) as (figure, axes):
        whole, numbers = axes[0]
        whole.imshow(picture)
        whole.set_axis_off()
        whole.add_patch(Rectangle((column - 0.5, row - 0.5), 8, 8, fill=False, edgecolor=INK, linewidth=3))
        whole.set_title("what we see", loc="center")
        numbers.imshow(part[..., 2], cmap="gray", vmin=0, vmax=255, aspect=0.62)
        for (r, c), value in np.ndenumerate(part[..., 2]):
            projection.say(numbers, c, r, value, 17, color="white" if value < 120 else INK)
        numbers.set_axis_off()
        numbers.set_title("what the computer gets (blue channel)", loc="center")
        for corner in (-0.5, 7.5):
            figure.add_artist(
                ConnectionPatch(
                    (column + 7.5, row + corner), (-0.5, corner), "data", "data", axesA=whole, axesB=numbers,
                    color=FAINT, linewidth=1.5,
                )
            )  # fmt: skip
    return plots.Picture(
        figure,
        "Left a banana on white with a small frame on it; right the 8 by 8 blue values inside of the frame, from "
        f"{part[..., 2].min()} to {part[..., 2].max()}.",
    )


def learning_by_heart() -> plots.Picture:
    """Polynomials of three degrees through twelve noisy points, and the errors on old and new points."""
    noise = np.random.default_rng(3)
    x, x_new = (
        np.linspace(-1, 1, 12) + noise.uniform(-0.06, 0.06, 12),
        np.sort(noise.uniform(-0.95, 0.95, 200)),
    )

    def truth(at: np.ndarray) -> np.ndarray:
        return np.sin(2.6 * at)

    y, y_new = truth(x) + 0.22 * noise.standard_normal(12), truth(x_new) + 0.22 * noise.standard_normal(200)
    degrees, fine, said = range(1, 11), np.linspace(-1, 1, 300), []
    fits = {degree: np.polynomial.Polynomial.fit(x, y, degree) for degree in degrees}
    errors = {d: (np.mean((fit(x) - y) ** 2), np.mean((fit(x_new) - y_new) ** 2)) for d, fit in fits.items()}
    with projection.canvas(1, 4, width=11.4, height=4.4, width_ratios=(1, 1, 1, 1.55)) as (figure, axes):
        for axis, (degree, name) in zip(
            axes[0][:3], ((1, "too stiff"), (3, "about right"), (10, "by heart")), strict=True
        ):
            axis.plot(fine, fits[degree](fine), color=BLUE)
            axis.plot(x, y, "o", color=INK, markersize=8)
            axis.set(ylim=(-1.9, 1.9), xticks=[], yticks=[])
            axis.set_title(name, loc="center")
            axis.set_xlabel(f"degree {degree}")
            said.append(f"degree {degree}: {errors[degree][0]:.2f} and {errors[degree][1]:.2f}")
        chart = axes[0, 3]
        chart.semilogy(degrees, [errors[d][1] for d in degrees], "s-", color=ORANGE, label="new points")
        chart.semilogy(degrees, [errors[d][0] for d in degrees], "o-", color=BLUE, label="training points")
        chart.set(xlabel="degree", xticks=[1, 3, 5, 7, 10])
        chart.set_title("squared error", loc="left")
        chart.legend(loc="lower left", fontsize=16)
    return plots.Picture(
        figure,
        "Polynomials through twelve noisy points. A line is too stiff, degree 3 follows the arch, degree 10 runs through "
        "every point and swings wildly between them. The error on the training points keeps falling with the degree; on "
        "new points it falls, then rises steeply. Mean squared errors on training and new points: "
        + "; ".join(said)
        + ".",
    )


def cross_validation() -> plots.Picture:
    """Five folds, each the validation part once, with the scores of a linear classifier on scikit-learn's digits."""
    scores = _fold_scores()
    with projection.sheet(11.4, 4.4, 22.8, 8.8) as (figure, axis):
        projection.say(axis, 17.6, 0.5, "accuracy (chance 0.1)", 18, ha="left", color=FAINT)
        for run, score in enumerate(scores):
            top = 1.0 + 1.35 * run
            projection.say(axis, 0.1, top + 0.5, f"run {run + 1}", 18, ha="left")
            for fold in range(5):
                held = fold == run
                projection.box(
                    axis, 2.6 + 2.9 * fold, top, 2.75, 1.05, "validate" if held else "train",
                    PALE_GREEN if held else PALE_BLUE, size=17,
                )  # fmt: skip
            projection.say(axis, 17.6, top + 0.5, f"{score:.3f}", 19, ha="left")
        projection.say(
            axis,
            17.6,
            8.2,
            f"{np.mean(scores):.3f} ± {np.std(scores, ddof=1):.3f}",
            20,
            ha="left",
            weight="bold",
        )
        projection.say(axis, 17.3, 8.2, "mean ± standard deviation", 18, ha="right")
    return plots.Picture(
        figure,
        "Five rows of five parts; in each row another part is used to validate and the four others to train. Accuracies "
        f"at the right: {', '.join(f'{score:.3f}' for score in scores)}; mean {np.mean(scores):.3f}, standard deviation "
        f"{np.std(scores, ddof=1):.3f}, chance 0.1.",
    )


def _fold_scores() -> list[float]:
    from sklearn.datasets import load_digits
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import KFold, cross_val_score
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    x, y = load_digits(return_X_y=True)
    folds = KFold(5, shuffle=True, random_state=0)
    model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))
    return [round(float(score), 3) for score in cross_val_score(model, x, y, cv=folds)]


def splits_compared(read) -> plots.Picture:
    """One classifier, four ways to hold out pictures, from notebook 01."""
    ways = [
        ("random", "random pictures"),
        ("block", "neighbouring views together"),
        ("individual", "whole fruits"),
        ("own_test", "the set's own test fruits"),
    ]
    scores = [
        read.kept("01-eda", f"{key}_{'accuracy' if key == 'own_test' else 'split_accuracy'}")
        for key, _ in ways
    ]
    scores.append(read.kept("01-eda", "mean_colour_accuracy"))
    names = [*(name for _, name in ways), "only its mean colour, same test"]
    values, spreads = [one.mean for one in scores], [one.sd for one in scores]
    told = [  # most of these splits depend on no seed
        f"{100 * one.mean:.1f} ± {100 * one.sd:.1f} %" if one.sd else f"{100 * one.mean:.1f} %"
        for one in scores
    ]
    with projection.chart(11.4, 4.3) as (figure, axis):
        axis.barh(range(5), values, color=[ORANGE, ORANGE, BLUE, BLUE, FAINT], height=0.68)
        for row, (value, spread) in enumerate(zip(values, spreads, strict=True)):
            if spread:
                axis.errorbar(value, row, xerr=spread, fmt="none", color=INK, linewidth=3, capsize=5)
            projection.say(axis, value - spread - 0.01, row, told[row], 19, ha="right", color="white")
        axis.set(yticks=range(5), yticklabels=names, xlim=(0, 1))
        axis.set_xticks([0, 0.25, 0.5, 0.75, 1], ["0 %", "25 %", "50 %", "75 %", "100 %"])
        axis.tick_params(axis="y", labelsize=18)
        axis.axvline(1 / 16, color=INK, linestyle=":", linewidth=2.5)
        projection.say(axis, 1 / 16 + 0.01, -0.72, "chance 6.2 %", 16, ha="left")
        axis.set_ylim(4.6, -1.0)
    return plots.Picture(
        figure,
        "Accuracy of a nearest-neighbour classifier by what was held out: "
        + "; ".join(f"{name} {one}" for name, one in zip(names, told, strict=True))
        + ". Chance is 6.2 %.",
    )


# Neurons


def perceptron() -> plots.Picture:
    """A neuron with three inputs, its sum and its step, with numbers."""
    inputs, weights, bias = np.array([1.0, 0.5, 2.0]), np.array([0.6, -0.8, 0.4]), -0.5
    total = float(inputs @ weights + bias)
    answer = int(total > 0)
    with projection.sheet(11.4, 4.5, 22.8, 9.0) as (figure, axis):
        for index, (value, weight) in enumerate(zip(inputs, weights, strict=True)):
            y = 1.2 + 2.8 * index
            _node(axis, 1.6, y, projection.number(value), PALE_GREY)
            projection.arrow(axis, (2.6, y), (8.5, 4.0 + 0.35 * (index - 1)))
            middle = (5.2, y + (4.0 + 0.35 * (index - 1) - y) * 0.44)
            _label(axis, *middle, f"× {_signed(weight)}")
        _node(axis, 9.9, 4.0, "Σ", PALE_BLUE, radius=1.35, size=28)
        _label(axis, 9.9, 7.3, f"bias {_signed(bias)}")
        projection.arrow(axis, (9.9, 6.8), (9.9, 5.5))
        projection.arrow(axis, (11.4, 4.0), (15.2, 4.0))
        _label(axis, 13.2, 3.2, projection.number(round(total, 3)))
        axis.plot([15.6, 17.0, 17.0, 18.6], [5.0, 5.0, 3.0, 3.0], color=ORANGE)
        axis.plot([15.4, 18.8], [5.0, 5.0], color=FAINT, linewidth=1)
        projection.say(axis, 17.1, 6.1, "above 0?", 18)
        projection.arrow(axis, (19.0, 4.0), (20.3, 4.0))
        _node(axis, 21.5, 4.0, str(answer), PALE_ORANGE, radius=1.1, size=24)
        projection.say(axis, 1.6, 8.6, "inputs", 18, color=FAINT)
        projection.say(axis, 5.2, 8.6, "weights", 18, color=FAINT)
        projection.say(axis, 21.5, 8.6, "answer", 18, color=FAINT)
    return plots.Picture(
        figure,
        "A neuron: the inputs 1, 0.5 and 2 times the weights 0.6, minus 0.8 and 0.4, plus the bias minus 0.5, give "
        f"{total:.1f}; that is above 0, so the answer is {answer}.",
    )


def perceptron_and_xor() -> plots.Picture:
    """A perceptron that finds a line by its rule, and four points for which there is none."""
    noise = np.random.default_rng(5)
    points = np.concatenate(
        [noise.normal((-1, -0.6), 0.55, (25, 2)), noise.normal((1.1, 0.9), 0.55, (25, 2))]
    )
    labels = np.repeat([0, 1], 25)
    weights, lines = np.array([0.9, 1.0, -0.9]), []  # bias first
    order = noise.permutation(50)
    for _ in range(20):
        mistakes = 0
        for index in order:
            x = np.array([1, *points[index]])
            error = labels[index] - int(x @ weights > 0)
            if error:
                lines.append(weights.copy())
                weights, mistakes = weights + 0.5 * error * x, mistakes + 1
        if not mistakes:
            break
    with projection.canvas(1, 2, width=11.4, height=4.6) as (figure, axes):
        left, right = axes[0]
        for label, colour, marker in ((0, ORANGE, "s"), (1, BLUE, "o")):
            chosen = points[labels == label]
            left.plot(chosen[:, 0], chosen[:, 1], marker, color=colour, markersize=8)
        for number, line in enumerate([*lines, weights]):
            last = number == len(lines)
            x = np.linspace(-3, 3, 2)
            left.plot(
                x,
                -(line[0] + line[1] * x) / line[2],
                color=INK if last else "#9aa3b0",
                linewidth=3.5 if last else 1.5,
            )
        left.set(xlim=(-2.4, 2.6), ylim=(-2.2, 2.5), xticks=[], yticks=[])
        left.set_title(f"{len(lines)} corrections: a line is found", loc="center")
        for (x, y), colour, marker in (
            ((0, 0), ORANGE, "s"),
            ((1, 1), ORANGE, "s"),
            ((0, 1), BLUE, "o"),
            ((1, 0), BLUE, "o"),
        ):
            right.plot(x, y, marker, color=colour, markersize=22)
        right.set(
            xlim=(-0.5, 1.5), ylim=(-0.5, 1.5), xticks=[0, 1], yticks=[0, 1], aspect="equal", xlabel="input 1"
        )
        right.set_ylabel("input 2")
        right.set_title("either, but not both: no line will do", loc="center")
    return plots.Picture(
        figure,
        f"Left: two clouds of points and the perceptron's lines; after {len(lines)} corrections the thick one separates "
        "them. Right: the four points of 'either, but not both': orange squares at (0,0) and (1,1), blue circles at (0,1) "
        "and (1,0). No straight line has the circles on one side.",
    )


def hidden_layer_solves_xor() -> plots.Picture:
    """Two hidden ReLU neurons and one output neuron that compute 'either, but not both'."""
    hidden, hidden_bias, out = np.array([[1, 1], [1, 1]]), np.array([0, -1]), np.array([1, -2])

    def answer(x: np.ndarray) -> np.ndarray:
        return np.maximum(x @ hidden + hidden_bias, 0) @ out

    corners = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
    values = answer(corners)
    with projection.canvas(1, 2, width=11.4, height=4.6, width_ratios=(1.45, 1)) as (figure, axes):
        net, plane = axes[0]
        projection.blank(net, 14.5, 10)
        places = {"x1": (1.7, 2.2), "x2": (1.7, 7.2), "h1": (7.2, 2.2), "h2": (7.2, 7.2), "y": (12.8, 4.7)}
        for source, target, weight, at in (
            ("x1", "h1", 1, 0.5), ("x1", "h2", 1, 0.25), ("x2", "h1", 1, 0.25), ("x2", "h2", 1, 0.5),
            ("h1", "y", 1, 0.45), ("h2", "y", -2, 0.45),
        ):  # fmt: skip
            _wire(net, places[source], places[target], projection.number(weight), at)
        for name, text, colour in (
            ("x1", "input 1", PALE_GREY),
            ("x2", "input 2", PALE_GREY),
            ("h1", "ReLU", PALE_BLUE),
            ("h2", "ReLU", PALE_BLUE),
            ("y", "Σ", PALE_ORANGE),
        ):
            _node(net, *places[name], text, colour, radius=1.4, size=26 if text == "Σ" else 17)
        projection.say(net, 7.2, 0.4, "bias 0", 17, color=FAINT)
        projection.say(net, 7.2, 9.1, "bias −1", 17, color=FAINT)
        grid = np.stack(np.meshgrid(np.linspace(-0.5, 1.5, 200), np.linspace(-0.5, 1.5, 200)), -1)
        plane.contourf(
            grid[..., 0],
            grid[..., 1],
            answer(grid.reshape(-1, 2)).reshape(200, 200),
            levels=[-9, 0.5, 9],
            colors=[PALE_ORANGE, PALE_BLUE],
        )
        for (x, y), value in zip(corners, values, strict=True):
            plane.plot(x, y, "o" if value else "s", color=BLUE if value else ORANGE, markersize=30)
            projection.say(plane, x, y, projection.number(value), 19, color="white", weight="bold")  # fmt: skip
        plane.set(xticks=[0, 1], yticks=[0, 1], aspect="equal", xlabel="input 1", ylabel="input 2")
        plane.set_title("its answers", loc="center")
    return plots.Picture(
        figure,
        "Left: a net of two inputs, two hidden ReLU neurons with weights 1 and biases 0 and minus 1, and an output that "
        f"adds the first and takes the second twice away. Right: its answers at the four corners, "
        f"{', '.join(projection.number(v) for v in values)}: a band between two lines is blue, the rest orange.",
    )


def activations() -> plots.Picture:
    """Step, sigmoid, tanh, ReLU and leaky ReLU."""
    x = np.linspace(-4, 4, 401)
    curves = [
        ("step", np.where(x > 0, 1.0, 0.0), "slope 0 everywhere"),
        ("sigmoid", 1 / (1 + np.exp(-x)), "0 to 1"),
        ("tanh", np.tanh(x), "−1 to 1"),
        ("ReLU", np.maximum(x, 0), "max(0, x)"),
        ("leaky ReLU", np.maximum(0.1 * x, x), "max(0.1 x, x)"),
    ]
    with projection.canvas(1, 5, width=11.4, height=3.3) as (figure, axes):
        for axis, (name, y, below) in zip(axes[0], curves, strict=True):
            axis.axhline(0, color="#c9d0da", linewidth=1.2)
            axis.axvline(0, color="#c9d0da", linewidth=1.2)
            axis.plot(x, y, color=BLUE)
            axis.set(xlim=(-4, 4), ylim=(-1.4, 3), xticks=[-4, 0, 4], yticks=[-1, 0, 1, 2])
            if axis is not axes[0, 0]:
                axis.set_yticklabels([])
            axis.set_title(name, loc="center")
            axis.set_xlabel(below, fontsize=16)
    return plots.Picture(
        figure,
        "Five curves: the step jumps from 0 to 1 at 0; the sigmoid rises smoothly from 0 to 1; tanh from minus 1 to 1; "
        "ReLU is 0 left of 0 and x right of it; leaky ReLU goes on to the left with a slope of 0.1.",
    )


def softmax_example() -> plots.Picture:
    """Scores 2, 1 and 0.1, their powers of e, and their shares."""
    powers = np.exp(SCORES)
    shares = powers / powers.sum()
    with projection.sheet(11.4, 4.3, 22.8, 8.6) as (figure, axis):
        for title, at in (("class", 1.5), ("score", 6.0), ("e to the score", 11.2), ("share", 15.6)):
            projection.say(axis, at, 0.5, title, 18, color=FAINT)
        for row, (score, power, share) in enumerate(zip(SCORES, powers, shares, strict=True)):
            y = 2.2 + 1.9 * row
            projection.say(axis, 1.5, y, "abc"[row], 24, weight="bold")
            projection.say(axis, 6.0, y, projection.number(score), 24)
            projection.say(axis, 11.2, y, f"{power:.3f}", 24)
            projection.say(axis, 15.6, y, f"{share:.3f}", 24, color=BLUE, weight="bold")
            projection.box(axis, 17.5, y - 0.6, 5.2 * share, 1.2, "", SKY)
            projection.say(axis, 17.6 + 5.2 * share, y, f" ≈ {share:.1f}", 20, ha="left")
            projection.arrow(axis, (7.4, y), (9.2, y))
            projection.arrow(axis, (12.9, y), (14.2, y))
        projection.say(axis, 11.2, 8.0, f"sum {powers.sum():.3f}", 20)
        projection.say(axis, 15.6, 8.0, f"{shares.sum():.0f}", 20)
        axis.plot([9.4, 13.0], [7.3, 7.3], color=INK, linewidth=1.5)
        axis.plot([14.4, 16.8], [7.3, 7.3], color=INK, linewidth=1.5)
    return plots.Picture(
        figure,
        "Softmax by hand: the scores 2, 1 and 0.1 become "
        + ", ".join(f"{power:.3f}" for power in powers)
        + f", together {powers.sum():.3f}; divided by the sum they are "
        + ", ".join(f"{share:.3f}" for share in shares)
        + ", about 0.7, 0.2 and 0.1.",
    )


def losses_of_a_boat() -> plots.Picture:
    """Two answers for a picture of a boat, with squared error and cross-entropy of each."""
    truth = BOAT["truth"]
    said = []
    with projection.canvas(1, 2, width=11.4, height=4.4) as (figure, axes):
        for axis, (when, name) in zip(
            axes[0], (("before", "before training"), ("after", "after training")), strict=True
        ):
            shares = BOAT[when]
            squared = float(((truth - shares) ** 2).sum() / 2)
            crossed = float(-(truth * np.log(shares)).sum())
            bars = axis.bar(range(4), shares, color=[SKY, SKY, BLUE, SKY], width=0.62)
            axis.bar(range(4), truth, fill=False, edgecolor=INK, linewidth=2.2, linestyle=":", width=0.8)
            for bar, share in zip(bars, shares, strict=True):
                axis.text(
                    bar.get_x() + bar.get_width() / 2, share + 0.03, f"{share:g}", ha="center", fontsize=17
                )
            axis.set(ylim=(0, 1.06), yticks=[0, 0.5, 1])
            axis.set_xticks(range(4), ["", "", "boat", ""])
            axis.set_title(name, loc="center")
            axis.set_xlabel(
                f"squared error {squared:.2f}\ncross-entropy −ln {shares[2]:g} = {crossed:.2f}", fontsize=19
            )
            said.append(f"{name}: squared error {squared:.2f}, cross-entropy {crossed:.2f}")
    return plots.Picture(
        figure,
        "Shares of four classes for a picture of a boat, the third class; dotted: the truth, 1 for the boat. Before "
        "training the boat gets 0.1, afterwards 0.7. " + "; ".join(said) + ".",
    )


# Learning


def descent_on_one_weight() -> plots.Picture:
    """Five steps of gradient descent on one weight: the curve, the slopes, the numbers."""
    rate, weight, rows = 0.2, 0.0, []
    for step in range(6):
        slope = 2 * (weight - 3)
        rows.append((step, weight, (weight - 3) ** 2 + 1, slope))
        weight -= rate * slope
    with projection.canvas(1, 2, width=11.4, height=4.6, width_ratios=(1, 1.05)) as (figure, axes):
        chart, sheet = axes[0]
        x = np.linspace(-0.7, 5, 200)
        chart.plot(x, (x - 3) ** 2 + 1, color=FAINT, linewidth=2.5)
        chart.plot(
            [w for _, w, *_ in rows], [loss for _, _, loss, _ in rows], "o-", color=BLUE, markersize=10
        )
        _, w, loss, slope = rows[0]
        chart.plot([w - 0.6, w + 0.8], [loss - 0.6 * slope, loss + 0.8 * slope], color=ORANGE, linewidth=3)
        projection.say(chart, w + 0.55, loss + 1.0, f"slope {_signed(slope)}", 18, ha="left", color=INK)
        chart.set(xlabel="weight", ylabel="loss", ylim=(0, 13.5))
        chart.set_title("loss = (weight − 3)² + 1", loc="left", fontsize=18)
        projection.blank(sheet, 12, 10)
        heads = (("step", 0.9), ("weight", 4.4), ("loss", 7.6), ("slope", 11.0))
        for name, at in heads:
            sheet.text(at, 0.7, name, ha="right" if at > 2 else "center", fontsize=18, color=FAINT)
        for step, w, loss, slope in rows:
            for text, at in (
                (str(step), 0.9),
                (f"{w:.3f}", 4.4),
                (f"{loss:.3f}", 7.6),
                (_signed(round(slope, 3), 3), 11.0),
            ):
                projection.say(sheet, at, 2.1 + 1.2 * step, text, 19, ha="right" if at > 2 else "center")
        projection.say(
            sheet, 0.2, 9.7, f"new = old − {rate} × slope", 19, ha="left", color=BLUE, weight="bold"
        )
    return plots.Picture(
        figure,
        "A parabola with its lowest point at weight 3, and five steps down it from weight 0. Weights: "
        + ", ".join(f"{w:.3f}" for _, w, *_ in rows)
        + "; losses: "
        + ", ".join(f"{loss:.3f}" for _, _, loss, _ in rows)
        + ".",
    )


def learning_rates() -> plots.Picture:
    """The same curve, ten steps with four learning rates."""
    x = np.linspace(-3, 9, 300)
    ends = []
    with projection.canvas(1, 4, width=11.4, height=4.0) as (figure, axes):
        for axis, (rate, name) in zip(
            axes[0],
            ((0.02, "too small"), (0.2, "fine"), (0.92, "too large"), (1.08, "far too large")),
            strict=True,
        ):
            weights = [0.0]
            for _ in range(10):
                weights.append(weights[-1] - rate * 2 * (weights[-1] - 3))
            weights = np.array(weights)
            axis.plot(x, (x - 3) ** 2 + 1, color=FAINT, linewidth=2)
            axis.plot(weights, (weights - 3) ** 2 + 1, "o-", color=BLUE, markersize=7, linewidth=1.6)
            axis.set(xlim=(-3, 9), ylim=(0, 37), xticks=[3], yticks=[])
            axis.set_title(name, loc="center")
            axis.set_xlabel(f"rate {rate:g}\nlast loss {(weights[-1] - 3) ** 2 + 1:.2f}")
            ends.append(f"rate {rate:g}: {(weights[-1] - 3) ** 2 + 1:.2f}")
        axes[0, 0].set_ylabel("loss")
    return plots.Picture(
        figure,
        "Ten steps down the same parabola with four learning rates: slow creeping, quick arrival, jumping from side to "
        "side, and jumping ever higher. Last losses: " + "; ".join(ends) + ". The best possible is 1.",
    )


class _TinyNet:
    """Two inputs, two ReLU neurons, one sigmoid: small enough to compute by hand. No biases."""

    inputs = np.array([1.0, 2.0])
    truth = 0.0

    def __init__(self) -> None:
        self.hidden = np.array([[0.5, 0.25], [-0.5, 0.5]])  # a row for each neuron
        self.out = np.array([1.0, -1.0])

    def forward(self) -> dict:
        sums = self.hidden @ self.inputs
        values = np.maximum(sums, 0)
        score = float(values @ self.out)
        share = 1 / (1 + math.exp(-score))
        loss = -math.log(share if self.truth else 1 - share)
        return {"sums": sums, "values": values, "score": score, "share": share, "loss": loss}

    def gradients(self) -> dict:
        found = self.forward()
        score = found["share"] - self.truth  # sigmoid and cross-entropy together
        values = score * self.out
        sums = values * (found["sums"] > 0)
        return {
            "score": score,
            "values": values,
            "out": score * found["values"],
            "hidden": np.outer(sums, self.inputs),
        }

    def checked(self) -> dict:
        """The gradients, compared with tiny changes of each weight; raises AssertionError where they differ."""
        found = self.gradients()
        for weights, gradient in ((self.out, found["out"]), (self.hidden, found["hidden"])):
            for place in np.ndindex(weights.shape):
                assert abs(self.changed(weights, place) - gradient[place]) < 1e-4
        return found

    def changed(self, weights: np.ndarray, place: tuple[int, ...], by: float = 1e-4) -> float:
        """How much the loss grows with one weight, measured."""
        before = weights[place]
        weights[place] = before + by
        more = self.forward()["loss"]
        weights[place] = before - by
        less = self.forward()["loss"]
        weights[place] = before
        return (more - less) / (2 * by)


_PLACES = {"x1": (1.5, 2.3), "x2": (1.5, 7.3), "h1": (9.0, 2.3), "h2": (9.0, 7.3), "y": (16.2, 4.8)}
_WIRES = (
    ("x1", "h1", "hidden", (0, 0), 0.5),
    ("x2", "h1", "hidden", (0, 1), 0.27),
    ("x1", "h2", "hidden", (1, 0), 0.27),
    ("x2", "h2", "hidden", (1, 1), 0.5),
    ("h1", "y", "out", (0,), 0.47),
    ("h2", "y", "out", (1,), 0.47),
)


def backprop_forward() -> plots.Picture:
    """The tiny net with its weights, and every value on the way to the loss."""
    net = _TinyNet()
    found = net.forward()
    with projection.sheet(11.4, 4.8, 22.8, 9.6) as (figure, axis):
        for source, target, name, place, at in _WIRES:
            _wire(
                axis,
                _PLACES[source],
                _PLACES[target],
                projection.number(getattr(net, name)[place]),
                at,
                size=18,
            )
        for name, value, colour in (
            ("x1", net.inputs[0], PALE_GREY),
            ("x2", net.inputs[1], PALE_GREY),
            ("h1", found["values"][0], PALE_BLUE),
            ("h2", found["values"][1], PALE_BLUE),
        ):
            _node(axis, *_PLACES[name], projection.number(value), colour, radius=1.1, size=22)
        _node(axis, *_PLACES["y"], f"{found['share']:.3f}", PALE_ORANGE, radius=1.35, size=20)
        projection.say(axis, 16.2, 2.5, f"score {found['score']:g}", 18)
        projection.say(axis, 9.0, 0.6, "ReLU", 18, color=FAINT)
        projection.say(axis, 9.0, 9.0, "ReLU", 18, color=FAINT)
        projection.say(axis, 16.2, 6.9, "sigmoid", 18, color=FAINT)
        projection.arrow(axis, (17.7, 4.8), (19.0, 4.8))
        projection.say(axis, 20.9, 3.5, f"truth {net.truth:.0f}", 19)
        projection.say(axis, 20.9, 4.8, f"loss {found['loss']:.3f}", 21, weight="bold")
    return plots.Picture(
        figure,
        "A net of two inputs 1 and 2, two ReLU neurons with the values "
        f"{found['values'][0]:g} and {found['values'][1]:g}, and a sigmoid: the score {found['score']:g} becomes "
        f"{found['share']:.3f}. The truth is 0, the loss {found['loss']:.3f}.",
    )


def backprop_backward() -> plots.Picture:
    """The same net with the loss's gradient on each wire, found from the right to the left."""
    net = _TinyNet()
    found = net.checked()
    with projection.sheet(11.4, 4.8, 22.8, 9.6) as (figure, axis):
        for source, target, name, place, at in _WIRES:
            value = found[name][place]
            _wire(axis, _PLACES[source], _PLACES[target], _signed(round(float(value), 3), 3), at, size=18, ink=BLUE,
                  weight="bold")  # fmt: skip
        for name, text, colour in (
            ("x1", "1", PALE_GREY),
            ("x2", "2", PALE_GREY),
            ("h1", _signed(round(float(found["values"][0]), 3), 3), PALE_BLUE),
            ("h2", _signed(round(float(found["values"][1]), 3), 3), PALE_BLUE),
            ("y", _signed(round(found["score"], 3), 3), PALE_ORANGE),
        ):
            _node(axis, *_PLACES[name], text, colour, radius=1.35, size=18 if len(text) > 2 else 22)
        projection.arrow(axis, (19.0, 4.8), (17.8, 4.8), colour=ORANGE)
        projection.say(axis, 20.9, 3.9, "share − truth", 18)
        share = net.forward()["share"]
        projection.say(axis, 20.9, 5.3, f"{share:.3f} − {net.truth:.0f}", 20, weight="bold")
        score = f"{found['score']:.3f}"
        projection.say(axis, 9.0, 0.5, f"{score} × 1", 18, color=FAINT)
        projection.say(axis, 9.0, 9.1, f"{score} × (−1)", 18, color=FAINT)
    return plots.Picture(
        figure,
        "The same net read from right to left: share minus truth is "
        f"{found['score']:.3f}; times the weights 1 and minus 1 it reaches the hidden neurons as "
        f"{found['values'][0]:.3f} and {found['values'][1]:.3f}. Each wire's gradient is that of the neuron at its right "
        "end times the value at its left end: "
        + ", ".join(f"{value:.3f}" for value in [*found["out"], *found["hidden"].ravel()])
        + ".",
    )


def backprop_step() -> plots.Picture:
    """All six weights before and after one step, the loss, and one gradient measured by a tiny change."""
    net, rate = _TinyNet(), 0.1
    gradients, before = net.checked(), net.forward()
    measured = net.changed(net.hidden, (0, 1), by=0.001)
    rows = [
        (f"input {column + 1} → neuron {row + 1}", net.hidden[row, column], gradients["hidden"][row, column])
        for row in range(2)
        for column in range(2)
    ]
    rows += [(f"neuron {row + 1} → output", net.out[row], gradients["out"][row]) for row in range(2)]
    net.hidden = net.hidden - rate * gradients["hidden"]
    net.out = net.out - rate * gradients["out"]
    after = net.forward()
    with projection.sheet(11.4, 4.7, 22.8, 9.4) as (figure, axis):
        columns = (0.1, 10.6, 14.6, 22.4)
        for name, at in zip(("weight", "old", "gradient", f"old − {rate} × gradient"), columns, strict=True):
            projection.say(axis, at, 0.5, name, 18, ha="left" if at < 1 else "right", color=FAINT)
        for index, (name, old, gradient) in enumerate(rows):
            y = 1.6 + 0.95 * index
            projection.say(axis, columns[0], y, name, 19, ha="left")
            projection.say(axis, columns[1], y, _signed(old, 2), 19, ha="right")
            projection.say(axis, columns[2], y, _signed(gradient, 3), 19, ha="right", color=BLUE)
            projection.say(
                axis, columns[3], y, _signed(old - rate * gradient, 3), 19, ha="right", weight="bold"
            )
        for y, name, old, new in (
            (7.7, "share of class 1", before["share"], after["share"]),
            (8.8, "loss", before["loss"], after["loss"]),
        ):
            projection.say(axis, columns[0], y, name, 20, ha="left")
            projection.say(axis, columns[1], y, f"{old:.3f}", 20, ha="right")
            projection.say(axis, columns[3], y, f"{new:.3f}", 20, ha="right", weight="bold", color=BLUE)
        axis.plot([0.1, 22.6], [7.05, 7.05], color=FAINT, linewidth=1.2)
    return plots.Picture(
        figure,
        "All six weights before and after one step with the learning rate "
        f"{rate}: "
        + "; ".join(f"{name}: {old:g}, gradient {g:.3f}, new {old - rate * g:.3f}" for name, old, g in rows)
        + f". The share of class 1 falls from {before['share']:.3f} to {after['share']:.3f}, the loss from "
        f"{before['loss']:.3f} to {after['loss']:.3f}. Changing the weight from input 2 to neuron 1 by a thousandth "
        f"changes the loss as that gradient says: {measured:.3f}.",
    )


def momentum_path() -> plots.Picture:
    """Thirty steps in a narrow valley, without and with momentum."""
    paths = {}
    for name, momentum in (("without momentum", 0.0), ("with momentum 0.8", 0.8)):
        place, speed = np.array([-9.0, 2.0]), np.zeros(2)
        path = [place]
        for _ in range(30):
            speed = momentum * speed - 0.09 * np.array([0.2 * place[0], 20 * place[1]])
            place = place + speed
            path.append(place)
        paths[name] = np.array(path)
    ends = {name: 0.1 * path[-1, 0] ** 2 + 10 * path[-1, 1] ** 2 for name, path in paths.items()}
    grid_x, grid_y = np.meshgrid(np.linspace(-10, 4, 200), np.linspace(-2.6, 2.6, 120))
    with projection.canvas(2, 1, width=6.4, height=4.9) as (figure, axes):
        for axis, (name, path) in zip(axes[:, 0], paths.items(), strict=True):
            axis.contour(
                grid_x, grid_y, 0.1 * grid_x**2 + 10 * grid_y**2, levels=[0.3, 2, 7, 18, 40], colors="#b8c0cc"
            )
            axis.plot(path[:, 0], path[:, 1], "o-", color=BLUE, markersize=5, linewidth=1.8)
            axis.plot(0, 0, "*", color=ORANGE, markersize=18)
            axis.set(xlim=(-10, 4), ylim=(-2.6, 2.6), xticks=[], yticks=[])
            axis.set_title(f"{name}: loss {ends[name]:.2f}", loc="left", fontsize=18)
    return plots.Picture(
        figure,
        "Thirty steps in a long narrow valley towards a star. "
        + "; ".join(f"{name}, the loss is {end:.2f} in the end" for name, end in ends.items())
        + ". Without momentum the path zigzags across and crawls along the valley.",
    )


def batch_paths() -> plots.Picture:
    """One epoch of gradient descent with batches of 1, 32 and all 320 examples."""
    noise = np.random.default_rng(11)
    x = noise.standard_normal((320, 2))
    y = x @ np.array([2.0, -1.0]) + 1.2 * noise.standard_normal(320)
    said = []
    with projection.canvas(1, 3, width=11.4, height=4.2) as (figure, axes):
        for axis, size in zip(axes[0], (1, 32, 320), strict=True):
            weights, path = np.array([-1.5, 1.5]), [np.array([-1.5, 1.5])]
            order = np.random.default_rng(4).permutation(320)
            for start in range(0, 320, size):
                rows = order[start : start + size]
                slope = 2 * (x[rows] @ weights - y[rows]) @ x[rows] / len(rows)
                weights = weights - {1: 0.03, 32: 0.15, 320: 0.3}[size] * slope
                path.append(weights)
            path = np.array(path)
            axis.plot(
                path[:, 0], path[:, 1], "-o" if size > 1 else "-", color=BLUE, linewidth=1.6, markersize=7
            )
            axis.plot(2, -1, "*", color=ORANGE, markersize=22, zorder=5)
            axis.set(xlim=(-2.0, 2.9), ylim=(-1.9, 2.0), xticks=[], yticks=[])
            steps = len(path) - 1
            word = "step" if steps == 1 else "steps"
            axis.set_title(f"batch of {size}", loc="center")
            axis.set_xlabel(f"{steps} {word} in one epoch")
            said.append(f"{size}: {steps} {word}")
    return plots.Picture(
        figure,
        "The path of two weights towards a star in one epoch of 320 examples. Batch size and steps: "
        + "; ".join(said)
        + ". One example at a time trembles, 32 go almost straight, all at once make a single step.",
    )


def tensors(read) -> plots.Picture:
    """Tensors of one to four axes, the last two from a bundled picture."""
    from matplotlib.patches import Rectangle

    picture = read.picture("data/fruits/studio/Training/Strawberry/a01_030.jpg")
    with projection.sheet(11.4, 4.3, 22.8, 8.6) as (figure, axis):
        projection.grid(axis, np.array([[1, 2, 3]]), (0.3, 3.0), PALE_BLUE)
        projection.grid(axis, np.arange(1, 10).reshape(3, 3), (5.6, 2.0), PALE_BLUE)
        for offset, colour in ((0.9, "#b9d8ee"), (0.45, "#d5ecd9"), (0.0, "#f6d9cc")):
            axis.add_patch(
                Rectangle((11.2 + offset, 2.4 - offset), 3.0, 3.0, facecolor=colour, edgecolor=INK, linewidth=1.4)
            )  # fmt: skip
        projection.say(axis, 12.7, 3.9, "r g b", 20)
        for offset in (1.8, 1.2, 0.6, 0.0):
            box = (17.6 + offset, 2.7 - offset)
            axis.imshow(picture, extent=(box[0], box[0] + 3.0, box[1] + 3.0, box[1]), zorder=3 - offset / 10)
            axis.add_patch(
                Rectangle(box, 3.0, 3.0, fill=False, edgecolor=INK, linewidth=1.4, zorder=3.05 - offset / 10)
            )
        for at, name, shape, rank in (
            (1.8, "vector", "(3,)", "1 axis"),
            (7.1, "matrix", "(3, 3)", "2 axes"),
            (13.1, "picture", "(100, 100, 3)", "3 axes"),
            (20.0, "batch of pictures", "(32, 100, 100, 3)", "4 axes"),
        ):
            projection.say(axis, at, 6.5, name, 19, weight="bold")
            projection.say(axis, at, 7.35, shape, 17, family="DejaVu Sans Mono")
            projection.say(axis, at, 8.15, rank, 17, color=FAINT)
        axis.set(xlim=(0, 22.8), ylim=(8.6, 0))
    return plots.Picture(
        figure,
        "Four tensors: a vector of shape 3, a matrix of shape 3 by 3, a picture of 100 rows, 100 columns and 3 channels, "
        "and a batch of 32 such pictures with four axes.",
    )


# Pieces


def _node(axis, x, y, text, colour, radius: float = 1.0, size: float = 20) -> None:  # noqa: ANN001
    from matplotlib.patches import Circle

    axis.add_patch(Circle((x, y), radius, facecolor=colour, edgecolor=INK, linewidth=1.6, zorder=3))
    projection.say(axis, x, y + 0.04, text, size, zorder=4)


def _label(axis, x, y, text, size: float = 19, **options) -> None:  # noqa: ANN001, ANN003
    box = {"facecolor": "white", "edgecolor": "none", "pad": 2}
    axis.text(x, y, text, ha="center", va="center", fontsize=size, bbox=box, zorder=3, **options)


def _wire(axis, start, end, text, at: float, size: float = 17, ink: str = INK, **options) -> None:  # noqa: ANN001, ANN003
    """A line between two nodes with its number on it, `at` of the way."""
    axis.plot([start[0], end[0]], [start[1], end[1]], color="#7b8494", linewidth=2, zorder=1)
    x, y = (a + (b - a) * at for a, b in zip(start, end, strict=True))
    _label(axis, x, y, text, size=size, color=ink, **options)


def _signed(value: float, digits: int | None = None) -> str:
    text = projection.number(value) if digits is None else f"{value:.{digits}f}"
    return text.replace("-", "−")


# Guards against learning by heart


def pictures_varied(read) -> plots.Picture:
    """A bundled picture and five that Keras' augmentation layers might make of it, here with SciPy."""
    from scipy import ndimage

    picture = read.picture("data/fruits/studio/Training/Banana/a01_030.jpg").astype(float)
    zoomed = ndimage.zoom(picture, (1.35, 1.35, 1), order=1)
    edge = (zoomed.shape[0] - picture.shape[0]) // 2
    versions = {
        "as it is": picture,
        "mirrored": picture[:, ::-1],
        "shifted": ndimage.shift(picture, (10, -14, 0), mode="nearest"),
        "turned 20°": ndimage.rotate(picture, 20, reshape=False, order=1, mode="nearest"),
        "nearer": zoomed[edge : edge + len(picture), edge : edge + len(picture)],
        "darker": picture * 0.65,
    }
    with projection.canvas(1, 6, width=11.4, height=2.5) as (figure, axes):
        for axis, (name, version) in zip(axes[0], versions.items(), strict=True):
            axis.imshow(version.clip(0, 255).astype(np.uint8))
            axis.set(xticks=[], yticks=[])
            axis.set_title(name, loc="center")
    return plots.Picture(
        figure, f"A banana six times, still a banana each time: {', '.join(versions)} by augmentation."
    )


def stopped_early() -> plots.Picture:
    """Loss on training and validation part of a net on few digits, epoch by epoch, and where early stopping acts."""
    train, validation = _losses_by_epoch()
    best = int(np.argmin(validation))
    stop = min(best + 8, len(validation) - 1)
    epochs = np.arange(1, len(train) + 1)
    with projection.chart(11.4, 3.3) as (figure, axis):
        axis.plot(epochs, train, color=BLUE, label="training part")
        axis.plot(epochs, validation, color=ORANGE, label="validation part")
        axis.plot(best + 1, validation[best], "o", color=INK, markersize=11)
        axis.axvspan(best + 1, stop + 1, color=PALE_GREY)
        axis.text(best + 1.4, 1.5, "patience", fontsize=17)
        axis.set(xlabel="epoch", ylabel="loss", ylim=(0, 1.8))
        axis.legend(loc="center right", bbox_to_anchor=(1, 0.42))
    return plots.Picture(
        figure,
        f"Loss of a net on 150 digits over {len(train)} epochs. On the training part it falls to {train[-1]:.2f}; on the "
        f"validation part it is lowest in epoch {best + 1}, {validation[best]:.2f}, and {validation[-1]:.2f} at the end. "
        f"With a patience of 8 training ends after epoch {stop + 1}.",
    )


def _losses_by_epoch() -> tuple[list[float], list[float]]:
    from sklearn.datasets import load_digits
    from sklearn.metrics import log_loss
    from sklearn.neural_network import MLPClassifier

    x, y = load_digits(return_X_y=True)
    x = x / 16 + np.random.default_rng(1).normal(0, 0.35, x.shape)  # noise to learn by heart
    net = MLPClassifier((300,), random_state=0, learning_rate_init=0.004, batch_size=32, alpha=0)
    parts = (x[:150], y[:150]), (x[150:650], y[150:650])
    losses: tuple[list[float], list[float]] = ([], [])
    for _ in range(40):
        net.partial_fit(*parts[0], classes=range(10))
        for found, (inputs, truth) in zip(losses, parts, strict=True):
            found.append(log_loss(truth, net.predict_proba(inputs), labels=range(10)))
    return losses
