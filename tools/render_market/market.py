"""The market set: fruit as one meets it in shops and kitchens, and what is seen of every fruit in a picture."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import drjit
import mitsuba as mi
import numpy as np
from scipy.ndimage import gaussian_filter

from tools.render_fruits.meshes import Array
from tools.render_fruits.scene import save_jpeg, save_mask, shape
from tools.render_market import furnishing, photo, stages, survey
from tools.render_market.plan import PHOTOGRAPHERS, PICTURES, TEXTURES, seeded, texture
from tools.render_market.surfaces import DYED, GLOSSY, OFTEN, SURFACES, WALLS

SIZE = 160
SAMPLES = 6
LEAST_SEEN = 0.5  # of the picture's own fruit, or the draw is repeated
LEAST_AREA, MOST_AREA = 0.02, 0.95  # of the picture
TRIES = 14
# A fruit in view is listed if at least this share of its outline and this many pixels are seen.
LISTED_SHARE = 0.2
LISTED_PIXELS = 40


@dataclass(frozen=True)
class InView:
    """A fruit that can be seen: its kind, box (right and bottom exclusive) and the share of it that is visible."""

    kind: str
    box: list[int]
    share: float


@lru_cache(maxsize=400)
def _painted(kind: str, split: str, number: int) -> Array:
    return np.clip(SURFACES[kind](seeded(*texture(split, kind, number))), 0, 1).astype(np.float32)


def _sheet(kind: str, split: str, random: np.random.Generator, to_world, repeats: float) -> dict:
    """A large rectangle with one of the split's textures."""
    painted = _painted(kind, split, int(random.integers(TEXTURES[split])))
    if kind in DYED:
        # The same pattern in other colours.
        painted = np.clip(
            painted[..., random.permutation(3)] * np.exp(random.normal(scale=0.25, size=3)), 0, 1
        )
    elif kind != "white":
        painted = painted * np.exp(random.normal(scale=0.08, size=3)) * np.exp(random.normal(scale=0.2))
    bitmap = {
        "type": "bitmap",
        "bitmap": mi.Bitmap(np.clip(painted, 0, 1).astype(np.float32)),
        "raw": True,
        "to_uv": mi.ScalarTransform3f().scale([repeats, repeats]),
    }
    material = {"type": "diffuse", "reflectance": bitmap}
    if kind in GLOSSY and random.uniform() < 0.6:
        material = {
            "type": "principled",
            "base_color": bitmap,
            "roughness": random.uniform(0.2, 0.5),
            "specular": 0.5,
        }
    return {"type": "rectangle", "to_world": to_world, "material": {"type": "twosided", "inside": material}}


def _camera(stage: stages.Stage, habit: dict) -> tuple[dict, dict, Array]:
    """The sensor, the view (eye and axes) and the level direction away from the camera."""
    random = stage.random
    elevation = np.radians(random.uniform(*stage.elevation))
    azimuth = random.uniform(0, 2 * np.pi)
    if stage.azimuth is not None:
        azimuth = np.radians(random.normal(scale=stage.azimuth / 2))
    toward = np.array(
        [np.sin(azimuth) * np.cos(elevation), np.sin(elevation), np.cos(azimuth) * np.cos(elevation)]
    )
    span = float(np.exp(random.uniform(*np.log(stage.span))))
    own = [item for item in stage.items if item.kind == stage.class_name]
    target = own[0]
    if stage.aim is not None:
        # Somewhere on top of the heap, near its middle.
        target = max(
            own, key=lambda item: item.centre @ toward - 0.8 * np.linalg.norm(item.centre - stage.aim)
        )
    distance = span / np.tan(np.radians(habit["fov"] / 2))
    right = np.cross([0, 1, 0], toward)
    right /= np.linalg.norm(right)
    up = np.cross(toward, right)
    roam = max(0.0, span - 0.9) * 0.7 + 0.1
    aim = target.centre + right * random.uniform(-roam, roam) + up * random.uniform(-roam, roam)
    roll = random.normal(scale=0.12)
    right, up = np.cos(roll) * right - np.sin(roll) * up, np.sin(roll) * right + np.cos(roll) * up
    eye = aim + toward * distance
    # Not under the table.
    eye[1] = max(eye[1], stage.floor_height + 0.25)
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
    toward = (eye - aim) / np.linalg.norm(eye - aim)
    right = np.cross(up, toward)
    right /= np.linalg.norm(right)
    view = {"eye": eye, "right": right, "up": np.cross(toward, right), "toward": toward, "fov": habit["fov"]}
    ahead = np.array([-np.sin(azimuth), 0, -np.cos(azimuth)])
    return sensor, view, ahead


def _background(stage: stages.Stage, view: dict, ahead: Array, shapes: dict) -> None:
    """The ground, a wall and clutter behind the fruit."""
    random, split = stage.random, stage.split
    weights = np.array(list(OFTEN.values()))
    floor = stage.floor or str(random.choice(list(OFTEN), p=weights / weights.sum()))
    scale = 50.0
    # Half the width of one repeat of the texture, in the fruit's radii.
    repeat = np.exp(random.uniform(np.log(2.5), np.log(8.0)))
    turned = (
        random.uniform(0, 360) if stage.azimuth is None else random.choice([0, 90]) + random.normal(scale=6)
    )
    place = (
        mi.ScalarTransform4f()
        .translate([0, float(stage.floor_height), 0])
        .rotate([0, 1, 0], float(turned))
        .rotate([1, 0, 0], -90)
        .scale([scale, scale, 1])
    )
    shapes["a_ground"] = _sheet(floor, split, random, place, scale / repeat)
    low = view["toward"][1] < 0.62
    if low and not stage.bright and random.uniform() < 0.75:
        away = random.uniform(3, 7) + (3 if stage.aim is not None else 0)
        parts = furnishing.clutter(random, int(random.integers(1, 12)), away, 7.0, ahead)
        for i, part in enumerate(parts):
            shapes[f"clutter{i}"] = shape(part.moved(np.eye(3), np.array([0, stage.floor_height, 0])))
    if low and stage.wall and (stage.bright or random.uniform() < 0.8):
        where = ahead * random.uniform(6, 20) * (1 if not stage.bright else 0.8)
        kind = "white" if stage.bright else WALLS[random.integers(len(WALLS))]
        place = (
            mi.ScalarTransform4f()
            .translate(where.tolist())
            .rotate([0, 1, 0], float(np.degrees(np.arctan2(-ahead[0], -ahead[2])) + random.normal(scale=15)))
            .scale([60.0, 60.0, 1])
        )
        shapes["b_wall"] = _sheet(
            kind, split, random, place, 60 / np.exp(random.uniform(np.log(2.5), np.log(9)))
        )


@dataclass
class Draw:
    """One draw of a picture: its scene, what each pixel shows, and which fruit it is of (None: hidden)."""

    stage: stages.Stage
    scene: mi.Scene
    sensor: dict
    layers: dict[str, Array]
    habit: dict
    balance: Array
    in_view: list[InView]
    own: int | None


def _compose(class_name: str, split: str, number: int, attempt: int) -> Draw:
    random = seeded("market-picture", split, class_name, number, attempt)
    stage = stages.Stage(class_name, split, random)
    # Another scene after some vain attempts, so that none is tried for ever.
    stages.SCENES[(number + attempt // 4) % len(stages.SCENES)](stage)
    habit = photo.photographer(split, int(random.integers(PHOTOGRAPHERS[split])))
    sensor, view, ahead = _camera(stage, habit)
    shapes: dict = {}
    _background(stage, view, ahead, shapes)
    owners = {}
    for i, item in enumerate(stage.items):
        for j, part in enumerate(item.parts):
            mesh = shape(part)
            mesh.set_id(f"fruit{i}_{j}")
            shapes[f"fruit{i}_{j}"] = mesh
            owners[f"fruit{i}_{j}"] = i
    for i, part in enumerate(stage.props):
        shapes[f"prop{i}"] = shape(part)
    for i, card in enumerate(stage.cards):
        shapes[f"card{i}"] = card
    facing = np.degrees(np.arctan2(view["toward"][0], view["toward"][2]))
    light, balance = photo.light(random, facing, stage.bright)
    scene = mi.load_dict({"type": "scene", "light": {"type": "envmap", "bitmap": mi.Bitmap(light)}, **shapes})
    layers = survey.look(scene, sensor, SIZE, owners)
    areas, boxes = survey.seen(layers, len(stage.items))
    in_view, own, best = [], None, 0.0
    for i, item in enumerate(stage.items):
        box = boxes[i]
        if box is None or areas[i] < LISTED_PIXELS:
            continue
        outline = survey.silhouette(item.points(), view, SIZE)
        share = min(1.0, areas[i] / outline) if outline > 0 else 0.0
        if share >= LISTED_SHARE:
            in_view.append(InView(item.kind, box, round(float(share), 2)))
        if item.kind == class_name and share >= LEAST_SEEN and LEAST_AREA <= areas[i] / SIZE**2 <= MOST_AREA:
            centre = np.array([(box[0] + box[2]) / 2, (box[1] + box[3]) / 2]) / SIZE - 0.5
            weight = areas[i] * share * (1 - np.linalg.norm(centre))
            if weight > best:
                own, best = i, weight
    return Draw(stage, scene, sensor, layers, habit, balance, in_view, own)


def _filmed(light: Array, random: np.random.Generator) -> Array:
    """A crinkled clear film over the picture: streaks of reflected light."""
    size = len(light)
    folds = np.abs(gaussian_filter(random.normal(size=(size, size)), random.uniform(9, 16)))
    folds /= folds.std()
    lean = random.uniform(0.6, 2.2)
    streaks = np.exp(-((folds / random.uniform(0.05, 0.2)) ** 2)) * (
        gaussian_filter(random.normal(size=(size, size)), 14) > 0
    )
    streaks = gaussian_filter(streaks, (0.6 * lean, 0.6))
    haze = random.uniform(0.0, 0.1)
    strength = random.uniform(0.15, 0.6) * np.quantile(light, 0.9)
    return light * (1 - haze) + haze * light.mean() + strength * streaks[..., None]


def picture(class_name: str, split: str, number: int) -> tuple[Array, Array, int, list[InView]]:
    """Render one picture: (SIZE, SIZE, 3) in 0..1, its own fruit's mask, JPEG quality, the fruits in view."""
    for attempt in range(TRIES):
        draw = _compose(class_name, split, number, attempt)
        if draw.own is not None:
            break
    else:
        raise RuntimeError(f"{class_name} {split} {number}: hidden in all {TRIES} draws; choose another seed")
    integrator = mi.load_dict({"type": "direct", "emitter_samples": 1, "bsdf_samples": 0})
    light = np.array(integrator.render(draw.scene, mi.load_dict(draw.sensor), number, SAMPLES))
    light = survey.bounced(survey.quieted(light, draw.layers), draw.layers)
    random = draw.stage.random
    if draw.stage.film:
        light = _filmed(light, random)
    mask = draw.layers["fruit"] == draw.own
    result = photo.taken(light, draw.layers, mask, draw.balance, draw.habit, random, draw.stage.bright)
    if draw.stage.bright and random.uniform() < 0.75:
        # Cut out, as catalogues do it: the white is pure, however dark the fruit was taken.
        result = np.exp(random.uniform(-0.4, 0.05)) * result ** random.uniform(0.95, 1.7)
        fruit = gaussian_filter((draw.layers["fruit"] >= 0).astype(float), 0.6)[..., None]
        result = result * fruit + 1 - fruit
    return result, mask, draw.habit["quality"], draw.in_view


def render(class_name: str, split: str, numbers: range, out: Path) -> list[list]:
    """Render and save some pictures; returns the rows of fruits_in_view.csv that belong to them."""
    letter = PICTURES[split][0]
    rows = []
    for number in numbers:
        image, mask, quality, in_view = picture(class_name, split, number)
        name = f"{letter}{number:02d}"
        save_jpeg(image, out / "market" / split / class_name / f"{name}.jpg", quality)
        save_mask(mask, out / "market" / "masks" / split / class_name / f"{name}.png")
        rows += [
            [split, class_name, f"{name}.jpg", fruit.kind, *fruit.box, f"{fruit.share:.2f}"]
            for fruit in in_view
        ]
    return rows


def one_thread() -> None:
    """Keep the renderer to one thread, in a process that draws beside others."""
    drjit.set_thread_count(1)
