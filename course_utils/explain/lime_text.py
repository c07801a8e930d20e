"""LIME for texts: leave words out at random, ask the net, fit a weighted line to its answers.

The engine is the package `lime`; what is added: words are those that the course's models read (`text.words`), the
samples are predicted in batches, and each word's place in the original text is kept.
Source: M. T. Ribeiro, S. Singh, C. Guestrin, "'Why should I trust you?' Explaining the predictions of any
classifier", 2016.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from course_utils.foundation.assets import progress
from course_utils.foundation.config import someone_is_watching
from course_utils.text import words

from .lime_common import Fits, Seconds, dense, explained, need_asked, need_known
from .predictions import as_probabilities, fitting_batch

Array = np.ndarray

_BETWEEN = "\n"  # stands between the pieces of a text while lime handles it
_MOST_A_BATCH = 256


@dataclass(frozen=True, eq=False)
class TextExplanation:
    """What the words of one text weigh for some classes, near that text.

    text: as it was given. pieces: its words in order, as the net reads them. spans: (start, end) of each piece in
    `text`. features: what got a weight, each different word once, or each place where places are kept apart.
    places: for each feature, the pieces that it stands for. weights: class -> weights of the features, 0 for one that
    was not chosen. intercept, score, local_prediction: by class, the line's intercept, its weighted R2 and its answer
    for the text. prediction: probabilities (classes,). classes: those explained. The rest as in ImageExplanation.
    """

    text: str
    pieces: tuple[str, ...] = field(repr=False)
    spans: tuple[tuple[int, int], ...] = field(repr=False)
    features: tuple[str, ...] = field(repr=False)
    places: tuple[tuple[int, ...], ...] = field(repr=False)
    weights: dict[int, Array] = field(repr=False)
    intercept: dict[int, float] = field(repr=False)
    score: dict[int, float]
    local_prediction: dict[int, float]
    prediction: Array = field(repr=False)
    classes: tuple[int, ...]
    class_names: tuple[str, ...] = field(repr=False)
    samples: int
    seed: int
    seconds: Seconds

    def as_list(self, class_index: int | None = None, count: int | None = None) -> list[tuple[str, float]]:
        """(word, weight) of one class, the heaviest first; None is the first class."""
        weights = self.weights[self.explained(class_index)]
        order = np.argsort(-np.abs(weights), kind="stable")
        return [(self.features[one], float(weights[one])) for one in order if weights[one] != 0][:count]

    def by_piece(self, class_index: int | None = None) -> Array:
        """The weight of each piece of the text, in order: float (pieces,)."""
        found = np.zeros(len(self.pieces))
        for places, weight in zip(self.places, self.weights[self.explained(class_index)], strict=True):
            found[list(places)] = weight
        return found

    def explained(self, class_index: int | None = None) -> int:
        """The class itself, or the first one; raises ValueError for one that was not explained."""
        return explained(class_index, self.classes, "explain_text(predict, text")


def explain_text(
    predict: Callable[[list[str]], Array],
    text: str,
    class_names: Sequence[str] = (),
    *,
    labels: Sequence[int] | None = None,
    top_labels: int = 5,
    num_features: int = 10,
    num_samples: int = 1000,
    bow: bool = True,
    mask_string: str = "",
    split: Callable[[str], list[str]] | None = None,
    kernel_width: float = 25,
    feature_selection: str = "auto",
    seed: int = 0,
    batch_size: int | None = None,
) -> TextExplanation:
    """Which words of a text speak for a class and which against it, by LIME. Names as in the package lime.

    `predict`: a function from a list of texts to probabilities (N, classes); (N, 1) or (N,) counts as the probability
    of the second of two classes. `labels`: classes to explain; without them the `top_labels` most probable ones.
    `num_features`: how many words get a weight. `num_samples`: texts with words left out at random, the first one
    whole. `bow`: True takes a word out wherever it stands and gives it one weight; False gives each place a weight of
    its own, so that the first 'not' and the second can differ. `mask_string`: what stands where a place was taken out
    with bow=False; "" closes the gap, a word that the net doesn't know keeps the others at their distance.
    `split`: how a text is cut into pieces that stand and fall together; by default `course_utils.text.words`, so
    that `predict` gets lower-case words with blanks between them, which the course's models read as the same text.
    A function of your own gives pieces as they stand in the text, one after the other ("not bad" can be one).
    `kernel_width`: how fast a sample with fewer words counts less. `seed` fixes the samples. `batch_size`: texts
    in a batch, all batches the same (the last text repeats), 256 at most by default.
    Raises TypeError for what is not a text; ValueError for a text without words, for pieces that are not in it,
    and for classes or outputs that do not fit.
    """
    from lime.lime_text import LimeTextExplainer

    if num_samples < 2:
        raise ValueError(f"num_samples is the number of changed texts, 2 or more; got {num_samples}")
    need_asked(labels, top_labels)
    if batch_size is not None and batch_size < 1:
        raise ValueError(f"batch_size is the number of texts in a batch, 1 or more; got {batch_size}")
    if hasattr(predict, "predict_on_batch") or not callable(predict):
        raise ValueError(
            f"predict is {type(predict).__name__}; expected a function of texts, such as "
            "lambda texts: model.predict_on_batch(vocabulary.encode_all(texts, length))"
        )
    start = time.perf_counter()
    text, pieces, spans = _pieces(text, split)
    size = fitting_batch(num_samples, _MOST_A_BATCH) if batch_size is None else min(batch_size, num_samples)
    explainer = LimeTextExplainer(
        kernel_width=kernel_width, class_names=list(class_names) or None, bow=bow, mask_string=mask_string,
        feature_selection=feature_selection, split_expression=_BETWEEN, random_state=seed,
    )  # fmt: skip
    explainer.base = fits = Fits(explainer.base)
    cut = time.perf_counter()
    seconds = 0.0

    def classify(texts: list[str]) -> Array:
        nonlocal seconds
        begun = time.perf_counter()
        bar = progress.bar("LIME", len(texts), shown=someone_is_watching(), unit=" texts")
        with contextlib.closing(bar):
            found = _in_batches(predict, texts, size, labels, bar.update)
        seconds = time.perf_counter() - begun
        return found

    found = explainer.explain_instance(
        _BETWEEN.join(pieces), classify, labels=tuple(labels) if labels is not None else (),
        top_labels=None if labels is not None else top_labels, num_features=num_features,
        num_samples=num_samples,
    )  # fmt: skip
    classes = tuple(int(one) for one in (labels if labels is not None else found.top_labels))
    index = found.domain_mapper.indexed_string
    # lime counts what stands between the pieces too: every second one is a piece.
    places = tuple(tuple(int(place) // 2 for place in np.ravel(one)) for one in index.positions)
    whole = time.perf_counter() - start
    return TextExplanation(
        text=text,
        pieces=tuple(pieces),
        spans=tuple(spans),
        features=tuple(str(one) for one in index.inverse_vocab),
        places=places,
        weights={one: dense(found.local_exp[one], len(places)) for one in classes},
        intercept={one: float(found.intercept[one]) for one in classes},
        score={one: fits.score[one] for one in classes},
        local_prediction={one: fits.local_prediction[one] for one in classes},
        prediction=fits.prediction,
        classes=classes,
        class_names=tuple(class_names),
        samples=num_samples,
        seed=seed,
        seconds=Seconds(cut - start, whole - (cut - start) - seconds - fits.seconds, seconds, fits.seconds),
    )


def _in_batches(
    predict: Callable,
    texts: list[str],
    size: int,
    labels: Sequence[int] | None,
    update: Callable[[int], object],
) -> Array:
    found = []
    for first in range(0, len(texts), size):
        chunk = [" ".join(filter(None, one.split(_BETWEEN))) for one in texts[first : first + size]]
        full = chunk + chunk[-1:] * (size - len(chunk))
        answers = as_probabilities(predict(full), size)[: len(chunk)]
        need_known(labels, answers.shape[1])
        found.append(answers)
        update(len(chunk))
    return np.concatenate(found)


def _pieces(text: str, split: Callable | None) -> tuple[str, list[str], list[tuple[int, int]]]:
    """The text, its pieces and where they stand in it."""
    if split is None:
        found = words(text)
        same = text.lower().replace("’", "'")
        if len(same) != len(text):  # a few letters become two when written small
            text = same
    else:
        same, found = text, list(split(text))
    spans, end = [], 0
    for piece in found:
        start = same.find(piece, end)
        if start < 0 or not piece.strip():
            raise ValueError(
                f"split gave the piece {piece!r}, which does not follow in the text; give pieces as they stand in "
                "it, in their order"
            )
        end = start + len(piece)
        spans.append((start, end))
    if not spans:
        raise ValueError(f"The text {text!r} has no words to explain")
    return text, [" ".join(piece.split()) for piece in found], spans
