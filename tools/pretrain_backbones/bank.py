"""The bank of cut-out fruits and painted grounds from which scenes are composed; built once, read by memory map."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image
from scipy import ndimage

log = logging.getLogger("pretrain_backbones")
Array = np.ndarray

PATCH = 80
"""Side of a cut-out with its empty margin, in pixels."""
MARGIN = 5
GROUND = 192
"""Side of a painted ground, in pixels."""
SPLITS = ("Training", "Test")


@dataclass(frozen=True)
class Bank:
    """Cut-outs of one split and all grounds.

    `large` (N, 80, 80, 4) and `small` (N, 40, 40, 4) are uint8 with premultiplied colours; `shadow` (N, 20, 20) is
    the coverage alone. `labels` (N,) indexes `class_names`. `grounds` (M, 192, 192, 3) is uint8.
    """

    class_names: list[str]
    labels: Array
    large: Array
    small: Array
    shadow: Array
    grounds: Array


def cut_out(picture: Array) -> Array:
    """A fruit on white ground (H, W, 3) uint8 as premultiplied colours and coverage (80, 80, 4) uint8.

    White that is joined to the border is ground; white inside the fruit stays. The edge is drawn in by one pixel
    so that no white seam remains, and softened.
    """
    white = picture.min(axis=2) > 228
    marked, _ = ndimage.label(white)
    border = np.unique(np.concatenate([marked[0], marked[-1], marked[:, 0], marked[:, -1]]))
    fruit = ~np.isin(marked, border[border > 0])
    fruit = ndimage.binary_fill_holes(ndimage.binary_opening(fruit, iterations=1))
    fruit = np.pad(fruit, MARGIN)
    fruit = ndimage.binary_erosion(fruit)
    coverage = ndimage.gaussian_filter(fruit.astype(np.float32), 0.6)
    colours = np.pad(picture, ((MARGIN, MARGIN), (MARGIN, MARGIN), (0, 0)), mode="edge") * coverage[..., None]
    whole = np.concatenate([colours, 255 * coverage[..., None]], axis=2)
    return _shrunk(np.clip(whole + 0.5, 0, 255).astype(np.uint8), PATCH)


def _shrunk(patch: Array, side: int) -> Array:
    """Area average of a premultiplied patch: 'RGBa' keeps Pillow from dividing by the coverage on the way."""
    return np.stack(
        [
            np.asarray(Image.fromarray(patch[..., i]).resize((side, side), Image.Resampling.BOX))
            for i in range(patch.shape[2])
        ],
        axis=2,
    )


def _paint_grounds(seed: int, each: int) -> Array:
    """`each` grounds of every kind: the renderer's wood, cloth, leaves and earth, and plain colour noise."""
    from tools.render_fruits import grounds
    from tools.render_fruits.noise import fractal

    random = np.random.default_rng(seed)
    painted = []
    for number in range(each):
        for paint in (grounds.wood, grounds.cloth, grounds.earth_between_boards, grounds.leaves):
            light = np.clip(paint(random), 0, 1)
            painted.append(light ** (1 / 2.2))
        for _ in range(2):
            x, y = np.meshgrid(np.linspace(0, 1, 96), np.linspace(0, 1, 96))
            stretch = np.exp(random.uniform(np.log(1), np.log(30), size=2))
            points = np.stack([x.ravel() * stretch[0], y.ravel() * stretch[1], np.zeros(x.size)], axis=1)
            weight = 0.5 + 0.5 * fractal(points, 1.0, int(random.integers(1 << 30)), 4).reshape(96, 96, 1)
            first, second = random.uniform(0, 1, size=(2, 3))
            painted.append(np.clip(first * weight + second * (1 - weight), 0, 1))
        if number % 10 == 0:
            log.info("grounds: %d of %d rounds", number, each)
    pictures = [Image.fromarray((255 * p).astype(np.uint8)).resize((GROUND, GROUND)) for p in painted]
    return np.stack([np.asarray(p) for p in pictures])


def build(source: Path, folder: Path, seed: int = 55, grounds_each: int = 40) -> None:
    """Cut out every picture below `source` (<split>/<class>/*.jpg of the asset `fruits-360-more`), paint grounds.

    Raises FileNotFoundError where there are no pictures.
    """
    folder.mkdir(parents=True, exist_ok=True)
    paths = sorted(source.rglob("*.jpg"))
    if not paths:
        raise FileNotFoundError(f"No pictures below {source}. Type: course data fetch fruits-360-more")
    names = sorted({path.parent.name for path in paths})
    for split in SPLITS:
        chosen = [path for path in paths if path.parent.parent.name == split]
        large = np.empty((len(chosen), PATCH, PATCH, 4), np.uint8)
        for i, path in enumerate(chosen):
            with Image.open(path) as picture:
                large[i] = cut_out(np.asarray(picture.convert("RGB")))
        small = large.reshape(-1, PATCH // 2, 2, PATCH // 2, 2, 4).mean(axis=(2, 4), dtype=np.float32)
        small = small.astype(np.uint8)
        shadow = small[..., 3].reshape(-1, 20, 2, 20, 2).mean(axis=(2, 4)).astype(np.uint8)
        labels = np.array([names.index(path.parent.name) for path in chosen], np.int64)
        for key, value in (("large", large), ("small", small), ("shadow", shadow), ("labels", labels)):
            np.save(folder / f"{split}-{key}.npy", value)
        log.info("%s: %d pictures of %d classes", split, len(chosen), len(names))
    (folder / "classes.txt").write_text("\n".join(names) + "\n", encoding="utf-8")
    np.save(folder / "grounds.npy", _paint_grounds(seed, grounds_each))


def load(folder: Path, split: str = "Training") -> Bank:
    """The bank that `build` left in `folder`; raises FileNotFoundError with the command that builds it."""
    if not (folder / "grounds.npy").is_file():
        raise FileNotFoundError(
            f"No bank of cut-outs in {folder}. Build it: python -m tools.pretrain_backbones bank --bank {folder}"
        )
    arrays = {k: np.load(folder / f"{split}-{k}.npy") for k in ("labels", "large", "small", "shadow")}
    names = (folder / "classes.txt").read_text(encoding="utf-8").split("\n")[:-1]
    return Bank(names, grounds=np.load(folder / "grounds.npy"), **arrays)
