"""Exercises of 12 · Reading letter by letter: Crepe."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from course_utils.checks.common import UNFINISHED, not_a_net, unfinished

ALPHABET = "abcdefghijklmnopqrstuvwxyz!"
HINTS = {
    1: [
        "Take the last `frames` characters in small letters, reverse them, and number them with enumerate.",
        "if character in alphabet: rows[frame, alphabet.index(character)] = 1. At the end: return rows.",
    ],
    2: [
        "A window of width 7 fits into 10 frames at 4 places. Three of these make one pool, and one is dropped.",
        "(frames - kernel + 1) // pool",
    ],
    3: [
        "A net learns to ignore what varies in its training texts: let it meet slips there.",
        "Each epoch: slips = character_ids([misspell(text, random) for text in train['text']], settings.frames); "
        "then sturdy.fit(slips, y_train, batch_size=16).",
        "Build it with momentum=0.9, and start from what our net knows: sturdy.set_weights(net.get_weights()).",
    ],
}


def one_hot_rows(function: Callable[[str, str, int], np.ndarray]) -> list[str] | None:
    """Grade `one_hot_rows(text, alphabet, frames)`: one row per character, the last character first."""
    cases = {
        "a short text": ("Jam!", 6),
        "a text with a space and an unknown character": ("ab é z", 8),
        "a text that is longer than its frames": ("abcdefgh", 3),
        "a text of just as many characters": ("abc", 3),
        "an empty text": ("", 4),
    }
    for what, (text, frames) in cases.items():
        answer = function(text, ALPHABET, frames)
        if unfinished(answer):
            return [UNFINISHED, *HINTS[1]]
        answer = np.asarray(answer)
        if answer.shape != (frames, len(ALPHABET)):
            return [
                f"For {what} and {frames} frames it returns shape {answer.shape}; expected {(frames, len(ALPHABET))}.",
                *HINTS[1],
            ]
        right = _rows(text, frames)
        if not np.array_equal(answer, right):
            return [
                f"For {what}, {text!r} with {frames} frames, the rows are wrong.{_why(answer, text, frames)}",
                *HINTS[1],
            ]
    return None


def _rows(text: str, frames: int, backwards: bool = True, small: bool = True, end: bool = True) -> np.ndarray:
    kept = text.lower() if small else text
    kept = kept[-frames:] if end else kept[:frames]
    rows = np.zeros((frames, len(ALPHABET)))
    for frame, character in enumerate(reversed(kept) if backwards else kept):
        if character in ALPHABET:
            rows[frame, ALPHABET.index(character)] = 1
    return rows


def _why(answer: np.ndarray, text: str, frames: int) -> str:
    """What wrong rows are instead, where that can be told."""
    mistakes = {
        "The first character comes first: reverse the text.": {"backwards": False},
        "Capitals are left out: text.lower() first.": {"small": False},
        "The beginning of the long text is kept, and its end is lost.": {"end": False},
        "It keeps the beginning and reads forwards.": {"end": False, "backwards": False},
    }
    for said, options in mistakes.items():
        if np.array_equal(answer, _rows(text, frames, **options)):
            return f" {said}"
    if (answer.sum(axis=1) > 1).any():
        return " One row has more than a single 1."
    if len(text) < frames and np.array_equal(
        answer, np.roll(_rows(text, frames), frames - len(text), axis=0)
    ):
        return " The zeros of a short text belong at the end of the rows."
    return ""


def frames_after(function: Callable[[int, int, int], int]) -> list[str] | None:
    """Grade `frames_after(frames, kernel, pool)`: frames after one convolution and one pooling."""
    cases = {
        (1014, 7, 3): 336,
        (336, 7, 3): 110,
        (110, 3, 1): 108,
        (104, 3, 3): 34,
        (10, 7, 3): 1,
        (12, 3, 1): 10,
        (8, 2, 4): 1,
    }
    for (frames, kernel, pool), right in cases.items():
        answer = function(frames, kernel, pool)
        if unfinished(answer):
            return [UNFINISHED, *HINTS[2]]
        what = f"{frames} frames, width {kernel}, pools of {pool}"
        if np.ndim(answer) or isinstance(answer, str):
            return [f"For {what} it returns {answer!r}; expected one number.", *HINTS[2]]
        if answer != right:
            places = frames - kernel + 1
            told = {
                (frames - kernel) // pool: " One place is missing: a window of 3 fits into 3 frames once.",
                -(-places // pool): " A pool that is not full counts as well; it has to be dropped.",
                places: " Is the pooling left out?" if pool > 1 else "",
                frames // pool: " Is the convolution left out?",
                places / pool: " Frames are whole numbers: what does not fill a pool is dropped.",
            }
            return [f"For {what} it gives {answer}; expected {right}.{told.get(answer, '')}", *HINTS[2]]
        if not isinstance(answer, (int, np.integer)):
            return [f"For {what} it gives {answer!r}; frames are whole numbers: divide with //.", *HINTS[2]]
    return None


def sturdy_net(model: object, ids: np.ndarray, labels: Sequence[int], bar: float) -> list[str] | None:
    """Grade a net that shall get more of the misspelt texts right than `bar`, the share of the notebook's own net.

    `ids`: misspelt test texts, uint8 (N, frames); `labels`: (N,).
    """

    if wrong := not_a_net(model, "sturdy"):
        return [wrong, *HINTS[3]]
    if not model.built:
        return ["The net does not know its input yet: build it with crepe(...).", *HINTS[3]]
    ids, labels = np.asarray(ids), np.asarray(labels)
    if tuple(model.input_shape[1:]) != ids.shape[1:]:
        return [
            f"It reads texts of {model.input_shape[1]} frames; the test texts have {ids.shape[1]}.",
            *HINTS[3],
        ]
    outputs = np.asarray(model.predict(ids, batch_size=128, verbose=0))
    classes = int(labels.max()) + 1
    if outputs.ndim != 2 or outputs.shape[1] < classes:
        return [
            f"Its output has shape {outputs.shape}; expected one probability for each of {classes} classes.",
            *HINTS[3],
        ]
    answers = outputs.argmax(axis=1)
    share = float((answers == labels).mean())
    if share <= bar:
        same = " It gives every text the same answer: was it trained?" if len(np.unique(answers)) == 1 else ""
        return [
            f"It gets {share:.3f} of the misspelt texts right, and the net of section 4 gets {bar:.3f}: beat it.{same}",
            *HINTS[3],
        ]
    return None


EXERCISES = {1: one_hot_rows, 2: frames_after, 3: sturdy_net}
