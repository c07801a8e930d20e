"""LIME for texts: leave words out at random, ask the net, fit a weighted line to its answers.

The engine is the package `lime`; what is added: words are those that the course's models read (`text.words`), the
samples are predicted in batches, and each word's place in the original text is kept.
Source: M. T. Ribeiro, S. Singh, C. Guestrin, "'Why should I trust you?' Explaining the predictions of any
classifier", 2016.
"""

from __future__ import annotations

import contextlib
import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from course_utils.foundation.assets import progress
from course_utils.foundation.config import someone_is_watching
from course_utils.text import word_spans, words

from . import heads
from .lime_common import Fits, Seconds, dense, explained, need_asked, need_known
from .predictions import as_probabilities, fitting_batch

Array = np.ndarray

_BETWEEN = "\n"  # stands between the pieces of a text while lime handles it
_MOST_A_BATCH = 256
_MUCH = 0.1  # a probability that moves by more than this when all but the words is left out

log = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class TextExplanation:
    """What the words of one text weigh for some classes, near that text.

    text: as it was given. pieces: its words in order, as the net reads them. spans: (start, end) of each piece in
    `text`. features: what got a weight, each different word once, or each place where places are kept apart.
    places: for each feature, the pieces that it stands for. weights: class -> weights of the features, 0 for one that
    was not chosen. intercept, score, local_prediction: by class, the line's intercept, its weighted R2 and its answer
    for the text. prediction: probabilities (classes,) of the text as it was given. outside: how far the largest of
    them moves when all but the pieces is left out, which no weight can show. classes: those explained. The rest as in
    ImageExplanation.
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
    outside: float = 0.0

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
    predict: object,
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
    output: str | int | None = None,
    explainer: type | None = None,
) -> TextExplanation:
    """Which words of a text speak for a class and which against it, by LIME. Names as in the package lime.

    `predict`: a function from a list of texts to probabilities (N, classes); (N, 1) or (N,) counts as the probability
    of the second of two classes. A `keras.Model` that takes texts (a TextVectorization inside) or its `predict` will
    do too, and `output` is the name or place of its output where it has several. `labels`: classes to explain; without them the `top_labels` most probable ones.
    `num_features`: how many words get a weight. `num_samples`: texts with words left out at random, the first one
    whole. `bow`: True takes a word out wherever it stands and gives it one weight; False gives each place a weight of
    its own, so that the first 'not' and the second can differ. `mask_string`: what stands where a place was taken out
    with bow=False; "" closes the gap, a word that the net doesn't know keeps the others at their distance.
    `split`: how a text is cut into pieces that stand and fall together; by default `course_utils.text.words`.
    A function of your own gives pieces as they stand in the text, one after the other ("not bad" can be one).
    `predict` gets the text itself, and the same with pieces cut out: capitals and signs between the pieces stay. Where
    it is those signs that decide (a smiley), a log line says that no weight can show it.
    `kernel_width`: how fast a sample with fewer words counts less. `seed` fixes the samples. `batch_size`: texts
    in a batch, all batches the same (the last text repeats), 256 at most by default. `explainer`: a kind of lime's
    LimeTextExplainer that draws other samples, as `balanced.explain_text` has; None is lime's own.
    Raises TypeError for what is not a text; ValueError for a text without words, for pieces that are not in it,
    and for classes or outputs that do not fit.
    """
    from lime.lime_text import LimeTextExplainer

    if num_samples < 2:
        raise ValueError(f"num_samples is the number of changed texts, 2 or more; got {num_samples}")
    need_asked(labels, top_labels)
    if batch_size is not None and batch_size < 1:
        raise ValueError(f"batch_size is the number of texts in a batch, 1 or more; got {batch_size}")
    ask, ends_in = _asking(predict, output)
    start = time.perf_counter()
    text, pieces, spans = _pieces(text, split)
    count = num_samples + 1  # and once the pieces alone
    size = fitting_batch(count, _MOST_A_BATCH) if batch_size is None else min(batch_size, count)
    explainer = (explainer or LimeTextExplainer)(
        kernel_width=kernel_width, class_names=list(class_names) or None, bow=bow, mask_string=mask_string,
        feature_selection=feature_selection, split_expression=_BETWEEN, random_state=seed,
    )  # fmt: skip
    explainer.base = fits = Fits(explainer.base)
    cut = time.perf_counter()
    seconds, alone = 0.0, np.zeros(0)

    def classify(texts: list[str]) -> Array:
        nonlocal seconds, alone
        begun = time.perf_counter()
        bar = progress.bar("LIME", len(texts), shown=someone_is_watching(), unit=" texts")
        with contextlib.closing(bar):
            changed = [_put_together(text, spans, pieces, one.split(_BETWEEN)) for one in texts]
            changed[0] = text
            found = _in_batches(ask, [*changed, " ".join(pieces)], size, labels, bar.update, ends_in)
        found, alone = found[:-1], found[-1]
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
    outside = _outside(text, spans, fits.prediction, alone)
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
        outside=outside,
    )


def _asking(predict: object, output: str | int | None) -> tuple[Callable[[list[str]], Array], str | None]:
    """A function from texts to answers, and what these end in; raises ValueError for what takes no texts."""
    predict = heads.net_of(predict)
    if not hasattr(predict, "predict_on_batch"):
        if not callable(predict):
            raise ValueError(
                f"predict is {type(predict).__name__}; expected a function of texts, such as "
                "lambda texts: model.predict_on_batch(vocabulary.encode_all(texts, length)), or the predict_proba of "
                "scikit-learn"
            )
        return (lambda texts: heads.one_answer(predict(texts), output, "predict")), None
    if not _takes_texts(predict):
        raise ValueError(
            f"{getattr(predict, 'name', type(predict).__name__)} takes numbers, not texts; expected a function of texts, "
            "such as lambda texts: model.predict_on_batch(vocabulary.encode_all(texts, length))"
        )
    heads.need_called(predict)
    names = list(getattr(predict, "output_names", ()))

    def ask(texts: list[str]) -> Array:
        answers = predict.predict_on_batch(np.array(texts, dtype=object))
        return heads.one_answer(answers, output, predict.name, names)

    return ask, heads.ending(predict, output)


def _takes_texts(model: object) -> bool:
    if heads.has_graph(model):
        return model.inputs[0].dtype == "string"
    first = next(iter(getattr(model, "layers", None) or ()), None)
    return type(first).__name__ == "TextVectorization"


def _put_together(text: str, spans: list, pieces: list[str], parts: list[str]) -> str:
    """The text with each piece as it stands in it, or what lime put in its place (nothing, or the mask)."""
    found, end = "", 0
    for (start, stop), piece, part in zip(spans, pieces, parts, strict=True):
        gap = text[end:start]
        if found[-1:].isspace() or not found:
            gap = gap.lstrip()  # one blank where a piece stood between two
        found += gap
        if part == piece:
            found += text[start:stop]
        elif part:
            found += f" {part} "
        elif found and not found[-1].isspace():
            found += " "  # its neighbours must not melt into a new word
        end = stop
    return (found + text[end:]).strip()


def _outside(text: str, spans: list, whole: Array, alone: Array) -> float:
    """How far the net's answer moves when all but the pieces is left out; says so in the log where it is far."""
    top = int(whole.argmax())
    moved = float(abs(whole[top] - alone[top]))
    if moved > _MUCH or int(alone.argmax()) != top:
        ends = [0, *(place for span in spans for place in span), len(text)]
        between = [text[one:other].strip() for one, other in zip(ends[::2], ends[1::2], strict=True)]
        signs = ", ".join(dict.fromkeys(repr(one) for one in between if one)) or "capitals and blanks"
        log.warning(
            "These weights explain only a part of this answer: class %d has probability %.2f for the text as it is and "
            "%.2f for its words alone, in small letters. What stands outside of the words: %s. "
            "A split of your own can make pieces of it",
            top, whole[top], alone[top], signs,
        )  # fmt: skip
    return moved


def _in_batches(
    ask: Callable,
    texts: list[str],
    size: int,
    labels: Sequence[int] | None,
    update: Callable[[int], object],
    ends_in: str | None,
) -> Array:
    found = []
    for first in range(0, len(texts), size):
        chunk = texts[first : first + size]
        full = chunk + chunk[-1:] * (size - len(chunk))
        answers = as_probabilities(ask(full), size, ends_in)[: len(chunk)]
        need_known(labels, answers.shape[1])
        found.append(answers)
        update(len(chunk))
    return np.concatenate(found)


def _pieces(text: str, split: Callable | None) -> tuple[str, list[str], list[tuple[int, int]]]:
    """The text, its pieces and where they stand in it."""
    if split is None:
        found, spans = words(text), word_spans(text)
    else:
        found, spans, end = list(split(text)), [], 0
        for piece in found:
            start = text.find(piece, end)
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
