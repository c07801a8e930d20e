"""What pretrained nets call fruits: kinds they were trained on, and kinds that they do not know, photographed and rendered.

    python benchmarks/named_fruits.py            # some minutes on 2 cores
    python benchmarks/named_fruits.py --record   # and keep the table in benchmarks/recorded/

The nets answer with their own last layer and their own names; nothing is trained. The course weights are asked about
the 55 kinds that they know and about four of the course's 16, which they do not know; MobileNetV2 about the six of the 16 that
are among ImageNet's names. Needs Fruits-360 and MobileNetV2's weights:
`course data fetch fruits-360 fruits-360-more mobilenetv2-imagenet`.
"""

from __future__ import annotations

import argparse
import hashlib
import logging
import sys
from collections import Counter
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))  # its neighbours, also when a test loads this file

from text_recipes import without_words

from course_utils import pretrained
from course_utils.datasets import Fruits, load_fruits, pick_per_class
from course_utils.foundation import assets, config, records
from course_utils.training.evaluation import cluster_interval

log = logging.getLogger("named_fruits")

NAME = "named_fruits"
TITLE = "What pretrained nets call fruits that they know, and fruits that they do not"
NOTE = (
    "Test pictures. `top 1` and `top 3`: how often the right name was among the first one or three; `low` and `high`: "
    "the 95 % interval of top 1, which counts views of one fruit as a cluster. `confidence`: the mean of the highest "
    "probability. For a kind that a net does not know, `most frequent answer` says what it was called instead, and "
    "`share` how often."
)
COURSE = ("VGG16", "Xception")
IMAGENET_NAMES = {
    "Banana": "banana", "Lemon": "lemon", "Orange": "orange", "Pineapple": "pineapple",
    "Pomegranate": "pomegranate", "Strawberry": "strawberry",
}  # fmt: skip
ASKED = ("Banana", "Lemon", "Pineapple", "Strawberry")
EACH, CALLED_EACH, SEED = 10, 40, 2018
"""Pictures of each kind, and of each that the net does not know."""


def known_kinds(net: pretrained.Pretrained, fruits: Fruits, names: dict[str, str], each: int) -> dict:
    """How often the net names kinds that it knows: `names` maps a folder to the net's own name."""
    table = fruits.table("Test")
    table = pick_per_class(table[table["class_name"].isin(names)], each, SEED)
    probabilities = net.predict(fruits.read(table["path"], net.input_size))
    answers = net.decode(probabilities, top=3)
    right = [names[kind] for kind in table["class_name"]]
    first = [one[0][0] == name for one, name in zip(answers, right, strict=True)]
    among = [name in [told for told, _ in one] for one, name in zip(answers, right, strict=True)]
    low, high = cluster_interval(first, list(zip(table["class_name"], table["individual"], strict=True)))
    return {
        "top 1": round(float(np.mean(first)), 4),
        "low": round(low, 4),
        "high": round(high, 4),
        "top 3": round(float(np.mean(among)), 4),
        "confidence": round(float(probabilities.max(axis=1).mean()), 4),
        "pictures": len(first),
    }


def called(net: pretrained.Pretrained, fruits: Fruits, kind: str) -> dict:
    """What the net calls a kind that it does not know."""
    table = fruits.table("Test")
    table = pick_per_class(table[table["class_name"] == kind], CALLED_EACH, SEED)
    probabilities = net.predict(fruits.read(table["path"], net.input_size))
    found = Counter(one[0][0] for one in net.decode(probabilities, top=1))
    answer, count = found.most_common(1)[0]
    return {
        "most frequent answer": answer,
        "share": round(count / len(table), 4),
        "confidence": round(float(probabilities.max(axis=1).mean()), 4),
        "pictures": len(table),
    }


def rows() -> list[dict]:
    """The whole table."""
    found, photographed, rendered = [], load_fruits("fruits-360"), load_fruits("studio")
    root = assets.fetch("fruits-360-more").path
    for name in COURSE:
        net = pretrained.load(name, top=True, weights="course")
        own = Fruits("fruits-360-more", root, "real", net.class_names)
        what = {"net": name, "weights": "course"}
        scores = known_kinds(net, own, {kind: kind for kind in net.class_names}, EACH)
        found.append({**what, "asked": "the 55 kinds it knows", "shown": "photographed", **scores})
        for kind in ASKED:
            for how, fruits in (("photographed", photographed), ("rendered", rendered)):
                found.append({**what, "asked": kind, "shown": how, **called(net, fruits, kind)})
        log.info("%s: %s", name, scores)
    mobile = pretrained.load("MobileNetV2", top=True, weights="imagenet")
    for how, fruits in (("photographed", photographed), ("rendered", rendered)):
        scores = known_kinds(mobile, fruits, IMAGENET_NAMES, EACH)
        asked = {"asked": "the 6 of our kinds it knows", "shown": how}
        found.append({"net": "MobileNetV2", "weights": "imagenet", **asked, **scores})
        log.info("MobileNetV2, %s: %s", how, scores)
    return found


def digest() -> str:
    """sha256 over this script, the course weights, the studio pictures and the digests of the real ones."""
    root = config.repository_root()
    registry = assets.load_registry(root / "data" / "registry.toml")
    code = records.essential_code(without_words(Path(__file__).read_text(encoding="utf-8")))
    state = hashlib.sha256(code.encode())
    for name in COURSE:
        state.update(hashlib.sha256((root / "data" / "weights" / f"{name}.npz").read_bytes()).digest())
    for picture in sorted((root / "data" / "fruits" / "studio" / "Test").rglob("*.jpg")):
        state.update(hashlib.sha256(picture.read_bytes()).digest())
    for name in ("fruits-360", "fruits-360-more"):
        state.update(registry[name].tree.sha256.encode())
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
        path = records.write(NAME, TITLE, NOTE, table, digest(), ("keras", "tensorflow", "numpy"))
        log.info("kept in %s", path)


if __name__ == "__main__":
    main()
