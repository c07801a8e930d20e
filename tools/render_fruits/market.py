"""The market set: fruit as one meets it, on wood, cloth, leaves or in crates, beside and behind other fruit."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import mitsuba as mi
import numpy as np

from tools.render_fruits import grounds
from tools.render_fruits.fruits import FRUITS
from tools.render_fruits.meshes import Array, Fruit, Part, turn
from tools.render_fruits.scene import angles, develop, save_jpeg, save_mask, shape, sky
from tools.render_fruits.studio import seeded

SIZE = 128
SAMPLES = 8
QUALITY = 88
PICTURES = {"Training": ("m", 40), "Test": ("n", 20)}
INDIVIDUALS = {"Training": 8, "Test": 5}
TEXTURES = {"Training": 8, "Test": 4}
GROUNDS = ("wood", "cloth", "leaves", "crate")
LEAST_SEEN = 0.5  # of the fruit, or the draw is repeated
LEAST_AREA = 0.045  # of the picture
TRIES = 12


@lru_cache(maxsize=128)
def _grown(class_name: str, split: str, number: int, detail: float) -> Fruit:
    random = seeded("market", split, class_name, number)
    extra = {"crown": number % 4 != 0} if class_name == "Pineapple" else {}
    return FRUITS[class_name](random, detail, **extra)


def _resting(fruit: Fruit, random: np.random.Generator, radius: float) -> tuple[list[Part], float]:
    """The fruit lying on y = 0 in a random pose, scaled to about `radius`; and its reach on the ground."""
    stand = turn("x", -np.pi / 2)
    if fruit.lying_turn == "crescent":
        pose = turn("x", random.choice([0.0, np.pi / 2, 1.2, -np.pi / 2])) @ stand
    else:
        pose = turn("z", random.uniform(0, 2.0)) @ stand
    pose = turn("y", random.uniform(0, 2 * np.pi)) @ turn("x", random.normal(scale=0.15)) @ pose
    points = fruit.points(framed=True)
    scale = radius / (np.ptp(points, axis=0).max() / 2)
    turned = points @ pose.T * scale
    middle = (turned.max(axis=0) + turned.min(axis=0)) / 2
    shift = np.array([-middle[0], -turned[:, 1].min(), -middle[2]])
    reach = np.linalg.norm((turned - middle)[:, [0, 2]], axis=1).max()
    return [part.moved(pose * scale, shift) for part in fruit.parts], float(reach)


def _light(split: str, random: np.random.Generator) -> tuple[Array, dict]:
    """One of several lights: sun, overcast, warm lamp, shop tubes, dusk; with the camera's response."""
    kind = random.choice(["sun", "overcast", "lamp", "shop", "dusk"])
    side = angles(random.uniform(-150, 150), random.uniform(25, 70))
    recipes = {
        "sun": ([(side, 0.16, 34.0, np.array([1.0, 0.95, 0.86]))], 0.5, [1.0, 1.0, 1.02]),
        "overcast": ([(angles(0, 85), 0.9, 1.6, np.ones(3))], 0.8, [0.97, 1.0, 1.06]),
        "lamp": ([(side, 0.3, 9.0, np.array([1.0, 0.82, 0.58]))], 0.25, [1.06, 1.0, 0.9]),
        "shop": (
            [
                (angles(-90, 60), 0.35, 4.0, np.array([0.96, 1.0, 0.98])),
                (angles(90, 60), 0.35, 4.0, np.array([0.96, 1.0, 0.98])),
            ],
            0.45,
            [1.0, 1.02, 1.0],
        ),
        "dusk": (
            [(angles(random.uniform(-150, 150), 15), 0.4, 5.0, np.array([1.0, 0.72, 0.5]))],
            0.4,
            [1.0, 0.98, 1.12],
        ),
    }
    lamps, ambient, balance = recipes[str(kind)]
    strength = sum(lamp[1] ** 2 * lamp[2] for lamp in lamps)
    spread = 0.3 if split == "Training" else 0.33
    camera = {
        "exposure": 1.5 * np.exp(random.normal(scale=spread) - 0.1) / (0.7 * ambient + 0.9 * strength + 0.1),
        "balance": np.array(balance) * (1 + random.normal(scale=0.04, size=3)),
        "contrast": random.uniform(0.85, 1.15),
        "saturation": random.uniform(0.75, 1.1),
        "grain": random.uniform(0.0, 0.025),
        "blur": random.uniform() < 0.3,
    }
    return sky(lamps, np.ones(3) * ambient), camera


@lru_cache(maxsize=128)
def _painted(kind: str, split: str, number: int) -> Array:
    paint = {
        "wood": grounds.wood,
        "cloth": grounds.cloth,
        "leaves": grounds.leaves,
        "crate": grounds.earth_between_boards,
    }[kind]
    return np.clip(paint(seeded("ground", split, kind, number)), 0, 1).astype(np.float32)


def _ground(kind: str, split: str, random: np.random.Generator) -> dict:
    texture = _painted(kind, split, int(random.integers(TEXTURES[split])))
    half = 10.0
    to_world = (
        mi.ScalarTransform4f()
        .translate([0, -0.1 if kind == "crate" else 0.0, 0])
        .rotate([0, 1, 0], float(random.uniform(0, 360)))
        .rotate([1, 0, 0], -90)
        .scale([4 * half, 4 * half, 1])
    )
    return {
        "type": "rectangle",
        "to_world": to_world,
        "material": {
            "type": "twosided",
            "inside": {
                "type": "diffuse",
                "reflectance": {
                    "type": "bitmap",
                    "bitmap": mi.Bitmap(texture),
                    "raw": True,
                    "to_uv": mi.ScalarTransform3f().scale([9.0, 9.0]),
                },
            },
        },
    }


def _survey(scene: mi.Scene, sensor: dict, own: list[str]) -> dict[str, Array]:
    """What each pixel shows, from 2 x 2 rays: share of the shapes named in `own`, skin colour, shape, normal."""
    fine = sensor | {
        "film": sensor["film"] | {"width": 2 * SIZE, "height": 2 * SIZE},
        "sampler": {"type": "independent"},
    }
    finder = mi.load_dict({"type": "aov", "aovs": "colour:albedo,normal:sh_normal,index:shape_index"})
    layers = np.array(finder.render(scene, mi.load_dict(fine), 0, 1))[..., -7:]
    index = layers[..., 6].round()
    # The renderer counts shapes from 1; 0 is the sky.
    wanted = [i for i, found in enumerate(scene.shapes(), start=1) if found.id() in own]
    blocks = layers.reshape(SIZE, 2, SIZE, 2, 7).mean(axis=(1, 3))
    return {
        "own": np.isin(index, wanted).reshape(SIZE, 2, SIZE, 2).mean(axis=(1, 3)),
        "colour": blocks[..., :3],
        "normal": blocks[..., 3:6],
        "index": blocks[..., 6:],
    }


def _quieted(light: Array, survey: dict[str, Array], reach: int = 2) -> Array:
    """Smooth the noise of the light, not the colours: average light / colour over like neighbours."""
    colour = survey["colour"] + 0.03
    shining = light / colour
    # A stray bright sample would leave a blot; no pixel may outshine its brightest neighbour by much.
    padded = np.pad(shining, ((1, 1), (1, 1), (0, 0)), mode="edge")
    ring = np.stack(
        [padded[r : r + SIZE, c : c + SIZE] for r in range(3) for c in range(3) if (r, c) != (1, 1)]
    )
    shining = np.minimum(shining, np.sort(ring, axis=0)[-2] * 1.1)
    total, weights = np.zeros_like(light), np.zeros((SIZE, SIZE, 1))
    rows, columns = np.arange(SIZE), np.arange(SIZE)
    for down in range(-reach, reach + 1):
        for across in range(-reach, reach + 1):
            r = np.clip(rows + down, 0, SIZE - 1)[:, None]
            c = np.clip(columns + across, 0, SIZE - 1)[None, :]
            same = np.abs(survey["index"][r, c] - survey["index"]) < 0.1
            bend = ((survey["normal"][r, c] - survey["normal"]) ** 2).sum(axis=-1, keepdims=True)
            weight = same * np.exp(-bend / 0.08 - (down**2 + across**2) / 4.0)
            total += weight * shining[r, c]
            weights += weight
    return total / np.maximum(weights, 1e-6) * colour


def _shadowless_cells(
    points: Array, eye: Array, right: Array, up: Array, toward: Array, view: float
) -> Array:
    """Which of 64 x 64 coarse cells the fruit's vertices fall into, were nothing in front of it."""
    away = points - eye
    depth = -(away @ toward)
    reach = np.tan(np.radians(view / 2)) * depth
    column = np.floor((away @ right / reach + 1) * 32).astype(int)
    row = np.floor((1 - away @ up / reach) * 32).astype(int)
    cells = np.zeros((64, 64), dtype=bool)
    inside = (column >= 0) & (column < 64) & (row >= 0) & (row < 64)
    cells[row[inside], column[inside]] = True
    return cells


def _compose(class_name: str, split: str, number: int, attempt: int):
    """One draw of a market picture: scene, sensor, camera, where and how much of its fruit is seen."""
    random = seeded("market-picture", split, class_name, number, attempt)
    kind = GROUNDS[(number + attempt) % len(GROUNDS)]
    individual = int(random.integers(INDIVIDUALS[split]))
    fruit = _grown(class_name, split, individual, 0.62)
    own, reach = _resting(fruit, random, fruit.notes.get("spread", 1.0))
    shapes: dict = {"a_ground": _ground(kind, split, random)}
    own_names = []
    for i, part in enumerate(own):
        own_names.append(f"own{i}")
        mesh = shape(part)
        mesh.set_id(f"own{i}")
        shapes[f"own{i}"] = mesh
    elevation = np.radians(random.uniform(24, 68))
    azimuth = random.uniform(0, 2 * np.pi) if kind != "crate" else random.normal(scale=0.3)
    toward = np.array(
        [np.sin(azimuth) * np.cos(elevation), np.sin(elevation), np.cos(azimuth) * np.cos(elevation)]
    )
    placed = [(np.zeros(2), reach)]
    others = [name for name in FRUITS if name != class_name]
    for i in range(int(random.integers(0, 5))):
        name = others[random.integers(len(others))]
        companion = _grown(name, split, int(random.integers(2)), 0.4)
        ratio = np.clip(companion.size / fruit.size, 0.5, 1.7)
        parts, width = _resting(companion, random, ratio)
        for _ in range(8):
            angle = random.uniform(0, 2 * np.pi)
            centre = np.array([np.sin(angle), np.cos(angle)]) * (reach + width) * random.uniform(0.92, 1.25)
            if all(np.linalg.norm(centre - at) > 0.9 * (width + taken) for at, taken in placed[1:]):
                break
        else:
            continue
        placed.append((centre, width))
        for j, part in enumerate(parts):
            shapes[f"other{i}_{j}"] = shape(part.moved(np.eye(3), np.array([centre[0], 0, centre[1]])))
    if kind == "crate":
        for i, part in enumerate(grounds.crate(random, max(3.0, 1.4 * reach) * random.uniform(1.0, 1.3))):
            shapes[f"board{i}"] = shape(part)
    if kind == "leaves" or random.uniform() < 0.15:
        for i in range(int(random.integers(1, 4))):
            ahead = toward[[0, 2]] / np.linalg.norm(toward[[0, 2]])
            across = np.array([ahead[1], -ahead[0]])
            spot = ahead * random.uniform(0.9, 1.5) * reach + across * random.normal(scale=0.9)
            shapes[f"twig{i}"] = shape(
                grounds.twig(random, np.array([spot[0], 0, spot[1]]), random.uniform(0.5, 1.0))
            )
    high = max(part.points[:, 1].max() for part in own)
    share = random.uniform(0.4, 0.8)
    view = 30.0
    distance = 1.0 / share / np.tan(np.radians(view / 2))
    right = np.cross([0, 1, 0], toward)
    right /= np.linalg.norm(right)
    up = np.cross(toward, right)
    roam = max(0.0, 1.0 / share - 1.0) + 0.15
    aim = np.array([0, high / 2, 0]) + right * random.uniform(-roam, roam) + up * random.uniform(-roam, roam)
    roll = random.normal(scale=0.1)
    right, up = np.cos(roll) * right - np.sin(roll) * up, np.sin(roll) * right + np.cos(roll) * up
    sensor = {
        "type": "perspective",
        "fov": view,
        "to_world": mi.ScalarTransform4f().look_at(
            (aim + toward * distance).tolist(), aim.tolist(), up.tolist()
        ),
        "film": {
            "type": "hdrfilm",
            "width": SIZE,
            "height": SIZE,
            "pixel_format": "rgb",
            "rfilter": {"type": "box"},
        },
        "sampler": {"type": "multijitter", "sample_count": SAMPLES},
    }
    light, camera = _light(split, random)
    emitter = {"type": "envmap", "bitmap": mi.Bitmap(light)}
    scene = mi.load_dict({"type": "scene", "light": emitter, **shapes})
    survey = _survey(scene, sensor, own_names)
    seen = survey["own"]
    points = np.concatenate([part.points for part in own])
    whole = _shadowless_cells(points, aim + toward * distance, right, up, toward, view)
    coarse = seen.reshape(64, SIZE // 64, 64, SIZE // 64).mean(axis=(1, 3)) > 0
    share_seen = (coarse & whole).sum() / max(whole.sum(), 1)
    return scene, sensor, camera, survey, share_seen, random


def picture(class_name: str, split: str, number: int) -> tuple[Array, Array]:
    """Render one market picture: (SIZE, SIZE, 3) in 0..1 and the boolean mask of its own fruit."""
    for attempt in range(TRIES):
        scene, sensor, camera, survey, share_seen, random = _compose(class_name, split, number, attempt)
        seen = survey["own"]
        if share_seen >= LEAST_SEEN and (seen > 0.5).sum() > LEAST_AREA * SIZE * SIZE:
            break
    else:
        raise RuntimeError(f"{class_name} {split} {number}: hidden in all {TRIES} draws; choose another seed")
    integrator = mi.load_dict({"type": "path", "max_depth": 2})
    light_seen = np.array(integrator.render(scene, mi.load_dict(sensor), number, SAMPLES))
    light_seen = _quieted(light_seen, survey)
    result = develop(
        light_seen, camera["exposure"], camera["balance"], camera["contrast"], camera["saturation"]
    )
    if camera["blur"]:
        padded = np.pad(result, ((1, 1), (1, 1), (0, 0)), mode="edge")
        rows = 0.2 * padded[:-2] + 0.6 * padded[1:-1] + 0.2 * padded[2:]
        result = 0.2 * rows[:, :-2] + 0.6 * rows[:, 1:-1] + 0.2 * rows[:, 2:]
    result = result + random.normal(scale=camera["grain"], size=result.shape)
    return result, seen > 0.5


def stall(class_name: str, split: str, out: Path, few: bool = False) -> list[Path]:
    """Render all market pictures of one class and split; returns the pictures written."""
    letter, count = PICTURES[split]
    written = []
    for number in range(1, (count // 4 if few else count) + 1):
        image, mask = picture(class_name, split, number)
        path = out / "market" / split / class_name / f"{letter}{number:02d}.jpg"
        save_jpeg(image, path, QUALITY)
        save_mask(mask, out / "market" / "masks" / split / class_name / f"{letter}{number:02d}.png")
        written.append(path)
    return written
