"""The studio set: one fruit on white, turned about an axis, filling the frame as in Fruits-360."""

from __future__ import annotations

import zlib
from pathlib import Path

import mitsuba as mi
import numpy as np

from tools.render_fruits.fruits import FRUITS
from tools.render_fruits.meshes import Array, Fruit, turn
from tools.render_fruits.scene import angles, develop, matrix, save_jpeg, save_mask, shape, sky

SIZE = 100
SAMPLES = 9
QUALITY = 88
# split: letter in the file name, individuals, angles in degrees
PLAN = {
    "Training": ("a", 10, range(0, 360, 30)),
    "Test": ("b", 8, range(10, 360, 72)),
}

# The studio leaves out what a net of the course could not tell from its neighbours on white ground: the
# darkest kiwis (coconuts), the palest peaches (apricots), the yellowest clementines (oranges).
RIPENESS = {"Kiwi": (0.0, 0.5), "Peach": (0.45, 1.1), "Clementine": (0.35, 1.0)}


def seeded(*names: str | int) -> np.random.Generator:
    """A generator that depends on the names alone, not on what was drawn before."""
    return np.random.default_rng(zlib.crc32("/".join(map(str, names)).encode()))


def _camera(split: str, random: np.random.Generator, class_name: str) -> dict:
    """Light and camera of one individual's sitting; the test sittings have their own ranges."""
    test = split == "Test"
    side = random.choice([-1, 1]) if test else random.choice([-1, -1, 1])
    key = angles(side * random.uniform(15, 60), random.uniform(20, 65))
    warmth = random.normal(scale=0.035 if not test else 0.04)
    tint = np.array([1 + warmth, 1 + random.normal(scale=0.012), 1 - warmth])
    lamps = [
        (key, random.uniform(0.22, 0.4), random.uniform(7, 12), np.ones(3)),
        (
            angles(-side * random.uniform(30, 80), random.uniform(-10, 40)),
            0.5,
            random.uniform(0.2, 1.6),
            np.ones(3),
        ),
    ]
    if random.uniform() < 0.3:
        lamps.append(
            (angles(random.uniform(-90, 90), random.uniform(-20, 60)), 0.25, random.uniform(1, 4), np.ones(3))
        )
    strength = sum(lamp[1] ** 2 * lamp[2] for lamp in lamps)
    return {
        "sky": sky(lamps, np.ones(3) * random.uniform(0.08, 0.35)),
        "exposure": 1.75 * np.exp(random.normal(scale=0.14)) / (0.4 + strength),
        "balance": tint,
        "contrast": random.uniform(0.95, 1.15),
        "saturation": random.uniform(0.95, 1.12),
        "fill": random.uniform(0.95, 1.0),
    }


def _mount(fruit: Fruit, upright: bool, random: np.random.Generator) -> Array:
    """Rotation from the fruit's axes (z the stem) to the turntable's (y up, z to the camera)."""
    stand = turn("x", -np.pi / 2)
    if not upright:
        stand = (
            turn("x", np.pi / 2) @ stand if fruit.lying_turn == "crescent" else turn("z", np.pi / 2) @ stand
        )
    elif random.uniform() < 0.2:
        stand = turn("z", np.pi) @ stand
    return turn("z", random.normal(scale=0.1)) @ turn("x", random.normal(scale=0.1)) @ stand


def sitting(class_name: str, split: str, number: int, angle_list, out: Path) -> list[Path]:
    """Render one individual at all its angles; returns the pictures written."""
    letter = PLAN[split][0]
    random = seeded("studio", split, class_name, number)
    extra = {"ripeness": RIPENESS[class_name]} if class_name in RIPENESS else {}
    fruit = FRUITS[class_name](random, **extra)
    camera = _camera(split, random, class_name)
    mount = _mount(fruit, number % 2 == 1, random)
    first_turn = random.uniform(0, 2 * np.pi)
    look_down = turn("x", random.normal(scale=0.08))
    description = {
        "type": "scene",
        "integrator": {"type": "path", "max_depth": 2, "hide_emitters": True},
        "light": {"type": "envmap", "bitmap": mi.Bitmap(camera["sky"])},
    }
    for i, part in enumerate(fruit.parts):
        description[f"part{i}"] = shape(part)
    scene = mi.load_dict(description)
    lights = mi.traverse(scene)
    points = fruit.points(framed=True)
    written = []
    for angle in angle_list:
        view = look_down @ turn("y", np.radians(angle) + first_turn) @ mount
        back = matrix(view.T)
        lights["light.to_world"] = back
        lights.update()
        seen = points @ view.T
        low, high = seen.min(axis=0), seen.max(axis=0)
        middle = (low + high) / 2
        half = max(high[0] - low[0], high[1] - low[1]) / 2 / camera["fill"]
        eye = [middle[0], middle[1], 20.0]
        place = mi.ScalarTransform4f().look_at(eye, [middle[0], middle[1], 0.0], [0, 1, 0])
        sensor = mi.load_dict(
            {
                "type": "orthographic",
                "to_world": back @ place @ mi.ScalarTransform4f().scale([half, half, 1]),
                "film": {
                    "type": "hdrfilm",
                    "width": SIZE,
                    "height": SIZE,
                    "pixel_format": "rgba",
                    "rfilter": {"type": "box"},
                },
                "sampler": {"type": "multijitter", "sample_count": SAMPLES},
            }
        )
        image = np.array(scene.integrator().render(scene, sensor, int(angle), SAMPLES))
        alpha = np.clip(image[..., 3:], 0, 1)
        light = image[..., :3] / np.maximum(alpha, 1e-3)
        picture = develop(
            light, camera["exposure"], camera["balance"], camera["contrast"], camera["saturation"]
        )
        cut = np.clip((alpha - 0.3) / 0.4, 0, 1)
        picture = picture * cut + (1 - cut)
        name = f"{letter}{number:02d}_{angle:03d}"
        path = out / "studio" / split / class_name / f"{name}.jpg"
        save_jpeg(picture, path, QUALITY)
        if split == "Test":
            save_mask(alpha[..., 0] > 0.5, out / "studio" / "masks" / split / class_name / f"{name}.png")
        written.append(path)
    return written
