"""The image of deploy/Containerfile is built, and the service in it answers.

Takes a minute and a network or a base image that is there already, so it runs only when asked for: nox -s image
"""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from course_utils.foundation import config

ROOT = config.repository_root()
IMAGE = "localhost/course-nets-test"
BUILDER = shutil.which("podman") or shutil.which("docker")

pytestmark = [
    pytest.mark.skipif(
        os.environ.get("COURSE_TEST_IMAGE", "") in ("", "0"), reason="takes minutes; nox -s image runs it"
    ),
    pytest.mark.skipif(BUILDER is None, reason="neither podman nor docker is installed here"),
]

# Runs while a further image is built, as the image's own user, so that it works where containers can't be started.
ASKED = """
import json, os, subprocess, time, urllib.error, urllib.request
from io import BytesIO
from PIL import Image

assert os.getuid() == 10001, os.getuid()
service = subprocess.Popen(COMMAND)
home = "http://127.0.0.1:8000"
for _ in range(300):
    try:
        health = json.load(urllib.request.urlopen(home + "/health", timeout=2))
        break
    except OSError:
        assert service.poll() is None, "the service ended"
        time.sleep(0.1)
Image.new("RGB", (40, 30)).save(file := BytesIO(), "PNG")
sent = urllib.request.Request(home + "/fruit", file.getvalue(), {"Content-Type": "image/png"})
fruit = json.load(urllib.request.urlopen(sent, timeout=10))
try:
    urllib.request.urlopen(urllib.request.Request(home + "/fruit", b"hello", {"Content-Type": "image/png"}), timeout=10)
    refused = 200
except urllib.error.HTTPError as error:
    refused = error.code
service.terminate()
service.wait(20)
print("FOUND " + json.dumps({"nets": health["nets"], "fruit": fruit["fruit"], "refused": refused}))
"""


def build(*arguments: str | Path) -> str:
    """What the builder says. COURSE_IMAGE_OPTIONS holds further options, such as another place for the base."""
    options = shlex.split(os.environ.get("COURSE_IMAGE_OPTIONS", ""))
    if Path(BUILDER).stem == "podman":
        options.append("--format=docker")  # its own format has no health check
    command = [BUILDER, "build", *options, *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.fixture(scope="module")
def image(tmp_path_factory) -> dict:
    """The image, built with four small nets in the place of the trained ones; what the builder knows of it."""
    from unit.serving_support import nets

    context = tmp_path_factory.mktemp("context")
    files = subprocess.run(
        ["git", "ls-files", "-z", "course_utils", "requirements", "deploy"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout.split("\0")[:-1]  # fmt: skip
    for name in files:
        (context / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, context / name)
    (context / "nets").mkdir()
    nets(context / "nets")
    started = time.monotonic()
    build("-f", context / "deploy" / "Containerfile", "-t", IMAGE, context)
    found = subprocess.run([BUILDER, "inspect", IMAGE], capture_output=True, text=True, check=True).stdout
    found = json.loads(found)[0]
    sys.stderr.write(f"\nbuilt in {time.monotonic() - started:.0f} s: {found['Size'] / 1e6:.0f} MB\n")
    return found


def test_the_image_is_nobodys_has_a_health_check_and_no_command_but_the_service(image) -> None:
    settings = image["Config"]
    assert settings["User"] == "10001:10001"
    assert "/health" in " ".join((settings.get("Healthcheck") or image.get("Healthcheck"))["Test"])
    assert {"ORT_DISABLE_TELEMETRY=1", "OMP_NUM_THREADS=1"} <= set(settings["Env"])
    assert settings["Entrypoint"][1:3] == ["-m", "course_utils.further.serving"]


def test_the_service_in_the_image_answers_and_refuses(image, tmp_path) -> None:
    command = image["Config"]["Entrypoint"]
    (tmp_path / "asked.py").write_text(ASKED.replace("COMMAND", repr(command)), encoding="utf-8")
    (tmp_path / "Containerfile").write_text(
        f'FROM {IMAGE}\nCOPY asked.py /asked.py\nRUN ["{command[0]}", "/asked.py"]\n', encoding="utf-8"
    )
    said = build("--no-cache", "-f", tmp_path / "Containerfile", tmp_path)
    (found,) = [json.loads(line.partition("FOUND ")[2]) for line in said.splitlines() if "FOUND {" in line]
    assert set(found["nets"]) == {"/fruit", "/review", "/tags", "/detect"}
    assert found["fruit"] in ("Apple", "Banana", "Kiwi") and found["refused"] == 422
