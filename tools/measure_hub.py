"""Measure what one learner on a hub needs in memory: JupyterLab's server, a notebook's kernel, and both together.

Writes instructor/jupyterhub/measured.json, from which course_utils.workshop.instructor.hub computes the sizes of a class. The
peaks of all notebooks are in benchmarks/bands already, told by each kernel of itself; here the same is seen from
outside.

    python tools/measure_hub.py            (notebook 05, smoke)
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import platform
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from pathlib import Path

import psutil

from course_utils.foundation import config
from course_utils.workshop.runner.execution import Settings, run_notebook

ROOT = Path(__file__).resolve().parents[1]
RESULT = ROOT / "instructor" / "jupyterhub" / "measured.json"
TOKEN = "measure"


def megabytes(process: psutil.Process) -> float:
    """Memory that a process and its children hold now, in MB; what they share is counted once each."""
    total = 0
    for one in [process, *process.children(recursive=True)]:
        try:
            total += one.memory_info().rss
        except psutil.Error:
            continue
    return total / 1e6


def server_mb() -> float:
    """Memory of JupyterLab's server once its page and a folder were asked for, without any kernel."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", "--ip=127.0.0.1"]
    command += [f"--port={port}", f"--ServerApp.token={TOKEN}", f"--ServerApp.root_dir={ROOT}"]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 120
        for path in ("lab", "api/contents/notebooks", "api/contents/notebooks/05-fruit-cnn.ipynb"):
            while True:
                try:
                    urllib.request.urlopen(f"http://127.0.0.1:{port}/{path}?token={TOKEN}", timeout=10).read()
                    break
                except OSError:
                    if time.monotonic() > deadline:
                        raise
                    time.sleep(0.5)
        return megabytes(psutil.Process(server.pid))
    finally:
        server.terminate()
        server.wait(30)


def notebook_mb(name: str, profile: str) -> tuple[float, int]:
    """The most memory that a notebook's kernel held, seen from outside, and what it said itself, in MB."""
    peak, over = [0.0], threading.Event()
    me = psutil.Process(os.getpid())

    def watch() -> None:
        while not over.wait(0.25):
            peak[0] = max([peak[0], *(megabytes(child) for child in me.children())])

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    run = run_notebook(config.notebook_path(name), Settings(profile, "bundled"))
    over.set()
    watcher.join()
    if run.failure:
        raise SystemExit(f"{name} failed: {run.failure}")
    return peak[0], run.report["peak_mb"]


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("notebook", nargs="?", default="05-fruit-cnn")
    parser.add_argument("--profile", default="smoke", choices=config.PROFILES)
    options = parser.parse_args()
    server = server_mb()
    outside, inside = notebook_mb(options.notebook, options.profile)
    measured = {
        "date": datetime.date.today().isoformat(),
        "machine": f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}",
        "server_mb": round(server),
        "notebook": config.notebook_path(options.notebook).stem,
        "profile": options.profile,
        "kernel_mb_seen_from_outside": round(outside),
        "kernel_mb_said_by_itself": inside,
    }
    RESULT.write_text(json.dumps(measured, indent=1) + "\n", encoding="utf-8", newline="\n")
    print(json.dumps(measured, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
