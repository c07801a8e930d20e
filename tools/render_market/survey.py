"""What each pixel of a market scene shows, how much of each fruit is seen, and light without its noise."""

from __future__ import annotations

import mitsuba as mi
import numpy as np
from scipy.ndimage import binary_fill_holes, find_objects, gaussian_filter

from tools.render_fruits.meshes import Array

LAYERS = "colour:albedo,normal:sh_normal,index:shape_index,depth:depth"


def look(scene: mi.Scene, sensor: dict, size: int, owners: dict[str, int]) -> dict[str, Array]:
    """Layers of a scene from one ray a pixel.

    `owners`: shape id to number of the fruit it belongs to. Gives colour, normal, index and depth, each
    (size, size, channels), and `fruit` (size, size): the fruit's number, -1 where there is none.
    """
    once = sensor | {"sampler": {"type": "independent"}}
    layers = np.array(mi.load_dict({"type": "aov", "aovs": LAYERS}).render(scene, mi.load_dict(once), 0, 1))[
        ..., -8:
    ]
    # The renderer counts shapes from 1; 0 is the sky.
    shapes = scene.shapes()
    number = np.full(len(shapes) + 1, -1)
    for i, shape in enumerate(shapes, start=1):
        number[i] = owners.get(shape.id(), -1)
    fruit = number[np.clip(layers[..., 6].round().astype(int), 0, len(shapes))]
    depth = np.where(layers[..., 6] < 0.5, 1e3, layers[..., 7])
    return {
        "colour": layers[..., :3],
        "normal": layers[..., 3:6],
        "index": layers[..., 6:7],
        "depth": depth,
        "fruit": fruit,
    }


def colours(scene: mi.Scene, sensor: dict, rays: int = 9) -> Array:
    """The colour of each pixel's surface, averaged over some rays so that patterns and edges have no steps."""
    several = sensor | {"sampler": {"type": "multijitter", "sample_count": rays}}
    layer = mi.load_dict({"type": "aov", "aovs": "colour:albedo"})
    return np.array(layer.render(scene, mi.load_dict(several), 0, rays))[..., -3:]


def quieted(light: Array, layers: dict[str, Array], reach: int = 2) -> Array:
    """Smooth the noise of the light, not the colours: average light / colour over like neighbours."""
    height, width = light.shape[:2]
    colour = layers["colour"] + 0.03
    shining = light / colour
    # A stray bright sample would leave a blot; no pixel may outshine its brightest neighbour by much.
    padded = np.pad(shining, ((1, 1), (1, 1), (0, 0)), mode="edge")
    ring = np.stack(
        [padded[r : r + height, c : c + width] for r in range(3) for c in range(3) if (r, c) != (1, 1)]
    )
    shining = np.minimum(shining, np.partition(ring, -2, axis=0)[-2] * 1.1)
    total, weights = np.zeros_like(light), np.zeros((height, width, 1))
    rows, columns = np.arange(height), np.arange(width)
    for down in range(-reach, reach + 1):
        for across in range(-reach, reach + 1):
            r = np.clip(rows + down, 0, height - 1)[:, None]
            c = np.clip(columns + across, 0, width - 1)[None, :]
            same = np.abs(layers["index"][r, c] - layers["index"]) < 0.1
            bend = ((layers["normal"][r, c] - layers["normal"]) ** 2).sum(axis=-1, keepdims=True)
            weight = same * np.exp(-bend / 0.08 - (down**2 + across**2) / 4.0)
            total += weight * shining[r, c]
            weights += weight
    smooth = total / np.maximum(weights, 1e-6) * colour
    # One ray a pixel leaves steps where two shapes meet; a little blur takes them away.
    index = np.pad(layers["index"][..., 0], 1, mode="edge")
    around = [index[r : r + height, c : c + width] for r in range(3) for c in range(3)]
    edge = np.max(around, axis=0) - np.min(around, axis=0) > 0.1
    return np.where(edge[..., None], gaussian_filter(smooth, (0.65, 0.65, 0)), smooth)


def bounced(light: Array, layers: dict[str, Array]) -> Array:
    """Add what neighbouring surfaces give back, estimated in the picture; light is drawn without bounces."""
    colour = layers["colour"]
    shining = np.minimum(light / (colour + 0.03), 6 * np.median(light / (colour + 0.03)) + 1e-6)
    near = gaussian_filter(colour, (5, 5, 0)) * gaussian_filter(shining, (9, 9, 0))
    return light + 0.5 * colour * near


def silhouette(points: Array, view: dict, size: int) -> float:
    """Pixels a fruit would cover alone, also outside of the picture; in cells of about 1/22 of its width.

    `view`: eye, right, up, toward (unit vectors) and fov in degrees. 0 where it lies behind the camera.
    """
    away = points - view["eye"]
    depth = -(away @ view["toward"])
    if (depth <= 0.05).any():
        return 0.0
    scale = size / 2 / np.tan(np.radians(view["fov"] / 2)) / depth
    at = np.stack([away @ view["right"] * scale, away @ view["up"] * scale], axis=1)
    low = at.min(axis=0)
    extent = float((at.max(axis=0) - low).max())
    cell = max(extent / 22, 0.6)
    column, row = np.floor((at - low) / cell).astype(int).T
    cells = np.zeros((row.max() + 1, column.max() + 1), dtype=bool)
    cells[row, column] = True
    # Cells on the edge are half covered.
    filled = np.pad(binary_fill_holes(cells), 1)
    inner = filled[1:-1, 1:-1] & filled[:-2, 1:-1] & filled[2:, 1:-1] & filled[1:-1, :-2] & filled[1:-1, 2:]
    return float((0.5 * filled.sum() + 0.5 * inner.sum()) * cell**2)


def seen(layers: dict[str, Array], count: int) -> tuple[Array, list[list[int] | None]]:
    """Visible pixels of each of `count` fruits, and its box (left, top, right, bottom; exclusive) or None."""
    fruit = layers["fruit"]
    areas = np.bincount(fruit[fruit >= 0], minlength=count)
    found = find_objects(fruit + 1, max_label=count)
    boxes = [None if at is None else [at[1].start, at[0].start, at[1].stop, at[0].stop] for at in found]
    return areas, boxes
