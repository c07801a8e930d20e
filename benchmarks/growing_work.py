"""What training and explaining cost as the work grows, on one core and on two; and what eight GPUs would need.

    python benchmarks/growing_work.py --quick     # the smallest amounts only: does it work? (a minute)
    python benchmarks/growing_work.py --record    # four minutes on two quiet cores; Linux

Each amount is measured in a process of its own, bound to its cores, because a process never gives its peak of memory
back. The rows 'computed' stand apart: they follow from parameter counts and published rates of links, not from a GPU.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import logging
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))  # the other scripts also when a test loads this file

import fruit_cnn_2018
import fruit_realism
import lime_planted

from course_utils.foundation import config, records

log = logging.getLogger("growing_work")
Array = np.ndarray

NAME = "growing_work"
TITLE = "Seconds and memory as the work grows, measured; and what 8 GPUs would need, computed"
NOTE = (
    "Measured: one epoch of training after the graph was compiled, until its last batch (`seconds`; compiling is "
    "`seconds_starting`; `seconds_waited` passes before `fit` returns), and "
    "explanations by LIME with 1,000 samples each. `peak_mb` is the process's largest memory, `mb_before` the same "
    "before pictures or texts are made. Pictures are the bundled rendered ones at 32 pixels, texts the controlled "
    "reviews at 80 words, repeated in memory up to the amount; repeated pictures are moved by up to three pixels. The "
    "fruit CNN is that of fruit_cnn_2018, the text CNN that of lime_planted. `feeding` is how many pictures one core "
    "copies into shuffled float32 batches. `mirrored` trains the same small net on one device and on 8 logical CPU "
    "devices by tf.distribute.MirroredStrategy: it shows that the answer is the same, not that it is faster. "
    "Computed, with no GPU: a ring all-reduce of the gradients moves 2 (n - 1) / n of their bytes through each "
    "link, at the link's published rate and without latency or overlap; `least_ms_a_step` is the step at which 8 "
    "GPUs still do 0.8 times 8 times the work of one; `cores_feeding` is how many cores like the measured one must "
    "then copy batches of 128 pictures of 32 pixels a GPU. keras.distribution, which needs JAX, moves the same bytes "
    "and was not run."
)
TRAINED = {1: (1_000, 10_000, 100_000), 2: (10_000, 100_000)}
EXPLAINED = {1: (10, 40), 2: (40,)}
SAMPLES = 1000
BATCH = 128
DISTINCT = 1000  # texts that are repeated
DEVICES, EFFICIENCY = 8, 0.8
LINKS = {  # bytes a second in one direction
    "NVLink 4 (H100 SXM)": 450e9,
    "PCIe 5.0 x16": 63e9,
    "100-gigabit network": 12.5e9,
}
"""NVIDIA, "H100 Tensor Core GPU" (data sheet, 2023): 900 GB/s for both directions together; PCI-SIG, "PCI Express Base
Specification 5.0", 2019: 32 GT/s a lane in 128b/130b coding; IEEE 802.3: 100 Gbit/s."""
SEED = 2018


def rendered(count: int) -> tuple[Array, Array]:
    """So many bundled pictures, uint8 (N, 32, 32, 3), with labels (N,); repeats are moved by up to three pixels."""
    from course_utils.datasets import load_fruits

    pictures, labels = load_fruits("studio").images("Training", fruit_cnn_2018.SIZE)
    random = np.random.default_rng(SEED)
    found = np.empty((count, *pictures.shape[1:]), dtype=np.uint8)
    for first in range(0, count, len(pictures)):
        part = found[first : first + len(pictures)]
        part[:] = np.roll(
            pictures[: len(part)], tuple(random.integers(-3, 4, 2)) if first else (0, 0), (1, 2)
        )
    return found, np.resize(labels, count)


def written(count: int) -> tuple[Array, Array, int, Callable]:
    """So many controlled reviews as ids (N, 80), labels, the number of words, and texts -> ids."""
    from course_utils.datasets import load_reviews
    from course_utils.text import Vocabulary

    table = load_reviews("controlled").part("Training", DISTINCT, seed=SEED)
    vocabulary = Vocabulary.fit(table["text"], size=4000)
    ids = vocabulary.encode_all(table["text"], lime_planted.LENGTH)
    places = np.resize(np.arange(DISTINCT), count)

    def encode(texts: Sequence[str]) -> Array:
        return vocabulary.encode_all(texts, lime_planted.LENGTH)

    return ids[places], table["label"].to_numpy()[places], len(vocabulary), encode


def fruit_cnn():
    """fruit_cnn_2018's net of today, compiled."""
    return fruit_cnn_2018.build_today(1000)


def text_cnn(words: int):
    """lime_planted's net, compiled."""
    model = lime_planted.text_net(words)
    model.compile("adam", "binary_crossentropy")
    return model


def peak_mb() -> float:
    """This process's largest memory so far, in MB, as Linux counts it."""
    return int(re.search(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())[1]) / 1000


def timed(work: Callable[[], object]) -> tuple[float, float]:
    """Wall and CPU seconds."""
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - wall, time.process_time() - cpu


def train(model, x: Array, y: Array) -> dict:
    """One epoch, after two batches that compile: until its last batch, and what `fit` waits afterwards."""
    import keras

    ends = []
    stamp = keras.callbacks.LambdaCallback(
        on_train_batch_end=lambda batch, logs=None: ends.append(time.perf_counter())
    )
    first, _ = timed(lambda: model.fit(x[: 2 * BATCH], y[: 2 * BATCH], batch_size=BATCH, verbose=0))
    begun = time.perf_counter()
    wall, cpu = timed(lambda: model.fit(x, y, batch_size=BATCH, verbose=0, callbacks=[stamp]))
    return {
        "seconds": ends[-1] - begun,
        "seconds_waited": wall - (ends[-1] - begun),
        "cpu_seconds": cpu,
        "seconds_starting": first,
        "parameters": model.count_params(),
    }


def training_pictures(count: int) -> dict:
    model = fruit_cnn()
    before = peak_mb()
    return train(model, *rendered(count)) | {"mb_before": before}


def training_texts(count: int) -> dict:
    words = written(DISTINCT)[2]
    model = text_cnn(words)
    before = peak_mb()
    ids, labels, *_ = written(count)
    return train(model, ids, labels) | {"mb_before": before}


def explaining_pictures(count: int) -> dict:
    """A net that has learned nothing costs as much to ask as another."""
    from course_utils import explain

    model = fruit_cnn()
    pictures, _ = rendered(count)
    before = peak_mb()

    def one(picture: Array) -> None:
        explain.explain_image(model, picture, top_labels=1, segments="slic", num_samples=SAMPLES, seed=SEED)

    first, _ = timed(lambda: one(pictures[0]))
    wall, cpu = timed(lambda: [one(picture) for picture in pictures])
    return {"seconds": wall, "cpu_seconds": cpu, "seconds_starting": first, "mb_before": before}


def explaining_texts(count: int) -> dict:
    from course_utils import explain
    from course_utils.datasets import load_reviews

    _, _, words, encode = written(DISTINCT)
    model = text_cnn(words)
    texts = load_reviews("controlled").part("Test", count, seed=SEED)["text"].tolist()
    before = peak_mb()

    def one(text: str) -> None:
        explain.explain_text(
            lambda some: model.predict_on_batch(encode(some)),
            text,
            top_labels=1,
            num_samples=SAMPLES,
            seed=SEED,
        )

    first, _ = timed(lambda: one(texts[0]))
    wall, cpu = timed(lambda: [one(text) for text in texts])
    return {"seconds": wall, "cpu_seconds": cpu, "seconds_starting": first, "mb_before": before}


def feeding(count: int) -> dict:
    """Copying shuffled pictures into float32 batches: what a processor does while a GPU computes."""
    before = peak_mb()
    pictures, _ = rendered(count)
    order = np.random.default_rng(SEED).permutation(count)

    def all_of_them() -> None:
        for first in range(0, count, BATCH):
            pictures[order[first : first + BATCH]].astype(np.float32)

    wall, cpu = timed(all_of_them)
    return {"seconds": wall, "cpu_seconds": cpu, "mb_before": before}


def mirrored(count: int) -> dict:
    """The same small net trained on one device, and on 8 logical ones: the largest difference of a weight."""
    import tensorflow as tf

    processor = tf.config.list_physical_devices("CPU")[0]
    tf.config.set_logical_device_configuration(processor, [tf.config.LogicalDeviceConfiguration()] * DEVICES)
    import keras
    from keras import layers

    pictures, labels = rendered(count)

    def trained() -> list[Array]:
        keras.utils.set_random_seed(SEED)
        stack = [layers.Rescaling(1 / 255), layers.Conv2D(8, 5, strides=4, activation="relu")]
        stack += [layers.GlobalAveragePooling2D(), layers.Dense(16, activation="softmax")]
        model = keras.Sequential([keras.Input(pictures.shape[1:]), *stack])
        model.compile("adam", "sparse_categorical_crossentropy")
        model.fit(pictures, labels, batch_size=BATCH, epochs=2, shuffle=False, verbose=0)
        return model.get_weights()

    alone = trained()
    with tf.distribute.MirroredStrategy([f"CPU:{number}" for number in range(DEVICES)]).scope():
        together = trained()
    difference = max(float(np.abs(one - other).max()) for one, other in zip(alone, together, strict=True))
    return {"devices": DEVICES, "difference": difference}


WORK: dict[str, Callable[[int], dict]] = {
    "training, pictures": training_pictures,
    "training, texts": training_texts,
    "explaining, pictures": explaining_pictures,
    "explaining, texts": explaining_texts,
    "feeding": feeding,
    "mirrored": mirrored,
}


def plan(quick: bool) -> list[tuple[str, int, int]]:
    """(work, cores, amount), the smallest first."""
    found = []
    for cores in (1, 2):
        for work, amounts in [(work, TRAINED) for work in list(WORK)[:2]] + [
            (work, EXPLAINED) for work in list(WORK)[2:4]
        ]:
            found += [(work, cores, amount) for amount in amounts[cores]]
    found += [("feeding", 1, 100_000), ("mirrored", 1, 8 * BATCH)]
    return [one for one in found if one[2] <= 1024] if quick else found


def in_a_process(work: str, cores: int, amount: int) -> dict:
    """A row, measured by a fresh Python that has these cores only."""
    threads = {
        name: str(cores) for name in ("OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS")
    }
    given = [*(str(part) for part in (work, cores, amount))]
    done = subprocess.run(
        [sys.executable, __file__, "--one", *given],
        env=os.environ | threads | {"KERAS_BACKEND": "tensorflow", "TF_CPP_MIN_LOG_LEVEL": "3"},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit(f"{work}, {amount:,} on {cores} cores failed:\n{done.stderr[-2000:]}")
    return json.loads(done.stdout.splitlines()[-1])


def one(work: str, cores: int, amount: int) -> dict:
    """What the fresh Python does."""
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:cores])
    found = WORK[work](amount)
    row = {"kind": "measured", "work": work, "cores": cores, "amount": amount}
    row |= {key: float(f"{value:.4g}") for key, value in found.items()}
    if "seconds" in row:
        row["ms_each"] = float(f"{1000 * found['seconds'] / amount:.4g}")
    return row | {"peak_mb": round(peak_mb())}


def computed(rows: Sequence[dict]) -> list[dict]:
    """A row for each net and link: how long the gradients travel, and what follows for 8 GPUs."""
    each = {row["work"]: row for row in rows}
    nets = {
        "fruit CNN": each["training, pictures"]["parameters"],
        "text CNN": each["training, texts"]["parameters"],
        "VGG16's convolutions": 14_714_688,
    }
    found = []
    for net, parameters in nets.items():
        for link, rate in LINKS.items():
            travelling = 2 * (DEVICES - 1) / DEVICES * 4 * parameters / rate
            least = travelling * EFFICIENCY / (1 - EFFICIENCY)
            row = {
                "kind": "computed",
                "net": net,
                "parameters": int(parameters),
                "link": link,
                "gpus": DEVICES,
            }
            row |= {"travelling_ms": 1000 * travelling, "least_ms_a_step": 1000 * least}
            if "text" not in net and "feeding" in each:
                row["cores_feeding"] = DEVICES * BATCH / least * each["feeding"]["ms_each"] / 1000
            found.append({k: float(f"{v:.3g}") if isinstance(v, float) else v for k, v in row.items()})
    return found


def digest() -> str:
    """sha256 over this script, the nets' scripts, the explaining modules and the bundled pictures and reviews."""
    state = hashlib.sha256(fruit_realism.data_digest("studio").encode())
    room = Path(records.__file__).parents[1] / "explain"
    names = ("lime_image", "lime_text", "lime_common", "predictions", "inputs")
    scripts = (Path(__file__), Path(lime_planted.__file__), Path(fruit_cnn_2018.__file__))
    for file in (*scripts, *(room / f"{name}.py" for name in names)):
        state.update(records.code_of(file).encode())
    for name in ("train.csv", "test.csv"):
        state.update((config.repository_root() / "data" / "reviews" / "controlled" / name).read_bytes())
    return state.hexdigest()


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="the smallest amounts only: a trial")
    parser.add_argument("--record", action="store_true", help=f"keep the table as {NAME}; two quiet cores")
    parser.add_argument("--one", nargs=3, metavar=("WORK", "CORES", "AMOUNT"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        work, cores, amount = options.one
        print(json.dumps(one(work, int(cores), int(amount))))
        return
    if options.record and options.quick:
        parser.error("--record takes all of it: leave --quick out")
    if not hasattr(os, "sched_setaffinity") or (options.record and len(os.sched_getaffinity(0)) < 2):
        raise SystemExit("Needs Linux and two cores. Type: nproc")
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    table = []
    for work, cores, amount in plan(options.quick):
        table.append(in_a_process(work, cores, amount))
        log.info("%s", table[-1])
    table += computed(table)
    if options.record:
        packages = ("keras", "tensorflow", "numpy", "lime", "scikit-image")
        log.info("kept in %s", records.write(NAME, TITLE, NOTE, table, digest(), packages, seed=SEED))


if __name__ == "__main__":
    main()
