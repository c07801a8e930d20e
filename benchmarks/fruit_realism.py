"""How real and how hard the bundled fruit pictures are.

    python benchmarks/fruit_realism.py --real FOLDER --record

FOLDER is a fruits-360 folder with Training/ and Test/ of the 16 classes; --record writes
benchmarks/recorded/fruit_realism.json.

Questions: does a net that has only seen rendered fruit know real ones, and the other way round? Is the set
too easy for mean colour alone? Are the three citrus fruits hard but not hopeless? Does the market set break
a net that was trained in the studio? Needs keras with any backend and scikit-learn.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import logging
import os
import time
from pathlib import Path

import numpy as np
from PIL import Image

from course_utils.foundation import records

log = logging.getLogger("fruit_realism")
ROOT = Path(__file__).resolve().parents[1]
FRUITS = ROOT / "data" / "fruits"
RECORD = ROOT / "benchmarks" / "recorded" / "fruit_realism.json"
CITRUS = ("Clementine", "Mandarine", "Orange")
SIZE = 32
FILTERS = (32, 64, 128)
STEPS = 480
RATE = 3e-3
BATCH = 64

Arrays = tuple[np.ndarray, np.ndarray]


def class_names() -> list[str]:
    return sorted(path.name for path in (FRUITS / "studio" / "Training").iterdir() if path.is_dir())


def load(root: Path, split: str) -> Arrays:
    """Pictures of one split as float32 0..1 (N, SIZE, SIZE, 3) and labels (N,)."""
    pictures, labels = [], []
    for label, name in enumerate(class_names()):
        for path in sorted((root / split / name).glob("*.jpg")):
            with Image.open(path) as picture:
                small = picture.convert("RGB").resize((SIZE, SIZE), Image.Resampling.BILINEAR)
            pictures.append(np.asarray(small, dtype=np.float32) / 255)
            labels.append(label)
    if not pictures:
        raise SystemExit(f"No pictures in {root / split}; expected {split}/<Class>/*.jpg.")
    return np.stack(pictures), np.array(labels)


def augment(pictures: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Mirror both ways, move over white, vary brightness and tint of the fruit; as in the fruit CNN notebook."""
    sideways, upside_down = random.random((2, len(pictures), 1, 1, 1)) < 0.5
    pictures = np.where(sideways, pictures[:, :, ::-1], pictures)
    pictures = np.where(upside_down, pictures[:, ::-1], pictures)
    margin = SIZE // 10
    padded = np.pad(pictures, ((0, 0), (margin, margin), (margin, margin), (0, 0)), constant_values=1)
    top, left = random.integers(0, 2 * margin + 1, size=2)
    pictures = padded[:, top : top + SIZE, left : left + SIZE]
    light = random.uniform(0.85, 1.15, (len(pictures), 1, 1, 1)) * random.uniform(
        0.96, 1.04, (len(pictures), 1, 1, 3)
    )
    fruit = pictures.min(axis=-1, keepdims=True) <= 0.96
    return np.where(fruit, np.clip(pictures * light, 0, 1), pictures).astype(np.float32)


def course_cnn():
    """The small convolutional net the figures are measured with; input (SIZE, SIZE, 3), 16 outputs."""
    from keras import Sequential, layers

    stack = [layers.Input((SIZE, SIZE, 3))]
    for filters in FILTERS:
        if filters != FILTERS[0]:
            stack.append(layers.MaxPooling2D())
        stack += [
            layers.Conv2D(filters, 3, padding="same", use_bias=False),
            layers.BatchNormalization(momentum=0.9),
            layers.ReLU(),
        ]
    stack += [layers.GlobalAveragePooling2D(), layers.Dropout(0.3)]
    return Sequential([*stack, layers.Dense(len(class_names()), activation="softmax")])


def trained(data: Arrays, seed: int):
    """The net after STEPS augmented batches of `data`; warm-up over a fifth of them, then cosine decay."""
    import keras

    keras.utils.set_random_seed(seed)
    random = np.random.default_rng(seed)
    model = course_cnn()
    warm_up = STEPS // 5
    rate = keras.optimizers.schedules.CosineDecay(
        RATE / 10, STEPS - warm_up, warmup_target=RATE, warmup_steps=warm_up
    )
    model.compile(keras.optimizers.Adam(rate), "sparse_categorical_crossentropy")
    order = np.array([], dtype=int)
    for _ in range(STEPS):
        if len(order) < BATCH:
            order = random.permutation(len(data[0]))
        chosen, order = order[:BATCH], order[BATCH:]
        model.train_on_batch(augment(data[0][chosen], random), data[1][chosen])
    return model


def recalls(model, data: Arrays) -> dict[str, float]:
    """Accuracy under 'all' and the recall of each class."""
    right = model.predict(data[0], batch_size=256, verbose=0).argmax(axis=1) == data[1]
    result = {"all": float(right.mean())}
    for label, name in enumerate(class_names()):
        if (data[1] == label).any():
            result[name] = round(float(right[data[1] == label].mean()), 4)
    return result


def mean_colour_accuracy(training: Arrays, test: Arrays, strength: float = 1.0) -> float:
    """Test accuracy of logistic regression on nothing but the mean red, green and blue.

    `strength` is scikit-learn's C; 1 is its default, more means less regularisation.
    """
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=5000, C=strength))
    model.fit(training[0].mean(axis=(1, 2)), training[1])
    return float(model.score(test[0].mean(axis=(1, 2)), test[1]))


def data_digest(sets: str = "*") -> str:
    """sha256 over names and bytes of all bundled pictures, or of the sets whose names fit this pattern."""
    total = hashlib.sha256()
    for path in sorted(FRUITS.glob(f"{sets}/*/*/*.jpg")):
        total.update(path.relative_to(FRUITS).as_posix().encode())
        total.update(path.read_bytes())
    return total.hexdigest()


def digest(sets: str = "*") -> str:
    """sha256 over this script and the bundled pictures (see `data_digest`): a table recorded with others is stale."""
    return hashlib.sha256((records.code_of(__file__) + data_digest(sets)).encode()).hexdigest()


def table_rows(figures: dict[str, dict]) -> list[dict]:
    """One row for each pair of sets: trained on, tested on, mean accuracy, seeds, test pictures."""
    names = {"studio": "studio (rendered)", "market": "market (rendered)", "real": "Fruits-360 (photographs)"}
    rows = []
    for key, figure in figures.items():
        if key.startswith("cnn_"):
            source, target = key.removeprefix("cnn_").split("_to_")
            rows.append(
                {
                    "trained on": names[source],
                    "tested on": names[target],
                    "accuracy": figure["mean"],
                    "seeds": len(figure["runs"]),
                    "test pictures": figure["n"],
                }
            )
    return rows


def summary(values: list[float]) -> dict[str, float | list[float]]:
    return {
        "mean": round(float(np.mean(values)), 4),
        "sd": round(float(np.std(values)), 4),
        "runs": [round(float(value), 4) for value in values],
    }


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--real", type=Path, help="fruits-360 folder; without it the real pictures are left out"
    )
    parser.add_argument(
        "--seeds",
        type=int,
        default=5,
        help="how many seeds of the nets trained on bundled pictures (default 5)",
    )
    parser.add_argument("--record", action="store_true", help=f"write {RECORD.name}; needs --real")
    options = parser.parse_args()
    if options.record and (not options.real or options.seeds < 5):
        parser.error("--record takes --real FOLDER and at least 5 seeds")
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    import keras

    started = time.perf_counter()
    studio = {split: load(FRUITS / "studio", split) for split in ("Training", "Test")}
    tests = {"studio": studio["Test"]}
    market = real = None
    if (FRUITS / "market").is_dir():
        market = {split: load(FRUITS / "market", split) for split in ("Training", "Test")}
        tests["market"] = market["Test"]
    if options.real:
        real = {split: load(options.real, split) for split in ("Training", "Test")}
        tests["real"] = real["Test"]
    figures: dict[str, dict] = {}
    sources = {"studio": studio, "market": market, "real": real}
    for source, splits in sources.items():
        if splits is None:
            continue
        colour = mean_colour_accuracy(splits["Training"], splits["Test"])
        loose = mean_colour_accuracy(splits["Training"], splits["Test"], strength=100.0)
        figures[f"mean_colour_on_{source}"] = {"mean": round(colour, 4), "c_100": round(loose, 4)}
        log.info("mean colour, %s: %.3f, C=100: %.3f", source, colour, loose)
        seeds = 1 if source == "real" else options.seeds
        found: dict[str, list[dict]] = {name: [] for name in tests}
        for seed in range(seeds):
            model = trained(splits["Training"], seed)
            for name, data in tests.items():
                found[name].append(recalls(model, data))
                log.info("%s -> %s, seed %d: %.3f", source, name, seed, found[name][-1]["all"])
        for name, runs in found.items():
            entry = summary([run["all"] for run in runs]) | {"n": len(tests[name][1])}
            per_class = {
                key: round(float(np.mean([run[key] for run in runs])), 4) for key in runs[0] if key != "all"
            }
            figures[f"cnn_{source}_to_{name}"] = entry | {"recall": per_class}
            if name == "studio":
                citrus = [float(np.mean([run[key] for key in CITRUS])) for run in runs]
                figures[f"citrus_recall_{source}_to_studio"] = summary(citrus) | {"n": 120}
    record = {
        "title": "A CNN trained on one set of fruit pictures and tested on another",
        "recorded": time.strftime("%Y-%m-%d"),
        "machine": f"{os.cpu_count()} cores, no GPU",
        "rows": table_rows(figures),
        "digest": digest(),
        "data": data_digest(),
        "figures": figures,
        "chance": round(1 / len(class_names()), 4),
        "model": {
            "input": SIZE,
            "steps": STEPS,
            "batch": BATCH,
            "rate": RATE,
            "parameters": course_cnn().count_params(),
        },
        "backend": keras.backend.backend(),
        "keras": keras.__version__,
        "seconds": round(time.perf_counter() - started),
    }
    if options.record:
        RECORD.parent.mkdir(parents=True, exist_ok=True)
        RECORD.write_text(json.dumps(record, indent=1, sort_keys=True) + "\n", encoding="utf-8", newline="\n")
    log.info("%s", json.dumps({key: value["mean"] for key, value in figures.items()}, indent=1))


if __name__ == "__main__":
    main()
