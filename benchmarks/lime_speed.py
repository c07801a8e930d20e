"""How fast one LIME explanation is: the package as one would use it, against the course's `explain_image`.

    python benchmarks/lime_speed.py --quick      # few samples, small pictures: does it work? (a minute)
    python benchmarks/lime_speed.py --record     # 1,000 samples, VGG16 at 224 (half an hour on 2 cores)

Both get the same picture, seed and way of cutting it into segments, and explain the five most probable classes. Stock
is `LimeImageExplainer` with its defaults around `model.predict`, each batch of ten preprocessed as the net wants it.
Beside the seconds stand the differences: the coefficients of the two must be the same. `bare` is what the net alone
costs for as many pictures in the same batches, already preprocessed.
"""

from __future__ import annotations

import argparse
import hashlib
import logging
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))  # fruit_realism also when a test loads this file

import fruit_realism

from course_utils import explain, pretrained
from course_utils.datasets import load_fruits
from course_utils.foundation import config, records

log = logging.getLogger("lime_speed")
Array = np.ndarray

NAME = "lime_speed"
TITLE = "One LIME explanation: the package with model.predict, against the course's batches"
NOTE = (
    "Fastest of the rounds, in which the options take turns; each was called once before. Seconds are wall clock, CPU "
    "seconds count all threads; `ratio` is to stock, `to_bare` to the net alone on as many pictures in the same "
    "batches. `difference`: largest difference of a coefficient from stock's over the five classes explained; "
    "`probability_difference`: largest difference in the picture's own probabilities; `same_top_5`: whether the five "
    "heaviest segments of the most probable class are the same, in order. Quickshift makes one segment of a picture of "
    "32 pixels, so the small net's picture is cut by slic, for both. The CNN was trained on studio and sees one of "
    "its test pictures; VGG16 has its course weights and sees one of market's."
)
SEED, SAMPLES = 0, 1000
FRUIT = "Mandarine"


@dataclass(frozen=True)
class Case:
    """A net, the picture explained, how it is cut, and how often each option is run."""

    name: str
    net: object
    picture: Array
    segments: str
    rounds: int

    @property
    def model(self):
        """The Keras model."""
        return self.net.model if isinstance(self.net, pretrained.Pretrained) else self.net

    def preprocess(self, pictures: Array) -> Array:
        """Pictures as the model wants them."""
        return self.net.preprocess(pictures) if isinstance(self.net, pretrained.Pretrained) else pictures


@dataclass(frozen=True)
class Answer:
    """What is compared: class -> coefficients, the picture's probabilities; and where the time went, if known."""

    coefficients: dict[int, Array]
    prediction: Array
    parts: explain.Seconds | None = None


def stock(case: Case, samples: int) -> Answer:
    """The package, as its own tutorials use it."""
    from lime.lime_image import LimeImageExplainer
    from lime.wrappers.scikit_image import SegmentationAlgorithm

    segmenter = None  # the default
    if case.segments != "quickshift":
        segmenter = SegmentationAlgorithm(
            case.segments, **explain.lime_image.SEGMENTERS[case.segments], random_seed=SEED
        )
    outputs = []

    def classify(pictures: Array) -> Array:
        outputs.append(case.model.predict(case.preprocess(pictures), verbose=0))
        return outputs[-1]

    found = LimeImageExplainer(random_state=SEED).explain_instance(
        case.picture, classify, num_samples=samples, segmentation_fn=segmenter, random_seed=SEED
    )
    count = len(np.unique(found.segments))
    coefficients = {}
    for label in found.top_labels:
        coefficients[int(label)] = np.zeros(count)
        for segment, weight in found.local_exp[label]:
            coefficients[int(label)][segment] = weight
    return Answer(coefficients, outputs[0][0])


def ours(case: Case, samples: int, maths: str = "float32") -> Answer:
    """The course's way."""
    found = explain.explain_image(
        case.net, case.picture, segments=case.segments, num_samples=samples, seed=SEED, maths=maths
    )
    return Answer(found.coefficients, found.prediction, found.seconds)


def ours_in_bfloat16(case: Case, samples: int) -> Answer:
    """The same with the net copied to bfloat16; copying and compiling it count."""
    return ours(case, samples, "bfloat16")


def bare(case: Case, samples: int) -> None:
    """The net alone: so many pictures in the same batches, already preprocessed; and nothing else."""
    size = explain.predictions.picture_batch(samples, *case.picture.shape[:2])
    batch = np.float32(case.preprocess(np.repeat(case.picture[None], size, axis=0)))
    for _ in range(-(-samples // size)):
        case.model.predict_on_batch(batch)


OPTIONS: dict[str, Callable[[Case, int], Answer | None]] = {
    "stock": stock,
    "bare": bare,
    "ours": ours,
    "ours, bfloat16": ours_in_bfloat16,
}


def cases(quick: bool, only: str | None = None) -> Iterator[Case]:
    """The small CNN of the fruit benchmarks at its size, and VGG16."""
    if only in (None, "fruit"):
        if quick:
            fruit_realism.STEPS = 60
        small = fruit_realism.trained(fruit_realism.load(fruit_realism.FRUITS / "studio", "Training"), SEED)
        picture = test_picture("studio", fruit_realism.SIZE).astype("float32") / 255
        yield Case(f"fruit CNN, {fruit_realism.SIZE}", small, picture, "slic", 1 if quick else 3)
    if only in (None, "VGG16"):
        size = 96 if quick else 224
        net = pretrained.load("VGG16", top=True, weights="course", input_size=size)
        yield Case(f"VGG16, {size}", net, test_picture("market", size), "quickshift", 1)


def test_picture(which: str, size: int) -> Array:
    """A test picture of FRUIT: uint8 (size, size, 3)."""
    fruits = load_fruits(which)
    table = fruits.table("Test")
    return fruits.read(table["path"][table["class_name"] == FRUIT].iloc[:1], size)[0]


def measure(case: Case, samples: int) -> dict[str, tuple[float, float, Answer | None]]:
    """(wall seconds, CPU seconds, answer) of each option's fastest round."""
    options = dict(OPTIONS)
    if not explain.bfloat16_support().available:
        del options["ours, bfloat16"]
    size = explain.predictions.picture_batch(samples, *case.picture.shape[:2])
    for option in options.values():  # the first call compiles
        option(case, 10 if option is stock else size)
    found: dict[str, list[tuple[float, float, Answer | None]]] = {name: [] for name in options}
    for number in range(case.rounds):
        for name in list(options) if number % 2 == 0 else list(options)[::-1]:
            wall, cpu = time.perf_counter(), time.process_time()
            answer = options[name](case, samples)
            found[name].append((time.perf_counter() - wall, time.process_time() - cpu, answer))
            log.info("%s, %s: %.2f s, CPU %.2f s", case.name, name, *found[name][-1][:2])
    return {name: min(runs, key=lambda run: run[0]) for name, runs in found.items()}


def rows(case: Case, samples: int) -> list[dict]:
    """One row an option."""
    import keras

    found = measure(case, samples)
    (stock_wall, stock_cpu, reference), (bare_wall, bare_cpu, _) = found["stock"], found["bare"]
    table = []
    for name in OPTIONS:
        row = {"net": case.name, "option": name, "samples": samples, "backend": keras.backend.backend()}
        if name not in found:
            table.append(row | {"note": explain.bfloat16_support().reason})
            continue
        wall, cpu, answer = found[name]
        row |= {"seconds": round(wall, 3), "cpu_seconds": round(cpu, 3)}
        row |= {"ratio": round(wall / stock_wall, 4), "times_faster": round(stock_wall / wall, 2)}
        row |= {"cpu_times_faster": round(stock_cpu / cpu, 2)}
        row |= {"to_bare": round(wall / bare_wall, 3), "cpu_to_bare": round(cpu / bare_cpu, 3)}
        if answer is not None:
            row |= differences(answer, reference)
        if answer is not None and answer.parts is not None:
            row |= {f"seconds_{part}": round(value, 3) for part, value in answer.parts._asdict().items()}
        if name == "ours, bfloat16":
            row["note"] = explain.bfloat16_support().reason
        log.info("%s", row)
        table.append(row)
    return table


def differences(answer: Answer, reference: Answer) -> dict:
    """How far an answer is from the reference's."""
    best = next(iter(reference.coefficients))
    both = set(answer.coefficients) & set(reference.coefficients)
    largest = max(
        (float(np.abs(answer.coefficients[label] - reference.coefficients[label]).max()) for label in both),
        default=float("nan"),
    )
    first, second = (
        np.argsort(-np.abs(one.coefficients[best]), kind="stable")[:5].tolist()
        if best in one.coefficients
        else []
        for one in (answer, reference)
    )
    return {
        "same_classes": list(answer.coefficients) == list(reference.coefficients),
        "same_top_5": first == second,
        "difference": float(f"{largest:.3g}"),
        "largest_coefficient": round(float(np.abs(reference.coefficients[best]).max()), 4),
        "probability_difference": float(f"{np.abs(answer.prediction - reference.prediction).max():.3g}"),
        "segments": len(reference.coefficients[best]),
    }


def digest() -> str:
    """sha256 over this script, the CNN's script and data, the modules measured and VGG16's course weights."""
    state = hashlib.sha256(fruit_realism.digest("studio").encode())
    room = Path(explain.__file__).parent
    files = (
        Path(__file__),
        *(room / f"{name}.py" for name in ("lime_image", "lime_common", "predictions", "inputs")),
    )
    for file in files:
        state.update(records.code_of(file).encode())
    state.update((config.repository_root() / "data" / "weights" / "VGG16.npz").read_bytes())
    return state.hexdigest()


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="100 samples, VGG16 at 96: a trial")
    parser.add_argument("--only", choices=("fruit", "VGG16"), help="one of the two nets")
    parser.add_argument("--record", action="store_true", help=f"keep the table as {NAME}")
    options = parser.parse_args()
    if options.record and (options.quick or options.only):
        parser.error("--record takes all of it: leave --quick and --only out")
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    table = []
    for case in cases(options.quick, options.only):
        table += rows(case, 100 if options.quick else SAMPLES)
    if options.record:
        packages = ("keras", "tensorflow", "numpy", "lime", "scikit-image", "scikit-learn")
        log.info("kept in %s", records.write(NAME, TITLE, NOTE, table, digest(), packages, seed=SEED))


if __name__ == "__main__":
    main()
