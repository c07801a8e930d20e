"""The bundled fruits are what their data card says."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from course_utils.datasets import load_fruits

ROOT = Path(__file__).resolve().parents[2]
FRUITS = ROOT / "data" / "fruits"
CLASSES = [
    *("Apricot", "Avocado", "Banana", "Clementine", "Cocos", "Kiwi", "Lemon", "Limes"),
    *("Mandarine", "Orange", "Peach", "Pineapple", "Plum", "Pomegranate", "Raspberry", "Strawberry"),
]
COUNTS = {
    ("studio", "Training"): 120,
    ("studio", "Test"): 40,
    ("market", "Training"): 120,
    ("market", "Test"): 40,
}
SIDES = {"studio": 100, "market": 160}
MASKED = [("studio", "Test"), ("market", "Training"), ("market", "Test")]


def pictures(name: str, split: str) -> list[Path]:
    return sorted((FRUITS / name / split).glob("*/*.jpg"))


@pytest.mark.parametrize(("name", "split"), COUNTS)
def test_every_class_has_the_promised_number_of_pictures(name: str, split: str) -> None:
    folders = {path.name: len(list(path.glob("*.jpg"))) for path in (FRUITS / name / split).iterdir()}
    assert folders == dict.fromkeys(CLASSES, COUNTS[name, split])


@pytest.mark.parametrize(("name", "split"), COUNTS)
def test_every_picture_opens_as_rgb_jpeg_of_the_set_size(name: str, split: str) -> None:
    for path in pictures(name, split):
        with Image.open(path) as picture:
            picture.load()
            assert (picture.format, picture.mode, picture.size) == ("JPEG", "RGB", (SIDES[name],) * 2), path


@pytest.mark.parametrize(("name", "split"), MASKED)
def test_every_mask_belongs_to_a_picture_and_shows_some_fruit(name: str, split: str) -> None:
    masks = sorted((FRUITS / name / "masks" / split).glob("*/*.png"))
    assert [(path.parent.name, path.stem) for path in masks] == [
        (path.parent.name, path.stem) for path in pictures(name, split)
    ]
    for path in masks:
        with Image.open(path) as mask:
            assert (mask.mode, mask.size) == ("1", (SIDES[name],) * 2), path
            assert 0.02 < np.asarray(mask).mean() < 0.95, path


def test_studio_fruit_stands_on_white_and_fills_the_frame() -> None:
    for path in pictures("studio", "Test"):
        picture = np.asarray(Image.open(path)).astype(int)
        mask = np.asarray(
            Image.open(FRUITS / "studio" / "masks" / "Test" / path.parent.name / f"{path.stem}.png")
        )
        assert picture[mask].mean() < 225, path
        assert np.median(picture[~mask]) > 245, path
        rows, columns = mask.any(axis=1).sum(), mask.any(axis=0).sum()
        assert max(rows, columns) >= 80, path


def test_training_and_test_show_different_individuals() -> None:
    for name in ("studio", "market"):
        first = {path.stem[0] for path in pictures(name, "Training")}
        second = {path.stem[0] for path in pictures(name, "Test")}
        assert first.isdisjoint(second)
    for class_name in CLASSES:
        individuals = {
            path.stem.split("_")[0] for path in (FRUITS / "studio" / "Training" / class_name).iterdir()
        }
        assert len(individuals) == 10


def test_no_two_pictures_are_the_same() -> None:
    contents = [path.read_bytes() for path in FRUITS.glob("*/*/*/*.jpg")]
    assert len(set(contents)) == len(contents) == sum(COUNTS.values()) * 16


def test_boxes_enclose_the_masks_tightly() -> None:
    with (FRUITS / "market" / "boxes.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 16 * (COUNTS["market", "Training"] + COUNTS["market", "Test"])
    for row in rows:
        stem = Path(row["file"]).stem
        mask = np.asarray(
            Image.open(FRUITS / "market" / "masks" / row["split"] / row["class_name"] / f"{stem}.png")
        )
        left, top, right, bottom = (int(row[key]) for key in ("left", "top", "right", "bottom"))
        inside = mask[top:bottom, left:right]
        assert inside.sum() == mask.sum(), row
        assert inside[0].any() and inside[-1].any() and inside[:, 0].any() and inside[:, -1].any(), row


def test_every_fruit_in_view_has_its_box() -> None:
    with (FRUITS / "market" / "fruits_in_view.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    by_picture: dict[tuple[str, str, str], list[dict]] = {}
    for row in rows:
        left, top, right, bottom = (int(row[key]) for key in ("left", "top", "right", "bottom"))
        assert 0 <= left < right <= SIDES["market"] and 0 <= top < bottom <= SIDES["market"], row
        assert row["fruit"] in CLASSES and 0 < float(row["seen"]) <= 1, row
        by_picture.setdefault((row["split"], row["class_name"], row["file"]), []).append(row)
    assert len(by_picture) == 16 * (COUNTS["market", "Training"] + COUNTS["market", "Test"])
    for (_, class_name, _), boxes in by_picture.items():
        assert any(box["fruit"] == class_name for box in boxes), boxes
    kinds = [len({box["fruit"] for box in boxes}) for boxes in by_picture.values()]
    counts = [len(boxes) for boxes in by_picture.values()]
    assert sum(kind > 1 for kind in kinds) >= 0.15 * len(kinds), "several kinds at once"
    assert sum(count >= 5 for count in counts) >= 0.2 * len(counts), "crates and nets full of one kind"


def test_both_sets_together_stay_within_25_megabytes() -> None:
    assert sum(path.stat().st_size for path in FRUITS.rglob("*") if path.is_file()) <= 25_000_000


def test_the_manifest_matches_the_files() -> None:
    from tools.render_fruits.manifest import folder_digests

    recorded = json.loads((FRUITS / "manifest.json").read_text(encoding="utf-8"))
    assert folder_digests(FRUITS) == recorded, "run: python -m tools.render_fruits --set manifest"


def test_the_recorded_figures_belong_to_these_pictures_and_reach_the_card() -> None:
    import hashlib

    record = json.loads((ROOT / "benchmarks" / "recorded" / "fruit_realism.json").read_text(encoding="utf-8"))
    total = hashlib.sha256()
    for path in sorted(FRUITS.glob("*/*/*/*.jpg")):
        total.update(path.relative_to(FRUITS).as_posix().encode())
        total.update(path.read_bytes())
    assert record["data"] == total.hexdigest(), "run: python benchmarks/fruit_realism.py --real FOLDER"
    figures = record["figures"]
    assert figures["cnn_studio_to_studio"]["mean"] >= 0.95
    assert figures["mean_colour_on_studio"]["mean"] < 0.85
    assert figures["cnn_studio_to_market"]["mean"] < 0.6
    assert figures["cnn_market_to_real"]["mean"] >= 0.80
    assert figures["mean_colour_on_market"]["mean"] < 0.5
    assert 0.85 <= figures["citrus_recall_studio_to_studio"]["mean"] <= 0.97
    card = (FRUITS / "README.md").read_text(encoding="utf-8")
    for name, entry in figures.items():
        assert f"{entry['mean']:.3f}" in card, f"the data card does not give {name} as {entry['mean']:.3f}"


def design_effect(right: np.ndarray, clusters: np.ndarray) -> float:
    """The variance of a share between clusters over that of independent items, below 1 too (Kish, 1965)."""
    share, names = right.mean(), np.unique(clusters)
    sums = [(right[clusters == name] - share).sum() for name in names]
    return len(names) / (len(names) - 1) * np.square(sums).sum() / len(right) / (share * (1 - share))


def test_pictures_of_one_camera_are_not_right_or_wrong_together() -> None:
    from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

    market, random = load_fruits("market"), np.random.default_rng(0)
    (x, y), (x_test, y_test) = market.images("Training", 8), market.images("Test", 8)
    cameras = market.cameras(market.table("Test")["path"])
    kinds = [
        lambda pictures: pictures.mean(axis=(1, 2)),
        lambda pictures: pictures.reshape(len(pictures), -1).astype(float),
        lambda pictures: pictures.reshape(-1, 4, 2, 4, 2, 3).mean(axis=(2, 4)).reshape(len(pictures), -1),
    ]
    found = []
    for features in kinds:
        for _ in range(5):
            rows = np.concatenate([random.permutation(np.flatnonzero(y == kind))[:60] for kind in range(16)])
            model = LinearDiscriminantAnalysis(solver="lsqr", shrinkage="auto").fit(
                features(x[rows]), y[rows]
            )
            found.append(design_effect(model.predict(features(x_test)) == y_test, cameras))
    assert len(set(cameras)) == 18
    assert 0.75 < np.mean(found) < 1.25
