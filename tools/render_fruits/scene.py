"""Bridge to mitsuba: meshes with vertex colours, painted light, renders as numpy arrays, a small camera."""

from __future__ import annotations

import io

import mitsuba as mi
import numpy as np
from PIL import Image

from tools.render_fruits.meshes import Array, Part, linear

mi.set_variant("scalar_rgb")
mi.set_log_level(mi.LogLevel.Error)


def shape(part: Part) -> mi.Mesh:
    """A mitsuba mesh with the part's vertex colours and finish."""
    material = mi.load_dict(
        {
            "type": "twosided",
            "inside": {
                "type": "principled",
                "base_color": {"type": "mesh_attribute", "name": "vertex_color"},
                "roughness": float(part.roughness),
                "specular": float(part.specular),
                "sheen": float(part.sheen),
            },
        }
    )
    properties = mi.Properties()
    properties["mesh_bsdf"] = material
    mesh = mi.Mesh("fruit", len(part.points), len(part.faces), has_vertex_normals=True, props=properties)
    mesh.add_attribute("vertex_color", 3, linear(part.colours).astype(np.float32).ravel())
    parameters = mi.traverse(mesh)
    parameters["vertex_positions"] = part.points.astype(np.float32).ravel()
    parameters["faces"] = part.faces.astype(np.uint32).ravel()
    parameters["vertex_normals"] = part.normals.astype(np.float32).ravel()
    parameters.update()
    return mesh


def sky(lamps: list[tuple[Array, float, float, Array]], ambient: Array, rows: int = 32) -> Array:
    """Paint light from all around as a (rows, 2 rows, 3) picture in mitsuba's lat-long layout, y up.

    `lamps`: (direction, angular width in radians, strength, colour) each.
    """
    polar = (np.arange(rows) + 0.5) / rows * np.pi
    around = (np.arange(2 * rows) + 0.5) / rows * np.pi
    polar, around = np.meshgrid(polar, around, indexing="ij")
    direction = np.stack(
        [np.sin(around) * np.sin(polar), np.cos(polar), -np.cos(around) * np.sin(polar)], axis=-1
    )
    picture = np.ones((rows, 2 * rows, 3)) * ambient
    picture *= 0.75 + 0.25 * direction[..., 1:2]
    for where, width, strength, colour in lamps:
        cosine = np.clip(direction @ (where / np.linalg.norm(where)), -1, 1)
        lobe = np.exp(-((np.arccos(cosine) / width) ** 2))
        picture += strength * lobe[..., None] * colour
    return picture.astype(np.float32)


def angles(azimuth: float, elevation: float) -> Array:
    """Unit vector of a lamp; azimuth 0 is behind the camera, positive to the right; degrees."""
    a, e = np.radians(azimuth), np.radians(elevation)
    return np.array([np.sin(a) * np.cos(e), np.sin(e), np.cos(a) * np.cos(e)])


def matrix(rotation: Array) -> mi.ScalarTransform4f:
    full = np.eye(4)
    full[:3, :3] = rotation
    return mi.ScalarTransform4f(full)


def develop(light: Array, exposure: float, balance: Array, contrast: float, saturation: float) -> Array:
    """Linear light (H, W, 3) to sRGB 0..1, as a small camera would."""
    value = np.clip(light * exposure * balance, 0, None)
    value = np.where(value > 0.8, 0.8 + 0.2 * np.tanh((value - 0.8) / 0.35), value)
    value = np.where(value <= 0.0031308, value * 12.92, 1.055 * np.maximum(value, 1e-9) ** (1 / 2.4) - 0.055)
    grey = value.mean(axis=-1, keepdims=True)
    value = grey + (value - grey) * saturation
    return np.clip((value - 0.45) * contrast + 0.45, 0, 1)


def save_jpeg(picture: Array, path, quality: int, optimize: bool = False) -> None:
    """Write (H, W, 3) 0..1 as JPEG with no metadata. `optimize`: the same pixels in fewer bytes, with a code per file."""
    buffer = io.BytesIO()
    Image.fromarray((np.clip(picture, 0, 1) * 255 + 0.5).astype(np.uint8)).save(
        buffer, "JPEG", quality=quality, optimize=optimize
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(buffer.getvalue())


def save_mask(mask: Array, path) -> None:
    """Write a boolean (H, W) array as 1-bit PNG, white where the fruit is."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(mask.astype(np.uint8) * 255).convert("1", dither=Image.Dither.NONE).save(
        path, optimize=True
    )
