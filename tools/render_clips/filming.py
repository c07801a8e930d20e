"""Film one fruit from above while it rolls."""

from __future__ import annotations

import mitsuba as mi
import numpy as np

from tools.render_clips.plan import SIZE, Shot
from tools.render_clips.rolling import ACROSS, path
from tools.render_fruits.fruits import FRUITS
from tools.render_fruits.meshes import Array, Fruit
from tools.render_fruits.scene import develop, matrix, shape
from tools.render_fruits.studio import _camera, seeded

SAMPLES = 16
DETAIL = 0.5


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


def _table(random: np.random.Generator) -> Array:
    """The colour of the table, from dark to pale."""
    return np.clip(random.uniform(0.35, 0.9) * (1 + random.normal(scale=0.09, size=3)), 0, 1)


def film(shot: Shot, fruit: Fruit, camera: dict, scene: mi.Scene, lights: object) -> Array:
    """The frames of a clip, uint8 (8, 32, 32, 3)."""
    random = seeded("clip", shot.name)
    views, places = path(shot, random)
    table = _table(random)
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
        at_x = (low[0] + high[0]) / 2 + centre[0] - 2 * half * place[0]
        at_y = (low[1] + high[1]) / 2 + centre[1] - 2 * half * place[1]
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
        far = ((x - 0.5 - place[0]) ** 2 + (y - 0.5 + place[1]) ** 2) / (0.6 * ACROSS) ** 2
        behind = table * (1 - 0.4 * np.exp(-far)[..., None])
        whole = picture * alpha + behind * (1 - alpha)
        whole = whole + random.normal(scale=0.012, size=whole.shape)
        frames.append((np.clip(whole, 0, 1) * 255 + 0.5).astype(np.uint8))
    return np.stack(frames)
