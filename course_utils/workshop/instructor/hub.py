"""How large a JupyterHub for a class has to be, computed from what was measured.

Peaks of the notebooks come from the records of `course bands` (each kernel tells its own), the server's share from
tools/measure_hub.py, seconds from course.toml. The page in instructor/jupyterhub/ is written from here, and a test
compares the chart's values with it.
"""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass
from pathlib import Path

from course_utils.foundation import config
from course_utils.workshop import workspace

FOLDER = Path("instructor") / "jupyterhub"
MEASURED = FOLDER / "measured.json"
TABLE_BEGIN = "<!-- sizes: written by tools/regenerate.py from what was measured -->"
TABLE_END = "<!-- end of the sizes -->"
CLASSES = (30, 300)
# A node as clouds rent it, and what the cluster's own services leave of it.
NODE_CORES, NODE_GB = 16, 64
FREE_CORES, FREE_GB = 15, 58
CORES_GUARANTEED, CORES_AT_MOST = 0.5, 2


class HubError(RuntimeError):
    """Nothing was measured; the message says what to type."""


def measured(root: Path | None = None) -> dict:
    """What tools/measure_hub.py wrote. Raises HubError when it is not there."""
    path = (root or config.repository_root()) / MEASURED
    if not path.is_file():
        raise HubError(f"{path} is not there. Type: python tools/measure_hub.py")
    return json.loads(path.read_text(encoding="utf-8"))


def peaks(root: Path | None = None) -> dict[str, int]:
    """Notebook → the most MB that its kernel held in a recorded run of the class profile, on any data."""
    folder = (root or config.repository_root()) / "benchmarks" / "bands"
    found = {}
    for path in sorted(folder.glob("*.json")):
        runs = json.loads(path.read_text(encoding="utf-8"))["runs"]
        told = [run["peak_mb"] for run in runs if run["profile"] == "class" and run.get("peak_mb")]
        if told and path.stem in config.notebook_names():
            found[path.stem] = max(told)
    if not found:
        raise HubError("No run of the class profile was recorded. Type: course bands 05 --profile class")
    return found


def guaranteed_gb() -> float:
    """Memory that one learner gets for sure, in GB: the largest notebook and the learner's server, rounded up to 0.25."""
    return math.ceil((max(peaks().values()) + measured()["server_mb"]) / 250) / 4


def limit_gb() -> float:
    """Memory at which a learner's server is stopped, in GB: a second, forgotten notebook of middle size fits in."""
    middle = sorted(peaks().values())[len(peaks()) // 2]
    return math.ceil((guaranteed_gb() * 1000 + middle) / 500) / 2


@dataclass(frozen=True)
class Size:
    """What a class of some learners needs."""

    learners: int
    per_node: int
    nodes: int
    memory_gb: int
    cores: int
    homes_gb: int


def size(learners: int) -> Size:
    """Nodes, memory, cores and disk for a class; every learner may run the largest notebook at the same time."""
    per_node = min(int(FREE_GB // guaranteed_gb()), int(FREE_CORES / CORES_GUARANTEED))
    nodes = math.ceil(learners / per_node)
    memory = math.ceil(learners * guaranteed_gb())
    return Size(learners, per_node, nodes, memory, math.ceil(learners * CORES_GUARANTEED), learners * 2)


def shared_data_mb() -> int:
    """What the shared volume holds once all sets of the notebooks were fetched, in MB; ImageNet's weights left out."""
    from course_utils.foundation import assets

    registry = assets.load_registry(config.repository_root() / "data" / "registry.toml")
    names = {name for table in config.course()["notebooks"].values() for name in workspace.assets_of(table)}
    sets = [asset for asset in registry if asset.name in names and asset.kind != "weights"]
    # Unpacked, and the files they came in.
    return round(sum(asset.size + max(a.bytes for a in asset.addresses) for asset in sets) / 1e6)


def table() -> str:
    """The page's figures, as Markdown between its marks."""
    known, told = measured(), peaks()
    largest = max(told, key=told.get)
    seconds = {
        name: max(settings.get("seconds", {}).get("class", {}).values(), default=0)
        for name, settings in config.course()["notebooks"].items()
    }
    slowest = max(seconds, key=seconds.get)
    spread = round(CORES_AT_MOST / CORES_GUARANTEED)
    lines = [
        TABLE_BEGIN,
        "",
        "| Measured | |",
        "| --- | --- |",
        f"| A kernel at its largest, class profile | {min(told.values()) / 1000:.1f} to "
        f"{max(told.values()) / 1000:.1f} GB (the most: {largest}) |",
        f"| JupyterLab's server, one learner, no kernel | {known['server_mb'] / 1000:.2f} GB |",
        f"| {known['notebook']} in {known['profile']}, seen from outside and as its kernel reports | "
        f"{known['kernel_mb_seen_from_outside'] / 1000:.2f} and {known['kernel_mb_said_by_itself'] / 1000:.2f} GB |",
        f"| The longest notebook from top to bottom, two cores | {seconds[slowest]:.0f} s ({slowest}) |",
        f"| Real data on the shared volume | {shared_data_mb() / 1000:.1f} GB |",
        "",
        f"So a learner is guaranteed {guaranteed_gb():g} GB and {CORES_GUARANTEED:g} cores, and the server is stopped above "
        f"{limit_gb():g} GB.",
        "",
        f"| Class | Learners per node ({NODE_CORES} cores, {NODE_GB} GB) | Nodes | Memory guaranteed | "
        "Cores guaranteed | Homes (2 GB each) |",
        "| ---: | ---: | ---: | ---: | ---: | ---: |",
        *(
            f"| {one.learners} | {one.per_node} | {one.nodes} | {one.memory_gb} GB | {one.cores} | "
            f"{one.homes_gb} GB |"
            for one in map(size, CLASSES)
        ),
        "",
        f"At worst, when everybody runs the longest notebook from top to bottom in the same minute, each gets "
        f"at least 1/{spread} of the two cores it was timed on: {seconds[slowest]:.0f} s become at most "
        f"{seconds[slowest] * spread / 60:.0f} minutes. In a lesson people read between two cells, and a server may "
        f"use up to {CORES_AT_MOST} cores while its neighbours rest.",
        "",
        TABLE_END,
    ]
    return "\n".join(lines)


def values_with_memory(values: str) -> str:
    """The chart's values with the memory of a learner as computed; raises ValueError without a place for it."""
    text, count = re.subn(
        r"^(  memory:\n    guarantee: )\S+(\n    limit: )\S+$",
        lambda found: f"{found[1]}{guaranteed_gb():g}G{found[2]}{limit_gb():g}G",
        values,
        flags=re.M,
    )
    if count != 1:
        raise ValueError(
            f"{FOLDER}/values.yaml needs memory: with guarantee: and limit: once; it has {count}"
        )
    return text


def page_with_table(page: str) -> str:
    """The page with its figures written anew; raises ValueError when it has no place for them."""
    before, begin, rest = page.partition(TABLE_BEGIN)
    _, end, after = rest.partition(TABLE_END)
    if not begin or not end:
        raise ValueError(f"{FOLDER}/README.md needs the lines {TABLE_BEGIN} and {TABLE_END}")
    return before + table() + after
