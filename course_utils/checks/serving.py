"""Graders of the exercises in `16-serving`."""

from __future__ import annotations

import asyncio
import io
import numbers
import threading
import time
from collections.abc import Callable, Mapping

import numpy as np

from course_utils.checks.common import UNFINISHED, not_a_net, unfinished

MOST, DEADLINE = 32, 0.002
GAIN, LOSS = 0.10, 0.05  # exercise 3: at least so much more on the market, at most so much less in the studio
TINY = 1e-9  # exercise 4: what a product of floating-point numbers may be off
LONE_SECONDS = 0.05  # what a request without company may wait at most, the machine being busy

HINTS = {
    1: [
        "Two reasons to go, and each of them is enough: the batch is full, or its first request has waited long enough.",
        "The whole rule is one line: return waiting >= most or waited >= deadline.",
    ],
    2: [
        "Read the handler from the top: what does it refuse, and what does it take for granted afterwards?",
        "It takes for granted that an opened picture can be read to its end, and that it has three channels. Make one "
        "that is cut short, or a grey one.",
        'Image.new("L", (8, 8)).save(file := io.BytesIO(), "PNG"), then bad_body = file.getvalue()',
    ],
    3: [
        "The net has seen fruits on white only. Let it see the market's pictures too, and don't take the others away.",
        "Join both sets with np.concatenate, the pictures and the labels in the same order. Fit a new net on them, or a copy "
        "of the old one: keras.models.clone_model(model), then set_weights(model.get_weights()) and compile.",
        'better.compile(keras.optimizers.Adam(0.002), "sparse_categorical_crossentropy"), then better.fit('
        "np.concatenate([x_train, x_more]), np.concatenate([y_train, y_more]), batch_size=32, epochs=8, verbose=0)",
    ],
    4: [
        "First how much of the load one copy carries: less than it can, by the share that it may be busy.",
        "Divide the load by that and round up, because there are no half copies. Then add those that may be gone.",
        "After import math, it takes one line: return math.ceil(load / (busy * each)) + gone.",
    ],
}


# Exercise 1


def flush(rule: Callable[[int, float, int, float], bool]) -> list[str] | None:
    """Grade the flush rule: by its answers, and by what a real queue does with it."""
    cases = (
        (1, 0.0, False, "One request has just come, and 32 are wanted", "It shall wait for company."),
        (32, 0.0, True, "The batch is full", "Nothing is gained by waiting any longer."),
        (33, 0.0, True, "More than enough are waiting", "Compare with >=, not with ==."),
        (1, 0.003, True, "The first has waited for 3 ms of 2", "A lone request must go when its time is over."),
        (31, 0.0019, False, "31 are there, and the first has waited for 1.9 ms of 2", "Neither reason holds yet."),
        (31, 0.003, True, "31 are there, and the time is over", "Each of the two reasons is enough."),
    )  # fmt: skip
    for waiting, waited, right, case, why in cases:
        found = rule(waiting, waited, MOST, DEADLINE)
        if unfinished(found):
            return [UNFINISHED, *HINTS[1]]
        if bool(found) != right:
            return [f"{case}: it says {bool(found)}, expected {right}. {why}", *HINTS[1]]
    if rule(8, 0.0, 8, 1.0) is not True and not rule(8, 0.0, 8, 1.0):
        return ["A batch of 8 may hold 8: use `most`, not 32.", *HINTS[1]]
    if rule(1, 0.003, MOST, 0.5):
        return ["With a deadline of 500 ms, 3 ms are not too long: use `deadline`.", *HINTS[1]]
    said = _in_a_queue(rule)
    return [said, *HINTS[1]] if said else None


def _in_a_queue(rule: Callable[[int, float, int, float], bool]) -> str | None:
    """What a batcher with this rule does wrong with 100 requests, one that fails, and a lone one; None for nothing."""
    from course_utils.further.serving.batching import Batcher

    sizes: list[int] = []

    def run(items: list[int]) -> list[int]:
        if -1 in items:
            raise ValueError("a bad one")
        return [2 * item for item in items]

    async def asked() -> str | None:
        async with Batcher(run, most=8, deadline=0.02, rule=rule, on_batch=sizes.append) as ask:
            found = await asyncio.gather(*map(ask, [*range(99), -1]), return_exceptions=True)
            if found[:99] != [2 * number for number in range(99)]:
                return "Of 100 requests some got the answer of another one."
            if not isinstance(found[99], ValueError):
                return "The request that fails got an answer."
            if max(sizes) > 8:
                return f"A batch of {max(sizes)} went out; 8 is the most."
            if sum(sizes) / len(sizes) < 4:
                return f"100 requests went out in {len(sizes)} batches: they hardly found company."
            start = time.perf_counter()
            await ask(1)
            if time.perf_counter() - start > LONE_SECONDS + 0.02 + 1.0:
                return "A lone request waited for more than a second."
            return None

    said: list[str | None] = []
    # A notebook has a loop of its own that can't be waited in; the thread is a daemon, so a rule that never says go is
    # left behind.
    thread = threading.Thread(target=lambda: said.append(asyncio.run(asked())), daemon=True)
    thread.start()
    thread.join(20)
    return said[0] if said else "A queue with this rule is stuck: some request is never sent."


# Exercise 2


class Refusal(Exception):
    """What the careless handler answers with a 4xx."""


def careless(body: bytes) -> np.ndarray:
    """The handler of the exercise, as the notebook shows it: a picture as an array (32, 32, 3)."""
    from PIL import Image

    if len(body) > 1_000_000:
        raise Refusal("413: the body is too large")
    try:
        picture = Image.open(io.BytesIO(body))
    except Image.UnidentifiedImageError:
        raise Refusal("422: the body is not a picture") from None
    points = np.asarray(picture.resize((32, 32)), "float32")
    return points.reshape(32, 32, 3)


def five_hundred(body: bytes) -> list[str] | None:
    """Grade a body: the careless handler has to fail on it, not to answer or to refuse it."""
    if isinstance(body, str):
        return ['A body is bytes: b"...", or what `file.getvalue()` gives.', *HINTS[2]]
    if not isinstance(body, bytes | bytearray):
        return [
            f"A body is bytes, and this is a {type(body).__name__}: save your picture into io.BytesIO().",
            *HINTS[2],
        ]
    try:
        careless(bytes(body))
    except Refusal as refusal:
        return [f"It is refused with a sentence, as it should be: {refusal}.", *HINTS[2]]
    except Exception:  # noqa: BLE001 - any of them is the 500 that is looked for
        return None
    return ["It is answered: a picture in colour that can be read to its end does no harm.", *HINTS[2]]


# Exercise 3


def retrained(
    model: object,
    service: object,
    studio: tuple[np.ndarray, np.ndarray],
    market: tuple[np.ndarray, np.ndarray],
) -> list[str] | None:
    """Grade a retrained net against the one in the service: on the test pictures of *market* and of *studio*."""
    if wrong := not_a_net(model, "better"):
        return [wrong, *HINTS[3]]
    if model is service:
        return [
            "`better` is the very net of the service, so there is nothing left to compare it with. Make a copy first, with "
            "keras.models.clone_model, and run the cells of section 1 again if you trained the old one.",
            *HINTS[3],
        ]
    if not model.built or tuple(model.input_shape[1:]) != tuple(service.input_shape[1:]):
        return ["It takes other pictures than the service: begin with keras.Input((32, 32, 3)).", *HINTS[3]]
    if tuple(model.output_shape) != tuple(service.output_shape):
        return [
            f"It gives {model.output_shape[-1]} numbers per picture; expected one per kind, 16.",
            *HINTS[3],
        ]
    found, before = ([_accuracy(net, *pictures) for pictures in (market, studio)] for net in (model, service))
    if found[0] < before[0] + GAIN:
        same = " Did it see the market's pictures, with the right labels?" if found[1] > 0.5 else ""
        return [
            f"On the market it is right in {found[0]:.3f} of the pictures, the service's net in {before[0]:.3f}; at least "
            f"{GAIN:.2f} more are asked for.{same}",
            *HINTS[3],
        ]
    if found[1] < before[1] - LOSS:
        return [
            f"It has learned the market ({found[0]:.3f}) and forgotten the studio: {found[1]:.3f} there, where the service's "
            f"net has {before[1]:.3f}. At most {LOSS:.2f} may be lost.",
            *HINTS[3],
        ]
    return None


def _accuracy(model: object, pictures: np.ndarray, labels: np.ndarray) -> float:
    outputs = np.asarray(model.predict(np.asarray(pictures), batch_size=256, verbose=0))
    return float((outputs.argmax(axis=1) == np.asarray(labels)).mean())


# Exercise 4

# load, each, busy, gone, and what a wrong answer probably overlooks; 0.5 and 1 make products without rounding
LOADS = (
    (100, 50, 1.0, 0, "Without a reserve and always busy, each copy answers as many as it can."),
    (100, 50, 0.5, 0, "A copy that may be busy for half of the time answers half as many."),
    (101, 50, 0.5, 0, "There are no half copies, and part of the load has to go somewhere: round up."),
    (99, 50, 0.5, 0, "Round up, and only once."),
    (100, 50, 0.5, 1, "One may be gone, and the others have to carry it all."),
    (5, 50, 0.5, 1, "The only copy may be the one that is gone."),
    (100, 50, 0.5, 3, "Use `gone`: it isn't always one."),
    (100, 20, 0.5, 1, "Use `each`: it isn't always the same."),
)


def copies(
    rule: Callable[[float, float, float, int], int], measured: Mapping[str, float]
) -> list[str] | None:
    """Grade a rule for the number of copies, at made-up loads and for 100 requests per second of each measured service.

    A number is right if the copies that are left carry the load, and with one fewer they would not.
    """
    cases = [
        *LOADS,
        *((100, float(each), 0.6, 1, f"These are the figures of {name}.") for name, each in measured.items()),
    ]
    for load, each, busy, gone, why in cases:
        found = rule(load, each, busy, gone)
        if unfinished(found):
            return [UNFINISHED, *HINTS[4]]
        if isinstance(found, bool) or not isinstance(found, numbers.Real) or found != int(found):
            return [f"It gives {found!r}; expected a whole number of copies.", *HINTS[4]]
        carried, fewer = ((found - gone - less) * busy * each for less in (0, 1))
        case = (
            f"{load} requests per second, {each:.4g} from one copy that is always busy, busy {busy:.0%} of the time, "
            f"{gone} gone: it says {found:.0f}"
        )
        if carried < load * (1 - TINY):
            return [
                f"{case}, and those that are left carry {max(carried, 0):.4g} per second. {why}",
                *HINTS[4],
            ]
        if fewer >= load:
            return [f"{case}, and one fewer would do. {why}", *HINTS[4]]
    return None


EXERCISES = {1: flush, 2: five_hundred, 3: retrained, 4: copies}
