"""Binder, JupyterHub and Codespaces get what they read: the package, documented keys, memory as measured."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from course_utils.foundation import config
from course_utils.workshop.instructor import hub

ROOT = config.repository_root()
FOLDER = ROOT / hub.FOLDER
REPO2DOCKER = shutil.which("jupyter-repo2docker")
ANYTHING = None
# The keys that we use, as the configuration reference of the chart (version 4) names them. None: free below.
DOCUMENTED = {
    "hub": {
        "config": ANYTHING,
        "concurrentSpawnLimit": int,
        "activeServerLimit": int,
        "db": {"type": str},
        "resources": ANYTHING,
    },
    "proxy": {"https": {"enabled": bool, "hosts": list}},
    "singleuser": {
        "image": {"name": str, "tag": str},
        "startTimeout": int,
        "defaultUrl": str,
        "cmd": list,
        "cpu": {"guarantee": (int, float), "limit": (int, float)},
        "memory": {"guarantee": str, "limit": str},
        "extraEnv": ANYTHING,
        "storage": {"capacity": str, "extraVolumes": list, "extraVolumeMounts": list},
        "profileList": list,
    },
    "scheduling": {
        "userScheduler": {"enabled": bool},
        "podPriority": {"enabled": bool},
        "userPlaceholder": {"enabled": bool, "replicas": int},
    },
    "prePuller": {"hook": {"enabled": bool}, "continuous": {"enabled": bool}},
    "cull": {"enabled": bool, "timeout": int, "every": int, "maxAge": int, "users": bool},
}
PROFILE_KEYS = {"display_name", "description", "slug", "default", "kubespawner_override"}
SPAWNER_TRAITS = {"image", "extra_resource_limits", "mem_guarantee", "mem_limit"}


@pytest.fixture(scope="module")
def values() -> dict:
    return yaml.safe_load((FOLDER / "values.yaml").read_text(encoding="utf-8"))


def undocumented(given: dict, documented: dict, path: str = "") -> list[str]:
    """Keys that the chart's reference does not name, and values of another kind than it says."""
    found = []
    for key, value in given.items():
        here = f"{path}.{key}".lstrip(".")
        if key not in documented:
            found.append(here)
        elif isinstance(documented[key], dict):
            found += undocumented(value, documented[key], here)
        elif documented[key] is not ANYTHING and not isinstance(value, documented[key]):
            found.append(f"{here} is {value!r}")
    return found


# ------------------------------------------------------------------------------------------- the image


@pytest.mark.skipif(
    REPO2DOCKER is None, reason="no jupyter-repo2docker here: `nox -s hub` installs it and runs this"
)
def test_repo2docker_renders_an_image_with_the_packages_and_the_course(tmp_path):
    for name in ("environment.yml", "postBuild"):
        shutil.copy(ROOT / name, tmp_path / name)
    shutil.copytree(ROOT / "requirements", tmp_path / "requirements")
    command = [REPO2DOCKER, "--no-build", "--debug", "--user-id", "1000", "--user-name", "jovyan"]
    command += ["--target-repo-dir", "/srv/course", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    rendered = done.stdout + done.stderr
    assert done.returncode == 0, rendered[-2000:]
    assert 'env update -p ${NB_PYTHON_PREFIX} --file "environment.yml"' in rendered
    assert "RUN ./postBuild" in rendered
    assert "Building conda environment for python=3.11" in rendered, "as environment.yml asks"


def test_the_image_gets_the_package_itself_and_working_copies():
    script = (ROOT / "postBuild").read_text(encoding="utf-8")
    assert "pip install --no-cache-dir --no-deps --no-build-isolation --editable ." in script
    assert "python -m course_utils.workshop prepare" in script
    assert "pip install --no-cache-dir --require-hashes -r requirements/hub.txt" in script
    locked = (ROOT / "requirements" / "hub.txt").read_text(encoding="utf-8")
    assert "nbgitpuller==" in locked, "the links of `course hub-link` need it"


@pytest.mark.skipif(os.name == "nt", reason="the scripts are for a Unix shell")
@pytest.mark.parametrize("script", ["postBuild", "instructor/jupyterhub/start-course.sh"])
def test_the_scripts_are_sound_and_may_be_executed(script):
    assert os.access(ROOT / script, os.X_OK)
    assert subprocess.run(["bash", "-n", str(ROOT / script)], check=False).returncode == 0


# ------------------------------------------------------------------------------------------- the values


def test_every_key_of_the_values_is_one_that_the_chart_documents(values):
    assert undocumented(values, DOCUMENTED) == []


def test_a_misspelt_key_or_a_wrong_kind_would_be_noticed(values):
    assert undocumented({"cull": {"timeOut": 1}}, DOCUMENTED) == ["cull.timeOut"]
    assert undocumented({"cull": {"timeout": "1h"}}, DOCUMENTED) == ["cull.timeout is '1h'"]


def test_a_learner_gets_the_memory_that_was_measured(values):
    memory = values["singleuser"]["memory"]
    measured = (max(hub.peaks().values()) + hub.measured()["server_mb"]) / 1000
    assert float(memory["guarantee"].rstrip("G")) >= measured, "make regenerate"
    assert float(memory["limit"].rstrip("G")) > float(memory["guarantee"].rstrip("G"))


def test_there_is_a_profile_without_and_one_with_a_gpu(values):
    profiles = values["singleuser"]["profileList"]
    assert all(set(profile) <= PROFILE_KEYS for profile in profiles)
    assert [profile.get("default", False) for profile in profiles] == [True, False]
    override = profiles[1]["kubespawner_override"]
    assert set(override) <= SPAWNER_TRAITS
    assert override["extra_resource_limits"] == {"nvidia.com/gpu": "1"}
    assert override["image"].startswith(values["singleuser"]["image"]["name"])


def test_shared_data_can_only_be_read(values):
    storage = values["singleuser"]["storage"]
    assert all(mount["readOnly"] for mount in storage["extraVolumeMounts"])
    assert all(volume["persistentVolumeClaim"]["readOnly"] for volume in storage["extraVolumes"])
    names = {volume["name"] for volume in storage["extraVolumes"]}
    assert names == {mount["name"] for mount in storage["extraVolumeMounts"]}


def test_idle_servers_are_stopped_and_no_password_is_in_the_repository(values):
    assert values["cull"]["enabled"] and values["cull"]["every"] < values["cull"]["timeout"] <= 3600
    assert values["hub"]["config"]["DummyAuthenticator"]["password"] == ""


def test_the_image_has_the_version_of_the_course(values):
    release = config.course()["release"]
    assert values["singleuser"]["image"]["tag"] == release
    assert values["singleuser"]["profileList"][1]["kubespawner_override"]["image"].endswith(f":{release}-gpu")


def test_all_that_is_to_be_changed_is_marked_and_nothing_names_an_owner(values):
    text = (FOLDER / "values.yaml").read_text(encoding="utf-8")
    assert values["singleuser"]["image"]["name"].startswith("registry.example.org/")
    for line in text.splitlines():
        if "example.org" in line or "password:" in line:
            assert "CHANGE" in line, line


def test_the_page_says_what_was_not_checked_and_explains_both_classes():
    page = (FOLDER / "README.md").read_text(encoding="utf-8")
    assert re.search(r"chart itself was \*\*not\*\* rendered", page)
    assert "## For a class of 30\n" in page and "## For a class of 300\n" in page
    for link in re.findall(r"\]\(([^)\s:]+)\)", page):
        assert (FOLDER / link).exists(), link


# ------------------------------------------------------------------------------------------- a learner's start


def start_course(tmp_path: Path, **variables: str) -> subprocess.CompletedProcess:
    """The script that starts a learner's server, with a command that only says that it was started."""
    environment = {
        **{name: text for name, text in os.environ.items() if not name.startswith("COURSE_")},
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
        "PYTHONPATH": str(ROOT),
        "COURSE_IMAGE": str(ROOT),
        "COURSE_ROOT": str(tmp_path / "home" / "course"),
        "COURSE_CACHE": str(tmp_path / "home" / ".cache"),
        "COURSE_SHARED": str(tmp_path / "shared"),
        **variables,
    }
    (tmp_path / "shared" / "data").mkdir(parents=True, exist_ok=True)
    (tmp_path / "home").mkdir(exist_ok=True)
    command = [str(FOLDER / "start-course.sh"), "echo", "the server runs"]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.skipif(os.name == "nt", reason="hubs run on Linux")
def test_a_learner_finds_her_copies_the_course_and_the_shared_data(tmp_path):
    done = start_course(tmp_path)
    home = tmp_path / "home"
    assert done.stdout == "the server runs\n"
    log = (home / "course.log").read_text(encoding="utf-8")
    assert {path.stem for path in (home / "course" / "my-work").glob("*.ipynb")} == set(
        config.notebook_names()
    ), log
    assert (home / "course" / "notebooks").is_symlink()
    assert (home / ".cache" / "data").resolve() == (tmp_path / "shared" / "data").resolve()
    mine = next((home / "course" / "my-work").glob("*.ipynb"))
    mine.write_text("my own thoughts", encoding="utf-8")
    assert start_course(tmp_path).stdout == "the server runs\n"
    assert mine.read_text(encoding="utf-8") == "my own thoughts", "a second start keeps her work"


@pytest.mark.skipif(os.name == "nt", reason="hubs run on Linux")
def test_a_server_starts_even_where_the_course_is_missing(tmp_path):
    (tmp_path / "empty").mkdir()
    done = start_course(tmp_path, COURSE_IMAGE=str(tmp_path / "empty"), PYTHONPATH="")
    assert done.stdout == "the server runs\n"
    assert "could not be made" in (tmp_path / "home" / "course.log").read_text(encoding="utf-8")


# ------------------------------------------------------------------------------------------- a codespace

DEVCONTAINER = json.loads((ROOT / ".devcontainer" / "devcontainer.json").read_text(encoding="utf-8"))
# The keys that we use, as the reference of containers.dev names them.
DEVCONTAINER_KEYS = {
    "name": str,
    "image": str,
    "hostRequirements": {"cpus": int, "memory": str, "storage": str},
    "updateContentCommand": str,
    "postAttachCommand": str,
    "forwardPorts": list,
    "portsAttributes": ANYTHING,
    "customizations": ANYTHING,
}


def start_module():
    spec = importlib.util.spec_from_file_location("start", ROOT / "tools" / "start.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_codespace_has_documented_keys_and_enough_of_a_machine():
    assert undocumented(DEVCONTAINER, DEVCONTAINER_KEYS) == []
    peak = (max(hub.peaks().values()) + hub.measured()["server_mb"]) / 1000
    assert float(DEVCONTAINER["hostRequirements"]["memory"].removesuffix("gb")) >= 2 * peak
    assert (
        float(DEVCONTAINER["hostRequirements"]["storage"].removesuffix("gb")) > start_module().DISK_NEEDED_GB
    )


def test_a_codespaces_python_is_one_of_the_courses():
    version = re.search(r"/python:(\d+)\.(\d+)-", DEVCONTAINER["image"])
    assert version, "the image names its Python"
    assert tuple(map(int, version.groups())) in start_module().sources.SUPPORTED


@pytest.mark.parametrize(
    ("key", "action"), [("updateContentCommand", "install"), ("postAttachCommand", "lab")]
)
def test_a_codespace_is_set_up_and_started_as_everywhere_else(key, action, monkeypatch):
    """Installed when it is made, which a prebuild keeps; JupyterLab opens whenever somebody attaches."""
    program, script, *arguments = shlex.split(DEVCONTAINER[key])
    assert (program, script) == ("python3", "tools/start.py")
    start, seen = start_module(), []

    def remember(given):
        """Stands in for the work itself."""
        seen.append(given)
        return 0

    monkeypatch.setitem(start.ACTIONS, action, remember)
    assert start.main(arguments) == 0
    assert seen == [arguments[1:]]


def test_jupyterlab_of_a_codespace_knows_its_options_and_its_port():
    from course_utils.workshop.doctor.jupyter import DEFAULT_PORT

    _, _, _, no_browser, *options = shlex.split(DEVCONTAINER["postAttachCommand"])
    assert no_browser == "--no-browser"
    from jupyter_server.serverapp import ServerApp

    given = dict(option.removeprefix("--ServerApp.").split("=", 1) for option in options)
    assert set(given) <= set(ServerApp.class_trait_names())
    assert re.fullmatch(given["allow_origin_pat"], "https://some-name-8888.app.github.dev")
    assert not re.fullmatch(given["allow_origin_pat"], "https://app.github.dev.example.org")
    assert DEVCONTAINER["forwardPorts"] == [DEFAULT_PORT]
    assert list(DEVCONTAINER["portsAttributes"]) == [str(DEFAULT_PORT)]
