"""Graders of the exercises in `15b-sequences`."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from course_utils.checks.common import UNFINISHED, not_a_net, unfinished

SMALL_PARAMETERS, SMALL_EXACT = 20_000, 0.80  # exercise 3: at most so many, at least so much
START = 1
HINTS = {
    1: [
        "At each place the decoder is told the right character of the place before. Before the first there is the start.",
        "Put a column of 1s in front and drop the last column: the shape stays as it is.",
    ],
    2: [
        "Make all pairs of a text of the beam and a next character first, and choose afterwards, among all of them.",
        "Logarithms of probabilities are added: score + log. Then sorted(..., key=..., reverse=True)[:width].",
    ],
    3: [
        "A GRU has about 3 x units x (units + inputs) parameters: half the units are a quarter of them.",
        "Keep the attention and take 32 units. Ten epochs with 2,000 pairs are enough at a rate of 0.02.",
    ],
}


def told_before(function: Callable[[np.ndarray], np.ndarray]) -> list[str] | None:
    """Grade `told_before(rows)`: the start (1), then each row without its last number."""
    for rows in (np.array([[5, 6, 7, 2], [8, 9, 4, 2]]), np.array([[4, 2]]), np.arange(4, 16).reshape(2, 6)):
        right = np.concatenate([np.full((len(rows), 1), START), rows[:, :-1]], axis=1)
        answer = function(rows.copy())
        if unfinished(answer):
            return [UNFINISHED, *HINTS[1]]
        got = np.asarray(answer)
        if got.shape == right.shape and (got == right).all():
            continue
        if got.shape != right.shape:
            return [f"Rows of shape {rows.shape} became {got.shape}; the shape has to stay.", *HINTS[1]]
        if (got == rows).all():
            why = "Nothing was shifted: the decoder would be told the very character that it has to give."
        elif (got[:, :-1] == rows[:, 1:]).all():
            why = "They moved to the left: the decoder would be told the future."
        elif (got[:, 1:] == rows[:, :-1]).all():
            why = f"The rest is right. The first column is {got[:, 0].tolist()}; expected the start, 1, in each row."
        else:
            why = f"{rows.tolist()} became {got.tolist()}; expected {right.tolist()}."
        return [why, *HINTS[1]]
    return None


_NEXT = {  # greedy goes for b, and the best text begins with a
    "": {"a": 0.4, "b": 0.6},
    "a": {"a": 0.9, "b": 0.1},
    "b": {"a": 0.5, "b": 0.5},
}


def grow(
    function: Callable[[list[tuple[str, float]], Callable[[str], dict[str, float]], int], Sequence[tuple]],
) -> list[str] | None:
    """Grade `grow(beam, ask, width)`: the `width` best texts that are one character longer, best first."""

    def ask(text: str) -> dict[str, float]:
        return {letter: float(np.log(share)) for letter, share in _NEXT[text].items()}

    first = [("", 0.0)]
    second = [("b", float(np.log(0.6))), ("a", float(np.log(0.4)))]
    for beam, width in ((first, 2), (first, 1), (second, 2), (second, 3)):
        everything = [
            (text + letter, score + log) for text, score in beam for letter, log in ask(text).items()
        ]
        right = sorted(everything, key=lambda one: -one[1])[:width]
        answer = function(list(beam), ask, width)
        if unfinished(answer):
            return [UNFINISHED, *HINTS[2]]
        try:
            got = [(str(text), float(score)) for text, score in answer]
        except (TypeError, ValueError):
            return [f"It returns {answer!r}; expected a list of pairs (text, score).", *HINTS[2]]
        case = f"For the beam {[text for text, _ in beam]} and width {width}"
        if len(got) != len(right):
            return [f"{case} it gives {len(got)} texts; expected {len(right)}.", *HINTS[2]]
        scores = dict(everything)
        strange = [text for text, _ in got if text not in scores]
        if strange:
            return [
                f"{case} it gives {strange[0]!r}, which is not a text of the beam and one more character.",
                *HINTS[2],
            ]
        for text, score in got:
            if not np.isclose(score, scores[text]):
                return [
                    f"{case} {text!r} gets {score:.3f}; the logarithms add up to {scores[text]:.3f}.",
                    *HINTS[2],
                ]
        if not np.allclose([score for _, score in got], [score for _, score in right]):
            better = {text for text, _ in right} - {text for text, _ in got}
            why = (
                f"{sorted(better)[0]!r} scores better and was dropped"
                if better
                else "the best is not the first"
            )
            return [f"{case} it gives {[text for text, _ in got]}: {why}.", *HINTS[2]]
    return None


def small_translator(model: object, sources: np.ndarray, targets: np.ndarray) -> list[str] | None:
    """Grade a trained net of few parameters: `sources` (N, S) and `targets` (N, T), rows of numbers."""

    from course_utils.further.sequences import greedy

    if wrong := not_a_net(model, "small"):
        return [wrong, *HINTS[3]]
    if not model.built or len(getattr(model, "inputs", None) or []) != 2:
        return ["It needs two inputs, the source and what came before, as in `translator`.", *HINTS[3]]
    if model.count_params() > SMALL_PARAMETERS:
        most = max(model.layers, key=lambda layer: layer.count_params())
        return [
            f"It has {model.count_params():,} parameters; at most {SMALL_PARAMETERS:,} are allowed. "
            f"The layer {most.name} has {most.count_params():,} of them.",
            *HINTS[3],
        ]
    targets = np.asarray(targets)
    try:
        found = greedy(model, np.asarray(sources), targets.shape[1])
    except Exception as problem:
        return [f"It cannot read sources of shape {np.shape(sources)} ({type(problem).__name__}).", *HINTS[3]]
    exact = float((found == targets).all(axis=1).mean())
    if exact < SMALL_EXACT:
        same = len(np.unique(found, axis=0)) == 1
        why = " It gives every source the same answer: was it trained, and told the source?" if same else ""
        return [
            f"{model.count_params():,} parameters are few enough. {exact:.3f} of its answers are exactly right; at "
            f"least {SMALL_EXACT:.2f} is asked for.{why}",
            *HINTS[3],
        ]
    return None


EXERCISES = {1: told_before, 2: grow, 3: small_translator}
