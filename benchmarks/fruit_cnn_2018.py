"""The fruit CNN of the 2018 workshop and today's, side by side on the same pictures in the same run.

    python benchmarks/fruit_cnn_2018.py             # five seeds of each, about five minutes on 2 cores
    python benchmarks/fruit_cnn_2018.py --record    # and keep the table in benchmarks/recorded/

Needs Fruits-360 (`course data fetch fruits-360`), or `--folder` with Training and Test inside. The options
take turns, seed by seed, so that whatever else the machine does hits them alike; what counts is the ratio.
"""

from __future__ import annotations

import argparse
import datetime
import hashlib
import itertools
import json
import logging
import math
import os
import platform
import sys
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

import numpy as np

from course_utils.datasets import FRUIT_CLASSES, Fruits, load_fruits
from course_utils.foundation import config, records

NAME = "fruit_cnn_2018"
DATA = "fruits-360"
TITLE = "Fruit CNN: the recipe of 2018 and today's, on Fruits-360"
NOTE = (
    "Accuracy on the Test split. Upstream has no Test/Peach: 15 classes are those that 2018 was judged on, 16 "
    "include Peach from the version before. The recipe of 2018 used Test as its validation set after each "
    "epoch; today's was chosen on blocks of rotation angle held out of Training and met Test only here. "
    "Seconds are reading the training pictures and training, with the graph's compilation; "
    "`seconds_validating` (2018 only, not in `seconds`) is what its look at Test after each epoch cost; "
    "`cpu_seconds` counts all threads and, for 2018, includes that look. "
    "Ratios are to the first row's `seconds`, mean of the seeds."
)

SIZE_2018, BATCH_2018, EPOCHS_2018 = 20, 32, 3
SIZE, BATCH, EPOCHS, LEARNING_RATE = 32, 128, 4, 6e-3


@dataclass(frozen=True)
class Run:
    """What one training came to: probabilities for the Test split and what they cost."""

    probabilities: np.ndarray  # (N, 16)
    labels: np.ndarray  # (N,)
    parameters: int
    seconds_reading: float | None  # None where reading happens during training
    seconds_training: float
    seconds_validating: float = 0.0
    cpu_seconds: float = 0.0

    @property
    def seconds(self) -> float:
        """Wall clock of reading and training together."""
        return (self.seconds_reading or 0.0) + self.seconds_training

    def accuracy(self, without: str | None = None) -> float:
        """Share of Test pictures named rightly; `without` leaves out the pictures of one class."""
        right = self.probabilities.argmax(axis=1) == self.labels
        if without is not None:
            right = right[self.labels != FRUIT_CLASSES.index(without)]
        return float(right.mean())


def build_2018():
    """The net of 2018, 833,504 parameters."""
    import keras
    from keras import layers

    model = keras.Sequential(
        [
            keras.Input((SIZE_2018, SIZE_2018, 3)),
            layers.Conv2D(32, 3, padding="same", activation="relu"),
            layers.Conv2D(16, 3, padding="same"),
            layers.LeakyReLU(negative_slope=0.5),
            layers.BatchNormalization(),
            layers.MaxPooling2D(),
            layers.Dropout(0.25),
            layers.Flatten(),
            layers.Dense(512, activation="relu"),
            layers.Dropout(0.5),
            layers.Dense(len(FRUIT_CLASSES), activation="softmax"),
        ]
    )
    # Keras 2 wrote this as RMSprop(lr=1e-4, decay=1e-6).
    rate = keras.optimizers.schedules.InverseTimeDecay(1e-4, decay_steps=1, decay_rate=1e-6)
    model.compile(keras.optimizers.RMSprop(rate), "categorical_crossentropy", metrics=["accuracy"])
    return model


def run_2018(fruits: Fruits, seed: int) -> Run:
    """The recipe as it ran: files decoded again in each epoch, Test looked at after each."""
    import keras

    keras.utils.set_random_seed(seed)
    before, cpu_before = time.perf_counter(), time.process_time()
    training = _flow_2018(fruits.root / "Training", seed)
    test = _flow_2018(fruits.root / "Test", seed)
    model = build_2018()
    validation = _validation_timer()
    model.fit(
        _endless(training),
        steps_per_epoch=training.samples // BATCH_2018,
        epochs=EPOCHS_2018,
        validation_data=_endless(test),
        validation_steps=len(test),
        callbacks=[validation],
        verbose=0,
    )
    seconds = time.perf_counter() - before
    cpu_seconds = time.process_time() - cpu_before
    probabilities = model.predict(_flow_2018(fruits.root / "Test", seed, shuffle=False), verbose=0)
    return Run(
        probabilities=probabilities,
        labels=test.classes,
        parameters=model.count_params(),
        seconds_reading=None,
        seconds_training=seconds - validation.seconds,
        seconds_validating=validation.seconds,
        cpu_seconds=cpu_seconds,
    )


def run_2018_read_once(fruits: Fruits, seed: int) -> Run:
    """The net of 2018 with today's reading: each picture decoded once, no look at Test. Splits the gain."""
    import keras

    def as_2018(split: str) -> tuple[np.ndarray, np.ndarray]:
        images, labels = fruits.images(split, SIZE_2018)
        return images.astype("float32") / 255, labels

    keras.utils.set_random_seed(seed)
    before, cpu_before = time.perf_counter(), time.process_time()
    x_train, y_train = as_2018("Training")
    read = time.perf_counter()
    model = build_2018()
    targets = keras.utils.to_categorical(y_train, len(FRUIT_CLASSES))
    model.fit(x_train, targets, batch_size=BATCH_2018, epochs=EPOCHS_2018, verbose=0)
    trained, cpu_trained = time.perf_counter(), time.process_time()
    x_test, y_test = as_2018("Test")
    return Run(
        probabilities=model.predict(x_test, verbose=0),
        labels=y_test,
        parameters=model.count_params(),
        seconds_reading=read - before,
        seconds_training=trained - read,
        cpu_seconds=cpu_trained - cpu_before,
    )


def build_today(steps: int):
    """Three blocks of convolution and batch normalisation, then the average over the picture."""
    import keras
    from keras import layers

    inputs = keras.Input((SIZE, SIZE, 3))
    x = layers.Rescaling(1 / 255)(inputs)
    for filters, kernel, stride in ((16, 5, 2), (32, 3, 1), (64, 3, 1)):
        x = layers.Conv2D(filters, kernel, strides=stride, padding="same", use_bias=False)(x)
        x = layers.BatchNormalization(momentum=0.9)(x)  # Keras's 0.99 is too slow for some hundred steps
        x = layers.ReLU()(x)
        if filters < 64:
            x = layers.MaxPooling2D()(x)
    x = layers.GlobalAveragePooling2D()(x)
    outputs = layers.Dense(len(FRUIT_CLASSES), activation="softmax")(x)
    model = keras.Model(inputs, outputs)
    warmup = steps // 5
    rate = keras.optimizers.schedules.CosineDecay(
        LEARNING_RATE / 10, steps - warmup, warmup_target=LEARNING_RATE, warmup_steps=warmup
    )
    model.compile(keras.optimizers.Adam(rate), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def run_today(fruits: Fruits, seed: int) -> Run:
    """Today's recipe: the pictures decoded once into memory, a small net, a schedule."""
    import keras

    keras.utils.set_random_seed(seed)
    before, cpu_before = time.perf_counter(), time.process_time()
    x_train, y_train = fruits.images("Training", SIZE)
    read = time.perf_counter()
    model = build_today(EPOCHS * math.ceil(len(x_train) / BATCH))
    model.fit(x_train, y_train, batch_size=BATCH, epochs=EPOCHS, verbose=0)
    trained, cpu_trained = time.perf_counter(), time.process_time()
    x_test, y_test = fruits.images("Test", SIZE)
    return Run(
        probabilities=model.predict(x_test, batch_size=256, verbose=0),
        labels=y_test,
        parameters=model.count_params(),
        seconds_reading=read - before,
        seconds_training=trained - read,
        cpu_seconds=cpu_trained - cpu_before,
    )


OPTIONS: dict[str, Callable[[Fruits, int], Run]] = {
    "2018, as it ran": run_2018,
    "2018, pictures read once": run_2018_read_once,
    "today": run_today,
}


def _flow_2018(folder: Path, seed: int, shuffle: bool = True):
    """Keras 2's directory iterator; Keras 3 keeps it for old code, outside of its public names."""
    from keras.src.legacy.preprocessing.image import ImageDataGenerator

    return ImageDataGenerator(rescale=1 / 255).flow_from_directory(
        str(folder),
        target_size=(SIZE_2018, SIZE_2018),
        batch_size=BATCH_2018,
        classes=list(FRUIT_CLASSES),
        seed=seed,
        shuffle=shuffle,
    )


def _endless(iterator):
    # Keras 3 ends such an iterator after its 241 batches, so that the second epoch of 240 steps would get a
    # single batch; Keras 2 started over, as this does.
    while True:
        yield next(iterator)


def _validation_timer():
    import keras

    class ValidationTimer(keras.callbacks.Callback):
        seconds = 0.0

        def on_test_begin(self, logs=None):
            self._start = time.perf_counter()

        def on_test_end(self, logs=None):
            self.seconds += time.perf_counter() - self._start

    return ValidationTimer()


def digest() -> str:
    """sha256 over this script and the data's digest in the registry: changes when a new recording is due."""
    from course_utils.foundation import assets

    registry = assets.load_registry(config.repository_root() / "data" / "registry.toml")
    code = records.code_of(__file__)
    return hashlib.sha256(f"{code}\n{registry[DATA].tree.sha256}".encode()).hexdigest()


def measure(fruits: Fruits, seeds: list[int], options: list[str]) -> dict[str, list[Run]]:
    """Train each option with each seed, in turn; returns the runs of each option."""
    import keras

    _warm_up(fruits)
    runs: dict[str, list[Run]] = {option: [] for option in options}
    for seed, option in itertools.product(seeds, options):
        run = OPTIONS[option](fruits, seed)
        runs[option].append(run)
        keras.utils.clear_session()
        logging.info("seed %d · %-24s · %.4f · %5.1f s", seed, option, run.accuracy(), run.seconds)
    return runs


def _warm_up(fruits: Fruits) -> None:
    """Imports, the disk's cache and the framework's thread pools should be on nobody's bill."""
    import keras

    for split in ("Training", "Test"):
        fruits.images(split, SIZE)

    model = build_today(steps=10)
    noise = np.random.default_rng(0).integers(0, 256, (2 * BATCH, SIZE, SIZE, 3), np.uint8)
    model.fit(noise, np.zeros(len(noise), np.int64), batch_size=BATCH, verbose=0)
    keras.utils.clear_session()


def summarise(runs: dict[str, list[Run]]) -> list[dict]:
    """One row an option: accuracies with their spread, seconds and ratio to the first option."""
    reference = float(np.mean([run.seconds for run in next(iter(runs.values()))]))

    def mean(values, digits: int) -> float:
        return round(float(np.mean(list(values))), digits)

    rows = []
    for option, done in runs.items():
        row = {"option": option, "parameters": done[0].parameters, "runs": len(done)}
        for classes, without in ((16, None), (15, "Peach")):
            values = [run.accuracy(without) for run in done]
            row[f"accuracy_{classes}"] = round(float(np.mean(values)), 5)
            row[f"accuracy_{classes}_sd"] = (
                round(float(np.std(values, ddof=1)), 5) if len(values) > 1 else 0.0
            )
            row[f"accuracy_{classes}_runs"] = [round(value, 5) for value in values]
        reading = [run.seconds_reading for run in done]
        row["seconds_reading"] = None if None in reading else mean(reading, 2)
        row["seconds_training"] = mean((run.seconds_training for run in done), 2)
        row["seconds"] = mean((run.seconds for run in done), 2)
        row["seconds_validating"] = mean((run.seconds_validating for run in done), 2)
        row["ratio"] = mean((run.seconds / reference for run in done), 3)
        row["seconds_runs"] = [round(run.seconds, 2) for run in done]
        row["cpu_seconds"] = mean((run.cpu_seconds for run in done), 1)
        rows.append(row)
    return rows


def show(rows: list[dict]) -> None:
    """The table for a person."""
    from rich.console import Console
    from rich.table import Table

    table = Table(title=TITLE)
    heads = ("", "parameters", "16 classes", "15 classes", "read s", "train s", "total s", "CPU s", "ratio")
    for head in heads:
        table.add_column(head, justify="right" if head else "left")
    for row in rows:
        table.add_row(
            row["option"],
            f"{row['parameters']:,}",
            *(f"{row[f'accuracy_{n}']:.4f} ± {row[f'accuracy_{n}_sd']:.4f}" for n in (16, 15)),
            "" if row["seconds_reading"] is None else f"{row['seconds_reading']:.1f}",
            f"{row['seconds_training']:.1f}",
            f"{row['seconds']:.1f}",
            f"{row['cpu_seconds']:.1f}",
            f"{row['ratio']:.2f}",
        )
    Console(width=120).print(table)


def record(fruits: Fruits, seeds: list[int], rows: list[dict]) -> Path:
    """Write the rows, with where they come from, to benchmarks/recorded/; returns the file."""
    import keras

    packages = ("keras", keras.backend.backend(), "numpy", "pillow")
    content = {
        "title": TITLE,
        "note": NOTE,
        "recorded": datetime.date.today().isoformat(),
        "machine": f"{_processor()}, {os.cpu_count()} cores, {platform.system()}",
        "data": {"name": DATA, "source": fruits.source, "classes": len(FRUIT_CLASSES)},
        "seeds": seeds,
        "versions": {"python": platform.python_version()} | {name: _version(name) for name in packages},
        "digest": digest(),
        "rows": rows,
    }
    path = Path(__file__).parent / "recorded" / f"{NAME}.json"
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8", newline="\n")
    return path


def _processor() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.is_file():
        for line in cpuinfo.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()


def _version(package: str) -> str:
    for name in (package, f"{package}-cpu"):
        try:
            return metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return "unknown"


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=TITLE)
    parser.add_argument(
        "--folder", type=Path, help="folder with Training and Test, instead of the course's copy"
    )
    parser.add_argument("--seeds", type=int, default=5, help="how many seeds an option (default 5)")
    parser.add_argument(
        "--option", action="append", choices=list(OPTIONS), help="only this option; may be repeated"
    )
    parser.add_argument("--record", action="store_true", help="keep the table in benchmarks/recorded")
    chosen = parser.parse_args(arguments)
    if chosen.record and (chosen.folder or chosen.option or chosen.seeds < 5):
        parser.error("--record takes the course's own data, all options and at least 5 seeds")
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stdout)
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    warnings.filterwarnings("ignore", module="keras.src.legacy")
    fruits = Fruits(DATA, chosen.folder, str(chosen.folder)) if chosen.folder else load_fruits(DATA)
    seeds = [config.DEFAULT_SEED + number for number in range(chosen.seeds)]
    rows = summarise(measure(fruits, seeds, chosen.option or list(OPTIONS)))
    show(rows)
    if chosen.record:
        logging.info("recorded in %s", record(fruits, seeds, rows))
    return 0


if __name__ == "__main__":
    sys.exit(main())
