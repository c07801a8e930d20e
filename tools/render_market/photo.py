"""Light and photographers of the market: lamps, exposure, white balance, focus, shake, noise, JPEG quality."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import convolve, gaussian_filter

from tools.render_fruits.meshes import Array
from tools.render_fruits.scene import angles, sky
from tools.render_market import plan

Random = np.random.Generator


def photographer(split: str, number: int) -> dict:
    """One person's camera and habits; those of Training and Test are drawn from different seeds."""
    random = plan.seeded(*plan.photographer(split, number))
    poor = random.uniform() < 0.35
    return {
        "fov": random.uniform(24, 52),
        "balance": np.exp(random.normal(scale=0.05, size=3)),
        "contrast": random.uniform(0.85, 1.3),
        "saturation": random.uniform(0.85, 1.3),
        "exposure": random.normal(scale=0.16),
        "lift": max(0.0, random.normal(scale=0.03)),
        "grain": random.uniform(0.012, 0.04) if poor else random.uniform(0.0, 0.015),
        "blotches": random.uniform(0.0, 0.02) if poor else 0.0,
        "softness": random.uniform(0.5, 1.0) if poor else random.uniform(0.0, 0.6),
        "sharpening": random.uniform(0.0, 0.9),
        "vignette": random.uniform(0.0, 0.35) if random.uniform() < 0.5 else 0.0,
        "aperture": random.uniform(0.0, 7.0) if random.uniform() < 0.7 else 0.0,
        "quality": int(random.integers(42, 60)) if poor else int(random.integers(60, 84)),
    }


def light(random: Random, facing: float, bright: bool = False) -> tuple[Array, Array]:
    """The sky as a picture and the colour the camera's white balance leaves on it.

    `facing`: the camera's azimuth in degrees. `bright`: a product photograph's even, neutral light.
    """
    if bright:
        lamps = [
            (
                angles(facing + random.choice([-1, 1]) * random.uniform(15, 60), random.uniform(30, 75)),
                0.5,
                random.uniform(1.5, 5),
                np.ones(3),
            )
        ]
        return sky(lamps, np.ones(3) * random.uniform(0.6, 1.0)), np.exp(random.normal(scale=0.025, size=3))
    kind = str(
        random.choice(
            ["sun", "overcast", "window", "lamp", "tubes", "tubes", "spots", "dusk", "flash", "window"]
        )
    )
    side = facing + random.uniform(-150, 150)
    warm, cool, green = np.array([1.0, 0.78, 0.52]), np.array([0.86, 0.95, 1.1]), np.array([0.92, 1.06, 0.9])
    ambient = 0.3 * np.ones(3)
    if kind == "sun":
        lamps, ambient = (
            [(angles(side, random.uniform(25, 75)), 0.14, 40.0, np.array([1.0, 0.95, 0.86]))],
            0.5 * cool,
        )
    elif kind == "overcast":
        lamps, ambient = [(angles(side, 80), 0.9, 1.6, np.ones(3))], 0.7 * cool
    elif kind == "window":
        lamps, ambient = (
            [(angles(side, random.uniform(5, 40)), 0.45, 7.0, np.ones(3))],
            random.uniform(0.06, 0.35) * np.ones(3),
        )
    elif kind == "lamp":
        lamps, ambient = [(angles(side, random.uniform(40, 80)), 0.25, 11.0, warm)], 0.25 * warm
    elif kind == "tubes":
        tint = green if random.uniform() < 0.5 else np.ones(3)
        lamps = [
            (angles(facing + turn, random.uniform(45, 80)), 0.22, 6.0, tint)
            for turn in (-90, 90, 10, 180)[: random.integers(2, 5)]
        ]
        ambient = random.uniform(0.25, 0.6) * tint
    elif kind == "spots":
        lamps = [
            (angles(random.uniform(0, 360), random.uniform(35, 85)), 0.1, 26.0, np.array([1.0, 0.88, 0.7]))
            for _ in range(3)
        ]
    elif kind == "dusk":
        lamps, ambient = [(angles(side, 14), 0.4, 5.0, np.array([1.0, 0.72, 0.5]))], 0.4 * cool
    else:
        lamps, ambient = [(angles(facing + random.normal(scale=6), 24), 0.12, 45.0, np.ones(3))], 0.12 * warm
    # The camera corrects most of the light's colour, and not always rightly.
    colour = ambient + sum(lamp[1] ** 2 * lamp[2] * lamp[3] for lamp in lamps)
    colour = colour / colour.mean()
    warmth = random.normal(scale=0.09)
    off = np.exp(np.array([warmth, random.normal(scale=0.035), -warmth]))
    return sky(lamps, ambient), off / colour ** random.uniform(0.5, 1.0)


def exposed(linear: Array, subject: Array, random: Random, habit: dict, bright: bool) -> float:
    """The exposure a camera would choose: the fruit and the whole picture near middle grey."""
    grey = linear.mean(axis=-1)
    whole = np.clip(grey, 0, np.quantile(grey, 0.95)).mean()
    on_it = grey[subject].mean() if subject.any() else whole
    if bright:
        return float(
            np.clip(0.95 / max(np.quantile(grey, 0.9), 1e-4), 0, 1e3) * np.exp(random.normal(scale=0.1))
        )
    metered = max(0.55 * whole + 0.45 * on_it, 1e-4)
    return float(0.27 / metered * np.exp(habit["exposure"] + random.normal(scale=0.22)))


def focused(picture: Array, depth: Array, focus: float, strength: float) -> Array:
    """Blur what is nearer or farther than `focus`; `strength` is the blur in pixels at infinity."""
    circle = np.clip(strength * np.abs(1 - focus / np.maximum(depth, 0.05)) - 0.35, 0, 9)
    result = picture.copy()
    for step in (0.8, 1.6, 3.2, 6.4):
        weight = (circle >= 0.6 * step).astype(float)
        if not weight.any():
            break
        spread = np.maximum(gaussian_filter(weight, step), 1e-6)
        soft = (
            np.stack([gaussian_filter(picture[..., i] * weight, step) for i in range(3)], axis=-1)
            / spread[..., None]
        )
        share = np.clip((circle - 0.5 * step) / (0.5 * step), 0, 1)[..., None]
        result = result * (1 - share) + soft * share
    return result


def shaken(picture: Array, length: float, angle: float) -> Array:
    """A moving hand: blur along a line of `length` pixels."""
    half = int(np.ceil(length / 2))
    kernel = np.zeros((2 * half + 1, 2 * half + 1))
    for t in np.linspace(-length / 2, length / 2, 25):
        kernel[half + round(t * np.sin(angle)), half + round(t * np.cos(angle))] += 1
    kernel /= kernel.sum()
    return np.stack([convolve(picture[..., i], kernel, mode="nearest") for i in range(3)], axis=-1)


def taken(
    linear: Array, layers: dict, subject: Array, balance: Array, habit: dict, random: Random, bright: bool
) -> Array:
    """Linear light (H, W, 3) to what the photographer's camera writes, sRGB 0..1."""
    size = len(linear)
    value = linear * exposed(linear, subject, random, habit, bright) * balance
    if habit["aperture"] and not bright:
        focus = float(np.median(layers["depth"][subject])) * (
            np.exp(random.normal(scale=0.25)) if random.uniform() < 0.12 else 1
        )
        value = focused(value, layers["depth"], focus, habit["aperture"] * random.uniform(0.5, 1.2))
    balance = habit["balance"] if not bright else np.ones(3)
    value = np.clip(value * balance, 0, None)
    if habit["vignette"] and not bright:
        at = np.linspace(-1, 1, size)
        value *= (1 - habit["vignette"] * (at[:, None] ** 2 + at[None] ** 2) / 2)[..., None]
    value = np.where(value > 0.7, 0.7 + 0.3 * np.tanh((value - 0.7) / 0.45), value)
    value = np.where(value <= 0.0031308, value * 12.92, 1.055 * np.maximum(value, 1e-9) ** (1 / 2.4) - 0.055)
    grey = value.mean(axis=-1, keepdims=True)
    value = grey + (value - grey) * habit["saturation"]
    if not bright:
        value = (value - 0.42) * habit["contrast"] + 0.42
        value = habit["lift"] + (1 - habit["lift"]) * value
    if random.uniform() < 0.1:
        value = shaken(value, random.uniform(2, 4.5), random.uniform(0, np.pi))
    if habit["softness"] > 0.25:
        value = gaussian_filter(value, (habit["softness"], habit["softness"], 0))
    grain = habit["grain"] * (0.25 if bright else 1)
    value = value + random.normal(scale=grain, size=value.shape) * (0.4 + 0.6 * (1 - np.clip(value, 0, 1)))
    if habit["blotches"]:
        blotch = gaussian_filter(random.normal(size=value.shape), (1.6, 1.6, 0))
        value = value + habit["blotches"] * blotch / blotch.std()
    if habit["sharpening"]:
        value = value + habit["sharpening"] * (value - gaussian_filter(value, (1.0, 1.0, 0)))
    return np.clip(value, 0, 1)
