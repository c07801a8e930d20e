"""The set-up script finds a fitting Python, installs from the lock, and remembers what it did."""

import ast
import importlib.util
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "tools" / "start.py"
MODULES = (SCRIPT, ROOT / "tools" / "sources.py")
FINE = {"version": [3, 12, 4], "executable": "/opt/python3.12", "bits": 64, "venv": True}


@pytest.fixture
def start(tmp_path, monkeypatch):
    """The script as a module, working in an empty environment of its own and forbidden to run anything."""
    spec = importlib.util.spec_from_file_location("start", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "ENVIRONMENT", tmp_path / ".venv")
    monkeypatch.delenv("PYTHON", raising=False)
    monkeypatch.delenv("COURSE_INSTALLER", raising=False)
    return module


@pytest.fixture
def installed(start, monkeypatch):
    """The same after a finished set-up for the lab."""
    python = start.python_of(start.ENVIRONMENT)
    python.parent.mkdir(parents=True)
    python.write_text("")
    start.write_stamp(start.ENVIRONMENT, {"python": FINE["version"], **start.wanted("lab")})
    monkeypatch.setattr(start.sources, "probe", lambda command: FINE)
    return start


def forbid(name):
    def refuse(*arguments, **options):
        raise AssertionError(f"{name} must not be called here: {arguments}")

    return refuse


@pytest.fixture
def steps(start, monkeypatch):
    """Records the steps of a set-up in place of doing them."""
    done = []
    monkeypatch.setattr(start.sources, "find_python", lambda: FINE)

    def call(command, purpose, **options):
        done.append((purpose, command))
        start.python_of(start.ENVIRONMENT).parent.mkdir(parents=True, exist_ok=True)

    monkeypatch.setattr(start, "call", call)
    for name, method in (("compile", "compile_packages"), ("kernel", "register_kernel")):
        monkeypatch.setattr(start, method, lambda python, name=name: done.append((name, [str(python)])))
    return done


# Which Python


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_is_read_by_python_3_8_so_that_it_can_refuse_it(path):
    ast.parse(path.read_text(encoding="utf-8"), feature_version=(3, 8))


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_needs_the_standard_library_only(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    names = [alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names]
    names += [node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    assert {name.split(".")[0] for name in names} <= {*sys.stdlib_module_names, "sources"}


def test_tries_the_newest_supported_python_first(start):
    named = [command[-1][-4:] for command in start.sources.candidates()[:-1]]
    assert named[:3] == ["3.13", "3.12", "3.11"]


def test_takes_the_first_python_that_runs(start, monkeypatch):
    answers = {"python3.13": None, "python3.12": FINE, "python3.11": forbid("python3.11")}
    monkeypatch.setattr(start.sources, "candidates", lambda: [[name] for name in answers])
    monkeypatch.setattr(start.sources, "probe", lambda command: answers[command[0]])
    assert start.sources.find_python() == FINE


def test_a_name_on_the_path_that_does_not_run_is_no_python(start, tmp_path):
    shim = tmp_path / "python3.13"
    shim.write_text("#!/bin/sh\necho 'not installed' >&2\nexit 127\n")
    shim.chmod(0o755)
    assert start.sources.probe([str(shim)]) is None
    assert start.sources.probe([str(tmp_path / "nowhere")]) is None


def test_this_python_is_fit(start):
    assert start.sources.refusal(start.sources.probe([sys.executable])) is None


@pytest.mark.parametrize(
    ("found", "told"),
    [
        ({"version": [3, 10, 1]}, "Python 3.10"),
        ({"version": [3, 14, 0]}, "Python 3.14"),
        ({"bits": 32}, "32-bit"),
        (
            {"built_for": "macosx-10.13-universal2 Darwin x86_64"},
            "no TensorFlow of this version for Macs with an Intel",
        ),
        ({"built_for": "win-arm64 Windows ARM64"}, "no TensorFlow of this version for Windows on ARM"),
        ({"venv": False}, "sudo apt install python3-venv"),
    ],
)
def test_an_unfit_python_is_refused_with_the_remedy(start, monkeypatch, found, told):
    monkeypatch.setattr(start.sources, "probe", lambda command: {**FINE, **found})
    with pytest.raises(start.SetupError) as refused:
        start.sources.find_python()
    assert told in str(refused.value)
    assert "make lab PYTHON=" in str(refused.value)


@pytest.mark.parametrize(
    "built_for",
    ["macosx-10.13-universal2 Darwin arm64", "win-amd64 Windows AMD64", "linux-aarch64 Linux aarch64", ""],
)
def test_machines_that_tensorflow_is_published_for_are_not_refused(start, built_for):
    assert start.sources.refusal({**FINE, "built_for": built_for}) is None


def test_a_python_that_was_asked_for_is_taken_or_refused_but_never_replaced(start, monkeypatch):
    monkeypatch.setenv("PYTHON", "python-of-my-own")
    monkeypatch.setattr(
        start.sources, "probe", lambda command: FINE if command == ["python-of-my-own"] else None
    )
    assert start.sources.find_python() == FINE
    monkeypatch.setenv("PYTHON", "nowhere")
    with pytest.raises(start.SetupError, match="PYTHON=nowhere"):
        start.sources.find_python()


def test_the_command_ends_with_the_message_and_no_traceback(start, monkeypatch, capsys):
    monkeypatch.setenv("PYTHON", "nowhere")
    assert start.main(["lab"]) == 1
    assert "make lab PYTHON=" in capsys.readouterr().err


def test_a_disk_that_fills_up_or_a_file_that_is_missing_ends_with_a_message_too(
    start, monkeypatch, capsys, tmp_path
):
    monkeypatch.setattr(start, "REQUIREMENTS", tmp_path)
    assert start.main(["lab"]) == 1
    said = capsys.readouterr().err
    assert "build.txt" in said and "start again" in said


# What is installed


def test_a_first_start_makes_the_environment_and_installs_the_lock_with_hashes(start, steps):
    start.set_up("lab")
    assert [purpose for purpose, _ in steps] == [
        "make .venv",
        "install the build tools",
        "install the packages of requirements/lab.txt",
        "compile",
        "install course_utils",
        "kernel",
    ]
    for purpose, command in steps[1:3]:
        assert "--require-hashes" in command, purpose
    assert "--no-deps" in steps[4][1]
    assert start.environment_fits(start.read_stamp(start.ENVIRONMENT), "lab")
    assert not start.environment_fits(start.read_stamp(start.ENVIRONMENT), "test")


def test_a_second_start_calls_no_installer(installed, monkeypatch):
    monkeypatch.setattr(installed, "call", forbid("call"))
    monkeypatch.setattr(installed.sources, "find_python", forbid("find_python"))
    assert installed.set_up("lab") == installed.python_of(installed.ENVIRONMENT)


def test_the_tests_add_to_the_lab_and_the_lab_keeps_what_the_tests_added(installed, steps):
    installed.set_up("test")
    assert "make .venv" not in [purpose for purpose, _ in steps]
    assert "install the packages of requirements/test.txt" in [purpose for purpose, _ in steps]
    steps.clear()
    installed.set_up("lab")
    installed.set_up("test")
    assert steps == []


def test_another_lock_is_installed_into_the_same_environment(installed, steps, monkeypatch):
    stamp = installed.read_stamp(installed.ENVIRONMENT)
    installed.write_stamp(installed.ENVIRONMENT, {**stamp, "lab": "of yesterday"})
    installed.set_up("lab")
    assert [purpose for purpose, _ in steps][:2] == [
        "install the build tools",
        "install the packages of requirements/lab.txt",
    ]


def test_a_changed_package_is_installed_without_asking_the_index(installed, steps):
    stamp = installed.read_stamp(installed.ENVIRONMENT)
    installed.write_stamp(installed.ENVIRONMENT, {**stamp, "package": "of yesterday"})
    installed.set_up("lab")
    (purpose, command), _ = steps
    assert purpose == "install course_utils"
    assert "--no-index" in command or "--offline" in command


@pytest.mark.parametrize("change", [{"root": "/elsewhere"}, {"python": [3, 11, 1]}])
def test_a_moved_folder_or_another_python_makes_the_environment_anew(installed, steps, change, monkeypatch):
    stamp = installed.read_stamp(installed.ENVIRONMENT)
    installed.write_stamp(installed.ENVIRONMENT, {**stamp, **change})
    monkeypatch.setenv("PYTHON", "python3.12")
    installed.set_up("lab")
    assert steps[0][0] == "make .venv"


def test_an_interrupted_installation_is_no_finished_one(installed, steps, monkeypatch):
    stamp = installed.read_stamp(installed.ENVIRONMENT)
    installed.write_stamp(installed.ENVIRONMENT, {**stamp, "lab": "of yesterday"})

    def interrupted(command, purpose, **options):
        raise KeyboardInterrupt

    monkeypatch.setattr(installed, "call", interrupted)
    with pytest.raises(KeyboardInterrupt):
        installed.set_up("lab")
    assert installed.read_stamp(installed.ENVIRONMENT) == {}


@pytest.fixture
def linked(start, tmp_path):
    """A `.venv` that is a link to another copy's environment, which is in use there."""
    other = tmp_path / "other copy" / ".venv"
    other.mkdir(parents=True)
    (other / "course-setup.json").write_text('{"root": "/other copy"}', encoding="utf-8")
    try:
        start.ENVIRONMENT.symlink_to(other, target_is_directory=True)
    except OSError:
        pytest.skip("links can't be made here: Windows allows them to developers only")
    return other


@pytest.mark.parametrize("there", [True, False], ids=["an environment", "nothing"])
def test_an_environment_that_is_a_link_is_refused_before_anything_is_touched(
    start, steps, linked, tmp_path, there, capsys
):
    if not there:
        shutil.rmtree(linked)
    before = sorted(tmp_path.rglob("*"))
    assert start.main(["lint"]) == 1
    message = capsys.readouterr().err.strip()
    assert str(linked) in message and message.endswith(f'"{start.ENVIRONMENT}"')
    assert steps == [], "venv --clear would empty the other copy's environment"
    assert sorted(tmp_path.rglob("*")) == before, "not even the lock of the set-up is made"


@pytest.mark.skipif(os.name == "nt", reason="the command is that of a shell")
def test_the_command_that_the_refusal_names_removes_the_link_and_nothing_else(start, steps, linked, capsys):
    start.main(["lint"])
    command = capsys.readouterr().err.strip().rsplit(": ", 1)[1]
    subprocess.run(command, shell=True, check=True)
    assert not start.ENVIRONMENT.is_symlink() and (linked / "course-setup.json").is_file()
    start.set_up("lab")
    assert steps[0][0] == "make .venv"


def test_a_link_on_the_way_to_the_course_is_none_of_its_business(start, tmp_path):
    (tmp_path / "real").mkdir()
    try:
        (tmp_path / "shortcut").symlink_to(tmp_path / "real", target_is_directory=True)
    except OSError:
        pytest.skip("links can't be made here: Windows allows them to developers only")
    start.check_folder(tmp_path / "shortcut" / ".venv")


def test_a_full_disk_is_told_before_anything_is_made(start, steps, monkeypatch):
    usage = start.shutil.disk_usage(ROOT)
    monkeypatch.setattr(start.shutil, "disk_usage", lambda path: usage._replace(free=10**9))
    with pytest.raises(start.SetupError, match=r"Only 1\.0 GB are free"):
        start.set_up("lab")
    assert steps == []


def test_a_failing_installer_ends_with_what_to_type(start, capsys):
    program = "print('Collecting one'); print('ERROR: no route to the index'); raise SystemExit(3)"
    with pytest.raises(start.SetupError, match="COURSE_INSTALLER=pip make lab"):
        start.call([sys.executable, "-c", program], "install the packages")
    command = [sys.executable, "-c", program]
    assert start.call_counting(command, 7, dict(os.environ)) == 3
    assert "ERROR: no route to the index" in capsys.readouterr().out


def test_the_progress_of_pip_is_a_count_of_packages(start, capsys):
    lines = [
        *(f"Collecting package-{i}==1.0" for i in range(26)),
        "Installing collected packages: all of them",
    ]
    assert (
        start.call_counting([sys.executable, "-c", f"print({chr(10).join(lines)!r})"], 26, dict(os.environ))
        == 0
    )
    said = capsys.readouterr().out.splitlines()
    assert said[0] == "  25 of 26 packages: package-24==1.0"
    assert said[1].startswith("  26 packages are here; installing")


def test_line_ends_do_not_change_the_digest(start, tmp_path):
    for name, ends in (("unix", "\n"), ("windows", "\r\n")):
        (tmp_path / name).write_bytes(f"a{ends}b{ends}".encode())
    assert start.digest(tmp_path / "unix") == start.digest(tmp_path / "windows")


@pytest.mark.parametrize("wish", ["pip", "conda"])
def test_the_installer_can_be_chosen(start, monkeypatch, wish):
    monkeypatch.setenv("COURSE_INSTALLER", wish)
    if wish == "pip":
        assert "uv" not in start.installer(Path("python"))[0]
    else:
        with pytest.raises(start.SetupError, match="expected pip or uv"):
            start.installer(Path("python"))


def test_packages_are_compiled_though_python_may_not_write_bytecode(start, monkeypatch):
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    monkeypatch.delenv("PYTHONPYCACHEPREFIX", raising=False)
    package = start.ENVIRONMENT / "lib" / "package"
    package.mkdir(parents=True)
    (package / "right.py").write_text("value = 1\n")
    (package / "template.py").write_text("{{ value }} = \n")
    start.compile_packages(Path(sys.executable))
    (compiled,) = package.rglob("*.pyc")
    assert compiled.name.startswith("right.")


def test_the_locks_versions_are_listed_without_their_hashes(start):
    lines = start.locked_versions()
    assert any(line.startswith("keras==") for line in lines)
    assert not any("--hash" in line or "\\" in line for line in lines)


# What is started


def test_what_is_started_sees_its_own_environment_first_and_no_other_one(start, monkeypatch):
    for name in ("PYTHONPATH", "PYTHONHOME", "MAKEFLAGS"):
        monkeypatch.setenv(name, "of somebody else")
    variables = start.child_environment()
    assert not {"PYTHONPATH", "PYTHONHOME", "MAKEFLAGS"} & set(variables)
    assert variables["PATH"].split(os.pathsep)[0] == str(start.python_of(start.ENVIRONMENT).parent)


def test_jupyterlab_opens_the_map_and_gets_the_options_that_were_passed(installed, monkeypatch):
    commands = []
    monkeypatch.setattr(installed, "run", lambda command, *a, **o: commands.append(command) or 0)
    monkeypatch.delenv("COURSE_MIRROR", raising=False)
    assert installed.main(["lab", "--no-browser", "--port=9999"]) == 0
    prepare, lab = commands
    assert prepare[-1] == "prepare"
    assert "--LabApp.default_url=/lab/tree/my-work/index.md" in lab
    assert lab[-2:] == ["--no-browser", "--port=9999"]


def test_data_is_fetched_beside_jupyterlab_and_only_with_a_mirror(installed, monkeypatch):
    fetching = []
    monkeypatch.setattr(installed, "run", lambda command, *a, **o: 0)
    monkeypatch.setattr(installed.subprocess, "Popen", lambda command, **o: fetching.append(command[-2:]))
    monkeypatch.delenv("COURSE_MIRROR", raising=False)
    installed.main(["lab"])
    assert fetching == []
    monkeypatch.setenv("COURSE_MIRROR", "http://192.168.0.2:8018")
    installed.main(["lab"])
    assert fetching == [["prepare", "--fetch"]]


def test_one_failing_part_makes_the_whole_test_fail_and_the_others_still_run(installed, monkeypatch):
    monkeypatch.setattr(installed, "set_up", lambda kind: Path("python"))
    ran = []

    def run(command, *arguments, **options):
        ran.append(command[2])
        return 1 if "format" in command else 0

    monkeypatch.setattr(installed, "run", run)
    assert installed.main(["test"]) == 1
    assert ran == ["ruff", "ruff", "pytest"]


@pytest.mark.parametrize(
    ("typed", "sessions", "passed_on"),
    [
        (["test-backends"], ["backends"], []),
        (["test-backends", "jax", "torch"], ["backends(jax)", "backends(torch)"], []),
        (["test-colab", "01", "05"], ["colab"], ["01", "05"]),
        (["test-oldest"], ["oldest"], []),
        (["test-latest", "08"], ["latest"], ["08"]),
        (["test-mutants", "--seed", "7"], ["mutants"], ["--seed", "7"]),
        (["test-pack", "-x", "-k", "lab"], ["pack"], ["-x", "-k", "lab"]),
    ],
)
def test_tests_with_environments_of_their_own_are_left_to_nox(start, monkeypatch, typed, sessions, passed_on):
    commands = []
    monkeypatch.setattr(start, "set_up", lambda kind: Path("python-of-" + kind))
    monkeypatch.setattr(start, "run", lambda command: commands.append(command) or 0)
    assert start.main(typed) == 0
    assert commands == [["python-of-test", "-m", "nox", "--session", *sessions, "--", *passed_on]]


def test_settings_let_markdown_open_rendered_and_ask_no_news(start, tmp_path):
    start.write_lab_settings(tmp_path)
    settings = json.loads((tmp_path / "overrides.json").read_text(encoding="utf-8"))
    assert (
        settings["@jupyterlab/docmanager-extension:plugin"]["defaultViewers"]["markdown"]
        == "Markdown Preview"
    )
    assert settings["@jupyterlab/apputils-extension:notification"]["fetchNews"] == "false"


# Two starts in one folder


TAKE_AND_HOLD = """
import importlib.util, sys, time
from pathlib import Path
spec = importlib.util.spec_from_file_location("start", sys.argv[1])
start = importlib.util.module_from_spec(spec)
spec.loader.exec_module(start)
with start.alone(Path(sys.argv[2])):
    print("taken", flush=True)
    time.sleep(float(sys.argv[3]))
"""


def test_two_starts_at_once_take_turns_and_the_second_says_that_it_waits(tmp_path):
    order = [sys.executable, "-c", TAKE_AND_HOLD, str(SCRIPT), str(tmp_path / "lock")]
    first = subprocess.Popen([*order, "3"], stdout=subprocess.PIPE, text=True)
    assert first.stdout.readline() == "taken\n"
    second = subprocess.run([*order, "0"], capture_output=True, text=True, timeout=60)
    assert first.wait(timeout=60) == 0, "the first one was let finish"
    assert second.stdout.splitlines()[0].startswith("Another start is setting up this folder")
    assert second.stdout.splitlines()[-1] == "taken"


def test_a_start_that_was_killed_leaves_no_lock_behind(tmp_path):
    order = [sys.executable, "-c", TAKE_AND_HOLD, str(SCRIPT), str(tmp_path / "lock")]
    first = subprocess.Popen([*order, "60"], stdout=subprocess.PIPE, text=True)
    assert first.stdout.readline() == "taken\n"
    first.kill()
    first.wait()
    second = subprocess.run([*order, "0"], capture_output=True, text=True, timeout=60)
    assert second.stdout == "taken\n"


def test_the_second_start_finds_everything_done(start, steps, monkeypatch):
    first = start.set_up("lab")
    done = len(steps)
    first.write_text("")
    monkeypatch.setattr(start.sources, "probe", lambda command: FINE)
    assert start.complete("lab", FINE) == first
    assert len(steps) == done
