"""Two commands, generated files that aren't stale, licences, and CI that runs what a person types."""

import importlib.util
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import tomllib
import urllib.error
import urllib.request
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
SECOND_START_BAR = 15  # seconds; tests assert hang limits of three times a bar
NOWHERE = "http://127.0.0.1:9/"


def load(name):
    spec = importlib.util.spec_from_file_location(name, ROOT / "tools" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


start, regenerate = load("start"), load("regenerate")

needs_own_environment = pytest.mark.skipif(
    Path(sys.prefix).resolve() != ROOT / ".venv",
    reason="looks at the environment that `make test` made, and this is another one",
)


def tracked():
    """The files of the repository, or all of them where there is no git."""
    answer = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)
    if answer.returncode:
        pytest.skip("not a git checkout: which files are committed can't be told")
    return [ROOT / name for name in answer.stdout.decode().split("\0") if name and (ROOT / name).is_file()]


# Two commands


def targets():
    """Recipe of each target of the Makefile."""
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    return {
        name: body.strip().split("\n") for name, body in re.findall(r"^([\w-]+):\n((?:\t.*\n?)+)", text, re.M)
    }


def test_each_make_target_is_one_thin_call_of_the_start_script():
    recipes = targets()
    assert {"lab", "test", "notebooks", "data", "bench", "lint", "test-backends"} <= set(recipes)
    for name, lines in recipes.items():
        assert len(lines) == 1, name
        assert lines[0].startswith(f"@$(START) {name}"), name
    assert set(recipes) == set(start.ACTIONS)


def test_the_makefile_is_understood_by_make_3_81():
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert not re.search(r"\.ONESHELL|^\w+\s*(!=|::=)|\$\((file|guile|let|intcmp)\b", text, re.M)


@pytest.mark.skipif(shutil.which("make") is None, reason="there is no make here; Windows types the script")
def test_make_passes_the_options_of_jupyterlab_and_the_python_on():
    arguments = ["make", "-n", "lab", "LAB_ARGS=--no-browser --port=9999", "PYTHON=python3.12"]
    alone = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    said = subprocess.run(arguments, cwd=ROOT, env=alone, capture_output=True, text=True, check=True).stdout
    assert said.strip() == "python3.12 tools/start.py lab --no-browser --port=9999"


@needs_own_environment
def test_the_kernel_of_the_environment_starts_its_own_interpreter():
    kernel = json.loads(
        Path(sys.prefix, "share/jupyter/kernels/python3/kernel.json").read_text(encoding="utf-8")
    )
    assert Path(kernel["argv"][0]) == start.python_of(ROOT / ".venv")


@needs_own_environment
def test_the_environment_holds_the_settings_of_jupyterlab():
    settings = Path(sys.prefix, "share/jupyter/lab/settings/overrides.json").read_text(encoding="utf-8")
    assert "Markdown Preview" in settings


@needs_own_environment
def test_a_second_start_needs_no_network_and_no_patience():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {**os.environ, "PIP_INDEX_URL": NOWHERE, "UV_DEFAULT_INDEX": NOWHERE}
    for name in ("PIP_EXTRA_INDEX_URL", "PIP_FIND_LINKS", "COURSE_MIRROR", "PYTHON"):
        environment.pop(name, None)
    options = ["--no-browser", "--ip=127.0.0.1", f"--port={port}", "--allow-root", "--ServerApp.token=map"]
    before = time.monotonic()
    command = [sys.executable, str(ROOT / "tools" / "start.py"), "lab", *options]
    lab = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    try:
        status = answer_of(f"http://127.0.0.1:{port}/api/contents/my-work/index.md?token=map", before, lab)
        said = ""
    finally:
        lab.terminate()
        said = lab.communicate(timeout=60)[0].decode("utf-8", "replace")
    assert status == 200, said
    assert "Setting up" not in said


def answer_of(address, before, process):
    """HTTP status of the address, asked until three times the bar is over."""
    while time.monotonic() - before < 3 * SECOND_START_BAR and process.poll() is None:
        try:
            with urllib.request.urlopen(address, timeout=5) as answer:
                return answer.status
        except urllib.error.HTTPError as problem:
            return problem.code
        except OSError:
            time.sleep(0.2)
    return None


# Links


def links_of_notebooks():
    for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            if cell["cell_type"] == "markdown":
                for link in re.findall(r"\]\(([^)\s#]+)", "".join(cell["source"])):
                    if not re.match(r"[a-z]+:|attachment:", link):
                        yield path, link


def test_links_in_notebooks_open_from_both_folders():
    """From `notebooks/` and from the copy in `my-work/`: another notebook, or something above both."""
    names = {path.name for path in (ROOT / "notebooks").glob("*.ipynb")}
    for path, link in links_of_notebooks():
        assert link in names or (link.startswith("../") and (ROOT / "notebooks" / link).exists()), (
            f"{path.name} links to {link}, which isn't reached from both notebooks/ and my-work/"
        )


def test_links_of_the_map_open_the_copies_the_originals_and_the_readme(tmp_path):
    from course_utils.foundation import config
    from course_utils.workshop import workspace

    written = {path.stem for path in (ROOT / "notebooks").glob("*.ipynb")}
    links = re.findall(r"\]\(([^)\s]+)\)", workspace.index_text())
    assert "../README.md" in links
    for name in config.notebook_names():
        assert f"{name}.ipynb" in links
        assert f"../notebooks/{name}.ipynb" in links
        assert name in written, f"course.toml names {name}, but there is no such notebook"
    assert all(
        (ROOT / workspace.FOLDER / link).resolve().exists() for link in links if link.startswith("../")
    )


# Generated files


@pytest.mark.parametrize("path", regenerate.generated(), ids=lambda path: path.name)
def test_generated_files_are_what_their_sources_say(path):
    assert regenerate.is_current(path), f"{path.name} is stale. Run: make regenerate"


@pytest.mark.parametrize(
    ("name", "right", "wrong"),
    [("environment.yml", "python=3.11", "python=3.9"), ("README.md", "| Minutes |", "| Hours |")],
)
def test_a_stale_file_is_noticed(tmp_path, name, right, wrong):
    for source in ("pyproject.toml", "environment.yml", "README.md"):
        shutil.copy(ROOT / source, tmp_path / source)
    path = tmp_path / name
    assert regenerate.is_current(path, tmp_path)
    path.write_text(path.read_text(encoding="utf-8").replace(right, wrong), encoding="utf-8")
    assert not regenerate.is_current(path, tmp_path)


def test_a_figure_of_the_readme_is_the_picture_its_cell_shows(tmp_path):
    output = {
        "output_type": "display_data",
        "data": {"text/html": '<img alt="a" src="data:image/png;base64,UE5H">'},
    }
    cells = [{"id": "text"}, {"id": "picture", "outputs": [output]}]
    notebook = tmp_path / "one.ipynb"
    notebook.write_text(json.dumps({"cells": cells}), encoding="utf-8")
    assert regenerate.figure(notebook, "picture") == b"PNG"
    with pytest.raises(ValueError, match="make notebooks"):
        regenerate.figure(notebook, "text")


def test_a_readme_without_a_place_for_the_map_is_refused():
    with pytest.raises(ValueError, match="exactly one pair"):
        regenerate.readme_text("# A workshop\n")


def test_conda_and_binder_get_one_python_and_the_versions_of_the_locks():
    import yaml

    environment = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
    *conda, pip = environment["dependencies"]
    assert conda == ["python=3.11", "pip"], "a package from conda would be another build than the locked one"
    first, *files = pip["pip"]
    assert first == "--require-hashes"
    assert files == ["-r requirements/build.txt", "-r requirements/lab.txt"]
    for line in files:
        assert (ROOT / line.removeprefix("-r ")).is_file()


# Licences and what may be committed


def test_code_and_texts_have_their_licences():
    assert (ROOT / "LICENSE").read_text(encoding="utf-8").startswith("MIT License")
    assert "https://creativecommons.org/licenses/by/4.0/" in (ROOT / "LICENSE-CC-BY-4.0").read_text(
        encoding="utf-8"
    )


def test_the_citation_has_the_version_of_the_package():
    import yaml

    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert citation["cff-version"] == "1.2.0"
    assert citation["version"] == project["version"]
    assert citation["license"] == ["MIT", "CC-BY-4.0"]


def test_no_committed_file_names_the_host_of_a_package_index():
    hosts = re.compile(
        "|".join(
            re.escape(f"{name}.{domain}")
            for name, domain in (
                ("py" + "pi", "org"),
                ("python" + "hosted", "org"),
                ("registry.np" + "mjs", "org"),
            )
        )
    )
    for path in tracked():
        if path.stat().st_size < 3_000_000 and path.suffix not in (".jpg", ".png", ".h5", ".keras", ".npz"):
            assert not hosts.search(path.read_text(encoding="utf-8", errors="replace")), path


def test_learners_work_and_environments_are_not_committed():
    for name in (
        "my-work/05-fruit-cnn.ipynb",
        ".venv/bin/python",
        ".venv-jax/x",
        "notebooks/.ipynb_checkpoints/x",
    ):
        answer = subprocess.run(["git", "check-ignore", "-q", name], cwd=ROOT, check=False)
        if answer.returncode == 128:
            pytest.skip("not a git checkout")
        assert answer.returncode == 0, name


# Continuous integration


def test_workflows_follow_the_schema():
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.github-workflows"]
    answer = subprocess.run([*command, *map(str, WORKFLOWS)], capture_output=True, text=True, check=False)
    assert WORKFLOWS and answer.returncode == 0, answer.stdout + answer.stderr


def test_workflows_are_safe():
    zizmor = shutil.which(
        "zizmor", path=os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    )
    assert zizmor, "zizmor isn't installed. Run: make test"
    command = [zizmor, "--offline", "--no-progress", str(ROOT / ".github" / "workflows")]
    answer = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False)
    assert answer.returncode == 0, answer.stdout + answer.stderr


def test_ci_runs_the_same_command_on_three_systems_and_the_oldest_and_newest_python():
    import yaml

    job = yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text(encoding="utf-8"))["jobs"]["test"]
    matrix = job["strategy"]["matrix"]
    assert {name.split("-")[0] for name in matrix["os"]} == {"ubuntu", "macos", "windows"}
    assert matrix["python"] == ["3.11", "3.13"]
    assert any(step.get("run") == "python tools/start.py test" for step in job["steps"])


@pytest.mark.skipif(os.name == "nt", reason="the script is for a Unix shell")
def test_the_ci_script_runs_make_test_and_is_sound():
    script = ROOT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    assert subprocess.run(["bash", "-n", str(script)], check=False).returncode == 0
    assert script.read_text(encoding="utf-8").rstrip().endswith("\nmake test")
