"""One scene of the tables set: laid, lit, photographed, and what is seen of each of its fruits."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import mitsuba as mi
import numpy as np

from tools.render_fruits.meshes import Array
from tools.render_fruits.scene import shape
from tools.render_market import photo, survey
from tools.render_market.surfaces import GLOSSY, SURFACES
from tools.render_tables import cloths, laying, plan

Random = np.random.Generator
SIZE = 128
SAMPLES = 10
TRIES = 12
MOST_CAST = 1.3  # strongest over weakest of red, green and blue
PAINTERS = SURFACES | {"stripes": cloths.stripes, "checks": cloths.checks, "dots": cloths.dots}


@dataclass
class Scene:
    """A drawn scene: picture (SIZE, SIZE, 3) in 0..1, mask of instances (0 none), JPEG quality, rows of the tables."""

    picture: Array
    instances: Array
    row: dict
    fruits: list[dict]


@lru_cache(maxsize=140)
def _painted(ground: plan.Ground) -> Array:
    random = plan.seeded("tables-ground", ground.id)
    painted = PAINTERS[ground.kind.painter](random)
    return np.clip(painted * np.exp(random.normal(scale=0.06, size=3)), 0, 1).astype(np.float32)


def _ground(ground: plan.Ground, random: Random) -> dict:
    """The table's top: a large rectangle with the ground's texture, turned and scaled a little for each scene."""
    own = plan.seeded("tables-ground-scale", ground.id)
    fine = ground.kind.painter in ("newsprint", "turf", "straw", "burlap", "granite")
    repeat = own.uniform(2.6, 4.0) if fine else np.exp(own.uniform(np.log(2.4), np.log(5.5)))
    repeat *= random.uniform(0.9, 1.1)
    size = 60.0
    place = (
        mi.ScalarTransform4f()
        .translate([float(random.uniform(-3, 3)), 0, float(random.uniform(-3, 3))])
        .rotate([0, 1, 0], float(random.uniform(0, 360)))
        .rotate([1, 0, 0], -90)
        .scale([size, size, 1])
    )
    bitmap = {
        "type": "bitmap",
        "bitmap": mi.Bitmap(_painted(ground)),
        "raw": True,
        "to_uv": mi.ScalarTransform3f().scale([size / repeat, size / repeat]),
    }
    material = {"type": "diffuse", "reflectance": bitmap}
    if ground.kind.painter in GLOSSY and own.uniform() < 0.5:
        material = {"type": "principled", "base_color": bitmap, "roughness": 0.4, "specular": 0.4}
    return {"type": "rectangle", "to_world": place, "material": {"type": "twosided", "inside": material}}


def _habit(split: str, number: int) -> dict:
    """A photographer of the market, with a better camera: less blur and noise in a picture this small."""
    habit = dict(photo.photographer(split, number))
    habit["fov"] = float(np.clip(habit["fov"], 24, 44))
    habit["exposure"] *= 0.6
    habit["grain"] *= 0.5
    habit["blotches"] *= 0.4
    habit["softness"] *= 0.5
    habit["aperture"] = min(habit["aperture"], 2.0)
    habit["vignette"] *= 0.6
    return habit


def _light(random: Random) -> tuple[Array, Array]:
    """A market's light, drawn again until the colour that the camera leaves on it is mild."""
    while True:
        light, balance = photo.light(random, 0.0)
        left = light[: len(light) // 2].mean(axis=(0, 1)) * balance
        if left.max() < MOST_CAST * left.min():
            return light, balance


def _camera(habit: dict, elevation: float, span: float, aim: Array, random: Random) -> tuple[dict, dict]:
    """The sensor, and the view as eye, right, up, toward and fov; the camera stands before the table (+z)."""
    e = np.radians(elevation)
    toward = np.array([0, np.sin(e), np.cos(e)])
    right, up = np.array([1.0, 0, 0]), np.array([0, np.cos(e), -np.sin(e)])
    roll = random.normal(scale=0.07)
    right, up = np.cos(roll) * right - np.sin(roll) * up, np.sin(roll) * right + np.cos(roll) * up
    eye = aim + toward * span / np.tan(np.radians(habit["fov"] / 2))
    sensor = {
        "type": "perspective",
        "fov": habit["fov"],
        "to_world": mi.ScalarTransform4f().look_at(eye.tolist(), aim.tolist(), up.tolist()),
        "film": {
            "type": "hdrfilm",
            "width": SIZE,
            "height": SIZE,
            "pixel_format": "rgb",
            "rfilter": {"type": "box"},
        },
        "sampler": {"type": "multijitter", "sample_count": SAMPLES},
    }
    view = {"eye": eye, "right": right, "up": up, "toward": toward, "fov": habit["fov"]}
    return sensor, view


def _projected(point: Array, view: dict) -> tuple[float, float, float]:
    """Column, row and distance of a point; pixel centres lie at .5."""
    away = point - view["eye"]
    ahead = -float(away @ view["toward"])
    scale = SIZE / 2 / np.tan(np.radians(view["fov"] / 2)) / ahead
    column, row = SIZE / 2 + away @ view["right"] * scale, SIZE / 2 - away @ view["up"] * scale
    return float(column), float(row), float(np.linalg.norm(away))


def _key_point(point: Array | None, laid: laying.Laid, number: int, layers: dict, view: dict) -> tuple:
    """x, y and 1 where that spot of the fruit's surface is in view, else 0; empty where there is no such point."""
    if point is None:
        return "", "", ""
    x, y, distance = _projected(point, view)
    column, row = int(np.floor(x)), int(np.floor(y))
    visible = False
    if 0 <= column < SIZE and 0 <= row < SIZE:
        around = (slice(max(row - 1, 0), row + 2), slice(max(column - 1, 0), column + 2))
        mine = layers["fruit"][around] == number
        near = np.abs(layers["depth"][around] - distance) < 0.3 * plan.SIZES[laid.kind]
        visible = bool((mine & near).any())
    return round(x, 1), round(y, 1), int(visible)


def _scene(laid: list[laying.Laid], fixed: dict) -> tuple[mi.Scene, dict[str, int]]:
    shapes, owners = dict(fixed), {}
    for i, fruit in enumerate(laid):
        for j, part in enumerate(fruit.item.parts):
            mesh = shape(part)
            mesh.set_id(f"fruit{i}_{j}")
            shapes[f"fruit{i}_{j}"] = mesh
            owners[f"fruit{i}_{j}"] = i
    return mi.load_dict({"type": "scene", **shapes}), owners


def _thirds(value: float, names: tuple[str, str, str]) -> str:
    return names[min(2, int(3 * value / SIZE))]


def _count(number: int, random: Random) -> int:
    if number % plan.EMPTY_EVERY == 0:
        return 0
    return int(random.choice(list(plan.COUNTS), p=list(plan.COUNTS.values())))


def _chosen_ground(split: str, number: int, count: int, random: Random) -> plan.Ground:
    grounds = plan.grounds(split)
    if count == 0 and random.uniform() < 0.7:
        grounds = [ground for ground in grounds if ground.kind.pattern in plan.MISLEADING]
        return grounds[random.integers(len(grounds))]
    return grounds[number * 7 % len(grounds)]


def draw(split: str, number: int) -> Scene:
    """Draw one scene; all fruits that stay in it are seen well enough to be listed."""
    for attempt in range(TRIES):
        random = plan.seeded("table-scene", split, number, attempt)
        count = _count(number, random)
        ground = _chosen_ground(split, number, count, random)
        span = float(random.uniform(1.7 + 0.28 * count, 2.9 + 0.28 * count))
        laid = laying.lay(split, count, random, 0.72 * span)
        if any(fruit.kind == "Pineapple" for fruit in laid):
            span = max(span, 2.8)
        habit_number = int(random.integers(plan.CAMERAS[split]))
        habit = _habit(split, habit_number)
        elevation = float(random.uniform(28, 80))
        middle = np.mean([fruit.item.centre for fruit in laid], axis=0) if laid else np.zeros(3)
        jitter = np.array([random.uniform(-1, 1), 0, random.uniform(-1, 1)]) * (0.35 if count < 3 else 0.15)
        sensor, view = _camera(habit, elevation, span, middle + jitter * span, random)
        light, balance = _light(random)
        fixed = {
            "light": {"type": "envmap", "bitmap": mi.Bitmap(light)},
            "a_ground": _ground(ground, random),
        }
        fixed |= {f"prop{i}": shape(part) for i, part in enumerate(laying.props(laid, random, span))}
        while True:
            scene, owners = _scene(laid, fixed)
            layers = survey.look(scene, sensor, SIZE, owners)
            areas, boxes = survey.seen(layers, len(laid))
            shares = [
                min(1.0, areas[i] / max(survey.silhouette(fruit.item.points(), view, SIZE), 1.0))
                for i, fruit in enumerate(laid)
            ]
            kept = [
                i for i in range(len(laid)) if shares[i] >= plan.LEAST_SEEN and areas[i] >= plan.LEAST_PIXELS
            ]
            if len(kept) == len(laid):
                break
            laid = [laid[i] for i in kept]
        if laid or count == 0:
            break
    else:
        raise RuntimeError(f"{split} {number}: hidden in all {TRIES} draws; choose another seed")
    integrator = mi.load_dict({"type": "direct", "emitter_samples": 1, "bsdf_samples": 0})
    light = np.array(integrator.render(scene, mi.load_dict(sensor), number, SAMPLES))
    layers["colour"] = survey.colours(scene, sensor)
    light = survey.bounced(survey.quieted(light, layers), layers)
    subject = layers["fruit"] >= 0
    if not subject.any():
        habit["aperture"] = 0.0
    picture = photo.taken(light, layers, subject, balance, habit, random, False)
    fruits = []
    for i, fruit in enumerate(laid):
        left, top, right, bottom = boxes[i]
        fruits.append(
            {
                "instance": i + 1,
                "kind": fruit.kind,
                "individual": fruit.individual,
                "box": [left, top, right, bottom],
                "seen": round(float(shares[i]), 2),
                "across": _thirds((left + right) / 2, ("left", "middle", "right")),
                "depth": _thirds((top + bottom) / 2, ("back", "middle", "front")),
                "stem": _key_point(fruit.stem, fruit, i, layers, view),
                "tip": _key_point(fruit.tip, fruit, i, layers, view),
            }
        )
    row = {
        "ground": ground.id,
        "ground_name": ground.kind.name,
        "pattern": ground.kind.pattern,
        "camera": f"camera-{split.lower()}-{habit_number + 1:02d}",
        "elevation": round(elevation),
        "fruits": len(fruits),
    }
    return Scene(picture, (layers["fruit"] + 1).astype(np.uint8), row, fruits)
