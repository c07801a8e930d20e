"""The street: asphalt with marks, pavements, houses or hedges behind, lamp posts and trees; and its light."""

from __future__ import annotations

from dataclasses import dataclass

import mitsuba as mi
import numpy as np
from PIL import Image, ImageDraw
from scipy.ndimage import gaussian_filter

from tools.render_fruits.meshes import Array, Part, joined, linear, mix, rgb, tube
from tools.render_fruits.scene import angles, sky
from tools.render_market.furnishing import box
from tools.render_market.surfaces import SURFACES

Random = np.random.Generator
WIDTH, HEIGHT = 256, 144
HALF_ROAD = 3.7


@dataclass
class Camera:
    """Where a fixed camera stands and looks, in metres; fov across the picture in degrees."""

    eye: Array
    aim: Array
    fov: float

    def sensor(self, samples: int) -> dict:
        return {
            "type": "perspective",
            "fov": self.fov,
            "to_world": mi.ScalarTransform4f().look_at(self.eye.tolist(), self.aim.tolist(), [0, 1, 0]),
            "film": {
                "type": "hdrfilm",
                "width": WIDTH,
                "height": HEIGHT,
                "pixel_format": "rgb",
                "rfilter": {"type": "box"},
            },
            "sampler": {"type": "multijitter", "sample_count": samples},
        }

    def view(self) -> dict:
        """Eye, right, up, toward and fov, as tools.render_market.survey wants them."""
        toward = (self.eye - self.aim) / np.linalg.norm(self.eye - self.aim)
        right = np.cross([0, 1, 0], toward)
        right /= np.linalg.norm(right)
        return {
            "eye": self.eye,
            "right": right,
            "up": np.cross(toward, right),
            "toward": toward,
            "fov": self.fov,
        }

    def projected(self, point: Array) -> tuple[float, float]:
        """Column and row of a point in space."""
        view = self.view()
        away = np.asarray(point, dtype=float) - self.eye
        scale = WIDTH / 2 / np.tan(np.radians(self.fov / 2)) / -(away @ view["toward"])
        return float(WIDTH / 2 + away @ view["right"] * scale), float(HEIGHT / 2 - away @ view["up"] * scale)


def _bitmap(picture: Array, repeats: tuple[float, float]) -> dict:
    bitmap = {
        "type": "bitmap",
        "bitmap": mi.Bitmap(np.clip(picture, 0, 1).astype(np.float32)),
        "raw": True,
        "to_uv": mi.ScalarTransform3f().scale([repeats[0], repeats[1]]),
    }
    return {"type": "twosided", "inside": {"type": "diffuse", "reflectance": bitmap}}


def _flat(picture: Array, z: tuple[float, float], y: float, repeats: tuple[float, float]) -> dict:
    place = (
        mi.ScalarTransform4f()
        .translate([0, y, (z[0] + z[1]) / 2])
        .rotate([1, 0, 0], -90)
        .scale([80, abs(z[1] - z[0]) / 2, 1])
    )
    return {"type": "rectangle", "to_world": place, "material": _bitmap(picture, repeats)}


def _asphalt(random: Random) -> Array:
    """One 8 m stretch of the road with its dashed middle line, linear light (256, 256, 3)."""
    noise = gaussian_filter(random.normal(size=(256, 256)), 1.2, mode="wrap")
    stains = gaussian_filter(random.normal(size=(256, 256)), 18, mode="wrap")
    base = mix(rgb("4a4c50"), rgb("74716c"), random.uniform())
    picture = base * (1 + 0.06 * noise / noise.std() + 0.05 * stains / stains.std())[..., None]
    white = rgb("d8d8d0")
    picture[125:131, :110] = white
    if random.uniform() < 0.6:
        picture[8:12] = white
        picture[-12:-8] = white
    return linear(np.clip(picture, 0, 1))


def _pavement(random: Random) -> Array:
    """Two metres of concrete slabs, linear light (128, 128, 3)."""
    noise = gaussian_filter(random.normal(size=(128, 128)), 6, mode="wrap")
    base = mix(rgb("8a8680"), rgb("b8b0a2"), random.uniform()) * random.uniform(0.85, 1.1)
    picture = base * (1 + 0.05 * noise / noise.std())[..., None]
    joint = np.arange(128) % 64 < 2
    picture[joint] *= 0.82
    picture[:, joint] *= 0.82
    return linear(np.clip(picture, 0, 1))


def _facade(random: Random) -> Array:
    """A house front that repeats: plaster or brick, windows with frames, perhaps a door; linear light."""
    walls = ("c8b89c", "b07a5c", "d8d0c0", "a8a49c", "c89a78", "8a9aa8", "d8c48c")
    wall = rgb(walls[random.integers(len(walls))]) * random.uniform(0.85, 1.05)
    canvas = Image.new("RGB", (320, 200), tuple((np.clip(wall, 0, 1) * 255).astype(int)))
    pen = ImageDraw.Draw(canvas)
    if random.uniform() < 0.4:
        for row in range(0, 200, 8):
            pen.line([0, row, 320, row], fill=tuple((wall * 215).astype(int)))
    glass = rgb(("2c3a48", "5a6a7a", "3a3c40")[random.integers(3)])
    frame = rgb(("f0f0ec", "5a3c28", "3a5a4a")[random.integers(3)])
    wide = int(random.integers(26, 46))
    for row in (24, 112):
        for column in range(16, 300, 76):
            door = row == 112 and column == 16 + 76 * int(random.integers(0, 4))
            bottom = 200 if door else row + 54
            pen.rectangle([column, row, column + wide, bottom], tuple((frame * 255).astype(int)))
            pen.rectangle(
                [column + 4, row + 4, column + wide - 4, bottom - 4], tuple((glass * 255).astype(int))
            )
    pen.rectangle([0, 186, 320, 200], tuple((wall * 140).astype(int)))
    return linear(np.asarray(canvas) / 255)


def _post(x: float, z: float, high: float, radius: float, colour: Array) -> Part:
    path = np.array([[x, 0, z], [x, high / 2, z], [x, high, z], [x, high + 0.02, z]])
    points, faces, _, _ = tube(path, radius * np.array([1, 1, 0.8, 0.05]), 12)
    return joined([(points, faces, colour)], roughness=0.6)


def _tree(random: Random, x: float, z: float) -> list[Part]:
    crown = []
    green = mix(rgb("4a6a34"), rgb("7a8a3c"), random.uniform())
    for _ in range(26):
        spot = np.array([x, 4.4, z]) + random.normal(scale=[0.9, 0.7, 0.9])
        s = np.linspace(-1, 1, 7)
        size = random.uniform(0.4, 0.8)
        path = spot + np.stack([0 * s, size * s, 0 * s], axis=1)
        points, faces, _, _ = tube(path, size * np.sqrt(np.maximum(1 - s**2, 1e-3)), 8)
        crown.append((points, faces, green * random.uniform(0.7, 1.2)))
    return [_post(x, z, 4.2, 0.2, rgb("5a4634")), joined(crown, roughness=0.9)]


def light(random: Random, film: bool = False) -> Array:
    """The sky as a picture: sun or clouds. The film has one sun of its own."""
    if film:
        lamps = [(angles(-48, 40), 0.12, 60.0, np.array([1.0, 0.95, 0.86]))]
        return sky(lamps, 0.55 * np.array([0.88, 0.96, 1.08]))
    side = random.uniform(-120, 120)
    kind = str(random.choice(["sun", "sun", "cloud", "dusk"]))
    if kind == "sun":
        lamps, ambient = (
            [(angles(side, random.uniform(25, 65)), 0.13, 50.0, np.array([1.0, 0.95, 0.86]))],
            0.5,
        )
    elif kind == "cloud":
        lamps, ambient = [(angles(side, 75), 0.9, 1.6, np.ones(3))], 0.8
    else:
        lamps, ambient = [(angles(side, 16), 0.35, 6.0, np.array([1.0, 0.8, 0.62]))], 0.45
    return sky(lamps, ambient * np.array([0.88, 0.96, 1.08]) * random.uniform(0.8, 1.2))


def street(random: Random, film: bool = False) -> tuple[dict, list[Part]]:
    """Shapes of the ground and the houses by name, and the parts of what stands at the roadside."""
    pavement = _pavement(random)
    shapes = {
        "a_road": _flat(_asphalt(random), (-HALF_ROAD, HALF_ROAD), 0.0, (20, 1)),
        "a_near": _flat(pavement, (HALF_ROAD, 40), 0.1, (80, 18)),
        "a_far": _flat(pavement, (-8.2, -HALF_ROAD), 0.1, (80, 2.25)),
    }
    behind = str(random.choice(["houses", "houses", "hedge", "wall"])) if not film else "houses"
    tall = {"houses": 9.0, "hedge": 2.2, "wall": 1.8}[behind]
    picture = (
        _facade(random) if behind == "houses" else SURFACES["turf" if behind == "hedge" else "boards"](random)
    )
    place = (
        mi.ScalarTransform4f()
        .translate([float(random.uniform(-5, 5)), tall / 2, -8.2])
        .scale([90, tall / 2, 1])
    )
    long = {"houses": 12.8, "hedge": 3.0, "wall": 3.0}[behind]
    shapes["b_behind"] = {
        "type": "rectangle",
        "to_world": place,
        "material": _bitmap(picture, (180 / long, 1)),
    }
    kerb = rgb("a8a8a4")
    edges = [box(np.array([160, 0.12, 0.2]), np.array([0, 0.05, side * HALF_ROAD]), kerb) for side in (-1, 1)]
    parts = [joined(edges, roughness=0.9)]
    if film:
        parts += _tree(random, -6.6, 4.6)
        parts += [_post(2.6, 4.3, 6.0, 0.11, rgb("3a4a44")), _post(-9.5, -4.4, 6.0, 0.09, rgb("3a4a44"))]
        poster = box(np.array([0.9, 1.7, 0.25]), np.array([6.1, 1.15, 6.4]), rgb("c8b060"))
        foot = box(np.array([1.0, 0.3, 0.35]), np.array([6.1, 0.2, 6.4]), rgb("4a4a48"))
        parts.append(joined([poster, foot], roughness=0.6))
        return shapes, parts
    for _ in range(int(random.integers(0, 3))):
        parts += _tree(random, random.uniform(-10, 10), float(random.choice([-5.5, 4.6])))
    for _ in range(int(random.integers(0, 3))):
        side = float(random.choice([-4.4, 4.3]))
        parts.append(_post(random.uniform(-9, 9), side, 6.0, random.uniform(0.06, 0.12), rgb("4a524c")))
    return shapes, parts
