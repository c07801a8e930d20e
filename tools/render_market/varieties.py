"""How fruit of one kind differs on a market: other varieties' colours, ripeness, freckles, stickers."""

from __future__ import annotations

import numpy as np

from tools.render_fruits.meshes import Array, Fruit, Part, mix, rgb
from tools.render_fruits.noise import fractal, smooth

Random = np.random.Generator

# Mean skin colours and how often each is met; the rest stays as it grew.
SKINS: dict[str, list[tuple[float, str]]] = {
    "Apricot": [(0.25, "f0a850"), (0.15, "eebc6c"), (0.1, "e89040"), (0.15, "c8701c")],
    "Avocado": [(0.3, "2c2824"), (0.22, "56702e"), (0.1, "3e3430"), (0.08, "6a8040")],
    "Banana": [(0.35, "ecc83c"), (0.12, "ccc44c"), (0.07, "90ae40"), (0.14, "deb440"), (0.1, "f0d868")],
    "Clementine": [(0.25, "f27a18"), (0.1, "f0922c")],
    "Cocos": [(0.3, "6a4a34"), (0.12, "8a6a50")],
    "Kiwi": [(0.25, "7c6236"), (0.15, "94784a")],
    "Lemon": [(0.55, "f8da3c"), (0.06, "d8d04a"), (0.2, "f4dc64")],
    "Limes": [(0.3, "5c8a2a"), (0.2, "447020"), (0.12, "b4b848")],
    "Mandarine": [(0.3, "f08c1c"), (0.12, "dca83c")],
    "Orange": [(0.3, "f09020"), (0.12, "e8a03a")],
    "Peach": [(0.15, "d87048"), (0.15, "e8b870"), (0.1, "b84838"), (0.2, "943c30")],
    "Pineapple": [(0.18, "c0883c"), (0.16, "7c7a3c"), (0.1, "a89048"), (0.08, "3e2c22"), (0.34, "74604c")],
    "Plum": [(0.15, "3a2440"), (0.2, "8a2430"), (0.12, "5c2c3c"), (0.04, "c8a040"), (0.12, "4c4a6a")],
    "Pomegranate": [(0.2, "a42a32"), (0.12, "b4504a"), (0.1, "c48460"), (0.18, "5e1018"), (0.25, "781a22")],
    "Raspberry": [(0.38, "c4243c"), (0.22, "a41c34"), (0.2, "7a3a9c"), (0.06, "542c68")],
    "Strawberry": [(0.35, "d82420"), (0.15, "b81c1c")],
}
# Light goes into their flesh and comes out again; the renderer does not know that.
PALE = ("Apricot", "Banana", "Clementine", "Lemon", "Mandarine", "Orange")
STICKERED = (
    "Avocado",
    "Banana",
    "Clementine",
    "Kiwi",
    "Lemon",
    "Mandarine",
    "Orange",
    "Peach",
    "Plum",
    "Pomegranate",
)


def _near(points: Array, random: Random) -> Array:
    """Distance of every vertex from a spot on the skin, in mean radii."""
    spot = points[random.integers(len(points))]
    size = np.linalg.norm(points - points.mean(axis=0), axis=1).mean()
    return np.linalg.norm(points - spot, axis=1) / size


def dressed(
    class_name: str, fruit: Fruit, random: Random, sticker: bool = True, skins: dict = SKINS
) -> Fruit:
    """The fruit in one of its kind's colours in `skins`, with what time and shops put on a skin."""
    skin = fruit.parts[0]
    colours = np.array(np.broadcast_to(skin.colours, skin.points.shape))
    if class_name in ("Kiwi", "Cocos"):
        # Their hair is finer than a market's meshes.
        colours = mix(colours, colours.mean(axis=0), 0.5 if class_name == "Kiwi" else 0.2)
    if class_name == "Plum":
        colours = mix(colours, colours.mean(axis=0), random.uniform(0.2, 0.7))
    draw = random.uniform()
    for share, name in skins[class_name]:
        draw -= share
        if draw < 0:
            ratio = rgb(name) / np.maximum(colours.mean(axis=0), 0.02)
            colours = colours * ratio ** random.uniform(0.75, 1.0)
            break
    colours = colours * (1 + random.normal(scale=0.04, size=3)) * random.uniform(0.94, 1.08)
    if class_name in PALE:
        colours = colours * random.uniform(1.0, 1.16)
    if class_name == "Banana" and random.uniform() < 0.4:
        freckles = fractal(skin.points * random.uniform(7, 16), 1.0, int(random.integers(1 << 30)), 2)
        colours = mix(colours, rgb("5a3818"), 0.85 * smooth(freckles, random.uniform(0.3, 0.8), 0.95))
    elif random.uniform() < 0.3:
        bruise = smooth(_near(skin.points, random), random.uniform(0.3, 0.6), 0.1)
        colours = mix(colours, colours * rgb("9a7a5a"), random.uniform(0.2, 0.7) * bruise)
    if sticker and class_name in STICKERED and random.uniform() < 0.16:
        near = _near(skin.points, random)
        size = random.uniform(0.2, 0.3)
        ink = [rgb("2858a8"), rgb("c82c2c"), rgb("2c7a3c"), rgb("e8c82c")][random.integers(4)]
        colours = mix(colours, rgb("f4f2ea"), smooth(near, size + 0.03, size - 0.02))
        colours = mix(colours, ink, smooth(near, 0.72 * size, 0.6 * size))
    finish = (
        float(
            np.clip(
                skin.roughness + random.normal(scale=0.06) + 0.12 * (class_name == "Pomegranate"), 0.15, 0.95
            )
        ),
        skin.specular,
        skin.sheen,
    )
    dyed = Part(skin.points, skin.faces, np.clip(colours, 0, 1), *finish, normals=skin.normals)
    return Fruit([dyed, *fruit.parts[1:]], fruit.size, fruit.lying_turn, fruit.notes)
