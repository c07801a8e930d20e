"""Run as a program: how fast is this machine, with one framework? Prints one line of JSON.

    python -m course_utils.workshop.doctor.stopwatch [SECONDS]

`processor_ms`: a fixed piece of plain Python and NumPy · `convolution_ms`: one small convolution forward and
backward, through Keras as in a notebook · each the fastest of as many repetitions as fit into SECONDS, after a
warm-up: what the machine can do · `busy`: how many times longer they took on average, which is what everything else
that runs costs · `load`: how many programs wanted to run in the last minute, where the system counts that.
"""

from __future__ import annotations

import json
import os
import statistics
import sys
import time
from collections.abc import Callable

SECONDS = 3.0
WARM_UPS = 3
BATCH, SIDE, MAPS, FILTERS = 16, 64, 16, 32


def repeated(work: Callable[[], object], seconds: float, least: int = 5) -> tuple[float, float]:
    """(fastest, mean) milliseconds of one call, over as many calls as fit into `seconds`, at least `least`."""
    for _ in range(WARM_UPS):
        work()
    times: list[float] = []
    end = time.perf_counter() + seconds
    while len(times) < least or time.perf_counter() < end:
        before = time.perf_counter()
        work()
        times.append(1e3 * (time.perf_counter() - before))
    return min(times), statistics.fmean(times)


def processor() -> Callable[[], object]:
    """What notebooks do besides nets, in small and on one core: counting words, arithmetic and sorting of arrays.

    About half a millisecond, so that some repetitions are left in peace on a busy machine.
    """
    import numpy as np

    values = np.random.default_rng(0).standard_normal(20_000)
    words = [f"word{number % 997}" for number in range(10_000)]

    def work() -> float:
        counts: dict[str, int] = {}
        for word in words:
            counts[word] = counts.get(word, 0) + 1
        return float(np.sort(np.exp(values))[0] + len(counts))

    return work


def convolution() -> Callable[[], object]:
    """One training step of one 3×3 convolution, 16 maps of 64×64 to 32, on 16 pictures: 0.6 billion multiply-adds
    forward and twice as many backward."""
    import keras
    import numpy as np

    keras.utils.set_random_seed(0)
    net = keras.Sequential(
        [
            keras.Input((SIDE, SIDE, MAPS)),
            keras.layers.Conv2D(FILTERS, 3, padding="same", activation="relu"),
            keras.layers.GlobalAveragePooling2D(),
        ]
    )
    net.compile(optimizer="sgd", loss="mse")
    random = np.random.default_rng(0)
    pictures = random.standard_normal((BATCH, SIDE, SIDE, MAPS), dtype=np.float32)
    wanted = random.standard_normal((BATCH, FILTERS), dtype=np.float32)
    return lambda: net.train_on_batch(pictures, wanted)


def main() -> None:
    """Measure and print."""
    import keras

    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else SECONDS
    plain, plain_mean = repeated(processor(), seconds)
    net, net_mean = repeated(convolution(), seconds)
    measured = {
        "backend": keras.backend.backend(),
        "processor_ms": round(plain, 3),
        "convolution_ms": round(net, 3),
        "busy": round((plain_mean / plain + net_mean / net) / 2, 3),
    }
    measured["load"] = round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None
    sys.stdout.write("\n" + json.dumps(measured) + "\n")


if __name__ == "__main__":
    main()
