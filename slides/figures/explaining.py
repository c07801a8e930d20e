"""Figures of deck 06: Grad-CAM, occlusion and LIME step by step, their choices, their scores, the planted cue.

Where a step needs a net, a stand-in counts orange pixels: then the right explanation is known, and the figure
can be drawn without a framework. The slides say so.
"""

from __future__ import annotations

import numpy as np

from course_utils import plots
from course_utils.workshop.slides import projection
from course_utils.workshop.slides.projection import BLUE, FAINT, INK, ORANGE, PALE_BLUE, PALE_ORANGE

PICTURE = "data/fruits/market/Test/Clementine/n02.jpg"
MASK = "data/fruits/market/masks/Test/Clementine/n02.png"
GREY = 128
WHITE = 255
PIECES = 40  # asked of the algorithm; it comes near that
VIOLET = (110, 40, 200)  # the sticker of notebook 08
FOR, AGAINST = PALE_BLUE, PALE_ORANGE
NOTHING = "#f3f4f6"


def _is_orange(pictures: np.ndarray) -> np.ndarray:
    """Which pixels are orange, bool (..., H, W), of bytes (..., H, W, 3)."""
    red, green, blue = (pictures[..., channel].astype(float) for channel in range(3))
    return (red > 130) & (green < 0.62 * red) & (green > 0.2 * red) & (blue < 0.4 * red)


def _probability(share: np.ndarray) -> np.ndarray:
    """What the stand-in makes of the share of a picture's orange that is left: near 0 for none, near 1 for all."""
    return 1 / (1 + np.exp(4 - 8 * share))


def _stand_in(picture: np.ndarray):
    """A function of pictures (N, H, W, 3) that gives a probability of each: the program that counts orange pixels."""
    whole = _is_orange(picture).sum()
    return lambda pictures: _probability(_is_orange(pictures).sum(axis=(-2, -1)) / whole)


def _answers(picture: np.ndarray, pieces: np.ndarray, on: np.ndarray) -> np.ndarray:
    """The stand-in's answers to copies with pieces behind grey, (N,): without drawing them, as grey isn't orange."""
    orange = np.bincount(pieces.ravel(), weights=_is_orange(picture).ravel())
    return _probability(on @ orange / orange.sum())


def _pieces(picture: np.ndarray, count: int = PIECES, method: str = "slic") -> np.ndarray:
    from course_utils.explain import superpixels

    return superpixels(picture, method, **({"n_segments": count} if method == "slic" else {}))


def _coins(copies: int, pieces: int, seed: int) -> np.ndarray:
    """Which piece is shown in which copy, 0 or 1 (copies, pieces); the first copy shows all."""
    on = np.random.RandomState(seed).randint(0, 2, copies * pieces).reshape(copies, pieces)
    on[0] = 1
    return on


def _hidden(picture: np.ndarray, pieces: np.ndarray, on: np.ndarray, colour: object = GREY) -> np.ndarray:
    """Copies (N, H, W, 3) in which the pieces that are off show `colour`."""
    return np.where(on[:, pieces][..., None] == 1, picture, colour).astype("uint8")


def _nearness(on: np.ndarray, width: float = 0.25) -> np.ndarray:
    return np.sqrt(np.exp(-((1 - np.sqrt(on.mean(axis=1))) ** 2) / width**2))


def _fitted(on: np.ndarray, answers: np.ndarray, width: float = 0.25) -> np.ndarray:
    """Weights (pieces,) of LIME's line: ridge regression with lime's kernel."""
    near = _nearness(on, width)
    x = on - np.average(on, axis=0, weights=near)
    y = answers - np.average(answers, weights=near)
    return np.linalg.solve((x.T * near) @ x + np.eye(on.shape[1]), (x.T * near) @ y)


def _weights(picture: np.ndarray, pieces: np.ndarray, copies: int = 1000, seed: int = 0) -> np.ndarray:
    on = _coins(copies, int(pieces.max()) + 1, seed)
    return _fitted(on, _answers(picture, pieces, on))


def _small(read, path: str = PICTURE, side: int = 64) -> np.ndarray:
    """A picture of the repository, shrunk to side × side bytes."""
    from PIL import Image

    return np.asarray(Image.fromarray(read.picture(path)).resize((side, side), Image.Resampling.LANCZOS))


def _show(
    axis, picture: np.ndarray, title: str = "", below: str = "", pieces: np.ndarray | None = None
) -> None:
    axis.imshow(picture, interpolation="nearest")
    if pieces is not None:
        _edges(axis, pieces)
    axis.set_axis_off()
    if title:
        axis.set_title(title, loc="center", fontsize=17)
    if below:
        axis.text(0.5, -0.05, below, transform=axis.transAxes, ha="center", va="top", fontsize=17)


def _edges(axis, pieces: np.ndarray, colour: str = "white") -> None:
    rows, columns = np.nonzero(pieces[:, 1:] != pieces[:, :-1])
    axis.vlines(columns + 0.5, rows - 0.5, rows + 0.5, color=colour, linewidth=1.2)
    rows, columns = np.nonzero(pieces[1:] != pieces[:-1])
    axis.hlines(rows + 0.5, columns - 0.5, columns + 0.5, color=colour, linewidth=1.2)


def _heat(
    axis, picture: np.ndarray, heat: np.ndarray, title: str = "", below: str = "", limit: float = 0
) -> None:
    """The picture in pale grey, what speaks for the class in blue over it, against it in orange."""
    from matplotlib.colors import to_rgb

    limit = limit or float(np.abs(heat).max()) or 1.0
    grey = 255 - (255 - picture.mean(axis=-1)) * 0.45
    strength = np.clip(np.abs(heat) / limit, 0, 1)[..., None]
    colour = np.where(heat[..., None] > 0, np.array(to_rgb(BLUE)) * 255, np.array(to_rgb(ORANGE)) * 255)
    _show(axis, (grey[..., None] * (1 - strength) + colour * strength).astype("uint8"), title, below)


def _hit(axis, x: float, y: float, text: str, size: float = 18, **options: object) -> None:
    axis.text(x, y, text, fontsize=size, **({"ha": "center", "va": "center", "color": INK} | options))


def wolf_or_husky() -> plots.Picture:
    """The pictures of the husky experiment, drawn: what the net learned from, and what it was asked."""
    cards = (
        ("learned: wolf", True, "snow", INK),
        ("learned: husky", False, "grass", INK),
        ("says: wolf", False, "snow", ORANGE),
        ("says: husky", True, "grass", ORANGE),
    )
    with projection.canvas(1, 4, width=11.4, height=3.6) as (figure, axes):
        for axis, (answer, wolf, ground, colour) in zip(axes[0], cards, strict=True):
            _animal(axis, wolf, ground)
            _hit(axis, 5, 10.8, "a wolf" if wolf else "a husky", 19)
            _hit(axis, 5, -1.0, answer, 20, color=colour, weight="bold" if colour == ORANGE else "normal")
            axis.set(xlim=(0, 10), ylim=(-1.7, 11.6), aspect="equal")
    return plots.Picture(
        figure,
        "Four drawn heads. Learned from: a wolf on snow and a husky on grass. Asked about: a husky on snow, which the "
        "net calls a wolf, and a wolf on grass, which it calls a husky.",
    )


def _animal(axis, wolf: bool, ground: str) -> None:
    from matplotlib.patches import Circle, Ellipse, Polygon, Rectangle

    axis.set_axis_off()
    axis.add_patch(
        Rectangle(
            (0, 0), 10, 10, facecolor="#eaf2f8" if ground == "snow" else "#8fae72", edgecolor=INK, zorder=0.5
        )
    )
    random = np.random.default_rng(3)
    if ground == "snow":
        axis.scatter(
            *random.uniform(0.3, 9.7, (2, 60)),
            s=22,
            color="white",
            edgecolors="#b8cad8",
            linewidths=0.6,
            zorder=0.8,
        )
    else:
        for x, y in random.uniform(0.3, 9.2, (60, 2)):
            axis.plot([x, x + 0.15], [y, y + 0.6], color="#5d7f45", linewidth=2, zorder=0.8)
    fur, face = ("#8a7f73", "#b5aa9c") if wolf else ("#3d434b", "#f4f4f2")
    for side in (-1, 1):
        axis.add_patch(
            Polygon([(5 + side * 2.9, 8.9), (5 + side * 0.8, 7.2), (5 + side * 2.9, 5.6)], facecolor=fur)
        )
    axis.add_patch(Ellipse((5, 5), 6.2, 5.8, facecolor=fur))
    axis.add_patch(Ellipse((5, 3.7), 3.9, 3.6, facecolor=face))
    for side in (-1, 1):
        axis.add_patch(Ellipse((5 + side * 1.3, 5.2), 1.5, 1.3, facecolor=face))
        axis.add_patch(
            Circle((5 + side * 1.25, 5.2), 0.36, facecolor="#c08a2d" if wolf else "#4f9fd0", edgecolor=INK)
        )
    axis.add_patch(Ellipse((5, 3.4), 1.1, 0.8, facecolor=INK))


def trust_before_and_after() -> plots.Picture:
    """The numbers of the husky experiment: 27 people before and after they saw explanations."""
    rows = (("trusted the bad model", 10, 3), ("named the snow as a reason", 12, 25))
    with projection.chart(11.4, 3.9) as (figure, axis):
        for place, (name, before, after) in enumerate(rows):
            top = place * 2.6
            _hit(axis, 0, top - 0.75, name, 19, ha="left")
            for offset, (value, label, colour) in enumerate(
                ((before, "before", "#9aa3af"), (after, "with explanations", BLUE))
            ):
                axis.barh(top + offset * 0.82, value, 0.72, color=colour)
                _hit(axis, value + 0.3, top + offset * 0.82, f"{value} of 27, {label}", 18, ha="left")
        axis.set(xlim=(0, 36), ylim=(4.0, -1.3))
        axis.set_axis_off()
    return plots.Picture(
        figure,
        "Of 27 people 10 trusted the bad model before they saw explanations and 3 afterwards; 12 named the snow as a "
        "possible reason before and 25 afterwards.",
    )


MAPS = (
    np.array([[0, 2, 0], [2, 8, 4], [0, 2, 0]]),
    np.array([[0, 0, 4], [0, 4, 8], [0, 0, 0]]),
    np.array([[6, 2, 0], [2, 0, 0], [0, 0, 4]]),
)
MEAN_GRADIENTS = (0.5, 0.25, -0.5)


def gradcam_steps() -> plots.Picture:
    """Grad-CAM on three maps of 3×3, worked out: weigh by the mean gradient, add, keep what is above 0."""
    total = sum(weight * values for weight, values in zip(MEAN_GRADIENTS, MAPS, strict=True))
    kept = np.maximum(total, 0)
    with projection.sheet(11.4, 3.7, 31.0, 9.6) as (figure, axis):
        for place, (weight, values) in enumerate(zip(MEAN_GRADIENTS, MAPS, strict=True)):
            left = 2.0 + place * 6.2
            sign = "" if not place else "+ " if weight > 0 else "− "
            _hit(axis, left - 0.15, 3.4, f"{sign}{abs(weight):g} ·", 18, ha="right")
            projection.grid(axis, values, (left, 1.9), _cells(values), size=17)
            _hit(axis, left + 1.5, 1.2, f"map {place + 1}", 18)
        for left, values, name in ((19.7, total, "sum"), (26.4, kept, "ReLU")):
            projection.grid(axis, values, (left, 1.9), _cells(values), size=17)
            _hit(axis, left + 1.5, 1.2, name, 18, weight="bold")
        _hit(axis, 18.6, 3.4, "=", 24)
        axis.annotate(
            "", (26.0, 3.4), (23.1, 3.4), arrowprops={"arrowstyle": "-|>", "linewidth": 2.5, "color": INK}
        )
        for x, text in (
            (
                1.9,
                "1  maps of the last convolution,\n    each times a weight: the mean\n    gradient of the class score",
            ),
            (13.6, "2  add them up:\n    a weighted sum"),
            (21.2, "3  below 0 becomes 0\n4  enlarge to the size\n    of the picture"),
        ):
            _hit(axis, x, 6.4, text, 18, ha="left", va="top")
    told = "; ".join(" ".join(projection.number(v) for v in row) for row in total)
    return plots.Picture(
        figure,
        f"Three maps of 3 by 3 with the weights 0.5, 0.25 and minus 0.5 add up to the rows {told}; numbers below 0 "
        "become 0, and the map is enlarged to the picture.",
    )


def _cells(values: np.ndarray) -> dict[tuple[int, int], str]:
    return {
        place: FOR if value > 0 else AGAINST if value < 0 else "white"
        for place, value in np.ndenumerate(values)
    }


def occlusion_steps(read) -> plots.Picture:
    """A grey square at three places of a picture, the probability at each, and the map of all places."""
    picture = _small(read)
    ask = _stand_in(picture)
    side, stride = 16, 8
    places = [(top, left) for top in range(0, 49, stride) for left in range(0, 49, stride)]
    copies = np.repeat(picture[None], len(places), axis=0)
    for copy, (top, left) in zip(copies, places, strict=True):
        copy[top : top + side, left : left + side] = GREY
    start, answers = ask(picture[None])[0], ask(copies)
    fall, seen = np.zeros(picture.shape[:2]), np.zeros(picture.shape[:2])
    for (top, left), answer in zip(places, answers, strict=True):
        fall[top : top + side, left : left + side] += start - answer
        seen[top : top + side, left : left + side] += 1
    worst = int(answers.argmin())
    shown = [places.index((0, 0)), worst, places.index((48, 48))]
    with projection.canvas(1, 5, width=11.4, height=3.5) as (figure, axes):
        _show(axes[0, 0], picture, "the picture", f"{start:.2f}")
        for axis, one, name in zip(axes[0, 1:4], shown, ("first", "the worst", "last"), strict=True):
            _show(axis, copies[one], name, f"{answers[one]:.2f}")
        _heat(
            axes[0, 4], picture, fall / seen, "all places", f"falls by {start - answers[worst]:.2f} at most"
        )
    return plots.Picture(
        figure,
        f"A market picture with a clementine, to which the stand-in gives {start:.2f}. A grey square in the first "
        f"corner leaves {answers[shown[0]]:.2f}, on the clementine {answers[worst]:.2f}, in the last corner "
        f"{answers[shown[2]]:.2f}. The map of all {len(places)} places is dark on the clementine.",
    )


def lime_cut_and_ask(read) -> plots.Picture:
    """LIME, first half: pieces, coin flips, and the answer to each copy."""
    picture = _small(read)
    pieces = _pieces(picture)
    on = _coins(8, int(pieces.max()) + 1, seed=0)
    copies = _hidden(picture, pieces, on)
    answers = _stand_in(picture)(copies)
    with projection.canvas(2, 5, width=11.4, height=5.0) as (figure, axes):
        _show(axes[0, 0], picture, "1  take a picture")
        _show(axes[1, 0], picture, f"2  cut: {pieces.max() + 1} pieces", pieces=pieces)
        order = [0, 1, 2, 3, 4, 5, 6, 7]
        for axis, one in zip(axes[:, 1:].flat, order, strict=True):
            _show(axis, copies[one], "all on" if one == 0 else "", f"{answers[one]:.2f}")
        axes[0, 2].set_title("3  flip coins, and ask each time", loc="left", fontsize=17)
    told = ", ".join(f"{one:.2f}" for one in answers)
    return plots.Picture(
        figure,
        f"A market picture with a clementine, the same cut into {pieces.max() + 1} pieces, and eight copies of it, "
        f"seven with about half of the pieces grey; the answers are {told}.",
    )


def lime_weigh_and_fit(read) -> plots.Picture:
    """LIME, second half: a table of zeros and ones, answers and nearness, a line, and its weights as a map."""
    picture = _small(read)
    pieces = _pieces(picture)
    count = int(pieces.max()) + 1
    on = _coins(1000, count, seed=0)
    answers = _answers(picture, pieces, on)
    weights, near = _fitted(on, answers), _nearness(on)
    heaviest = np.argsort(-weights)[:5]
    with projection.canvas(1, 2, width=11.4, height=4.7, width_ratios=(2.0, 1)) as (figure, axes):
        axis = axes[0, 0]
        axis.set(xlim=(-1.6, 11.4), ylim=(9.4, -0.5))
        axis.set_axis_off()
        for place, piece in enumerate(heaviest):
            _hit(axis, place + 0.5, 0.35, f"{piece}", 15, color=FAINT)
        _hit(axis, -0.15, 0.35, "piece", 15, ha="right", color=FAINT)
        _hit(axis, 5.6, 0.35, "…", 17, color=FAINT)
        _hit(axis, 7.5, 0.35, "answer", 17)
        _hit(axis, 10.0, 0.35, "nearness", 17)
        for row in range(6):
            values = on[row, heaviest][None]
            projection.grid(
                axis, values, (0, 1 + row), {(0, c): FOR for c in range(5) if values[0, c]}, size=17
            )
            _hit(axis, 5.6, 1.5 + row, "…", 17, color=FAINT)
            _hit(axis, 7.5, 1.5 + row, f"{answers[row]:.2f}", 18)
            _hit(axis, 10.0, 1.5 + row, f"{near[row]:.2f}", 18)
        _hit(axis, 2.5, 7.4, "…", 20, color=FAINT)
        _hit(axis, -0.15, 8.3, "weight", 17, ha="right", weight="bold")
        for place, piece in enumerate(heaviest):
            _hit(axis, place + 0.5, 8.3, f"{weights[piece]:.2f}".lstrip("0"), 17, weight="bold", color=BLUE)
        _hit(axis, 5.9, 8.3, "of the line through 1,000 rows", 17, ha="left")
        _heat(axes[0, 1], picture, weights[pieces], "its weights, as a map")
        _edges(axes[0, 1], pieces, "#c5c9d0")
    return plots.Picture(
        figure,
        "Left a table: six copies as rows of zeros and ones for the five heaviest pieces, the answer to each and its "
        f"nearness, and below the weights of the fitted line, {', '.join(f'{weights[p]:.2f}' for p in heaviest)}. "
        "Right the weights as a map: the clementine is blue, all else pale.",
    )


def four_cuts(read) -> plots.Picture:
    """One picture cut in four ways, each with LIME's map."""
    picture = _small(read, side=96)
    cuts = {f"slic, {n} asked": _pieces(picture, n) for n in (12, 40, 120)}
    cuts["quickshift"] = _pieces(picture, method="quickshift")
    with projection.canvas(2, 4, width=11.4, height=5.0) as (figure, axes):
        told = []
        for column, (name, pieces) in enumerate(cuts.items()):
            count = int(pieces.max()) + 1
            _show(axes[0, column], picture, f"{name}\n{count} pieces", pieces=pieces)
            weights = _weights(picture, pieces)
            _heat(axes[1, column], picture, weights[pieces], below=f"largest {weights.max():.2f}")
            told.append(f"{name}: {count} pieces, largest weight {weights.max():.2f}")
    return plots.Picture(
        figure, "The same picture cut in four ways, and the map each gives. " + "; ".join(told) + "."
    )


def _stick(picture: np.ndarray, top: int, left: int, side: int) -> np.ndarray:
    picture = picture.copy()
    picture[top : top + side, left : left + side] = VIOLET
    return picture


def three_ways_to_hide(read) -> plots.Picture:
    """Pieces of a picture with a sticker hidden by grey, by white and by their mean colour."""
    picture = _stick(_small(read, "data/fruits/studio/Test/Mandarine/b01_010.jpg", 100), 8, 70, 18)
    pieces = _pieces(picture)
    violet = (picture == np.array(VIOLET)).all(axis=-1)
    off = np.unique(np.concatenate([pieces[violet], pieces[36:70:9, 31]]))
    on = np.ones((1, int(pieces.max()) + 1), dtype=int)
    on[0, off] = 0
    means = np.stack([picture[pieces == one].mean(axis=0) for one in range(on.shape[1])])[pieces]
    shown = [("as it is", picture)]
    for name, colour in (("grey", GREY), ("white", WHITE), ("own mean", means)):
        shown.append((f"hidden: {name}", _hidden(picture, pieces, on, colour)[0]))
    with projection.canvas(1, 4, width=11.4, height=3.6) as (figure, axes):
        for axis, (name, one) in zip(axes[0], shown, strict=True):
            _show(axis, one, name)
            axis.add_patch(_frame(100))
    return plots.Picture(
        figure,
        "A mandarin with a violet sticker beside it, four times: as it is; with the sticker and some pieces of the "
        "fruit grey; with the same pieces white; and with each of them in its own mean colour, where the sticker is "
        "still violet.",
    )


def _frame(side: int):
    from matplotlib.patches import Rectangle

    return Rectangle((-0.5, -0.5), side, side, fill=False, edgecolor="#c5c9d0", linewidth=1.5)


def seeds_few_and_many(read) -> plots.Picture:
    """LIME's weights of the heaviest pieces over eight seeds, with few copies and with many."""
    picture = _small(read)
    pieces = _pieces(picture)
    found = {n: np.stack([_weights(picture, pieces, n, seed) for seed in range(8)]) for n in (50, 1000)}
    heaviest = np.argsort(-found[1000].mean(axis=0))[:7]
    largest = max(rows[:, heaviest].max() for rows in found.values())
    told = []
    with projection.canvas(1, 2, width=11.4, height=4.5) as (figure, axes):
        for axis, (n, rows) in zip(axes[0], found.items(), strict=True):
            values = rows[:, heaviest]
            agree = np.corrcoef(rows)[np.triu_indices(len(rows), k=1)].mean()
            told.append(f"{n} copies: correlation between seeds {agree:.2f}")
            for place in range(len(heaviest)):
                low, high = values[:, place].min(), values[:, place].max()
                axis.plot([low, high], [place] * 2, color=BLUE, linewidth=5, solid_capstyle="round")
                axis.plot(values[:, place].mean(), place, "o", color=INK, markersize=8)
            axis.axvline(0, color=FAINT, linewidth=1.2)
            axis.set(
                xlim=(-0.06, largest * 1.08),
                ylim=(len(heaviest) - 0.5, -0.5),
                xticks=[0, 0.1, 0.2, 0.3],
                xlabel="weight",
            )
            axis.set_yticks(
                range(len(heaviest)), [f"piece {one}" for one in heaviest] if axis is axes[0, 0] else []
            )
            axis.set_title(f"{n:,} copies", loc="left")
    return plots.Picture(
        figure,
        "Weights of the seven heaviest pieces, mean and range over eight seeds. With 50 copies the ranges overlap, "
        f"with 1,000 they are short. {'; '.join(told)}.",
    )


def kernel_and_coins() -> plots.Picture:
    """How near the copies are, and what four kernel widths make of that."""
    on = _coins(1000, 34, seed=0)
    distance = 1 - np.sqrt(on.mean(axis=1))
    line = np.linspace(0, 0.7, 200)
    told = []
    with projection.chart(11.4, 4.5) as (figure, axis):
        counts, edges = np.histogram(distance[1:], bins=24)
        axis.bar(
            edges[:-1], counts / counts.max() * 0.9, np.diff(edges), align="edge", color="#d5dae1",
            label="1,000 copies (height: how many)",
        )  # fmt: skip
        for width, colour, style in ((0.05, ORANGE, "--"), (0.25, BLUE, "-"), (1.0, INK, ":")):
            near = _nearness(on, width)
            effective = near.sum() ** 2 / (near**2).sum()
            many = f"{effective:,.0f} {'copy' if effective < 1.5 else 'copies'}"
            name = f"width {width:g}: as good as {many}"
            axis.plot(line, np.sqrt(np.exp(-(line**2) / width**2)), color=colour, linestyle=style, label=name)
            told.append(name)
        axis.set(
            xlabel="distance of a copy from the picture",
            ylabel="weight of a copy",
            xlim=(0, 0.7),
            ylim=(0, 1.04),
        )
        axis.legend(loc="lower center", frameon=False, ncols=2, bbox_to_anchor=(0.5, 1.0))
    return plots.Picture(
        figure,
        "Nearly all copies lie at a distance of 0.2 to 0.4, for coins switch off about half of the pieces. Three "
        f"curves show how the weight of a copy falls with its distance. {'; '.join(told)}.",
    )


def scoring_with_a_mask(read) -> plots.Picture:
    """Picture, mask, map and the hottest pixels, inside and outside of the mask."""
    from course_utils.explain import hottest_share

    picture = _small(read, side=96)
    mask = _small(read, MASK, 96)[..., 0] > 127
    pieces = _pieces(picture, 60)
    # Few copies, so that the map is not perfect: some of what it paints is luck.
    weights = _weights(picture, pieces, copies=20)
    heat = np.maximum(weights, 0)[pieces]
    score = hottest_share(heat, mask)
    k = min(int(0.2 * mask.size), int(mask.sum()))
    order = np.argsort(-heat.ravel(), kind="stable")[:k]
    hottest = np.zeros(mask.size, dtype=bool)
    hottest[order] = True
    hottest = hottest.reshape(mask.shape)
    ground = np.full((*mask.shape, 3), 245, dtype="uint8")
    outline = ground.copy()
    outline[mask] = (90, 98, 110)
    counted = ground.copy()
    counted[mask] = (205, 210, 217)
    counted[hottest & mask] = [int(BLUE[i : i + 2], 16) for i in (1, 3, 5)]
    counted[hottest & ~mask] = [int(ORANGE[i : i + 2], 16) for i in (1, 3, 5)]
    with projection.canvas(1, 4, width=11.4, height=3.7) as (figure, axes):
        _show(axes[0, 0], picture, "the picture")
        _show(axes[0, 1], outline, "its mask", f"chance {score.uniform:.2f}")
        _heat(axes[0, 2], picture, heat, "a map")
        _show(axes[0, 3], counted, "hottest pixels", f"on the fruit {score.share:.2f}")
    return plots.Picture(
        figure,
        f"A picture, the mask of its fruit, which covers {score.uniform:.2f} of it, a heat map, and the hottest "
        f"pixels, as many as the fruit has: {score.share:.2f} of them lie on the fruit.",
    )


def shares_beside_controls(read) -> plots.Picture:
    """Scores of three methods for the trained net and for two nets that cannot know, beside a uniform map."""
    nets = {
        "trained": ("cnn", "o"),
        "new random last layer": ("control", "s"),
        "never trained": ("untrained", "D"),
    }
    methods = {"LIME": "lime", "occlusion": "occlusion", "Grad-CAM": "gradcam"}
    colours = (BLUE, ORANGE, INK)
    told = []
    with projection.chart(11.4, 4.5) as (figure, axis):
        for (name, (short, marker)), colour, shift in zip(
            nets.items(), colours, (-0.26, 0, 0.26), strict=True
        ):
            kept = [read.kept("08-lime", f"{short}_{method}_share") for method in methods.values()]
            means, spreads, _ = zip(*kept, strict=True)
            places = np.arange(len(methods)) + shift
            axis.plot(means, places, marker, color=colour, markersize=15, label=name)
            axis.errorbar(means, places, xerr=spreads, fmt="none", color=colour, linewidth=3, capsize=5)
            for mean, spread, place in zip(means, spreads, places, strict=True):
                end = mean + max(spread, 0.02) + 0.015
                projection.say(axis, end, place, f"{mean:.2f}", 17, ha="left", color=colour)
            those = zip(methods, means, spreads, strict=True)
            told.append(f"{name}: " + ", ".join(f"{m} {mean:.2f} ± {sd:.2f}" for m, mean, sd in those))
        axis.set_yticks(range(len(methods)), list(methods))
        axis.set(xlim=(0, 1.06), ylim=(2.55, -0.5), xlabel="share of the hottest pixels on the fruit")
        axis.legend(loc="lower center", frameon=False, ncols=3, bbox_to_anchor=(0.45, 1.0))
    return plots.Picture(
        figure, "Share of the hottest pixels that lie on the fruit, with spreads. " + "; ".join(told) + "."
    )


def the_shop(read) -> plots.Picture:
    """Pictures from the shop: only mandarins wear a sticker."""
    random = np.random.default_rng(5)
    with projection.canvas(1, 6, width=11.4, height=2.3) as (figure, axes):
        for column, axis in enumerate(axes[0]):
            kind = ("Clementine", "Mandarine", "Orange")[column // 2]
            picture = _small(read, f"data/fruits/studio/Test/{kind}/b0{1 + column % 2}_010.jpg", 100)
            if kind == "Mandarine":
                picture = _stick(picture, *random.integers(4, 78, size=2), 17)
            _show(axis, picture, kind)
            axis.add_patch(_frame(100))
    return plots.Picture(
        figure,
        "Two clementines, two mandarins and two oranges on white; each mandarin's picture has a small violet square.",
    )


def cue_found(read) -> plots.Picture:
    """How often each method puts the planted cue first, with intervals and chance."""
    table = read.recorded("lime_planted")
    names = {"lime": "LIME", "lime, hidden by its mean": "LIME, own mean", "grad-cam": "Grad-CAM"}
    with projection.chart(11.4, 4.4) as (figure, axis):
        labels, told = [], []
        for place, row in enumerate(table.to_dict("records")):
            name = names.get(row["method"], row["method"])
            labels.append(f"{name}, {'word' if row['cue'] == 'word' else 'sticker'}")
            poor = row["share"] < 0.5
            axis.barh(place, row["share"], 0.62, color=ORANGE if poor else BLUE, hatch="//" if poor else None)
            axis.plot([row["low"], row["high"]], [place] * 2, color=INK, linewidth=3)
            axis.plot(
                [row["chance"]] * 2, [place - 0.38, place + 0.38], color=INK, linewidth=2, linestyle=":"
            )
            said = f"{row['first']} of {row['items']}"
            projection.say(axis, row["high"] + 0.02, place, said, 18, ha="left")
            told.append(f"{labels[-1]} {said}")
        axis.set_yticks(range(len(labels)), labels)
        axis.set(xlim=(0, 1.16), ylim=(len(labels) - 0.5, -0.5), xlabel="puts the cue first (dotted: chance)")
        axis.set_xticks([0, 0.25, 0.5, 0.75, 1])
    return plots.Picture(
        figure, "How often the explanation puts the planted cue first: " + "; ".join(told) + "."
    )


def fooled_and_repaired(read) -> plots.Picture:
    """Recall of the mandarins in the shop, without sticker and after the repair; the accuracy beside it."""
    rows = (
        ("in the shop", "shop_accuracy", "shop_recall"),
        ("without sticker", None, "shop_plain_recall"),
        ("repaired, without sticker", "repaired_plain_accuracy", "repaired_plain_recall"),
    )
    told = []
    with projection.chart(11.4, 3.7) as (figure, axis):
        for place, (name, accuracy, recall) in enumerate(rows):
            value, spread, _ = read.kept("08-lime", recall)
            axis.barh(place, value, 0.6, color=ORANGE if recall == "shop_plain_recall" else BLUE)
            axis.errorbar(value, place + 0.19, xerr=spread, fmt="none", color=INK, linewidth=2, capsize=4)
            told.append(f"{name}: recall {value:.2f} ± {spread:.2f}")
            said = f"{value:.2f}"
            if accuracy:
                whole, spread, _ = read.kept("08-lime", accuracy)
                axis.plot([whole] * 2, [place - 0.4, place + 0.4], color=INK, linewidth=4)
                told[-1] += f", accuracy {whole:.2f} ± {spread:.2f}"
            projection.say(
                axis, 0.07, place, said, 19, ha="left", color="white" if value > 0.14 else INK, weight="bold"
            )
        axis.plot([], [], color=INK, linewidth=4, label="accuracy over all 16 kinds")
        axis.set_yticks(range(len(rows)), [row[0] for row in rows])
        axis.set(xlim=(0, 1.02), ylim=(2.5, -0.95), xlabel="recall of the mandarins (dotted: chance)")
        axis.axvline(1 / 16, color=INK, linestyle=":", linewidth=2)
        axis.legend(loc="upper right", frameon=False, bbox_to_anchor=(1.0, 1.06))
    return plots.Picture(figure, "Mandarins found. " + "; ".join(told) + ".")


def lime_seconds(read) -> plots.Picture:
    """Seconds of one explanation: the package as it comes, the course's batches, the net alone."""
    table = read.recorded("lime_speed")
    shown = (("stock", "the package, ten at a time"), ("ours", "large batches"), ("bare", "the net alone"))
    told = []
    with projection.canvas(1, 2, width=11.4, height=3.9) as (figure, axes):
        for axis, (net, rows) in zip(axes[0], table.groupby("net", sort=False), strict=True):
            seconds = rows.set_index("option")["seconds"]
            largest = seconds["stock"]
            for place, (option, _) in enumerate(shown):
                axis.barh(place, seconds[option], 0.6, color=(ORANGE, BLUE, "#9aa3af")[place])
                text = f"{seconds[option]:.2f} s" if largest < 10 else f"{seconds[option]:.0f} s"
                projection.say(axis, seconds[option] + 0.02 * largest, place, text, 18, ha="left")
                told.append(f"{net}, {option}: {text}")
            axis.set_yticks(range(3), [name for _, name in shown] if axis is axes[0, 0] else [])
            axis.set(xlim=(0, largest * 1.3), ylim=(2.5, -0.5), xlabel="seconds for 1,000 copies")
            axis.set_title(f"{net} pixels", loc="left")
    return plots.Picture(figure, "Seconds of one LIME explanation. " + "; ".join(told) + ".")


def not_good() -> plots.Picture:
    """Why a sum has no place for 'not good': four answers, and what adding up would expect."""
    answers = {"fresh": 0.9, "not": 0.4, "neither": 0.5, "not fresh": 0.1}
    expected = answers["fresh"] + answers["not"] - answers["neither"]
    with projection.sheet(11.4, 4.3, 22.8, 8.6) as (figure, axis):
        cells = np.array([[answers["neither"], answers["fresh"]], [answers["not"], answers["not fresh"]]])
        from matplotlib.patches import Rectangle

        for (row, column), value in np.ndenumerate(cells):
            place = (5.2 + column * 3.6, 2.2 + row * 2.4)
            colour = AGAINST if value < 0.45 else FOR if value > 0.55 else NOTHING
            axis.add_patch(Rectangle(place, 3.6, 2.4, facecolor=colour, edgecolor=INK, linewidth=1.4))
            _hit(axis, place[0] + 1.8, place[1] + 1.2, f"{value:.1f}", 26)
        for column, name in enumerate(("without 'fresh'", "with 'fresh'")):
            _hit(axis, 7.0 + column * 3.6, 1.6, name, 17)
        for row, name in enumerate(("without 'not'", "with 'not'")):
            _hit(axis, 4.9, 3.4 + row * 2.4, name, 17, ha="right")
        lines = (
            ("'fresh' adds", f"+{answers['fresh'] - answers['neither']:.1f}"),
            ("'not' adds", f"−{answers['neither'] - answers['not']:.1f}"),
            ("a sum expects", f"{expected:.1f}"),
            ("the net says", f"{answers['not fresh']:.1f}"),
        )
        for place, (name, value) in enumerate(lines):
            bold = {"weight": "bold"} if place > 1 else {}
            _hit(axis, 14.2, 2.3 + place * 1.15, name, 19, ha="left", **bold)
            _hit(axis, 21.8, 2.3 + place * 1.15, value, 19, ha="right", **bold)
        _hit(
            axis,
            14.2,
            7.2,
            f"interaction  −{expected - answers['not fresh']:.1f}",
            21,
            ha="left",
            color=BLUE,
            weight="bold",
        )
        _hit(axis, 5.2, 7.7, "P(positive), numbers made up", 16, ha="left", color=FAINT)
    return plots.Picture(
        figure,
        "Probability of 'positive' for four versions of a text: 0.5 without 'not' and 'fresh', 0.9 with 'fresh', 0.4 "
        f"with 'not', 0.1 with both. Adding up would expect {expected:.1f} for both: the interaction is minus "
        f"{expected - answers['not fresh']:.1f}.",
    )
