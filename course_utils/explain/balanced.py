"""LIME with balanced samples: the same weighted line from fewer questions to the net.

Until another seed gives the same weights, a picture needs about a quarter of lime's samples, and a text of the course's
less than half: benchmarks/lime_samples.py.

lime draws each sample by itself. Here the samples of a picture come in pairs, a mask and its complement, and the pairs
in blocks in which any two segments are on together as often as not: the rows of a Hadamard matrix, with segments
in random places and random signs. What two segments do together is the same in both masks of a pair, so it hardly
disturbs what one of them does. A text's words are left out in turns, in random order, and the numbers of words left
out are spread evenly over the sizes that the regression listens to. Each mask by itself is drawn as lime draws it, or
weighted for being drawn otherwise, so the line aimed at is lime's.

What is left is mostly that words act together, which a line cannot say and which therefore scatters. So a text's
answers have a control variate: a Gaussian process learns to predict them, and what it says beyond its own best line
is subtracted from each answer. It predicts only answers that it has not seen, so on average that changes no weight.
Sources: R. L. Plackett and J. P. Burman, "The design of optimum multifactorial experiments", 1946, for the blocks;
G. E. P. Box and J. S. Hunter, "The 2^(k-p) fractional factorial designs", 1961, for the pairs; I. Covert and S.-I. Lee,
"Improving KernelSHAP", 2021, for pairs in explanations; C. J. Oates, M. Girolami, N. Chopin, "Control functionals for
Monte Carlo integration", 2017, for control variates that are learned from one part of the samples and used on another;
C. E. Rasmussen, C. K. I. Williams, "Gaussian processes for machine learning", 2006, sections 2.2 and 5.1.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

import numpy as np

from .inputs import read_picture
from .lime_common import Fits, Seconds, dense, need_asked, need_known
from .lime_image import ImageExplanation, _parts, samples
from .lime_text import TextExplanation
from .lime_text import explain_text as explain_by_lime
from .predictions import PictureClassifier, fill_up, picture_batch

Array = np.ndarray

LIMES_SAMPLES = 1000  # whatever the number of samples, the ridge shrinks as much as with lime's usual ones
PARTS = 4  # of a text's samples; the answers of each are predicted from the other three
FREE = 4000  # masks for which a process answers instead of the net
NOISE = 0.1  # variance of what a process takes for chance, by that of the answers
SPREAD = 4.0  # how unlike two texts are to a process where every word differs
SUREST = 0.99  # probabilities are learned on the logit scale, up to here


def segment_masks(random: np.random.Generator, count: int, segments: int) -> Array:
    """Masks of a picture's segments, 1 for on: int (count, segments), each row uniform, each second the complement."""
    from scipy.linalg import hadamard

    order = 1 << int(segments).bit_length()  # a power of two above the number of segments
    columns = hadamard(order)[:, 1:]
    blocks = []
    for _ in range(-(-count // (2 * order))):
        signs = random.choice((-1, 1), segments)
        rows = columns[random.permutation(order)][:, random.permutation(order - 1)[:segments]] * signs > 0
        blocks.append(np.stack([rows, ~rows], axis=1).reshape(-1, segments))
    return np.concatenate(blocks)[:count].astype(int)


def word_masks(
    random: np.random.Generator, count: int, words: int, kernel_width: float = 25
) -> tuple[Array, Array]:
    """Masks of a text's words, 0 for left out: int (count, words); and what each weighs in the regression: (count,).

    lime leaves out 1 to `words` words, each number as often. Here a number is drawn in proportion to its kernel and
    to how far its masks lie from the average one; dividing by that gives every mask its due weight again.
    """
    sizes = np.arange(1, words + 1)
    kept = 1 - sizes / words
    due = kernel(100 * (1 - np.sqrt(kept)), kernel_width) / words
    middle = (due * kept).sum() / due.sum()
    drawn = due * np.sqrt(kept * (1 - middle) ** 2 + (1 - kept) * middle**2)
    drawn = drawn / drawn.sum() if words > 1 else np.ones(1)
    levels = (np.arange(count) + random.random(count)) / count
    places = np.minimum(np.searchsorted(np.cumsum(drawn), random.permutation(levels)), words - 1)
    masks = np.ones((count, words), dtype=int)
    first, order = words, np.arange(words)
    for mask, size in zip(masks, sizes[places], strict=True):
        if first >= words:
            first, order = 0, random.permutation(words)
        mask[order[(first + np.arange(size)) % words]] = 0
        first += size
    return masks, (due / drawn)[places]


def word_samples(
    random: np.random.Generator, count: int, words: int, kernel_width: float = 25
) -> tuple[Array, Array]:
    """The whole text and `count` of `word_masks` in PARTS, each drawn for itself: (count + 1, words), and weights."""
    drawn = [
        word_masks(random, len(part), words, kernel_width)
        for part in np.array_split(np.arange(count), PARTS)
        if len(part)
    ]
    masks = np.concatenate([np.ones((1, words), dtype=int), *(masks for masks, _ in drawn)])
    weights = np.concatenate([weights for _, weights in drawn]) * (LIMES_SAMPLES - 1) / count
    return masks, np.concatenate([[1], weights])


def surrogate(masks: Array, answers: Array, weights: Array) -> Callable[[Array], Array]:
    """A function from masks to probabilities: a Gaussian process through the answers, on the logit scale.

    A word counts as much for the likeness of two masks as it weighs in a line through the answers.
    """
    from scipy.special import expit, logit
    from sklearn.linear_model import Ridge

    heights = logit(np.clip(answers, 1 - SUREST, SUREST))
    middle, spread = heights.mean(), heights.std()
    relevance = np.abs(Ridge(alpha=1).fit(masks, heights, sample_weight=weights).coef_)
    if not relevance.any() or not spread:
        return lambda asked: np.full(len(asked), answers.mean())
    relevance = (SPREAD * relevance / relevance.sum()).astype("float32")
    seen = masks.astype("float32")

    def likeness(asked: Array) -> Array:
        asked = asked.astype("float32")
        return np.exp(2 * (asked * relevance) @ seen.T - (asked @ relevance)[:, None] - seen @ relevance)

    noise = NOISE / np.maximum(weights / weights.mean(), 1e-3)
    learned = np.linalg.solve(likeness(masks) + np.diag(noise), (heights - middle) / spread)
    return lambda asked: expit(middle + spread * (likeness(asked) @ learned.astype("float32")))


def steadied(masks: Array, answers: Array, weights: Array, free: Array, free_weights: Array) -> Array:
    """The answers to `word_samples`, less what a process predicts beyond a line: (samples,).

    `free`, `free_weights`: many more such samples, over which that line is fitted. The line for these answers scatters
    less, and its mean over many draws is that for the answers as they are.
    """
    from sklearn.linear_model import LinearRegression

    changed = answers.astype(float)
    if len(answers) <= 2 * PARTS:
        return changed
    of_part = np.zeros(len(answers), dtype=int)
    for number, part in enumerate(np.array_split(np.arange(1, len(answers)), PARTS)):
        of_part[part] = number
    for number in range(PARTS):
        here = of_part == number
        predict = surrogate(masks[~here], answers[~here], weights[~here])
        line = LinearRegression().fit(free, predict(free), sample_weight=free_weights)
        changed[here] -= predict(masks[here]) - line.predict(masks[here])
    return changed


def kernel(distances: Array, width: float) -> Array:
    """lime's kernel: how much a sample at these distances from the original counts."""
    return np.sqrt(np.exp(-(distances**2) / width**2))


def explain_image(
    predict: object,
    image: Array,
    *,
    labels: Sequence[int] | None = None,
    top_labels: int = 5,
    segments: str | Array = "quickshift",
    num_samples: int = 500,
    num_features: int = 100_000,
    hide_color: float | Sequence[float] | None = None,
    kernel_width: float = 0.25,
    seed: int = 0,
    batch_size: int | None = None,
    value_range: tuple[int, int] | None = None,
    class_names: Sequence[str] = (),
    output: str | int | None = None,
) -> ImageExplanation:
    """Which segments of a picture speak for a class: `explain_image` with balanced samples, and fewer of them.

    All is as in `course_utils.explain.explain_image`, with distances, kernel and regression of lime; only the masks
    are `segment_masks`. Raises ValueError as there.
    """
    if num_samples < 2:
        raise ValueError(f"num_samples is the number of changed pictures, 2 or more; got {num_samples}")
    need_asked(labels, top_labels)
    start = time.perf_counter()
    picture = read_picture(image, value_range)
    parts = _parts(picture, segments, seed)
    cut = time.perf_counter()
    classifier = PictureClassifier(predict, picture, output=output)
    count = int(parts.max()) + 1
    drawn = segment_masks(np.random.default_rng(seed), num_samples - 1, count)
    masks = np.concatenate([np.ones((1, count), dtype=int), drawn])
    hidden = hidden_pixels(picture.pixels, parts, hide_color)
    size = picture_batch(num_samples, *parts.shape, batch_size)
    answers = []
    for first in range(0, num_samples, size):
        rows = masks[first : first + size]
        answers.append(classifier(samples(fill_up(rows, size), picture.pixels, hidden, parts))[: len(rows)])
        need_known(labels, answers[0].shape[1])
    answers = np.concatenate(answers)
    best = np.argsort(answers[0])[::-1][:top_labels]
    classes = tuple(int(one) for one in (best if labels is None else labels))
    weights = kernel(1 - np.sqrt(masks.mean(axis=1)), kernel_width) * LIMES_SAMPLES / num_samples
    base = Fits(_regression())
    found = {
        one: base.explain_instance_with_data(masks, answers, weights, one, num_features) for one in classes
    }
    whole, segmentation = time.perf_counter() - start, cut - start
    rest = whole - segmentation - classifier.seconds - base.seconds
    return ImageExplanation(
        segments=parts,
        coefficients={one: dense(found[one][1], count) for one in classes},
        intercept={one: float(found[one][0]) for one in classes},
        score=base.score,
        local_prediction=base.local_prediction,
        prediction=base.prediction,
        classes=classes,
        class_names=tuple(class_names) or classifier.class_names,
        samples=num_samples,
        seed=seed,
        engine="balanced",
        maths="float32",
        seconds=Seconds(segmentation, rest, classifier.seconds, base.seconds),
    )


def explain_text(
    predict: object, text: str, class_names: Sequence[str] = (), *, num_samples: int = 500, **settings: object
) -> TextExplanation:
    """Which words of a text speak for a class: `explain_text` with balanced samples, and fewer of them.

    `settings` and errors as in `course_utils.explain.explain_text`; only the samples are `word_masks`, and the line
    goes through answers that are `steadied`; its score is that for the answers as they are. On the course's texts the
    default of 500 does what lime's 1,000 do. The processes take about a tenth of a second for each class, so this pays
    where the net is slow.
    """
    return explain_by_lime(
        predict, text, class_names, num_samples=num_samples, explainer=_words(), **settings
    )


def _regression():
    """lime's regression for weights instead of distances."""
    from lime.lime_base import LimeBase

    return LimeBase(lambda weights: weights, random_state=0)


def _steady_regression(random: np.random.Generator, kernel_width: float):
    """lime's regression for weights, through steadied answers."""
    from lime.lime_base import LimeBase
    from sklearn.metrics import r2_score

    class Steady(LimeBase):
        """Scores its line by the answers as they are."""

        free = None

        def explain_instance_with_data(self, data, outputs, weights, label, *rest, **settings):
            if self.free is None:
                self.free = word_samples(random, FREE, data.shape[1], kernel_width)
            steady = np.array(outputs, dtype=float)
            steady[:, label] = steadied(data, steady[:, label], weights, *self.free)
            intercept, found, _, local = super().explain_instance_with_data(
                data, steady, weights, label, *rest, **settings
            )
            line = intercept + data @ dense(found, data.shape[1])
            return intercept, found, r2_score(outputs[:, label], line, sample_weight=weights), local

    return Steady(lambda weights: weights, random_state=0)


def hidden_pixels(pixels: Array, parts: Array, hide_color: float | Sequence[float] | None) -> Array:
    """What shows where a segment is off, (H, W, 3): `hide_color`, or each segment's mean colour."""
    hidden = pixels.copy()
    if hide_color is not None:
        hidden[:] = hide_color
        return hidden
    for part in range(parts.max() + 1):
        hidden[parts == part] = pixels[parts == part].mean(axis=0)
    return hidden


def _words() -> type:
    """lime's explainer for texts with other samples."""
    from lime.lime_text import LimeTextExplainer

    class Balanced(LimeTextExplainer):
        """Draws `word_masks`, and hands the regression their weights."""

        def __init__(self, kernel_width: float, random_state: int, **settings: object) -> None:
            super().__init__(kernel_width=kernel_width, random_state=random_state, **settings)
            self._width, self._random = kernel_width, np.random.default_rng(random_state)
            self.base = _steady_regression(self._random, kernel_width)

        def _LimeTextExplainer__data_labels_distances(  # noqa: N802, the name that Python gives lime's own method
            self, indexed, classify, num_samples, distance_metric="cosine"
        ):
            masks, weights = word_samples(self._random, num_samples - 1, indexed.num_words(), self._width)
            changed = [indexed.inverse_removing(np.flatnonzero(mask == 0)) for mask in masks[1:]]
            return masks, classify([indexed.raw_string(), *changed]), weights

    return Balanced
