"""How much faster queues make sound than a net that computes everything again for each sample.

    python benchmarks/queued_sound.py             # about two minutes
    python benchmarks/queued_sound.py --record    # and keep the table in benchmarks/recorded/

The net is the one of notebook 15, untrained: the work does not depend on the weights. What people write first hands the
net all samples so far. Who knows that it looks back 256 samples, the receptive field, hands it those: `predict`, then a
call of the net, then `predict_on_batch`, which is compiled once and does nothing else.
"""

from __future__ import annotations

import argparse
import hashlib
import logging
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from course_utils.foundation import records
from course_utils.further.sound import QueuedStack, causal_stack, generate, receptive_field
from course_utils.further.sound.notes import NOTE_RATE

log = logging.getLogger(__name__)
NAME = "queued_sound"
TITLE = "One second of sound at 4,000 samples per second"
NOTE = (
    "Fastest of three rounds per option, in turns, on one thread. cpu_seconds are for one second of sound; the naive ways "
    "make fewer samples and are scaled up. `ratio`: cpu seconds against those of the queues. `difference`: largest "
    "difference of a logit from the net's own over 300 samples. all so far: predict with 200, 600 ... 3,800 samples, each "
    "length equally often. The other naive ways look at 256 samples. compiled: predict_on_batch."
)
LEVELS, NOTES, SECOND, ROUNDS, SEED = 64, 8, NOTE_RATE, 3, 1
SO_FAR = range(200, SECOND, 400)


def seconds_of(samples: int, make: Callable[[], object]) -> float:
    """CPU seconds of `make` per second of sound, where `make` gives so many samples."""
    before = time.process_time()
    make()
    return (time.process_time() - before) * SECOND / samples


def measure() -> list[dict[str, object]]:
    """One row per way of making a second of sound."""
    import keras

    keras.utils.set_random_seed(SEED)
    net = causal_stack(LEVELS, NOTES)
    count = sum(layer.name.startswith("look_") for layer in net.layers)
    field = receptive_field([net.get_layer(f"look_{n}").dilation_rate[0] for n in range(count)])
    random = np.random.default_rng(SEED)
    codes = random.integers(0, LEVELS, (1, SECOND)).astype(np.int32)
    notes = random.integers(0, NOTES, (1, SECOND)).astype(np.int32)
    stack = QueuedStack(net)
    queued = np.stack([stack.step(codes[:, t], notes[:, t]) for t in range(300)], axis=1)
    difference = float(np.abs(queued - net.predict([codes[:, :300], notes[:, :300]], verbose=0)).max())

    def first(length: int) -> list[np.ndarray]:
        return [codes[:, :length], notes[:, :length]]

    window = first(field)
    ways = {
        "queues": (SECOND, lambda: generate(net, np.ones(SECOND, int))),
        "naive, all so far": (
            len(SO_FAR),
            lambda: [net.predict(first(length), verbose=0) for length in SO_FAR],
        ),
        "naive, predict": (20, lambda: [net.predict(window, verbose=0) for _ in range(20)]),
        "naive, called": (20, lambda: [np.asarray(net(window, training=False)) for _ in range(20)]),
        "naive, compiled": (400, lambda: [net.predict_on_batch(window) for _ in range(400)]),
    }
    taken: dict[str, list[float]] = {option: [] for option in ways}
    for _ in range(1 + ROUNDS):  # the first round compiles and does not count
        for option, way in ways.items():
            taken[option].append(seconds_of(*way))
    seconds = {option: min(found[1:]) for option, found in taken.items()}
    return [
        {
            "option": option,
            "cpu_seconds": round(found, 3),
            "ratio": round(found / seconds["queues"], 1),
            "difference": difference if option == "queues" else 0.0,
        }
        for option, found in seconds.items()
    ]


def digest() -> str:
    """Changes with this script and with the two modules that it measures."""
    from course_utils.further.sound import dilated, queued

    places = (__file__, dilated.__file__, queued.__file__)
    code = [records.essential_code(Path(place).read_text(encoding="utf-8")) for place in places]
    return hashlib.sha256("".join(code).encode()).hexdigest()


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=TITLE)
    parser.add_argument("--record", action="store_true", help="keep the table in benchmarks/recorded")
    chosen = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stdout)
    rows = measure()
    for row in rows:
        log.info("%s", row)
    if chosen.record:
        path = records.write(NAME, TITLE, NOTE, rows, digest(), ("keras", "numpy"), seeds=[SEED])
        log.info("recorded in %s", path)
    return 0


if __name__ == "__main__":
    sys.exit(main())
