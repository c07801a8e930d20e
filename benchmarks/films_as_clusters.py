"""How far round a turning fruit do right and wrong answers stay alike? From 10 neighbouring views to a whole film.

    python benchmarks/films_as_clusters.py            # a minute on one core
    python benchmarks/films_as_clusters.py --record   # and keep the table in benchmarks/recorded/

Simple classifiers name the test photographs of Fruits-360. Each film of a turning fruit is cut into blocks of views,
and `effective_number` says what the pictures are worth if a block counts as a cluster. Where longer blocks are worth
less, the shorter ones hid how alike their answers are. Needs Fruits-360: `course data fetch fruits-360`.
"""

from __future__ import annotations

import argparse
import hashlib
import logging
from pathlib import Path

import numpy as np

from course_utils.datasets import load_fruits, pick_per_class
from course_utils.foundation import assets, config, records
from course_utils.training.evaluation import effective_number

log = logging.getLogger("films_as_clusters")
Array = np.ndarray

NAME = "films_as_clusters"
TITLE = "What the test photographs of turning fruits are worth, by what counts as a cluster"
NOTE = (
    "Test photographs of Fruits-360, 16 kinds. `views` is the length of a block: so many neighbouring views of one film "
    "are a cluster; `films` takes each film as one. `clusters`: how many there are; `worth`: how many independent "
    "pictures would tell as much. The classifiers are logistic regressions, fitted on `shots` training pictures a kind; "
    "`colours` counts 64 colours, `studio colours` learned them from the rendered fruits."
)
BLOCKS = (10, 20, 40, 80, "films")
SEED, SIZE, LEVELS = 2018, 32, 4


def mean_colour(pictures: Array) -> Array:
    """The mean of each channel: (N, 3)."""
    return pictures.mean(axis=(1, 2))


def colours(pictures: Array) -> Array:
    """The share of each of LEVELS ** 3 colours: (N, LEVELS ** 3)."""
    steps = (pictures // (256 // LEVELS)).reshape(len(pictures), -1, 3).astype(int) @ (LEVELS**2, LEVELS, 1)
    return np.stack([np.bincount(one, minlength=LEVELS**3) for one in steps]) / steps.shape[1]


CLASSIFIERS = {  # data set, training pictures a kind, features
    "mean colour": ("fruits-360", 100, mean_colour),
    "colours": ("fruits-360", 20, colours),
    "colours, fewer shots": ("fruits-360", 5, colours),
    "studio colours": ("studio", 100, colours),
}


def rows() -> list[dict]:
    """A row for each classifier and kind of cluster."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    photographs = load_fruits("fruits-360")
    test = photographs.table("Test")
    x_test = photographs.read(test["path"], SIZE)
    film = test["class_name"] + " " + test["individual"]
    found = []
    for name, (data, shots, features) in CLASSIFIERS.items():
        fruits = load_fruits(data)
        known = pick_per_class(fruits.table("Training"), shots, SEED)
        model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=2000))
        model.fit(features(fruits.read(known["path"], SIZE)), known["label"])
        right = (model.predict(features(x_test)) == test["label"]).to_numpy()
        for views in BLOCKS:
            clusters = film if views == "films" else film + " " + (test["angle"] // views).astype(str)
            row = {"option": name, "shots": shots, "views": views, "clusters": clusters.nunique()}
            row |= {"worth": effective_number(right, clusters), "pictures": len(right)}
            found.append(row | {"accuracy": round(float(right.mean()), 4)})
            log.info("%s", found[-1])
    return found


def digest() -> str:
    """sha256 over this script, the rendered pictures that it learns from, and the digest of the photographs."""
    root = config.repository_root()
    state = hashlib.sha256(records.code_of(Path(__file__)).encode())
    for picture in sorted((root / "data" / "fruits" / "studio" / "Training").rglob("*.jpg")):
        state.update(hashlib.sha256(picture.read_bytes()).digest())
    state.update(assets.load_registry(root / "data" / "registry.toml")["fruits-360"].tree.sha256.encode())
    return state.hexdigest()


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--record", action="store_true", help=f"keep the table as {NAME}")
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    table = rows()
    if options.record:
        packages = ("numpy", "scikit-learn", "pillow")
        log.info("kept in %s", records.write(NAME, TITLE, NOTE, table, digest(), packages, seed=SEED))


if __name__ == "__main__":
    main()
