"""Graders of the exercises in `11-beyond-labels`."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from course_utils.checks.common import UNFINISHED, not_a_net, unfinished

CLIP_PARAMETERS, CLIP_ACCURACY = 20_000, 0.90  # exercise 3: at most so many, at least so much
HINTS = {
    1: [
        "Which pairs must not count? Compare the fruit of the row with the fruit of the column.",
        "`fruit[:, None] == fruit[None, :]` is True for them: put minus infinity there, then take argmax along each row.",
    ],
    2: [
        "Begin with a list that holds only the start. What does next_scores say about it?",
        "In a loop: `word = int(np.argmax(next_scores(words)))`; leave at the stop, else append it. Return `words[1:]`.",
    ],
    3: [
        "Look at the shape of what the CNN gives per frame: is there still a number for each place?",
        "Average pooling hides the place, and Flatten keeps it at the price of many weights in the next layer. Take fewer "
        "filters, above all in the last convolution, and fewer units: clips.frame_net(filters=(16, 24, 8)), units=24.",
    ],
}


def best_other(function: Callable[[np.ndarray, np.ndarray], np.ndarray]) -> list[str] | None:
    """Grade `best_other(likeness, fruit)`: the most similar picture of another fruit, for each row."""
    random = np.random.default_rng(11)
    for groups in ((0, 0, 1, 1, 2), (5, 3, 5, 3, 5, 8, 8), (2, 2, 2, 2, 9)):
        fruit = np.array(groups)
        likeness = random.uniform(-1, -0.1, (len(fruit), len(fruit)))
        likeness = (likeness + likeness.T) / 2
        near = fruit[:, None] == fruit[None, :]
        likeness[near] = 0.9
        np.fill_diagonal(likeness, 1.0)
        right = np.where(near, -np.inf, likeness).argmax(axis=1)
        given = likeness.copy()
        answer = function(given, fruit.copy())
        if unfinished(answer):
            return [UNFINISHED, *HINTS[1]]
        if np.shape(answer) != fruit.shape:
            return [
                f"It returns shape {np.shape(answer)}; expected one answer per picture, {fruit.shape}.",
                *HINTS[1],
            ]
        if not np.array_equal(given, likeness):
            return ["It changes the matrix that it was given; work on a copy.", *HINTS[1]]
        answer = np.asarray(answer)
        if np.array_equal(answer, right):
            continue
        places = np.arange(len(fruit))
        if np.array_equal(answer, places):
            return ["Each picture finds itself: its likeness to itself is the largest.", *HINTS[1]]
        if np.issubdtype(answer.dtype, np.floating) and not np.array_equal(answer, answer.astype(int)):
            return ["It returns likenesses, not the numbers of the pictures.", *HINTS[1]]
        if (fruit[answer.astype(int)] == fruit).any():
            return ["Some answers show the same fruit: another view of it is a near-copy.", *HINTS[1]]
        if np.array_equal(answer, np.where(near, np.inf, likeness).argmin(axis=1)):
            return ["It finds the picture of another fruit that is least alike.", *HINTS[1]]
        return [
            f"For the fruits {fruit.tolist()} it gives {answer.tolist()}, expected {right.tolist()}.",
            *HINTS[1],
        ]
    return None


def write(function: Callable[..., Sequence[int]]) -> list[str] | None:
    """Grade `write(next_scores, start, stop, most)`: greedy decoding, word by word."""
    stories = [([4, 7, 4, 5], 10), ([6], 10), ([], 10), ([3, 3, 3, 3, 3, 3], 4)]
    start, stop = 1, 0
    for story, most in stories:

        def next_scores(words: Sequence[int], story=story) -> np.ndarray:
            if len(words) > 40:
                raise RuntimeError("endless")
            said = [int(word) for word in words]
            scores = np.linspace(-3, -2, 8)
            if said[:1] != [start]:
                scores[2] = 1  # without the start the net is lost
            elif said[1:] == story[: len(said) - 1] and len(said) <= len(story):
                scores[story[len(said) - 1]] = 1
            elif said[1:] == story:
                scores[stop] = 1
            else:
                scores[2] = 1
            return scores

        try:
            answer = function(next_scores, start, stop, most)
        except RuntimeError as problem:
            if "endless" not in str(problem):
                raise
            return [f"It never ends: stop at the word {stop}, or after `most` words.", *HINTS[2]]
        if unfinished(answer):
            return [UNFINISHED, *HINTS[2]]
        if isinstance(answer, (str, bytes)) or not hasattr(answer, "__len__"):
            return [f"It returns {answer!r}; expected a list of word numbers.", *HINTS[2]]
        got, right = [int(word) for word in answer], story[:most]
        if got == right:
            continue
        if got[:1] == [start]:
            why = " The start is not a word of the caption."
        elif got and got[-1] == stop:
            why = " The stop is not a word of the caption."
        elif len(got) > most:
            why = f" That is more than `most`, {most} words."
        elif 2 in got:
            why = " The net has to see the start and all words so far, in their order."
        else:
            why = ""
        return [f"The words {story} with most = {most} became {got}, expected {right}.{why}", *HINTS[2]]
    return None


def small_clip_net(model: object, clips: np.ndarray, labels: Sequence[int]) -> list[str] | None:
    """Grade a trained net of few parameters on clips it has not met: `clips` (N, 8, 32, 32, 3), `labels` (N,)."""
    if wrong := not_a_net(model, "small"):
        return [wrong, *HINTS[3]]
    clips, labels = np.asarray(clips), np.asarray(labels)
    if not model.built:
        return [f"The net does not know its input yet: begin with keras.Input({clips.shape[1:]}).", *HINTS[3]]
    if model.count_params() > CLIP_PARAMETERS:
        most = max(model.layers, key=lambda layer: layer.count_params())
        return [
            f"It has {model.count_params():,} parameters; at most {CLIP_PARAMETERS:,} are allowed. "
            f"The layer {most.name} has {most.count_params():,} of them.",
            *HINTS[3],
        ]
    try:
        outputs = np.asarray(model.predict(clips, batch_size=64, verbose=0))
    except Exception as problem:
        return [f"It cannot read clips of shape {clips.shape[1:]} ({type(problem).__name__}).", *HINTS[3]]
    motions = int(labels.max()) + 1
    if outputs.shape != (len(clips), motions):
        return [f"Its output has shape {outputs.shape}; expected {motions} numbers per clip.", *HINTS[3]]
    answers = outputs.argmax(axis=1)
    accuracy = float((answers == labels).mean())
    if accuracy < CLIP_ACCURACY:
        same = " It gives every clip the same answer: was it trained?" if len(np.unique(answers)) == 1 else ""
        return [
            f"{model.count_params():,} parameters are few enough. On new fruits it reaches {accuracy:.3f}; at least "
            f"{CLIP_ACCURACY:.2f} is asked for.{same}",
            *HINTS[3],
        ]
    return None


EXERCISES = {1: best_other, 2: write, 3: small_clip_net}
