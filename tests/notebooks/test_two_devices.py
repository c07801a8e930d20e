"""The optional section of notebook 05 on more than one device says what is true, on each backend that is here.

In `smoke` the section leaves its script out, so the runs of the notebooks do not prove it.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest

from course_utils.foundation import config
from course_utils.workshop.runner.evidence import tags
from course_utils.workshop.runner.execution import read_notebook

CELLS = {
    cell["id"]: cell
    for cell in read_notebook(config.notebook_path("05-fruit-cnn"))["cells"]
    if cell["id"].startswith("devices-") and cell["cell_type"] == "code"
}
NORMALISED = "layers.BatchNormalization()"
SYNCHRONIZED = "layers.BatchNormalization(synchronized=True)"


@pytest.fixture
def section(tmp_path: Path, monkeypatch) -> ModuleType:
    """The cells up to the script, as a module: inspect reads the functions' text from a file."""
    cells = ("devices-simulated", "devices-share", "devices-train", "devices-script")
    text = "\n\n\n".join(CELLS[name]["source"] for name in cells)
    (tmp_path / "two_devices.py").write_text(text, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "two_devices", raising=False)
    return importlib.import_module("two_devices")


def printed(script: str, backend: str, two_devices: bool = True) -> list[str]:
    """The lines that the section's last cell prints."""
    names = {
        "optional": SimpleNamespace(two_devices=two_devices),
        "session": SimpleNamespace(backend=backend),
        "script": script,
    }
    with contextlib.redirect_stdout(io.StringIO()) as out:
        exec(CELLS["devices-run"]["source"], names)
    return out.getvalue().splitlines()


@pytest.mark.parametrize(
    ("backend", "added", "same"),
    [
        ("tensorflow", "", True),
        ("tensorflow", NORMALISED, False),  # the pitfall that the text names
        ("tensorflow", SYNCHRONIZED, True),
        ("jax", "", True),
        ("jax", NORMALISED, True),
    ],
)
def test_two_simulated_devices_share_a_batch_and_learn_what_one_learns(
    section: ModuleType, backend: str, added: str, same: bool
):
    if find_spec(backend) is None:
        pytest.skip(f"{backend} is not installed here")
    script = section.script.replace("*convolution,", f"*convolution, {added},") if added else section.script
    assert printed(script, backend) == [
        "2 devices; of a batch of 64 they get [32, 32]",
        f"the same loss as on one device, to 1e-3: {same}",
    ]


def test_a_script_that_fails_fails_the_cell():
    with pytest.raises(subprocess.CalledProcessError):
        printed("raise SystemExit(3)", "tensorflow")


def test_pytorch_is_told_its_own_way_and_smoke_leaves_the_script_out():
    (line,) = printed("raise SystemExit(3)", "torch")
    assert "torch.nn.parallel.DistributedDataParallel" in line
    (line,) = printed("raise SystemExit(3)", "jax", two_devices=False)
    assert "settings" in line


@pytest.mark.skipif(find_spec("torch") is None, reason="PyTorch is not installed here")
def test_the_name_that_pytorch_is_told_is_there():
    from torch.nn.parallel import DistributedDataParallel

    assert DistributedDataParallel


def test_no_result_of_the_notebook_depends_on_the_section():
    assert CELLS.keys() >= {"devices-settings", "devices-run"}
    assert [name for name, cell in CELLS.items() if "bands-skip" not in tags(cell)] == []
