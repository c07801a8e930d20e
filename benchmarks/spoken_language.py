"""Which language is it? A bag of sounds, a CNN, and a CNN with an LSTM on voices they have not heard: five seeds.

    python benchmarks/spoken_language.py             # some five minutes of one core
    python benchmarks/spoken_language.py --record    # and keep the table in benchmarks/recorded/

The nets and the split are those of notebook 15.
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

from course_utils.foundation import config, records

log = logging.getLogger(__name__)
NAME = "spoken_language"
TITLE = "Which of five languages? Unseen voices and sentences"
NOTE = (
    "Share of test clips given the right language: mean and standard deviation of five seeds; chance is 0.2. Voices "
    "are synthetic (espeak-ng). accents: the test's voices and sentences in accents that the training does not have. "
    "Validation voices (f3, m7) are held back from training, as in the notebook. The planted cue: two training voices "
    "per language and nobody else; planted is the score on clips of the same pairs, accuracy that on the test voices. "
    "cpu_seconds are those of one training on one thread."
)
SEEDS = (1, 2, 3, 4, 5)
EPOCHS = 20
BAG, CNN, LSTM, PLANTED = "bag of sounds", "CNN", "CNN + LSTM", "CNN, two voices per language"
SLOW = "CNN, momentum 0.99, 2 epochs"


def block(filters: int, width: int, momentum: float = 0.9) -> list:
    """Convolution, batch normalisation, ReLU."""
    from keras import layers

    return [
        layers.Conv1D(filters, width, padding="same", use_bias=False),
        layers.BatchNormalization(momentum=momentum),
        layers.Activation("relu"),
    ]


def language_net(reader: str, momentum: float = 0.9):
    """The notebook's net: two blocks with pooling, then a third block with an average, or an LSTM."""
    import keras
    from keras import layers

    endings = {
        CNN: lambda: [*block(96, 3, momentum), layers.GlobalAveragePooling1D()],
        LSTM: lambda: [layers.LSTM(48)],
    }
    stack = [*block(48, 5, momentum), layers.MaxPooling1D(2), *block(64, 5, momentum), layers.MaxPooling1D(2)]
    ending = [layers.Dropout(0.3), layers.Dense(5, activation="softmax")]
    net = keras.Sequential([keras.Input((99, 32)), layers.SpatialDropout1D(0.1), *stack, *endings[reader](), *ending])
    net.compile(keras.optimizers.Adam(0.002), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return net


def bag_of_sounds(training: np.ndarray, seed: int) -> Callable[[np.ndarray], np.ndarray]:
    """What counts, per clip, how often each of 64 typical frames of the training clips occurs."""
    from sklearn.cluster import MiniBatchKMeans

    typical = MiniBatchKMeans(64, random_state=seed, n_init=3, batch_size=4096)
    typical.fit(training[::4].reshape(-1, training.shape[-1]))

    def count(clips: np.ndarray) -> np.ndarray:
        numbers = typical.predict(clips.reshape(-1, clips.shape[-1])).reshape(len(clips), -1)
        return np.array([np.bincount(row, minlength=64) for row in numbers])

    return count


def run(option: str, seed: int, epochs: int = EPOCHS) -> dict[str, float]:
    """One option with one seed: its accuracies and the seconds it took."""
    from course_utils.datasets import load_speech

    speech = load_speech()
    frames, labels, clips = speech.part("Training")
    held_back = clips["voice"].isin(["f3", "m7"]).to_numpy()
    x, y = frames[~held_back], labels[~held_back]
    parts = {"accuracy": speech.part("Test")[:2], "accents": speech.part("Accents")[:2]}
    if option == PLANTED:
        rows, kept_out = planted(clips, labels, speech.languages)
        x, y, epochs = frames[rows], labels[rows], 2 * epochs
        parts["planted"] = frames[kept_out], labels[kept_out]
    before = time.process_time()
    if option == BAG:
        from sklearn.linear_model import LogisticRegression
        from sklearn.pipeline import make_pipeline
        from sklearn.preprocessing import StandardScaler

        count = bag_of_sounds(x, seed)
        bag = make_pipeline(StandardScaler(), LogisticRegression(C=0.1, max_iter=500)).fit(count(x), y)
        seconds = time.process_time() - before
        return {name: bag.score(count(px), py) for name, (px, py) in parts.items()} | {"cpu_seconds": seconds}
    import keras

    keras.utils.set_random_seed(seed)
    momentum = 0.99 if option == SLOW else 0.9
    net = language_net(LSTM if option == LSTM else CNN, momentum)
    net.fit(x, y, batch_size=32, epochs=2 if option == SLOW else epochs, verbose=0)
    seconds = time.process_time() - before
    done = {name: net.evaluate(px, py, verbose=0)[1] for name, (px, py) in parts.items()}
    keras.utils.clear_session()
    return done | {"cpu_seconds": seconds, "parameters": net.count_params()}


def planted(clips, labels: np.ndarray, languages: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """Rows to learn from and rows kept out, all of clips whose voice belongs to their language alone."""
    order = sorted(set(clips["voice"]))[:10]
    own = [order[2 * number : 2 * number + 2] for number in range(len(languages))]
    mine = np.flatnonzero([voice in own[label] for voice, label in zip(clips["voice"], labels, strict=True)])
    cut = len(mine) * 3 // 4
    return mine[:cut], mine[cut:]


def measure(seeds: Sequence[int] = SEEDS, options: Sequence[str] = (BAG, CNN, LSTM, PLANTED)) -> list[dict]:
    """One row per option."""
    rows = []
    for option in options:
        runs = []
        for seed in seeds:
            runs.append(run(option, seed))
            log.info("%s, seed %d: %s", option, seed, {name: round(float(value), 3) for name, value in runs[-1].items()})
        row: dict = {"option": option, "runs": len(runs)}
        for name in runs[0]:
            values = [one[name] for one in runs]
            if name in ("cpu_seconds", "parameters"):
                row[name] = round(float(np.mean(values)), 1)
                continue
            row[name] = round(float(np.mean(values)), 4)
            row[f"{name}_sd"] = round(float(np.std(values, ddof=1)), 4) if len(values) > 1 else 0.0
            row[f"{name}_runs"] = [round(float(value), 4) for value in values]
        rows.append(row)
    return rows


def digest() -> str:
    """Changes with this script and with the bundled clips."""
    code = records.essential_code(Path(__file__).read_text(encoding="utf-8"))
    folder = config.repository_root() / "data" / "speech"
    data = b"".join((folder / name).read_bytes() for name in ("clips.npz", "clips.csv"))
    return hashlib.sha256(code.encode() + data).hexdigest()


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=TITLE)
    parser.add_argument("--record", action="store_true", help="keep the table in benchmarks/recorded")
    chosen = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stdout)
    rows = measure()
    if chosen.record:
        path = records.write(NAME, TITLE, NOTE, rows, digest(), ("keras", "numpy", "scikit-learn"), seeds=list(SEEDS))
        log.info("recorded in %s", path)
    return 0


if __name__ == "__main__":
    sys.exit(main())
