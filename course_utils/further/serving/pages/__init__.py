"""Live pages: one HTML file each, with the net inside, that answers without a server and without a network.

The forward pass is some two hundred lines of plain JavaScript (forward.js), enough for the layers of the course's small
nets. A page opens from a file, asks for no address, and forbids itself to. Beside forward.js a page has the script of its
own name, and before that those whose names go on, such as detector-boxes.js.
"""

from __future__ import annotations

import base64
import json
from pathlib import Path

import numpy as np

from course_utils.further.serving.contract import ServingError
from course_utils.further.serving.steps import Plan

HERE = Path(__file__).parent
TITLES = {
    "review": "Type a review",
    "digit": "Draw a digit",
    "fruit": "Which fruit is it?",
    "characters": "Letter by letter",
    "detector": "Where does fruit lie?",
}
HALVED_FROM = 1_000  # numbers of an array; smaller ones would save nothing
POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:; "
    "media-src blob:"  # a film that a visitor chose
)
PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<title>{title}</title>
<style>
{style}</style>
</head>
<body>
<main>
{body}</main>
<script type="application/json" id="net">{net}</script>
<script>
{forward}
{script}</script>
</body>
</html>
"""


def described(plan: Plan, labels: dict[str, list[str]], preprocessing: dict) -> dict:
    """A plan as what JSON can hold: steps, and all weights as runs of 32-bit and 16-bit numbers in base64.

    A large array whose numbers all fit into 16 bits is written with these, so nothing is rounded. Shapes come without the
    batch axis. What turns a text into the numbers of a text net is in it, and the size and threshold of a detector.
    """
    numbers, halves, steps = [], [], []
    for step in plan.steps:
        weights = {}
        for name, array in step.weights.items():
            half = array.size >= HALVED_FROM and _fits_16_bits(array)
            run = halves if half else numbers
            where = {"at": sum(map(len, run)), "shape": list(array.shape)}
            weights[name] = where | {"half": True} if half else where
            run.append(array.astype("<f2" if half else "<f4").ravel())
        steps.append({
            "kind": step.kind, "inputs": list(step.inputs), "output": step.output, "settings": step.settings,
            "weights": weights,
        })  # fmt: skip
    ((name, shape, _),) = plan.inputs
    found = {
        "input": {"name": name, "shape": list(shape[1:])},
        "steps": steps,
        "outputs": dict(zip(labels, [step for step, _ in plan.outputs], strict=True)),
        "labels": labels,
        "numbers": _in_base64(numbers),
    }
    if halves:
        found["halves"] = _in_base64(halves)
    if preprocessing.get("kind") == "text":
        found |= {"vocabulary": preprocessing["vocabulary"], "length": preprocessing["length"]}
    if preprocessing.get("kind") == "characters":
        found |= {name: value for name, value in preprocessing.items() if name != "kind"}
    if preprocessing.get("kind") == "scene":
        found |= {"size": preprocessing["size"], "threshold": preprocessing["threshold"]}
    return found


def page_of(name: str, plan: Plan, labels: dict[str, list[str]], preprocessing: dict) -> str:
    """The page for a net of the course, as HTML. Raises ServingError for a net without a page."""
    if name not in TITLES:
        raise ServingError(
            f"No page for {name!r}. Type: course page {next(iter(TITLES))} (or {', '.join(TITLES)})"
        )
    net = described(plan, labels, preprocessing) | _shown(name, plan)
    return PAGE.format(
        policy=POLICY,
        title=TITLES[name],
        style=_file("page.css"),
        body=_file(f"{name}.html"),
        net=json.dumps(net, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c"),
        forward=_file("forward.js"),
        script="\n".join(
            _file(one.name) for one in (*sorted(HERE.glob(f"{name}-*.js")), HERE / f"{name}.js")
        ),
    )


def write_page(
    name: str, plan: Plan, labels: dict[str, list[str]], preprocessing: dict, folder: Path | str
) -> Path:
    """Write a page as `folder`/`name`.html and give its path."""
    text = page_of(name, plan, labels, preprocessing)
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.html"
    path.write_text(text, encoding="utf-8", newline="\n")
    return path


def _shown(name: str, plan: Plan) -> dict:
    """What a page shows of the inside of its net: names of steps."""
    if name == "digit":
        return {
            "maps": [
                step.output
                for step in plan.steps
                if len(step.shape) == 4 and step.kind in ("relu", "maxpool2d")
            ]
        }
    if name in ("fruit", "characters", "detector"):
        return {}
    windows = next(step for step in plan.steps if step.kind == "conv1d")
    votes = next(step for step in plan.steps if step.kind == "dense" and step.shape[-1] == 1)
    width = int(np.shape(windows.weights["kernel"])[0])
    return {"looks": {"map": f"{windows.output}/relu", "votes": votes.output, "width": width}}


def _fits_16_bits(array: np.ndarray) -> bool:
    with np.errstate(over="ignore"):
        return bool((array.astype(np.float16).astype(np.float32) == array).all())


def _in_base64(arrays: list[np.ndarray]) -> str:
    return base64.b64encode(b"".join(one.tobytes() for one in arrays)).decode()


def _file(name: str) -> str:
    return (HERE / name).read_text(encoding="utf-8")
