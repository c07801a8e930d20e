"""JupyterLab as a learner meets it: started by the course's own command, opened in a headless Chromium."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from course_utils.workshop.slides import browser as slide_browser

ROOT = Path(__file__).parents[2]
SERVER_SECONDS = 120
PAGE_SECONDS = 120  # a hang, not a slow or crowded machine
TOKEN = "a-token-for-this-test"


@pytest.fixture(scope="module")
def browser():
    """A headless Chromium; without one these tests skip on a laptop and fail in CI.

    Not for the whole session: as long as playwright lives it holds an event loop, and tests that start
    kernels need the loop for themselves.
    """
    path = slide_browser.find()
    if path is None:
        reason = f"no Chromium or Chrome found. {slide_browser.REMEDY}"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    playwright = pytest.importorskip("playwright.sync_api")
    with playwright.sync_playwright() as driver:
        # No sandbox: CI runs as root, where Chromium's own refuses to start; the pages are our own.
        chromium = driver.chromium.launch(executable_path=path, headless=True, args=["--no-sandbox"])
        yield chromium
        chromium.close()


@pytest.fixture(scope="module")
def workshop(tmp_path_factory):
    """A scratch workshop: notebooks, map and pictures as they are, and working copies made by the course."""
    root = tmp_path_factory.mktemp("workshop")
    for name in ("course.toml", "README.md"):
        shutil.copy(ROOT / name, root / name)
    shutil.copytree(
        ROOT / "notebooks", root / "notebooks", ignore=shutil.ignore_patterns(".ipynb_checkpoints")
    )
    shutil.copytree(ROOT / "data", root / "data", ignore=shutil.ignore_patterns("weights"))
    program = "from course_utils.workshop import workspace; workspace.prepare()"
    subprocess.run([sys.executable, "-c", program], env={**os.environ, "COURSE_ROOT": str(root)}, check=True)
    return root


@pytest.fixture(scope="module")
def lab(workshop, tmp_path_factory):
    """Address of a JupyterLab on the scratch workshop, with the course's settings and nobody's own."""
    spec = importlib.util.spec_from_file_location("start", ROOT / "tools" / "start.py")
    start = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(start)
    settings = tmp_path_factory.mktemp("settings")
    start.write_lab_settings(settings)
    # Every cell in the page at once: JupyterLab otherwise renders only what is in sight.
    overrides = settings / "overrides.json"
    values = json.loads(overrides.read_text(encoding="utf-8"))
    values["@jupyterlab/notebook-extension:tracker"] = {"windowingMode": "none"}
    overrides.write_text(json.dumps(values), encoding="utf-8")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    own = tmp_path_factory.mktemp("jupyter")
    environment = {**os.environ, "COURSE_ROOT": str(workshop), "JUPYTER_PREFER_ENV_PATH": "1"}
    environment |= {"COURSE_PROFILE": "smoke", "COURSE_DATA": "bundled"}
    environment |= {f"JUPYTER_{kind}_DIR": str(own / kind.lower()) for kind in ("CONFIG", "RUNTIME", "DATA")}
    command = [
        *start.lab_command(Path(sys.executable), workshop),
        *("--no-browser", "--ip=127.0.0.1", "--allow-root", f"--port={port}", "--ServerApp.port_retries=0"),
        f"--IdentityProvider.token={TOKEN}",
        f"--LabApp.app_settings_dir={settings}",
        f"--LabApp.workspaces_dir={own}",
    ]
    log = (own / "log.txt").open("w+b")
    server = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
    try:
        address = f"http://127.0.0.1:{port}"
        wait_for(f"{address}/api?token={TOKEN}", server, own / "log.txt")
        yield address
    finally:
        server.terminate()
        try:
            server.wait(timeout=15)
        except subprocess.TimeoutExpired:  # kernels notice by themselves that their server is gone
            server.kill()
            server.wait()
        log.close()


def wait_for(address, server, log):
    """Until the server answers; fails with its log when it ends or never does."""
    end = time.monotonic() + SERVER_SECONDS
    while time.monotonic() < end and server.poll() is None:
        try:
            urllib.request.urlopen(address, timeout=5).close()
            return
        except OSError:
            time.sleep(0.2)
    pytest.fail(f"JupyterLab didn't answer:\n{log.read_text(encoding='utf-8', errors='replace')}")


@pytest.fixture(scope="module")
def new_page(browser, lab):
    """Opens a page of JupyterLab; `page.address(path)` is where the server answers to a person who is logged in."""
    contexts = []

    def opened():
        contexts.append(browser.new_context(viewport={"width": 1600, "height": 1000}))
        page = contexts[-1].new_page()
        page.set_default_timeout(PAGE_SECONDS * 1000)
        page.address = lambda path: f"{lab}/{path}{'&' if '?' in path else '?'}token={TOKEN}"
        return page

    yield opened
    for context in contexts:
        context.close()
