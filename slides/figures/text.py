"""Figures of deck 05: counting words, word vectors, filters over words and letters, recurrent nets, gates."""

from __future__ import annotations

import math
import re

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
    PALE_ORANGE,
    PINK,
    SKY,
)

# H. D. Thoreau's sentence in Thomas Delteil's talk, cut into its three clauses: three documents.
CLAUSES = (
    "When I read some of the rules for speaking the English language correctly,",
    "I think any fool can make a rule,",
    "and every fool will mind it",
)
LIGHT, RESULT = PALE_BLUE, PALE_ORANGE
EMPTY = "#f4f6f9"


def _words(text: str) -> list[str]:
    return re.findall(r"[a-z]+", text.lower())


def _counts() -> tuple[list[str], np.ndarray]:
    """The words of the clauses by first occurrence, and how often each clause has each: (3, words)."""
    words = list(dict.fromkeys(word for clause in CLAUSES for word in _words(clause)))
    return words, np.array([[_words(clause).count(word) for word in words] for clause in CLAUSES])


def _idf(counts: np.ndarray) -> np.ndarray:
    """scikit-learn's rule: ln((1 + n) / (1 + df)) + 1."""
    return np.log((1 + len(counts)) / (1 + (counts > 0).sum(axis=0))) + 1


def document_term_matrix() -> plots.Picture:
    """Thoreau's three clauses as rows of word counts."""
    words, counts = _counts()
    with projection.chart(11.4, 3.5) as (figure, axis):
        projection.blank(axis, len(words) + 4.2, 8.4)
        for column, word in enumerate(words):
            strong = counts[:, column].sum() > 1
            axis.text(
                column + 4.6, 4.8, word, rotation=60, ha="left", va="bottom", fontsize=17,
                weight="bold" if strong else "normal",
            )  # fmt: skip
        for row in range(len(CLAUSES)):
            projection.say(axis, 0, 5.55 + row, f"clause {row + 1}", 17, ha="left")
        colours = {
            (r, c): LIGHT if counts[r, c] == 1 else RESULT for r, c in zip(*np.nonzero(counts), strict=True)
        }
        projection.grid(axis, counts, (4.1, 5.0), colours, size=16)
    more = ", ".join(word for word, total in zip(words, counts.sum(axis=0), strict=True) if total > 1)
    return plots.Picture(
        figure,
        f"A table of three clauses by {len(words)} words with the count in each cell, mostly zeros. Words that occur more "
        f"than once: {more}. Rule and rules have columns of their own.",
    )


def tfidf_worked() -> plots.Picture:
    """TF-IDF of four words of the second clause, step by step."""
    words, counts = _counts()
    idf = _idf(counts)
    row = counts[1] * idf
    length = float(np.linalg.norm(row))
    lines = []
    for word in ("fool", "i", "rule", "think"):
        place = words.index(word)
        lines.append(
            (
                word,
                counts[1, place],
                (counts[:, place] > 0).sum(),
                idf[place],
                row[place],
                row[place] / length,
            )
        )
    heads = ("word", "count", "clauses with it", "idf", "count × idf", f"÷ {length:.3f}")
    lefts = (0.2, 4.3, 8.2, 12.0, 15.8, 19.9)
    with projection.sheet(11.4, 3.0, 22.8, 6.0) as (figure, axis):
        for left, head in zip(lefts, heads, strict=True):
            projection.say(axis, left, 0.6, head, 17, ha="left" if left < 1 else "center", color=FAINT)
        axis.plot([0, 22.8], [1.15, 1.15], color=FAINT, linewidth=1.5)
        for place, line in enumerate(lines):
            height = 1.85 + 1.15 * place
            rare = line[2] == 1
            texts = (
                line[0],
                str(line[1]),
                f"{line[2]} of 3",
                f"{line[3]:.3f}",
                f"{line[4]:.3f}",
                f"{line[5]:.3f}",
            )
            for left, text in zip(lefts, texts, strict=True):
                projection.say(axis, left, height, text, 20, ha="left" if left < 1 else "center", color=BLUE if rare and left > 10 else INK, weight="bold" if left < 1 else "normal")  # fmt: skip
    told = ", ".join(f"{line[0]} {line[5]:.3f}" for line in lines)
    return plots.Picture(
        figure, f"TF-IDF in the second clause, after division by the row's length {length:.3f}: {told}."
    )


def bag_is_blind() -> plots.Picture:
    """Two sentences of opposite meaning and their one row of counts."""
    sentences = ("The jam was fresh, not stale.", "The jam was stale, not fresh.")
    words = sorted(set(_words(sentences[0])))
    rows = np.array([[_words(text).count(word) for word in words] for text in sentences])
    with projection.sheet(11.4, 2.5, 22.8, 5.0) as (figure, axis):
        for column, word in enumerate(words):
            projection.say(axis, 11.4 + 1.85 * column, 0.7, word, 18, color=FAINT)
        for place, (text, row) in enumerate(zip(sentences, rows, strict=True)):
            projection.say(axis, 0.1, 2.0 + 1.8 * place, text, 20, ha="left")
            for column, count in enumerate(row):
                projection.grid(
                    axis, np.array([[count]]), (10.9 + 1.85 * column, 1.5 + 1.8 * place), LIGHT, size=19
                )
    same = "the same" if (rows[0] == rows[1]).all() else "different"
    return plots.Picture(
        figure, f"'{sentences[0]}' and '{sentences[1]}' with their word counts: {same} row twice."
    )


TABLE = np.array([[0.1, -0.2, 0.0], [0.9, 0.3, 0.1], [0.8, 0.4, 0.2], [-0.7, 0.5, 0.1], [0.0, -0.1, 0.9]])
TABLE_WORDS = ("the", "pears", "plums", "rude", "not")


def lookup_is_a_product() -> plots.Picture:
    """A one-hot row times the table of word vectors is the word's row of the table."""
    chosen = 2
    one_hot = np.eye(len(TABLE_WORDS), dtype=int)[chosen]
    row = one_hot @ TABLE
    with projection.sheet(11.4, 3.9, 19.0, 6.5) as (figure, axis):
        projection.say(axis, 2.7, 0.5, f"'{TABLE_WORDS[chosen]}', one-hot", 18, color=FAINT)
        projection.grid(axis, one_hot[None], (0.2, 3.0), {(0, chosen): RESULT}, size=19)
        for place, word in enumerate(TABLE_WORDS):
            axis.text(0.7 + place, 2.85, word, rotation=60, ha="left", va="bottom", fontsize=16)
            projection.say(axis, 8.3, 1.5 + place, word, 18, ha="right")
        projection.say(axis, 5.9, 3.5, "×", 28)
        projection.say(axis, 10.1, 0.5, "table, learned", 18, color=FAINT)
        projection.grid(axis, TABLE, (8.6, 1.0), {(chosen, column): RESULT for column in range(3)}, size=17)
        projection.say(axis, 12.6, 3.5, "=", 28)
        projection.say(axis, 15.1, 2.3, "its vector", 18, color=FAINT)
        projection.grid(axis, row[None], (13.6, 3.0), RESULT, size=17)
    return plots.Picture(
        figure,
        f"The one-hot row of the word {TABLE_WORDS[chosen]}, 0 0 1 0 0, times a table of five rows gives the table's third "
        f"row, {', '.join(f'{value:g}' for value in row)}.",
    )


CORPUS = (
    "ripe pears are cheap", "rotten pears are cheap", "ripe plums are cheap", "rotten plums are cheap",
    "we bought rotten pears", "we bought ripe plums", "long films are dull", "short films are dull",
    "long plays are dull", "short plays are dull", "we saw long films", "we saw short plays",
)  # fmt: skip
SHOWN = ("pears", "plums", "ripe", "rotten", "films", "plays", "long", "short")


def company_of_words() -> plots.Picture:
    """Likeness of eight words by the company they keep in twelve small sentences: PPMI rows and their cosines."""
    words = sorted({word for text in CORPUS for word in text.split()})
    together = np.zeros((len(words), len(words)))
    for text in CORPUS:
        places = [words.index(word) for word in text.split()]
        for i, one in enumerate(places):
            for other in places[i + 1 : i + 4]:
                together[one, other] += 1
                together[other, one] += 1
    expected = np.outer(together.sum(axis=1), together.sum(axis=0)) / together.sum()
    with np.errstate(divide="ignore"):
        rows = np.maximum(np.log(together / expected), 0)
    unit = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    order = [words.index(word) for word in SHOWN]
    likeness = (unit @ unit.T)[np.ix_(order, order)]
    with projection.chart(6.6, 5.0) as (figure, axis):
        axis.imshow(likeness, cmap="Blues", vmin=0, vmax=1.15)
        for row in range(len(SHOWN)):
            for column in range(len(SHOWN)):
                value = likeness[row, column]
                ink = "white" if value > 0.75 else INK
                projection.say(axis, column, row, f"{value:.1f}", 16, color=ink)
        axis.set_xticks(range(len(SHOWN)), SHOWN, rotation=45, ha="left", rotation_mode="anchor")
        axis.xaxis.tick_top()
        axis.set_yticks(range(len(SHOWN)), SHOWN)
        axis.tick_params(length=0)
        for side in axis.spines.values():
            side.set_visible(False)
    pears, plums, films = (SHOWN.index(word) for word in ("pears", "plums", "films"))
    return plots.Picture(
        figure,
        "Table of likeness between eight words, 0 to 1: fruits and their adjectives form one block, films, plays and "
        f"theirs another. Pears and plums {likeness[pears, plums]:.1f}, pears and films {likeness[pears, films]:.1f}.",
    )


def padded_texts() -> plots.Picture:
    """Three texts as word numbers, padded at the back and in front, and the mask."""
    texts = ([5, 6, 7], [11, 12], [8, 9, 10, 3, 4])
    back = np.array([text + [0] * (5 - len(text)) for text in texts])
    front = np.array([[0] * (5 - len(text)) + text for text in texts])
    with projection.sheet(11.4, 3.2, 19.0, 5.3) as (figure, axis):
        shown = (
            ("zeros at the back", back, back),
            ("their mask", (back > 0).astype(int), back),
            ("zeros in front", front, front),
        )
        for place, (name, values, known) in enumerate(shown):
            left = 0.4 + 6.6 * place
            colours = {(r, c): LIGHT if known[r, c] else EMPTY for r in range(3) for c in range(5)}
            projection.say(axis, left + 2.5, 0.6, name, 19, weight="bold")
            projection.grid(axis, values, (left, 1.4), colours, size=18)
    return plots.Picture(
        figure,
        "Texts of three, two and five words as rows of five numbers: with zeros at the back, the mask with 1 where there "
        "is a word, and with zeros in front.",
    )


# Three numbers a word, written by hand: denial, freshness, thing.
VECTORS = {
    "the": (0, 0, 0), "jam": (0, 0, 1), "was": (0, 0, 0), "not": (1, 0, 0), "fresh": (0, 1, 0),
    "but": (0.3, 0, 0), "bread": (0, 0, 0.9), "crisp": (0, 0.8, 0),
}  # fmt: skip


def filter_finds_a_phrase() -> plots.Picture:
    """A filter of width 2, written by hand for 'not fresh', slides over a sentence; its largest value is kept."""
    from matplotlib.patches import Rectangle

    words = "the jam was not fresh but the bread was crisp".split()
    vectors = np.array([VECTORS[word] for word in words], dtype=float)
    kernel = np.array([VECTORS["not"], VECTORS["fresh"]], dtype=float)
    bias = -0.8
    scores = [
        max(0.0, float((vectors[place : place + 2] * kernel).sum() + bias)) for place in range(len(words) - 1)
    ]
    best = int(np.argmax(scores))
    with projection.chart(11.4, 4.6) as (figure, axis):
        axis.set(xlim=(-2.6, 15.4), ylim=(7.3, 0), aspect="equal")
        axis.set_axis_off()
        for column, word in enumerate(words):
            projection.say(axis, 1.3 * column + 0.65, 0.45, word, 19)
            for row in range(3):
                value = vectors[column, row]
                colour = RESULT if value > 0 else "white"
                axis.add_patch(
                    Rectangle((1.3 * column, 0.9 + 0.75 * row), 1.3, 0.75, facecolor=colour, edgecolor=FAINT)
                )
                projection.say(axis, 1.3 * column + 0.65, 1.29 + 0.75 * row, f"{value:g}", 16)
        axis.add_patch(Rectangle((1.3 * best, 0.9), 2.6, 2.25, fill=False, edgecolor=BLUE, linewidth=5))
        for row, name in enumerate(("denial", "fresh", "thing")):
            projection.say(axis, -0.2, 1.29 + 0.75 * row, name, 17, ha="right", color=FAINT)
        projection.say(axis, -0.2, 5.4, "filter says", 17, ha="right", color=FAINT)
        for place, score in enumerate(scores):
            middle = 1.3 * (place + 1)
            axis.add_patch(Rectangle((middle - 0.4, 5.7 - 1.35 * score), 0.8, 1.35 * score, facecolor=BLUE))
            projection.say(axis, middle, 6.1, f"{score:.1f}", 17)
        axis.plot([0.2, 12.8], [5.7, 5.7], color=INK, linewidth=1.5)
        projection.say(axis, 13.35, 4.9, f"largest:\n{max(scores):.1f}", 19, ha="left", weight="bold")
        projection.say(
            axis, 6.5, 6.95, f"sum of the products, less {-bias:g}; nothing below 0", 17, color=FAINT
        )
    return plots.Picture(
        figure,
        f"A sentence of {len(words)} words with three numbers each. A filter for 'not fresh' gives {scores[best]:.1f} at "
        f"these two words and {sorted(scores)[-2]:.1f} or less at all other pairs, also at 'was crisp'.",
    )


def kims_net() -> plots.Picture:
    """Kim's CNN for sentences: word vectors, windows of three widths, the best of each filter, one answer."""
    from matplotlib.patches import Rectangle

    words = "we came for jam and left with pears".split()
    colours = {3: ORANGE, 4: BLUE, 5: GREEN}
    with projection.chart(11.4, 4.5) as (figure, axis):
        axis.set(xlim=(0, 22.8), ylim=(9.0, 0.2), aspect="equal")
        axis.set_axis_off()
        for row, word in enumerate(words):
            projection.say(axis, 2.3, 1.85 + 0.8 * row, word, 18, ha="right")
            for column in range(6):
                axis.add_patch(
                    Rectangle(
                        (2.8 + 0.6 * column, 1.45 + 0.8 * row), 0.6, 0.8, facecolor=EMPTY, edgecolor=FAINT
                    )
                )
        for more, ((width, colour), first) in enumerate(zip(colours.items(), (0, 2, 3), strict=True)):
            corner, size = (2.8 - 0.13 * more, 1.45 + 0.8 * first), (3.6 + 0.26 * more, 0.8 * width)
            axis.add_patch(Rectangle(corner, *size, fill=False, edgecolor=colour, linewidth=4.5))
        heads = ((4.6, "word vectors"), (10.6, "feature maps"), (15.6, "best of each"), (20.7, "answer"))
        for left, text in heads:
            projection.say(axis, left, 0.7, text, 18, color=FAINT)
        for group, (width, colour) in enumerate(colours.items()):
            top = 1.5 + 2.6 * group
            places = len(words) - width + 1
            for number in range(3):
                for place in range(places):
                    axis.add_patch(
                        Rectangle((9.3 + 0.28 * number + 0.5 * place, top + 0.42 * number), 0.5, 0.36, facecolor="white", edgecolor=colour, linewidth=2)
                    )  # fmt: skip
            projection.say(axis, 7.85, top + 0.65, f"{width} words", 18, color=INK)
            projection.say(axis, 11.0, top + 1.75, f"{places} windows", 16, color=FAINT)
            for number in range(3):
                axis.add_patch(
                    Rectangle(
                        (15.3, top + 0.5 * number), 0.6, 0.5, facecolor=colour, edgecolor="white", linewidth=2
                    )
                )
            axis.annotate(
                "",
                (15.0, top + 0.75),
                (13.3, top + 0.75),
                arrowprops={"arrowstyle": "-|>", "lw": 2.5, "color": FAINT},
            )
            axis.plot([16.2, 19.4], [top + 0.75, 4.9], color=FAINT, linewidth=2)
        axis.add_patch(Rectangle((19.5, 4.3), 2.4, 1.2, facecolor=RESULT, edgecolor=INK, linewidth=1.5))
        projection.say(axis, 20.7, 4.92, "positive?", 18)
        projection.say(axis, 17.8, 8.3, "dropout", 16, color=FAINT)
    return plots.Picture(
        figure,
        "Kim's net: eight words as rows of vectors; filters over three, four and five words make feature maps of six, five "
        "and four windows; the best value of each filter goes, with dropout, into one answer.",
    )


def _dots(axis, rows: list[tuple], right: float | None = None) -> None:
    """Named dots with bars from low to high, in percent: (name, value, low, high, colour, text at the right or '')."""
    for place, (_, value, low, high, colour, text) in enumerate(rows):
        hollow = low is None
        if not hollow:
            axis.plot([low, high], [place, place], color=colour, linewidth=5, alpha=0.45)
        axis.plot(
            value,
            place,
            "o",
            color=colour,
            markersize=11,
            markerfacecolor="white" if hollow else colour,
            markeredgewidth=2.5,
        )
        if right is not None:
            projection.say(axis, right, place, text, 16, ha="right")
    axis.set_yticks(range(len(rows)), [row[0] for row in rows])
    axis.invert_yaxis()


def kim_measured(read) -> plots.Picture:
    """Accuracy on MR, mean and spread over ten folds: Kim as published, the course's own run, two baselines."""
    table = read.recorded("mr_tenfold")
    names = {
        "CNN-rand as published (Kim, 2014)": ("Kim, 2014, CNN-rand", FAINT),
        "CNN-rand, ours": ("CNN-rand, ours", BLUE),
        "TF-IDF of words, logistic regression": ("TF-IDF of words", ORANGE),
        "TF-IDF of words and pairs, logistic regression": ("TF-IDF, words and pairs", ORANGE),
    }
    rows = []
    for option, (name, colour) in names.items():
        row = table[table["option"] == option].iloc[0]
        value, spread = 100 * row["accuracy"], 100 * row["accuracy_sd"]
        known = spread == spread
        ends = (value - spread, value + spread) if known else (None, None)
        rows.append((name, value, *ends, colour, f"{value:.1f} ± {spread:.1f}" if known else f"{value:.1f}"))
    with projection.chart(11.4, 3.4) as (figure, axis):
        _dots(axis, rows, right=81.9)
        axis.set(
            xlim=(74, 82),
            ylim=(3.5, -0.5),
            xlabel="accuracy on MR (%), mean ± sd of ten folds; a coin gets 50",
        )
    told = ", ".join(f"{row[0]} {row[-1]} %" for row in rows)
    return plots.Picture(
        figure,
        f"Dots with bars of one standard deviation over ten folds: {told}. "
        "The hollow one is the paper's, which gives no spread.",
    )


def reads_the_order(read) -> plots.Picture:
    """Bag of words, pairs, the CNN, and the CNN with the words shuffled, on the controlled and the bundled reviews."""
    names = {
        "TF-IDF of words": "tfidf_accuracy",
        "TF-IDF, words and pairs": "pairs_accuracy",
        "text CNN": "test_accuracy",
        "text CNN, words shuffled": "shuffled_accuracy",
    }
    told = []
    with projection.canvas(1, 2, width=11.4, height=3.3, sharey=True) as (figure, axes):
        for axis, prefix, title in zip(
            axes.flat, ("controlled_", ""), ("made to need order", "written one by one"), strict=True
        ):
            scores = {name: read.kept("06-text-cnn", prefix + result) for name, result in names.items()}
            projection.score_bars(axis, scores, [ORANGE, ORANGE, BLUE, SKY], chance=0.5)
            axis.set_title(title, fontsize=18)
            told.append(f"{title}: {projection.told_scores(scores)}")
        axes[0, 0].invert_yaxis()  # shared, so the second panel turned it back
    return plots.Picture(
        figure, f"Bars of accuracy with spreads on reviews {'; '.join(told)}. A coin gets 50 %."
    )


def one_hot_characters() -> plots.Picture:
    """VANCOUVER-NLP as one column a character, the example of Delteil's talk."""
    text = "VANCOUVER-NLP"
    alphabet = sorted(set(text))
    values = np.array([[int(character == row) for character in text] for row in alphabet])
    with projection.chart(6.2, 5.0) as (figure, axis):
        projection.blank(axis, len(text) + 1.4, len(alphabet) + 1.3)
        for column, character in enumerate(text):
            projection.say(axis, column + 1.8, 0.55, character, 19, weight="bold")
        for row, character in enumerate(alphabet):
            projection.say(axis, 0.6, row + 1.7, character, 18, color=FAINT)
        ones = dict.fromkeys(zip(*np.nonzero(values), strict=True), RESULT)
        projection.grid(axis, values, (1.3, 1.2), ones, size=15)
    return plots.Picture(
        figure,
        f"The {len(text)} characters of {text} as columns, its {len(alphabet)} different characters as rows, a 1 in each "
        "column where the character stands and 0 elsewhere.",
    )


def length_through_crepe(read) -> plots.Picture:
    """How many places are left behind each layer of Crepe, and how many characters one of them has seen."""
    field, step, rows = 1, 1, []
    for layer in read.net("CrepeSmall")["layers"]:
        kernel = layer.get("kernel_size") or layer.get("pool_size")
        if not kernel:
            continue
        field += (kernel[0] - 1) * step
        step *= (layer.get("strides") or kernel)[0]
        name = "pool 3" if "Pool" in layer["kind"] else f"conv {kernel[0]}"
        rows.append((name, layer["shape"][0], field))
    with projection.chart(11.4, 4.35) as (figure, axis):
        colours = [ORANGE if name.startswith("pool") else BLUE for name, _, _ in rows]
        axis.bar(range(len(rows)), [places for _, places, _ in rows], color=colours, width=0.72)
        for place, (_, places, _) in enumerate(rows):
            axis.text(place, places + 20, f"{places:,}", ha="center", va="bottom", fontsize=19)
        axis.set_xticks(range(len(rows)), [f"{name}\n{field}" for name, _, field in rows])
        axis.set(ylabel="places left", ylim=(0, 1180))
        axis.set_xlabel("layer; below it: characters that one place has seen")
    told = ", ".join(f"{name} {places}" for name, places, _ in rows)
    return plots.Picture(
        figure,
        f"Places left of 1,014 characters behind each layer of Crepe: {told}. One place at the end has seen {rows[-1][2]} "
        "characters.",
    )


# Test errors in percent, Zhang, Zhao, LeCun (2015), table 4, as printed in Delteil's talk.
CREPE_SETS = {
    "AG": 120_000, "Sogou": 450_000, "DBpedia": 560_000, "Yelp, 2 classes": 560_000,
    "Yelp, stars": 650_000, "Yahoo": 1_400_000, "Amazon, stars": 3_000_000, "Amazon, 2 classes": 3_600_000,
}  # fmt: skip
COUNTED = (  # bag of words, with TF-IDF, n-grams, with TF-IDF, bag of means
    (11.19, 7.15, 3.39, 7.76, 42.01, 31.11, 45.36, 9.60),
    (10.36, 6.55, 2.63, 6.34, 40.14, 28.96, 44.74, 9.00),
    (7.96, 2.92, 1.37, 4.36, 43.74, 31.53, 45.73, 7.98),
    (7.64, 2.81, 1.31, 4.56, 45.20, 31.49, 47.56, 8.46),
    (16.91, 10.79, 9.55, 12.67, 47.46, 39.45, 55.87, 18.39),
)
NOT_RUN = float("nan")
CHARACTERS = (  # large and small; two alphabets; without and with synonyms
    (9.85, 8.80, 1.66, 5.25, 38.40, 29.90, 40.89, 5.78),
    (11.59, 8.95, 1.89, 5.67, 38.82, 30.01, 40.88, 5.78),
    (9.51, NOT_RUN, 1.55, 4.88, 38.04, 29.58, 40.54, 5.51),
    (10.89, NOT_RUN, 1.69, 5.42, 37.95, 29.90, 40.53, 5.66),
    (12.82, 4.88, 1.73, 5.89, 39.62, 29.55, 41.31, 5.51),
    (15.65, 8.65, 1.98, 6.53, 40.84, 29.84, 40.53, 5.50),
    (13.39, NOT_RUN, 1.60, 5.82, 39.30, 28.80, 40.45, 4.93),
    (14.80, NOT_RUN, 1.85, 6.49, 40.16, 29.84, 40.43, 5.67),
)


def letters_need_many_texts() -> plots.Picture:
    """Best error of counting less best error of a character net, against the number of training texts."""
    gain = np.min(COUNTED, axis=0) - np.nanmin(CHARACTERS, axis=0)
    shifts = {
        "Yelp, 2 classes": (8, -17),
        "DBpedia": (-128, 10),
        "Sogou": (-12, -20),
        "Amazon, stars": (-180, 4),
    }
    with projection.chart(11.4, 4.5) as (figure, axis):
        axis.axhline(0, color=INK, linewidth=1.5)
        for (name, size), value in zip(CREPE_SETS.items(), gain, strict=True):
            better = value > 0
            axis.plot(size, value, "o" if better else "s", color=BLUE if better else ORANGE, markersize=13)
            axis.annotate(
                f"{name} {value:+.1f}".replace("-", "−"), (size, value), xytext=shifts.get(name, (12, 8)),
                textcoords="offset points", fontsize=17,
            )  # fmt: skip
        axis.set(xscale="log", xlim=(9e4, 1.5e7), ylim=(-3.6, 5.6), xlabel="training texts")
        axis.set_ylabel("points gained by\nreading letters")
        axis.set_xticks([1e5, 1e6], ["100,000", "1,000,000"])
        axis.minorticks_off()
        projection.say(axis, 9.6e4, 5.2, "letters better", 17, ha="left", color=BLUE, weight="bold")
        projection.say(axis, 9.6e4, -3.2, "counting better", 17, ha="left", color="#a84300", weight="bold")
    told = ", ".join(f"{name} {value:+.1f}" for name, value in zip(CREPE_SETS, gain, strict=True))
    return plots.Picture(
        figure,
        "Error of the best counting method less that of the best character net, in points, by number of training texts: "
        f"{told}. Counting is better on the four sets with up to 560,000 texts, letters on the larger ones.",
    )


SYNONYMS = {
    "quick": ("fast", "swift", "speedy"), "brown": ("hazel", "brunette", "chestnut"), "fox": (),
    "jumps": ("leaps", "springs", "bounds", "hops"), "over": (), "the": (),
    "lazy": ("idle", "indolent", "slothful"), "dog": ("hound", "pup", "mutt"),
}  # fmt: skip


def synonyms_of_a_fox() -> plots.Picture:
    """The sentence of Delteil's talk with the synonyms of its words, and how many sentences that makes."""
    count = math.prod(1 + len(others) for others in SYNONYMS.values())
    with projection.chart(11.4, 3.9) as (figure, axis):
        axis.set(xlim=(0, 11.4), ylim=(3.9, 0))
        axis.set_axis_off()
        for column, (word, others) in enumerate({"The": (), **SYNONYMS}.items()):
            left = (0.35, 1.35, 2.95, 4.25, 5.5, 6.8, 7.75, 8.95, 10.5)[column]
            projection.say(axis, left, 0.4, word, 21, weight="bold" if others else "normal")
            for row, other in enumerate(others):
                projection.say(axis, left, 1.05 + 0.55 * row, other, 18, color=BLUE)
        factors = " · ".join(str(1 + len(others)) for others in SYNONYMS.values() if others)
        projection.say(axis, 5.6, 3.55, f"{factors} = {count:,} sentences", 20)
    return plots.Picture(
        figure,
        "The quick brown fox jumps over the lazy dog, with synonyms below five of its words: "
        f"{factors} = {count:,} sentences.",
    )


def rnn_by_hand() -> plots.Picture:
    """A recurrent net with one unit: the state after each of five inputs."""
    from matplotlib.patches import Rectangle

    weight, loop = 1.0, 0.5
    inputs, state, states = (1, 0, 0, 0, 0), 0.0, []
    with projection.sheet(11.4, 3.7, 22.8, 7.4) as (figure, axis):
        projection.say(axis, 0, 1.0, "input x", 18, ha="left", color=FAINT)
        projection.say(axis, 0, 3.6, "state h", 18, ha="left", color=FAINT)
        for step, value in enumerate(inputs):
            left = 4.6 + 3.8 * step
            before, state = state, math.tanh(weight * value + loop * state)
            states.append(state)
            axis.add_patch(Rectangle((left, 0.3), 1.9, 1.4, facecolor=EMPTY, edgecolor=INK, linewidth=1.4))
            projection.say(axis, left + 0.95, 1.0, str(value), 20)
            axis.add_patch(Rectangle((left, 2.9), 1.9, 1.4, facecolor=RESULT, edgecolor=INK, linewidth=1.4))
            projection.say(axis, left + 0.95, 3.6, f"{state:.2f}", 20)
            arrow = {"arrowstyle": "-|>", "lw": 2.5, "color": FAINT}
            axis.annotate("", (left + 0.95, 2.9), (left + 0.95, 1.7), arrowprops=arrow)
            axis.annotate("", (left, 3.6), (left - 1.9 if step else left - 1.1, 3.6), arrowprops=arrow)
            projection.say(axis, left + 0.95, 5.2, f"tanh({value} +", 16, color=FAINT)
            projection.say(axis, left + 0.95, 6.1, f"0.5 · {before:.2f})", 16, color=FAINT)
        projection.say(axis, 3.1, 3.6, "0", 20)
    told = ", ".join(f"{value:.2f}" for value in states)
    return plots.Picture(
        figure,
        f"One unit reads 1, 0, 0, 0, 0 with input weight 1 and loop weight 0.5: its state is {told}. It forgets.",
    )


def only_order_helps(read) -> plots.Picture:
    """Which of two verdicts came last: bag, CNN, simple RNN, LSTM."""
    notebook = "07-text-lstm"
    scores = {
        "bag of words": read.kept(notebook, "order_bag_accuracy"),
        "CNN, best of each filter": read.kept(notebook, "order_cnn_accuracy"),
        "simple RNN": read.kept(notebook, "order_rnn_accuracy"),
        "LSTM": read.kept(notebook, "order_lstm_accuracy"),
    }
    with projection.canvas(width=11.4, height=3.2) as (figure, axes):
        projection.score_bars(
            axes[0, 0], scores, [ORANGE, ORANGE, BLUE, BLUE], chance=0.5, label="accuracy (%); dotted: a coin"
        )
    told = projection.told_scores(scores)
    return plots.Picture(
        figure, f"Bars of accuracy with spreads on the order task: {told}. A coin gets 50 %."
    )


UNITS, STEPS, INPUTS, TEXTS = 32, 60, 16, 16


def gradients_by_distance() -> plots.Picture:
    """How much of the gradient is left so many words back: a simple RNN and an LSTM with two forget biases, untrained."""
    random = np.random.default_rng(2018)
    texts = random.normal(size=(TEXTS, STEPS, INPUTS))
    curves = {"simple RNN": _rnn_gradients(random, texts)}
    for bias in (1, 5):
        curves[f"LSTM, forget bias {bias}"] = _lstm_gradients(np.random.default_rng(2019), texts, bias)
    looks = {
        "simple RNN": (ORANGE, "s"),
        "LSTM, forget bias 1": (SKY, "o"),
        "LSTM, forget bias 5": (BLUE, "D"),
    }
    told = []
    with projection.chart(11.4, 4.5) as (figure, axis):
        for name, curve in curves.items():
            share = curve[::-1] / curve[-1]
            colour, marker = looks[name]
            axis.semilogy(range(STEPS), share, color=colour, marker=marker, markevery=10, markersize=9)
            place = {
                "simple RNN": (22, 3e-6),
                "LSTM, forget bias 1": (37, 1.5e-3),
                "LSTM, forget bias 5": (4, 6),
            }[name]
            axis.text(*place, name, fontsize=18, ha="right" if name == "simple RNN" else "left")
            told.append(f"{name} {share[30]:.1g}")
        axis.set(xlabel="words back from the last", ylabel="gradient left", xlim=(0, 60), ylim=(1e-12, 80))
        axis.set_yticks([1, 1e-3, 1e-6, 1e-9, 1e-12])
    return plots.Picture(
        figure,
        f"Gradient left, logarithmic, against words back from the last; 30 words back: {', '.join(told)}.",
    )


def _fresh(random: np.random.Generator, blocks: int) -> tuple[np.ndarray, np.ndarray]:
    """Weights as Keras begins with: Glorot's uniform kernel and an orthogonal recurrent one."""
    limit = math.sqrt(6 / (INPUTS + blocks * UNITS))
    kernel = random.uniform(-limit, limit, (INPUTS, blocks * UNITS))
    square, triangle = np.linalg.qr(random.normal(size=(blocks * UNITS, UNITS)))
    return kernel, (square * np.sign(np.diag(triangle))).T


def _rnn_gradients(random: np.random.Generator, texts: np.ndarray) -> np.ndarray:
    """Mean size of the gradient of the last state's sum at each step's input, by backpropagation: (STEPS,)."""
    kernel, recurrent = _fresh(random, 1)
    state, states = np.zeros((TEXTS, UNITS)), []
    for step in range(STEPS):
        state = np.tanh(texts[:, step] @ kernel + state @ recurrent)
        states.append(state)
    gradient, sizes = np.ones((TEXTS, UNITS)), []
    for state in states[::-1]:
        before = gradient * (1 - state**2)
        sizes.append(np.linalg.norm(before @ kernel.T, axis=1).mean())
        gradient = before @ recurrent.T
    return np.array(sizes[::-1])


def _lstm_gradients(random: np.random.Generator, texts: np.ndarray, forget_bias: float) -> np.ndarray:
    """The same for an LSTM, through its state and its cell."""
    kernel, recurrent = _fresh(random, 4)
    bias = np.concatenate([np.zeros(UNITS), np.full(UNITS, forget_bias), np.zeros(2 * UNITS)])
    state = cell = np.zeros((TEXTS, UNITS))
    kept = []
    for step in range(STEPS):
        parts = np.split(texts[:, step] @ kernel + state @ recurrent + bias, 4, axis=1)
        i, f, o = (_sigmoid(parts[place]) for place in (0, 1, 3))
        g, before = np.tanh(parts[2]), cell
        cell = f * cell + i * g
        state = o * np.tanh(cell)
        kept.append((i, f, g, o, before, cell))
    to_state, to_cell, sizes = np.ones((TEXTS, UNITS)), np.zeros((TEXTS, UNITS)), []
    for i, f, g, o, before, cell in kept[::-1]:
        to_cell = to_cell + to_state * o * (1 - np.tanh(cell) ** 2)
        parts = [
            to_cell * g * i * (1 - i), to_cell * before * f * (1 - f), to_cell * i * (1 - g**2),
            to_state * np.tanh(cell) * o * (1 - o),
        ]  # fmt: skip
        together = np.concatenate(parts, axis=1)
        sizes.append(np.linalg.norm(together @ kernel.T, axis=1).mean())
        to_state, to_cell = together @ recurrent.T, to_cell * f
    return np.array(sizes[::-1])


def _sigmoid(values):  # noqa: ANN001, ANN202 - a number or an array, as it comes
    return 1 / (1 + np.exp(-values))


def lstm_by_hand() -> plots.Picture:
    """One unit reads 'sour the figs but sweet' with weights written by hand: gates, cell and state at each word."""
    words = {"sour": (-1, 1, 0), "the": (0, 0, 0), "figs": (0, 0, 0), "but": (0, 0, 1), "sweet": (1, 1, 0)}
    cell, lines = 0.0, []
    for word, (mood, verdict, but) in words.items():
        i, f, g, o = _sigmoid(4 * verdict - 2), _sigmoid(4 - 8 * but), math.tanh(2 * mood), _sigmoid(2)
        before, cell = cell, f * cell + i * g
        lines.append((word, i, f, g, before, cell, o * math.tanh(cell)))
    heads = ("word", "input\ngate i", "forget\ngate f", "new g", "cell  f · c + i · g", "state h")
    lefts = (0.2, 4.2, 6.6, 9.0, 15.3, 21.3)
    with projection.sheet(11.4, 3.9, 22.8, 7.8) as (figure, axis):
        for left, head in zip(lefts, heads, strict=True):
            projection.say(axis, left, 0.8, head, 17, ha="left" if left < 1 else "center", color=FAINT)
        axis.plot([0, 22.8], [1.6, 1.6], color=FAINT, linewidth=1.5)
        for row, (word, i, f, g, before, cell, state) in enumerate(lines):
            height = 2.3 + 1.2 * row
            sum_ = f"{f:.2f} · {_signed(before)} + {i:.2f} · {_signed(g)} = "
            texts = (word, f"{i:.2f}", f"{f:.2f}", _signed(g), sum_, _signed(state))
            for left, text in zip(lefts, texts, strict=True):
                projection.say(axis, left if left != 15.3 else 17.2, height, text, 19 if left != 15.3 else 16, ha="left" if left < 1 else ("right" if left == 15.3 else "center"), weight="bold" if left < 1 else "normal", color=FAINT if left == 15.3 else INK)  # fmt: skip
            projection.say(
                axis,
                17.3,
                height,
                _signed(cell),
                19,
                ha="left",
                weight="bold",
                color="#a84300" if cell < 0 else BLUE,
            )
    told = "; ".join(f"{word}: cell {cell:.2f}, state {state:.2f}" for word, *_, cell, state in lines)
    return plots.Picture(
        figure, f"An LSTM of one unit, word by word. {told}. The 'but' shuts the forget gate."
    )


def _signed(value: float) -> str:
    """Two digits with a true minus sign, and no minus in front of nothing."""
    text = f"{value:.2f}"
    return ("0.00" if float(text) == 0 else text).replace("-", "−")


def padding_decides(read) -> plots.Picture:
    """The same LSTM with zeros at the back, masked, and in front."""
    notebook = "07-text-lstm"
    scores = {
        "zeros at the back": read.kept(notebook, "padding_back_accuracy"),
        "at the back, masked": read.kept(notebook, "padding_mask_accuracy"),
        "zeros in front": read.kept(notebook, "padding_front_accuracy"),
    }
    with projection.canvas(width=6.4, height=3.8) as (figure, axes):
        projection.score_bars(
            axes[0, 0], scores, [ORANGE, BLUE, BLUE], chance=0.5, label="accuracy (%); dotted: a coin"
        )
    told = projection.told_scores(scores)
    return plots.Picture(figure, f"Bars of accuracy with spreads of the same LSTM: {told}. A coin gets 50 %.")


def cnn_against_lstm(read) -> plots.Picture:
    """IMDB: counting, and nets side by side that read equally many words, as mean and spread over their seeds."""
    cnn, recurrent = read.recorded("imdb_cnn_2018"), read.recorded("imdb_recurrent")
    groups = (
        ("whole reviews", ORANGE, (
            (cnn, "TF-IDF of words, logistic regression", "TF-IDF of words"),
            (cnn, "TF-IDF of words and pairs, logistic regression", "TF-IDF, words and pairs"),
        )),
        ("the last 400 words", BLUE, (
            (cnn, "2018: CNN, 5,000 words", "CNN of 2018"),
            (cnn, "today: CNN, 20,000 words", "CNN of today"),
            (recurrent, "CNN → LSTM, 400 words", "CNN → LSTM"),
        )),
        ("the last 200 words", PINK, (
            (recurrent, "SimpleRNN, 200 words", "simple RNN"),
            (recurrent, "LSTM, 200 words", "LSTM"),
        )),
    )  # fmt: skip
    rows, told, place = [], [], 0.0
    with projection.chart(11.4, 4.35) as (figure, axis):
        for reads, colour, nets in groups:
            middle, said = place + (len(nets) - 1) / 2, []
            for table, option, name in nets:
                row = table[table["option"] == option].iloc[0]
                value, spread, runs = 100 * row["accuracy"], 100 * row["accuracy_sd"], int(row["runs"])
                score = f"{value:.2f}" if runs == 1 else f"{value:.2f} ± {spread:.2f}"
                axis.errorbar(
                    value,
                    place,
                    xerr=spread or None,
                    fmt="o",
                    color=colour,
                    markersize=11,
                    linewidth=4,
                    capsize=6,
                )
                projection.say(axis, 94.9, place, score, 17, ha="right")
                rows.append((place, name))
                said.append(f"{name} {score} %" + (f" ({runs} seeds)" if runs > 1 else ", which has no seed"))
                place += 1
            projection.say(
                axis, 97.4, middle, reads.replace("the last ", "the last\n"), 16, ha="center", color=colour
            )
            told.append(f"of {reads}: {', '.join(said)}")
            place += 0.5
            if reads != groups[-1][0]:
                axis.axhline(place - 0.75, color=FAINT, linewidth=1)
        for right, text in ((94.9, "accuracy"), (98.2, "reads")):
            projection.say(axis, right, -0.95, text, 15, ha="right", color=FAINT)
        axis.set(
            xlim=(82, 99.2),
            ylim=(place - 0.6, -1.4),
            xlabel="accuracy on IMDB (%), mean ± sd of three seeds; a coin gets 50",
        )
        axis.set_xticks([82, 84, 86, 88, 90])
        axis.set_yticks([at for at, _ in rows], [name for _, name in rows])
    return plots.Picture(
        figure,
        "Dots of accuracy on IMDB with bars of one standard deviation over seeds, in groups that read equally much. "
        f"Readers {'; '.join(told)}.",
    )
