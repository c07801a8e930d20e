"""Graders of the exercises in `16-serving`."""

from __future__ import annotations

import asyncio
import io
import math
import threading
import time
from collections.abc import Callable

import numpy as np

from course_utils.checks.common import UNFINISHED, unfinished

MOST, DEADLINE = 32, 0.002
LONE_SECONDS = 0.05  # what a request without company may wait at most, the machine being busy

HINTS = {
    1: [
        "Two reasons to go, and each of them is enough: the batch is full, or its first request has waited long enough.",
        "return waiting >= most or waited >= deadline",
    ],
    2: [
        "Read the handler from the top: what does it refuse, and what does it take for granted afterwards?",
        "It takes for granted that an opened picture can be read to its end, and that it has three channels. Make one "
        "that is cut short, or a grey one.",
        'Image.new("L", (8, 8)).save(file := io.BytesIO(), "PNG"), then bad_body = file.getvalue()',
    ],
    3: [
        "How many seconds of a core does one second of this load ask for? cpu_ms are milliseconds of one request.",
        "A copy has one core and shall be busy for the share `busy` of the time: divide by it, and round up. One copy "
        "more, since any one may be gone.",
        "return math.ceil(load * cpu_ms / 1000 / busy) + 1",
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
    return said[0] if said else "A queue with this rule stands still: some request is never sent."


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
    if unfinished(body):
        return [UNFINISHED, *HINTS[2]]
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


def copies(function: Callable[[float, float, float], int]) -> list[str] | None:
    """Grade the number of one-core copies for a load."""
    cases = ((200, 60.0, 0.5), (1_000, 1.5, 0.6), (50, 1.2, 0.6), (900, 2.0, 0.6))
    for load, cpu_ms, busy in cases:
        found = function(load, cpu_ms, busy)
        if unfinished(found):
            return [UNFINISHED, *HINTS[3]]
        if np.ndim(found) or isinstance(found, str):
            return ["One whole number is asked for.", *HINTS[3]]
        need = load * cpu_ms / 1000
        right = math.ceil(round(need / busy, 9)) + 1
        if found == right:
            continue
        first = (
            f"{load:,} requests a second of {cpu_ms} ms, cores busy {busy:.0%} of the time: it says {found:g}"
        )
        reasons = {
            math.ceil(round(need / busy, 9)): "Right for a day on which no copy is gone; one more is needed",
            math.ceil(load * cpu_ms / busy) + 1: "cpu_ms are milliseconds: divide by 1,000",
            math.ceil(load * cpu_ms): "cpu_ms are milliseconds: divide by 1,000",
            math.ceil(need) + 1: "That keeps each core busy all the time, and a queue grows without end. Use `busy`",
            math.ceil(need * busy) + 1: "A core that is busy for a part of the time does less, not more: divide by `busy`",
            int(need / busy) + 1: "Round up: with fewer copies they are busier than wanted",
        }  # fmt: skip
        why = reasons.get(found)
        if why is None and found == need / busy + 1:
            why = "There is no part of a copy: round up"
        return [f"{first}, expected {right}.{f' {why}.' if why else ''}", *HINTS[3]]
    return None


EXERCISES = {1: flush, 2: five_hundred, 3: copies}
