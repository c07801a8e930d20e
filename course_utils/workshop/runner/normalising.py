"""The committed form of an executed notebook: the same run on the same machine gives the same bytes."""

from __future__ import annotations

import copy
import re
from collections.abc import Mapping
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from course_utils.workshop.runner.evidence import RESULTS_MIME, code_cells, tags

# Metadata of a cell that the notebook's author wrote; everything else (timings, scroll states) is left out.
KEPT_CELL_METADATA = ("tags", "exercise", "jupyter", "skip-reason", "cellView")
KERNELSPEC = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
# Of a notebook's results, what differs from run to run without anything having changed.
VOLATILE_RESULT_FIELDS = ("peak_mb", "peak_gpu_mb", "versions", "device")

_ADDRESS = re.compile(r"(?<= at )0x[0-9a-fA-F]{6,}")
_OVERWRITTEN = re.compile(r"^[^\n]*\r(?=[^\n])", re.MULTILINE)


def normalise(notebook: NotebookNode) -> NotebookNode:
    """Bring an executed notebook into its committed form, in place.

    Execution counts run 1, 2, 3 …; metadata that no author wrote goes; consecutive pieces of one stream become
    one; memory addresses become 0x…; kernel `python3` and the language without patch version remain.
    """
    language = {"name": "python", **notebook["metadata"].get("language_info", {})}
    if version := language.get("version"):
        language["version"] = ".".join(str(version).split(".")[:2])
    kept = {key: value for key, value in notebook["metadata"].items() if key == "title"}
    notebook["metadata"] = nbformat.from_dict(
        {**kept, "kernelspec": dict(KERNELSPEC), "language_info": dict(sorted(language.items()))}
    )
    for cell in notebook["cells"]:
        metadata = {key: cell["metadata"][key] for key in KEPT_CELL_METADATA if key in cell["metadata"]}
        cell["metadata"] = nbformat.from_dict(metadata)
    count = 0
    for cell in code_cells(notebook):
        if not cell["source"].strip():
            cell["execution_count"], cell["outputs"] = None, []
            continue
        count += 1
        cell["execution_count"] = count
        cell["outputs"] = [_normal_output(output, count) for output in merge_streams(cell["outputs"])]
    return notebook


def merge_streams(outputs: list) -> list:
    """Join consecutive outputs of one stream; of a line that overwrote itself (a progress bar) the end remains."""
    merged: list = []
    for output in outputs:
        before = merged[-1] if merged else None
        if (
            before
            and output["output_type"] == before["output_type"] == "stream"
            and output["name"] == before["name"]
        ):
            before["text"] += output["text"]
        else:
            merged.append(copy.deepcopy(output))
    for output in merged:
        if output["output_type"] == "stream":
            output["text"] = _OVERWRITTEN.sub("", output["text"].replace("\r\n", "\n"))
    return merged


def keep_volatile_outputs(fresh: NotebookNode, committed: NotebookNode) -> bool:
    """Take over the committed outputs that may differ (timings, banner) when nothing else changed, in place.

    Both notebooks normalised. Nothing else changed means: same cells, same outputs in every cell that is not
    tagged `volatile`, and the same results (to four digits in a volatile cell), peak memory, versions, device and
    seconds among them left aside. Returns whether they were taken over.
    """
    if [_comparable(cell) for cell in fresh["cells"]] != [_comparable(cell) for cell in committed["cells"]]:
        return False
    for new, old in zip(code_cells(fresh), code_cells(committed), strict=True):
        new["outputs"] = old["outputs"]
    fresh["metadata"] = committed["metadata"]
    return True


def notebook_text(notebook: NotebookNode) -> str:
    """The notebook as the text of its file: indented by one, unescaped, one newline at its end."""
    return nbformat.writes(notebook, version=4, indent=1, ensure_ascii=False).rstrip("\n") + "\n"


def write_notebook(path: Path, notebook: NotebookNode) -> bool:
    """Write the notebook when its text differs from the file's; returns whether it was written.

    The file appears whole or not at all.
    """
    text = notebook_text(notebook)
    if path.is_file() and path.read_bytes() == text.encode():
        return False
    scratch = path.with_name(f".{path.name}.new")
    scratch.write_text(text, encoding="utf-8", newline="\n")
    scratch.replace(path)
    return True


def _normal_output(output: NotebookNode, count: int) -> NotebookNode:
    if output["output_type"] == "execute_result":
        output["execution_count"] = count
    if output["output_type"] == "stream":
        output["text"] = _ADDRESS.sub("0x…", output["text"])
    if text := output.get("data", {}).get("text/plain"):
        output["data"]["text/plain"] = _ADDRESS.sub("0x…", text)
    return output


def _comparable(cell: Mapping) -> tuple:
    """What has to be equal for 'nothing changed'."""
    head = (cell["cell_type"], cell.get("id"), cell["source"], dict(cell["metadata"]))
    if cell["cell_type"] != "code":
        return head
    if "volatile" in tags(cell):
        # Whether it has outputs at all still counts: a committed notebook without any was never executed.
        # And so do the results that slides and bands are compared with: most notebooks store them in such a cell.
        stored = [
            _to_four_digits(_steady(one)) for one in cell["outputs"] if RESULTS_MIME in one.get("data", {})
        ]
        return (*head, bool(cell["outputs"]), stored)
    return (*head, [_steady(output) for output in cell["outputs"]])


def _to_four_digits(value: object) -> object:
    """The same with each number rounded: the order of a sum is not a change, what a reader sees is one."""
    if isinstance(value, Mapping):
        return {key: _to_four_digits(inner) for key, inner in value.items()}
    return float(f"{value:.4g}") if isinstance(value, float) else value


def _steady(output: Mapping) -> object:
    results = output.get("data", {}).get(RESULTS_MIME)
    if results is None:
        return output
    steady = {key: value for key, value in results.items() if key not in VOLATILE_RESULT_FIELDS}
    steady["results"] = {
        name: result for name, result in results.get("results", {}).items() if result.get("kind") != "seconds"
    }
    return steady
