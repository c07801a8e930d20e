"""Files of the tables set: pictures, masks of kinds and instances, the two CSV tables, the manifest."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
from PIL import Image

from tools.render_fruits import manifest
from tools.render_fruits.scene import save_jpeg
from tools.render_tables import plan

QUALITY = 80
MOST_FRUITS = 6
SCENE_COLUMNS = ["split", "file", "ground", "ground_name", "pattern", "camera", "elevation", "fruits"]
FRUIT_COLUMNS = ["split", "file", "instance", "kind", "individual", "left", "top", "right", "bottom", "seen"]
FRUIT_COLUMNS += [
    "across",
    "depth",
    "stem_x",
    "stem_y",
    "stem_seen",
    "tip_x",
    "tip_y",
    "tip_seen",
]
# One colour for each kind, lighter with the instance.
COLOURS = ("f0e442", "8c6239", "f7a600", "4daf4a", "d55e00", "009e73", "7b3294", "cc2936")


def palette() -> list[int]:
    """Colours of a mask's values: black where there is no fruit."""
    colours = [0, 0, 0]
    for name in COLOURS:
        colour = np.array([int(name[i : i + 2], 16) for i in (0, 2, 4)])
        for instance in range(MOST_FRUITS):
            colours += np.clip(colour * (1.1 - 0.1 * instance), 0, 255).astype(int).tolist()
    return colours


def save_mask(instances: np.ndarray, kinds: list[str], path: Path) -> None:
    """Write 6 * (the kind's index) + instance (from 1) for each pixel as palette PNG; 0 is no fruit."""
    value = np.zeros(MOST_FRUITS + 1, dtype=np.uint8)
    for instance, kind in enumerate(kinds, start=1):
        value[instance] = MOST_FRUITS * plan.KINDS.index(kind) + instance
    picture = Image.fromarray(value[instances], "P")
    picture.putpalette(palette())
    path.parent.mkdir(parents=True, exist_ok=True)
    picture.save(path, optimize=True)


def save(scene, split: str, number: int, out: Path) -> None:
    """Write a scene's picture and mask, and its rows beside them for `collect`."""
    name = plan.name(split, number)
    save_jpeg(scene.picture, out / split / f"{name}.jpg", QUALITY, optimize=True)
    save_mask(
        scene.instances,
        [fruit["kind"] for fruit in scene.fruits],
        out / "masks" / split / f"{name}.png",
    )
    place = out / "rows" / f"{name}.json"
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(json.dumps({"split": split, "scene": scene.row, "fruits": scene.fruits}))


def collect(out: Path) -> None:
    """Write scenes.csv, fruits.csv and manifest.json from the rows of all scenes drawn so far."""
    scenes, fruits = [], []
    for path in sorted((out / "rows").glob("*.json")):
        found = json.loads(path.read_text())
        head = [found["split"], f"{path.stem}.jpg"]
        scenes.append(head + [found["scene"][name] for name in SCENE_COLUMNS[2:]])
        for fruit in found["fruits"]:
            row = [
                fruit["instance"],
                fruit["kind"],
                fruit["individual"],
                *fruit["box"],
                f"{fruit['seen']:.2f}",
            ]
            fruits.append(head + row + [fruit["across"], fruit["depth"], *fruit["stem"], *fruit["tip"]])
    for name, columns, rows in (
        ("scenes.csv", SCENE_COLUMNS, scenes),
        ("fruits.csv", FRUIT_COLUMNS, fruits),
    ):
        with (out / name).open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(columns)
            writer.writerows(rows)
    manifest.write(out)
