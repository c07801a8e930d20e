"""Film one fruit: the same start for every motion, so that a single frame does not tell where it is going."""

from __future__ import annotations

import mitsuba as mi
import numpy as np

from tools.render_clips.plan import FRAMES, SIZE, Shot
from tools.render_fruits.fruits import FRUITS
from tools.render_fruits.meshes import Array, Fruit, turn
from tools.render_fruits.scene import develop, matrix, shape
from tools.render_fruits.studio import _camera, seeded

SAMPLES = 16
DETAIL = 0.5
ACROSS = 0.62
"""Diameter of a fruit, as a share of the frame's width."""
REACH = 0.18
"""How far from the middle of the frame a fruit's middle gets, as a share of the frame's width."""


def grown(shot: Shot) -> tuple[Fruit, dict]:
    """The individual of a clip, and its sitting: light and camera."""
    random = seeded("clips", shot.split, shot.kind, shot.individual)
    fruit = FRUITS[shot.kind](random, detail=DETAIL)
    return fruit, _camera(shot.split, random, shot.kind)


def stage(fruit: Fruit, camera: dict) -> tuple[mi.Scene, object]:
    """mitsuba's scene of one individual, and its parameters, through which the light is turned."""
    description = {
        "type": "scene",
        "integrator": {"type": "path", "max_depth": 2, "hide_emitters": True},
        "light": {"type": "envmap", "bitmap": mi.Bitmap(camera["sky"])},
    }
    for number, part in enumerate(fruit.parts):
        description[f"part{number}"] = shape(part)
    scene = mi.load_dict(description)
    return scene, mi.traverse(scene)


def _any_turn(random: np.random.Generator) -> Array:
    """A rotation, all equally likely."""
    q = random.normal(size=4)
    w, x, y, z = q / np.linalg.norm(q)
    return np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
            [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
            [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
        ]
    )


def path(shot: Shot, random: np.random.Generator) -> tuple[list[Array], Array]:
    """Rotation and sideways place of each frame, in shares of the frame's width.

    Rolling fruits do not slip: they turn by their way over their radius. Turning ones stay where a rolling one might be.
    """
    first = _any_turn(random)
    steps = np.linspace(-0.5, 0.5, FRAMES)
    sign = -1.0 if shot.motion.endswith("left") else 1.0
    if shot.motion.startswith("rolls"):
        way = random.uniform(0.2, 0.34)
        middle = random.uniform(-1, 1) * (REACH - way / 2)
        places = middle + sign * way * steps
        # Moving right, a fruit turns clockwise for who looks at it: negative about the axis towards the camera.
        return [turn("z", -sign * way * step / (ACROSS / 2)) @ first for step in steps], places
    sweep = np.radians(random.uniform(75, 125))
    places = np.full(FRAMES, random.uniform(-REACH, REACH))
    return [turn("y", sign * sweep * step) @ first for step in steps], places


def _ground(random: np.random.Generator) -> tuple[Array, Array]:
    """Colours of wall and table, pale enough for every fruit to stand out a little."""
    wall = random.uniform(0.55, 0.95) * (1 + random.normal(scale=0.06, size=3))
    table = random.uniform(0.35, 0.75) * (1 + random.normal(scale=0.09, size=3))
    return np.clip(wall, 0, 1), np.clip(table, 0, 1)


def film(shot: Shot, fruit: Fruit, camera: dict, scene: mi.Scene, lights: object) -> Array:
    """The frames of a clip, uint8 (8, 32, 32, 3)."""
    random = seeded("clip", shot.name)
    views, places = path(shot, random)
    wall, table = _ground(random)
    horizon = random.uniform(0.45, 0.7)
    floor = random.uniform(0.84, 0.9)  # where the fruit touches the table, from the top
    points = fruit.points(framed=True)
    points = points - (points.min(axis=0) + points.max(axis=0)) / 2
    middle_of_fruit = (fruit.points(framed=True).min(axis=0) + fruit.points(framed=True).max(axis=0)) / 2
    radius = np.percentile(np.linalg.norm(points, axis=1), 75)
    half = radius / ACROSS  # half of the frame's width
    frames = []
    y, x = np.mgrid[0:SIZE, 0:SIZE] / SIZE + 0.5 / SIZE
    for number, (view, place) in enumerate(zip(views, places, strict=True)):
        back = matrix(view.T)
        lights["light.to_world"] = back
        lights.update()
        seen = points @ view.T
        low, high = seen.min(axis=0), seen.max(axis=0)
        centre = view @ middle_of_fruit
        at_x = (low[0] + high[0]) / 2 + centre[0] - 2 * half * place
        at_y = low[1] + centre[1] + 2 * half * (floor - 0.5)
        eye = mi.ScalarTransform4f().look_at([at_x, at_y, 20.0], [at_x, at_y, 0.0], [0, 1, 0])
        sensor = mi.load_dict(
            {
                "type": "orthographic",
                "to_world": back @ eye @ mi.ScalarTransform4f().scale([half, half, 1]),
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
        image = np.array(scene.integrator().render(scene, sensor, number, SAMPLES))
        alpha = np.clip(image[..., 3:], 0, 1)
        light = image[..., :3] / np.maximum(alpha, 1e-3)
        picture = develop(
            light, camera["exposure"], camera["balance"], camera["contrast"], camera["saturation"]
        )
        behind = np.where(y[..., None] < horizon, wall, table)
        width = (high[0] - low[0]) / (2 * half)
        shadow = np.exp(-(((x - 0.5 - place) / (0.45 * width)) ** 2) - ((y - floor) / 0.05) ** 2)
        behind = behind * (1 - 0.45 * shadow[..., None])
        whole = picture * alpha + behind * (1 - alpha)
        whole = whole + random.normal(scale=0.012, size=whole.shape)
        frames.append((np.clip(whole, 0, 1) * 255 + 0.5).astype(np.uint8))
    return np.stack(frames)
