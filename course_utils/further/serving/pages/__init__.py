"""Live pages: one HTML file each, with the net inside, that answers without a server and without a network.

The forward pass is some two hundred lines of plain JavaScript (forward.js), enough for the layers of the course's small
nets. A page opens from a file, asks for no address, and forbids itself to.
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
}
POLICY = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:"
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
    """A plan as what JSON can hold: steps, and all weights as one run of 32-bit numbers in base64.

    Shapes come without the batch axis. What turns a text into the numbers of a text net is in it.
    """
    numbers, steps, at = [], [], 0
    for step in plan.steps:
        weights = {}
        for name, array in step.weights.items():
            weights[name] = {"at": at, "shape": list(array.shape)}
            numbers.append(array.astype("<f4").tobytes())
            at += array.size
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
        "numbers": base64.b64encode(b"".join(numbers)).decode(),
    }
    if preprocessing.get("kind") == "text":
        found |= {"vocabulary": preprocessing["vocabulary"], "length": preprocessing["length"]}
    if preprocessing.get("kind") == "characters":
        found |= {name: value for name, value in preprocessing.items() if name != "kind"}
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
        script=_file(f"{name}.js"),
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
    if name in ("fruit", "characters"):
        return {}
    windows = next(step for step in plan.steps if step.kind == "conv1d")
    votes = next(step for step in plan.steps if step.kind == "dense" and step.shape[-1] == 1)
    width = int(np.shape(windows.weights["kernel"])[0])
    return {"looks": {"map": f"{windows.output}/relu", "votes": votes.output, "width": width}}


def _file(name: str) -> str:
    return (HERE / name).read_text(encoding="utf-8")
