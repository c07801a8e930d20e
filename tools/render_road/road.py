"""Frames of the film and stills of other streets: who is where, drawn, and what is seen of each."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import mitsuba as mi
import numpy as np
from scipy.interpolate import PchipInterpolator

from tools.render_fruits.meshes import Array, turn
from tools.render_fruits.scene import develop, shape
from tools.render_market import survey
from tools.render_market.plan import seeded
from tools.render_road.agents import AGENTS
from tools.render_road.street import WIDTH, Camera, light, street

KINDS = ("car", "van", "bicycle", "person")
FRAMES, RATE = 180, 12
SAMPLES = 6
SCENES, STILLS = 50, 5
LEAST_SEEN, LEAST_PIXELS = 0.25, 24
FILM_CAMERA = Camera(np.array([0.0, 4.8, 17.0]), np.array([0.9, 0.9, 0.0]), 56.0)
# Near and far lane, edges for bicycles, pavements: z in metres.
NEAR, FAR, NEAR_EDGE, FAR_EDGE, NEAR_WALK, FAR_WALK = 1.85, -1.85, 3.0, -3.0, 5.3, -5.2
# Everyone in the film: kind, z, and where along the road at which second. All pass x = 0, where the line is.
CAST: tuple[tuple[str, float, tuple[tuple[float, float], ...]], ...] = (
    ("car", NEAR, ((-1.2, -14), (2.4, 14))),
    ("van", NEAR, ((0.9, -15), (2.5, -5.6), (3.1, -4.6), (6.2, -4.6), (7.3, -1.0), (9.4, 14))),
    ("car", NEAR, ((1.6, -17), (3.8, -10.8), (4.4, -10.4), (6.7, -10.4), (8.3, -4), (10.8, 14))),
    ("car", NEAR, ((8.6, -14), (12.0, 14))),
    ("bicycle", NEAR_EDGE, ((8.8, -14), (15.2, 14))),
    ("van", NEAR, ((10.6, -15), (14.4, 15))),
    ("car", NEAR, ((12.4, -15), (15.8, 14))),
    ("car", FAR, ((0.2, 14), (3.8, -14))),
    ("bicycle", FAR_EDGE, ((1.4, 14), (7.9, -14))),
    ("car", FAR, ((3.3, 14), (6.9, -14))),
    ("van", FAR, ((7.2, 15), (11.0, -15))),
    ("car", FAR, ((9.4, 14), (12.9, -14))),
    ("car", FAR, ((11.5, 14), (15.0, -14))),
    ("bicycle", FAR_EDGE, ((7.6, 14), (14.2, -14))),
    ("person", NEAR_WALK, ((-3.0, -11.5), (16.0, 14.0))),
    ("person", NEAR_WALK + 0.7, ((-2.0, 7.4), (16.0, -17.8))),
    ("person", NEAR_WALK, ((3.8, -13.0), (16.0, 4.2))),
    ("person", FAR_WALK, ((0.0, 10.5), (16.0, -11.0))),
    ("person", FAR_WALK - 0.8, ((0.0, -9.2), (16.0, 12.8))),
    ("person", FAR_WALK, ((3.0, 12.4), (16.0, -5.2))),
)


@dataclass
class Agent:
    """One road user in one picture: its kind, the seed of its looks, where it is, its heading and its step."""

    kind: str
    seed: tuple
    spot: Array
    heading: float
    stride: float
    number: int


@lru_cache(maxsize=64)
def _parts(kind: str, seed: tuple, stride: int) -> tuple:
    return tuple(AGENTS[kind](seeded(*seed), 2 * np.pi * stride / 12))


def cast(second: float) -> list[Agent]:
    """Everyone in the film at this second; numbers run from 1 in the order of CAST."""
    agents = []
    for number, (kind, z, way) in enumerate(CAST, start=1):
        times, places = np.array(way).T
        if not times[0] <= second <= times[-1]:
            continue
        x = (
            float(PchipInterpolator(times, places)(second))
            if len(way) > 2
            else np.interp(second, times, places)
        )
        heading = 0.0 if places[-1] > places[0] else np.pi
        # A step is 0.75 m, one turn of the cranks 5 m.
        length = {"person": 1.5, "bicycle": 5.0}.get(kind, 1.0)
        stride = abs(x) / length % 1 * 2 * np.pi if kind in ("person", "bicycle") else 0.0
        spot = np.array([x, 0.1 if abs(z) > 4 else 0.0, z])
        agents.append(Agent(kind, ("road-film", number), spot, heading, stride, number))
    return agents


def passers(scene: int, still: int) -> list[Agent]:
    """A random moment of a training street."""
    random = seeded("road-still", scene, still)
    agents: list[Agent] = []
    lanes = (
        (NEAR, 0.0, ("car", "car", "van")),
        (FAR, np.pi, ("car", "car", "van")),
        (NEAR_EDGE, 0.0, ("bicycle",)),
        (FAR_EDGE, np.pi, ("bicycle",)),
        (NEAR_WALK, None, ("person",)),
        (FAR_WALK, None, ("person",)),
    )
    for lane, (z, heading, kinds) in enumerate(lanes):
        x = random.uniform(-14, -4)
        while x < 13:
            kind = str(random.choice(kinds))
            rare = 0.45 if lane < 2 else 0.5
            if random.uniform() < rare:
                turned = random.choice([0.0, np.pi]) if heading is None else heading
                turned = turned + random.normal(scale=0.03)
                spot = np.array([x, 0.1 if abs(z) > 4 else 0.0, z + random.uniform(-0.35, 0.35)])
                seed = ("road-passer", int(random.integers(400)))
                agents.append(Agent(kind, seed, spot, turned, random.uniform(0, 2 * np.pi), len(agents) + 1))
            x += random.uniform(5.8, 11) if lane < 2 else random.uniform(2.0, 8)
    return agents


def still_camera(scene: int) -> Camera:
    """A camera of a training street: other heights and directions than the film's."""
    random = seeded("road-camera", scene)
    eye = np.array([random.uniform(-5, 5), random.uniform(3.6, 8.0), random.uniform(13, 20)])
    aim = np.array([random.uniform(-4, 4), random.uniform(0.4, 1.4), random.uniform(-1, 1)])
    return Camera(eye, aim, random.uniform(46, 64))


class Set:
    """One street with its light and camera; `draw` puts road users into it."""

    def __init__(self, name: tuple, camera: Camera, film: bool) -> None:
        random = seeded("road-set", *name)
        self.camera = camera
        self.light = light(random, film)
        shapes, parts = street(random, film)
        self.fixed = {"light": {"type": "envmap", "bitmap": mi.Bitmap(self.light)}, **shapes}
        for i, part in enumerate(parts):
            self.fixed[f"prop{i}"] = mi_shape = shape(part)
            mi_shape.set_id(f"prop{i}")
        self.contrast, self.saturation = random.uniform(0.95, 1.15), random.uniform(0.95, 1.15)
        warmth = random.normal(scale=0.03)
        self.balance = np.array([1 + warmth, 1.0, 1 - warmth])
        self.exposure: float | None = None

    def draw(self, agents: list[Agent]) -> tuple[Array, list[dict]]:
        """The picture, 0..1, and a row for everyone who is seen: number, kind, box, seen."""
        shapes, owners, clouds = dict(self.fixed), {}, []
        for i, agent in enumerate(agents):
            parts = _parts(agent.kind, agent.seed, round(agent.stride / (2 * np.pi) * 12) % 12)
            moved = [part.moved(turn("y", agent.heading), agent.spot) for part in parts]
            clouds.append(np.concatenate([part.points for part in moved]))
            for j, part in enumerate(moved):
                mesh = shape(part)
                mesh.set_id(f"agent{i}_{j}")
                shapes[f"agent{i}_{j}"] = mesh
                owners[f"agent{i}_{j}"] = i
        scene = mi.load_dict({"type": "scene", **shapes})
        sensor = self.camera.sensor(SAMPLES)
        layers = survey.look(scene, sensor, WIDTH, owners)
        integrator = mi.load_dict(
            {"type": "direct", "emitter_samples": 1, "bsdf_samples": 0, "hide_emitters": False}
        )
        # Always the same seed: what stands still keeps its pixels from frame to frame.
        light = np.array(integrator.render(scene, mi.load_dict(sensor), 1, SAMPLES))[..., :3]
        layers["colour"] = survey.colours(scene, sensor, 5)
        smooth = np.where(layers["index"] > 0.5, survey.quieted(light, layers), light)
        smooth = survey.bounced(smooth, layers)
        if self.exposure is None:
            grey = smooth.mean(axis=-1)
            self.exposure = 0.26 / float(np.clip(grey, 0, np.quantile(grey, 0.9)).mean())
        picture = develop(smooth, self.exposure, self.balance, self.contrast, self.saturation)
        return picture, self._rows(agents, clouds, layers)

    def _rows(self, agents: list[Agent], clouds: list[Array], layers: dict) -> list[dict]:
        areas, boxes = survey.seen(layers, len(agents))
        rows = []
        for agent, cloud, area, box in zip(agents, clouds, areas, boxes, strict=True):
            outline = survey.silhouette(cloud, self.camera.view(), WIDTH)
            share = min(1.0, area / outline) if outline > 0 else 0.0
            if box is not None and share >= LEAST_SEEN and area >= LEAST_PIXELS:
                rows.append({"number": agent.number, "kind": agent.kind, "box": box, "seen": share})
        return rows


def crossings() -> list[tuple[int, int, str, str]]:
    """True crossings of x = 0 in the film: frame (the first beyond the line), number, kind, direction."""
    found = []
    for frame in range(1, FRAMES):
        before = {agent.number: agent for agent in cast((frame - 1) / RATE)}
        for agent in cast(frame / RATE):
            if agent.number in before and before[agent.number].spot[0] < 0 <= agent.spot[0]:
                found.append((frame, agent.number, agent.kind, "right"))
            elif agent.number in before and before[agent.number].spot[0] >= 0 > agent.spot[0]:
                found.append((frame, agent.number, agent.kind, "left"))
    return found


def line() -> list[tuple[float, float]]:
    """The line across the street, from the far to the near pavement, in pixels of the film.

    Its far end is drawn as high as people are, so that the middle of everyone's box passes it.
    """
    ends = (np.array([0.0, 1.8, -7.2]), np.array([0.0, 0.1, 7.2]))
    return [tuple(round(value, 1) for value in FILM_CAMERA.projected(end)) for end in ends]
