"""The GPU workflow: whose machine, when, and in which order; schema and safety are tested with the others'."""

import json
import re
from pathlib import Path

import pytest

yaml = pytest.importorskip("yaml")

PATH = Path(__file__).parents[2] / ".github" / "workflows" / "gpu.yml"
WORKFLOW = yaml.safe_load(PATH.read_text(encoding="utf-8"))
JOB = WORKFLOW["jobs"]["full"]
STEPS = [step.get("run", "") for step in JOB["steps"]]


def position(text):
    """The first step whose command has this text."""
    return next(number for number, command in enumerate(STEPS) if text in command)


def test_the_machine_is_a_setting_of_the_repository():
    setting, default = re.fullmatch(
        r"\$\{\{ fromJSON\(vars\.(\w+) \|\| '(.+)'\) \}\}", JOB["runs-on"]
    ).groups()
    assert setting == "COURSE_GPU_RUNNER"
    assert json.loads(default) == ["self-hosted", "linux", "x64", "gpu"]


def test_it_runs_by_hand_weekly_and_for_a_label():
    when = WORKFLOW[True]  # YAML 1.1 reads the word `on` so
    assert set(when) == {"workflow_dispatch", "schedule", "pull_request"}
    assert when["pull_request"]["types"] == ["labeled"]
    (weekly,) = when["schedule"]
    assert re.fullmatch(r"\d+ \d+ \* \* \d", weekly["cron"])


def test_a_forks_code_never_runs_on_our_own_machine():
    assert "head.repo.full_name == github.repository" in JOB["if"]
    assert "github.event.label.name == 'gpu'" in JOB["if"]


def test_the_gpu_is_asserted_before_anything_that_takes_hours():
    assert position("nvidia-smi") < position("look_for_gpu") < position("pytest --nbval-lax notebooks")
    assert position("pytest --nbval-lax notebooks") < position("run --profile full --require-gpu")
    assert JOB["env"]["COURSE_REQUIRE_GPU"] == "1", "a notebook that finds a CPU ends at once"


def test_notebooks_run_in_the_full_profile_one_at_a_time():
    assert JOB["env"]["COURSE_PROFILE"] == "full"
    assert not re.search(r"\s-n\s|--dist|xdist", STEPS[position("pytest --nbval-lax")])
    assert WORKFLOW["concurrency"] == {"group": "gpu", "cancel-in-progress": False}


def test_memory_grows_on_each_backend():
    assert JOB["env"]["TF_FORCE_GPU_ALLOW_GROWTH"] == "true"
    assert JOB["env"]["XLA_PYTHON_CLIENT_PREALLOCATE"] == "false"


def test_the_report_is_kept_even_when_a_notebook_failed():
    upload = JOB["steps"][-1]
    assert (
        upload["uses"].startswith("actions/upload-artifact@")
        and upload["with"]["if-no-files-found"] == "error"
    )
    for step in JOB["steps"][position("run --profile full") :]:
        assert step["if"] == "${{ !cancelled() }}"


def test_every_action_is_pinned_by_its_commit():
    for step in JOB["steps"]:
        assert re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40}", step.get("uses", "a/b@" + "0" * 40))


@pytest.mark.parametrize("backend", WORKFLOW[True]["workflow_dispatch"]["inputs"]["backend"]["options"])
def test_each_backend_has_its_extras(backend):
    assert re.search(rf'^\s*{backend}\) extras="\w+,test"', STEPS[position("extras=")], re.MULTILINE)
