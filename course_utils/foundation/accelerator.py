"""A GPU belongs to one notebook at a time, and each notebook says how much of its memory it took.

Two kernels on one GPU end badly: the second finds no memory and dies, often without a traceback. So whoever begins a
notebook on a GPU holds a lock until her kernel ends. On a CPU nothing of this happens.
"""

from __future__ import annotations

import contextlib
import getpass
import json
import os
import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from course_utils.foundation import config

if TYPE_CHECKING:
    from filelock import FileLock

# How long to wait for the kernel before: a person has restarted hers, or the runner has just ended one.
PATIENCE = {"person": 3.0, "automatic": 60.0}

# The lock of this process; it is released by the system when the process ends, however it ends.
_held: dict[Path, FileLock] = {}


class GpuBusy(RuntimeError):
    """Another notebook holds the GPU; the message says which, and what to do."""


class NoGpu(RuntimeError):
    """COURSE_REQUIRE_GPU is set and there is only a CPU."""


def is_gpu(device: str | None) -> bool:
    """True for the devices that `session.start` calls anything else than CPU: a GPU, or a TPU."""
    return bool(device) and not device.upper().startswith("CPU")


def demand(backend: str, device: str) -> None:
    """Raise NoGpu on a CPU where `COURSE_REQUIRE_GPU` is set: a run that would take hours says so at once."""
    if config.gpu_is_required() and not is_gpu(device):
        raise NoGpu(
            f"COURSE_REQUIRE_GPU is set, but {backend} sees only the CPU. `course doctor --require-gpu` names "
            "what each backend sees; to work on the CPU, unset COURSE_REQUIRE_GPU and restart the kernel"
        )


def reserve(notebook: str, device: str, patience: float | None = None) -> None:
    """Hold the GPU for this process until it ends; does nothing on a CPU, or where this process holds it already.

    `patience`: seconds to wait for another notebook. Raises GpuBusy naming the one that holds the GPU.
    `COURSE_SHARE_GPU=1` leaves the lock out for who shares a large GPU on purpose. Locks are those of one person on
    one machine: on a hub, it is the hub that gives out GPUs.
    """
    if not is_gpu(device) or os.environ.get("COURSE_SHARE_GPU", "") not in ("", "0"):
        return
    from filelock import FileLock, Timeout

    path = lock_path()
    if path not in _held:
        wait = PATIENCE["person" if config.someone_is_watching() else "automatic"]
        lock = FileLock(path)
        try:
            lock.acquire(timeout=wait if patience is None else patience)
        except Timeout:
            kind = "TPU" if device.upper().startswith("TPU") else "GPU"
            hidden = "JAX_PLATFORMS=cpu" if kind == "TPU" else "CUDA_VISIBLE_DEVICES=-1"
            raise GpuBusy(
                f"{_holder(path)} already uses this {kind}, and two notebooks on one {kind} run out of its memory. "
                "Choose Kernel > Shut Down Kernel there, then run this cell again. To work on the CPU meanwhile: "
                f"restart this kernel with {hidden}; to share the {kind} on purpose: COURSE_SHARE_GPU=1"
            ) from None
        _held[path] = lock
    with contextlib.suppress(OSError):  # only helps the next one's message
        _note(path).write_text(json.dumps({"notebook": notebook, "process": os.getpid()}), encoding="utf-8")


def release() -> None:
    """Give the GPU back before the process ends."""
    for lock in _held.values():
        lock.release()
    _held.clear()


def lock_path() -> Path:
    """The lock file of the first GPU that this process may see, for this person."""
    visible = os.environ.get("CUDA_VISIBLE_DEVICES", "").split(",")[0].strip() or "0"
    try:
        person = getpass.getuser()
    except (KeyError, OSError):  # a container without a name for its user
        person = "somebody"
    name = re.sub(r"[^\w-]", "_", f"course-gpu-{person}-{visible}")
    return Path(tempfile.gettempdir()) / f"{name}.lock"


def peak_memory_mb(backend: str, device: str) -> int | None:
    """The most GPU memory this process has used so far, by the backend's own counter; None on a CPU.

    What tensors took, not what the framework set aside. None too where the backend does not count (a GPU of a Mac).
    """
    if not is_gpu(device):
        return None
    try:
        used = _COUNTERS[backend]()
    except Exception:  # noqa: BLE001 - a missing counter must not cost a notebook its results
        return None
    return None if used is None else round(used / 1e6)


def _tensorflow_peak() -> int:
    import tensorflow as tf

    return tf.config.experimental.get_memory_info("GPU:0")["peak"]


def _jax_peak() -> int | None:
    import jax

    return (jax.devices()[0].memory_stats() or {}).get("peak_bytes_in_use")


def _torch_peak() -> int | None:
    import torch

    return torch.cuda.max_memory_allocated() if torch.cuda.is_available() else None


_COUNTERS = {"tensorflow": _tensorflow_peak, "jax": _jax_peak, "torch": _torch_peak}


def _note(path: Path) -> Path:
    return path.with_suffix(".json")


def _holder(path: Path) -> str:
    """The notebook that holds the lock, in words."""
    try:
        told = json.loads(_note(path).read_text(encoding="utf-8"))
        return f"{told['notebook']} (process {told['process']})"
    except (OSError, ValueError, KeyError):
        return "Another notebook"
