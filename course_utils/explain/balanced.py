"""LIME with balanced samples: the same weighted line from fewer questions to the net.

Until another seed gives the same weights, a picture needs about a quarter of lime's samples, and a text of the course's
about three quarters: benchmarks/lime_samples.py.

lime draws each sample by itself. Here the samples of a picture come in pairs, a mask and its complement, and the pairs
in blocks in which any two segments are on together as often as not: the rows of a Hadamard matrix, with segments
in random places and random signs. What two segments do together is the same in both masks of a pair, so it hardly
disturbs what one of them does. A text's words are left out in turns, in random order, and the numbers of words left
out are spread evenly over the sizes that the regression listens to. Each mask by itself is drawn as lime draws it, or
weighted for being drawn otherwise, so the line aimed at is lime's.
Sources: R. L. Plackett and J. P. Burman, "The design of optimum multifactorial experiments", 1946, for the blocks;
G. E. P. Box and J. S. Hunter, "The 2^(k-p) fractional factorial designs", 1961, for the pairs; I. Covert and S.-I. Lee,
"Improving KernelSHAP", 2021, for pairs in explanations.
"""

from __future__ import annotations

import time
from collections.abc import Sequence

import numpy as np

from .inputs import read_picture
from .lime_common import Fits, Seconds, dense, need_asked, need_known
from .lime_image import ImageExplanation, _parts, samples
from .lime_text import TextExplanation
from .lime_text import explain_text as explain_by_lime
from .predictions import PictureClassifier, fill_up, picture_batch

Array = np.ndarray

LIMES_SAMPLES = 1000  # whatever the number of samples, the ridge shrinks as much as with lime's usual ones


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
    drawn /= drawn.sum()
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

    `settings` and errors as in `course_utils.explain.explain_text`; only the samples are `word_masks`. For what lime's
    1,000 samples give a text, ask for 800.
    """
    return explain_by_lime(
        predict, text, class_names, num_samples=num_samples, explainer=_words(), **settings
    )


def _regression():
    """lime's regression for weights instead of distances."""
    from lime.lime_base import LimeBase

    return LimeBase(lambda weights: weights, random_state=0)


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
            self.base = _regression()

        def _LimeTextExplainer__data_labels_distances(  # noqa: N802, the name that Python gives lime's own method
            self, indexed, classify, num_samples, distance_metric="cosine"
        ):
            masks, weights = word_masks(self._random, num_samples - 1, indexed.num_words(), self._width)
            changed = [indexed.inverse_removing(np.flatnonzero(mask == 0)) for mask in masks]
            masks = np.concatenate([np.ones((1, masks.shape[1]), dtype=int), masks])
            weights = np.concatenate([[1], weights]) * LIMES_SAMPLES / num_samples
            return masks, classify([indexed.raw_string(), *changed]), weights

    return Balanced
