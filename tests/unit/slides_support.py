"""A course of the test's own: one notebook with results and a figure, one recorded table, one deck."""

import base64
import io
import json
import shutil
from pathlib import Path

from PIL import Image

ROOT = Path(__file__).parents[2]

COURSE = """
title = "A course of the test's own"
repository = ""
release = "0"

[notebooks."05-fruit-cnn"]
title = "A net for fruit"
minutes = 60
objectives = []
needs = ""
data = []
accelerator = "none"
"""
USUAL = {"low": 0.9, "high": 0.98, "mean": 0.94, "sd": 0.01, "runs": 5, "n": 640}

DECK = """---
title: A trial
subtitle: Of numbers & figures
minutes: 3
notebook: 05-fruit-cnn
---

## The number is {{result 05-fruit-cnn test_accuracy percent}}

Chance is {{chance 05-fruit-cnn test_accuracy percent}}, usual {{band 05-fruit-cnn test_accuracy percent}}.

![](figure:cell/05-fruit-cnn/confusion)

::: notes
2 min. It was {{recorded speed net=small seconds fixed1}} s.
:::

## A drawing

![](figure:drawn/dots)

::: notes
1 min. Dots. Then {{notebook 05-fruit-cnn}}, {{minutes 05-fruit-cnn}} minutes.
:::
"""

DRAWING = '''"""Dots."""

from course_utils import plots
from course_utils.workshop.slides import projection


def dots(read) -> plots.Picture:
    """As many dots as the result says."""
    share = read.result("05-fruit-cnn", "test_accuracy")
    rows = read.recorded("speed")
    with projection.canvas(width=4, height=2) as (figure, axes):
        axes[0, 0].plot([0, 1], [share, rows["seconds"][0]], "o")
    return plots.Picture(figure, f"Two dots, the first at the height {share:.2f}.")
'''


def png(colour):
    buffer = io.BytesIO()
    Image.new("RGB", (8, 6), colour).save(buffer, "PNG")
    return buffer.getvalue()


def write_notebook(root, accuracy=0.9468, colour="navy", versions="1", cell_id="results"):
    """The committed notebook, as another run might have left it."""
    record = {
        "schema": 1,
        "notebook": "05-fruit-cnn",
        "profile": "class",
        "data": "bundled",
        "weights": "none",
        "device": "CPU",
        "seed": 2018,
        "peak_mb": 100,
        "results": {
            "test_accuracy": {"value": accuracy, "chance": 0.0625, "low": 0.9, "high": 0.98, "kind": "share"}
        },
        "versions": {"keras": versions},
    }
    shown = base64.b64encode(png(colour)).decode()
    image = f'<img alt="A confusion matrix, all &quot;in order&quot;." width="700" src="data:image/png;base64,{shown}">'
    cells = [
        {"id": "confusion", "cell_type": "code", "outputs": [{"data": {"text/html": [image]}}], "source": []},
        {
            "id": cell_id,
            "cell_type": "code",
            "outputs": [{"data": {"application/vnd.course.results+json": record}}],
            "source": ["session.finish()"],
        },
    ]
    path = root / "notebooks" / "05-fruit-cnn.ipynb"
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps({"cells": cells, "nbformat": 4}), encoding="utf-8")


def write_recorded(root, seconds=1.25):
    path = root / "benchmarks" / "recorded" / "speed.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = [{"net": "small", "seconds": seconds, "rounds": 3}, {"net": "large", "seconds": 9.5, "rounds": 3}]
    content = {"title": "Speed", "recorded": "2026-01-01", "machine": "a laptop", "rows": rows, "digest": "0"}
    path.write_text(json.dumps(content), encoding="utf-8")


def expect(root: Path, **band: float) -> None:
    """Keep a band of the course's only result, as `course bands` does."""
    path = root / "benchmarks" / "expected" / "05-fruit-cnn.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(
        json.dumps({"expected": {"class": {"bundled": {"test_accuracy": band}}}}), encoding="utf-8"
    )


def write_course(root):
    """Everything a build needs but reveal.js; returns the folder of a stand-in for it."""
    (root / "course.toml").write_text(COURSE, encoding="utf-8")
    expect(root, **USUAL)
    (root / "slides" / "figures").mkdir(parents=True)
    shutil.copytree(ROOT / "slides" / "theme", root / "slides" / "theme")
    (root / "slides" / "01-trial.md").write_text(DECK, encoding="utf-8")
    (root / "slides" / "figures" / "trial.py").write_text(DRAWING, encoding="utf-8")
    write_notebook(root)
    write_recorded(root)
    library = root / "library"
    for name in ("dist/reset.css", "dist/reveal.css", "dist/reveal.js", "plugin/notes/notes.js"):
        (library / name).parent.mkdir(parents=True, exist_ok=True)
        (library / name).write_text("/* nothing */", encoding="utf-8")
    return library
