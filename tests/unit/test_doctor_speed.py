"""The doctor times a small convolution and predicts the minutes of each notebook on this machine."""

import json
import subprocess
import sys

import pytest
from typer.testing import CliRunner

from course_utils.foundation import config
from course_utils.workshop.cli import app
from course_utils.workshop.doctor import speed, stopwatch

THEN = speed.Speed("tensorflow", 0.5, 10.0)
COURSE = {
    "reference": {"backend": "tensorflow", "processor_ms": 0.5, "convolution_ms": 10.0},
    "notebooks": {
        "01-eda": {"accelerator": "none", "seconds": {"class": {"bundled": 26, "real": 36}}},
        "05-cnn": {"accelerator": "optional", "seconds": {"class": {"bundled": 106}}},
        "08-new": {"accelerator": "optional"},
    },
}


def a_speed(**changes):
    return speed.Speed(**{**vars(THEN), **changes})


def test_on_the_reference_machine_a_notebook_takes_what_was_measured():
    assert speed.predicted_seconds(106, True, THEN, THEN) == pytest.approx(106)
    assert speed.predicted_seconds(26, False, THEN, THEN) == pytest.approx(26)


def test_a_machine_half_as_fast_takes_twice_as_long():
    slow = a_speed(processor_ms=1.0, convolution_ms=20.0)
    assert speed.predicted_seconds(106, True, THEN, slow) == pytest.approx(212)


def test_a_machine_busy_with_other_things_takes_longer():
    assert speed.predicted_seconds(106, True, THEN, a_speed(busy=2.5)) == pytest.approx(265)


def test_a_gpu_helps_the_nets_and_nothing_else():
    gpu = a_speed(convolution_ms=0.1)
    assert speed.predicted_seconds(26, False, THEN, gpu) == pytest.approx(26)
    assert speed.predicted_seconds(106, True, THEN, gpu) == pytest.approx(106 * 0.505)


def test_each_notebook_gets_a_prediction_and_an_unmeasured_one_gets_none():
    found = speed.predictions(COURSE, "class", "real", THEN, THEN)
    assert found == {"01-eda": pytest.approx(36), "05-cnn": pytest.approx(106), "08-new": None}, (
        "the bundled data's time stands in where the real data's was not measured"
    )
    (finding,) = speed.look_at_minutes(found, "class", "real")
    assert finding.level == "ok"
    assert "01-eda 0.6 · 05-cnn 1.8 · 08-new not measured · together 2" in finding.text


def test_a_machine_too_slow_for_the_profile_is_told_what_to_do():
    (finding,) = speed.look_at_minutes({"05-cnn": 700.0, "01-eda": 100.0}, "class", "bundled")
    assert finding.level == "note"
    assert "slow here: 05-cnn" in finding.text and "COURSE_PROFILE=smoke" in finding.remedy
    (finding,) = speed.look_at_minutes({"05-cnn": 7000.0}, "full", "real")
    assert finding.level == "ok", "nothing is promised of the full profile"


@pytest.fixture
def measured(monkeypatch):
    """The looks with a stopwatch of the test's own."""
    monkeypatch.setattr(speed, "backend_in_use", lambda: "tensorflow")
    monkeypatch.setattr(config, "course", lambda: COURSE)
    monkeypatch.setenv("COURSE_PROFILE", "class")
    monkeypatch.setenv("COURSE_DATA", "bundled")

    def shows(result):
        def measure(*_, **__):
            if isinstance(result, Exception):
                raise result
            return result

        monkeypatch.setattr(speed, "measure", measure)

    return shows


def test_a_quiet_machine_is_fine(measured):
    measured(a_speed(busy=1.05))
    findings = speed.look_at_speed()
    assert [finding.level for finding in findings] == ["ok", "ok"]
    assert "forward and backward takes 10.0 ms" in findings[0].text


def test_a_busy_machine_is_noted(measured):
    measured(a_speed(busy=3.0))
    assert any("takes 3.0 times as long as it could" in finding.text for finding in speed.look_at_speed())


def test_without_a_reference_nothing_is_predicted(measured, monkeypatch):
    measured(THEN)
    monkeypatch.setattr(config, "course", lambda: {"notebooks": {}})
    assert speed.look_at_speed()[-1].remedy == "course doctor --record-reference"


def test_a_stopwatch_that_fails_is_a_note(measured):
    measured(speed.SpeedError("one convolution on jax could not be timed: no memory"))
    (finding,) = speed.look_at_speed()
    assert finding.level == "note" and "no memory" in finding.text and finding.remedy


def answer(code, out="", err=""):
    return lambda *_, **__: subprocess.CompletedProcess([], code, out, err)


def test_the_last_line_of_the_stopwatch_counts_whatever_was_printed_before(monkeypatch):
    line = json.dumps(
        {
            "backend": "jax",
            "start_seconds": 4.0,
            "processor_ms": 1,
            "convolution_ms": 9,
            "busy": 1.1,
            "load": 2,
        }
    )
    monkeypatch.setattr(speed.subprocess, "run", answer(0, f"hello\n{line}\n"))
    assert speed.measure("jax") == speed.Speed("jax", 1.0, 9.0, 1.1, 2)


def test_a_stopwatch_that_dies_or_hangs_is_reported(monkeypatch):
    monkeypatch.setattr(speed.subprocess, "run", answer(1, err="first\nImportError: no keras\n"))
    with pytest.raises(speed.SpeedError, match="ImportError: no keras"):
        speed.measure("jax")

    def late(*_, timeout, **__):
        raise subprocess.TimeoutExpired("stopwatch", timeout)

    monkeypatch.setattr(speed.subprocess, "run", late)
    with pytest.raises(speed.SpeedError, match="not timed within 5 s"):
        speed.measure("jax", patience=5)


def test_the_stopwatch_takes_the_fastest_and_says_how_much_longer_the_others_took(monkeypatch):
    moments = [(start, start + (2 if start == 0 else 1)) for start in range(0, 20, 4)]
    clock = iter([0.0, *(moment for pair in moments for moment in pair)])
    monkeypatch.setattr(stopwatch.time, "perf_counter", lambda: next(clock, 1e9))
    calls = []
    fastest, mean = stopwatch.repeated(lambda: calls.append(1), seconds=-1, least=5)
    assert len(calls) == stopwatch.WARM_UPS + 5
    assert (fastest, mean) == (1000.0, pytest.approx(1200.0))


def test_the_plain_piece_of_work_needs_no_framework():
    program = (
        "import sys; from course_utils.workshop.doctor import stopwatch; stopwatch.processor()(); "
        "print([name for name in ('tensorflow', 'jax', 'torch', 'keras') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_recording_the_reference_writes_its_own_file_and_nothing_else(tmp_path, monkeypatch):
    (tmp_path / "course.toml").write_text('[notebooks."01-eda"]\nminutes = 45\n')
    monkeypatch.setattr(config, "repository_root", lambda: tmp_path)
    rounds = iter(
        [a_speed(convolution_ms=9.0, busy=9.0), a_speed(busy=1.3, load=0.5), a_speed(convolution_ms=12.0)]
    )
    monkeypatch.setattr(speed, "measure", lambda backend: next(rounds))
    written = speed.record_reference("tensorflow", rounds=3)
    course = config.read_course(tmp_path)
    assert course["reference"]["convolution_ms"] == 10.0
    assert course["notebooks"] == {"01-eda": {"minutes": 45}}
    assert (written["busy"], written["load"]) == (1.3, 0.5), "the median of the rounds"
    assert speed.reference(course) == THEN


def test_the_command_for_maintainers_says_what_it_wrote(monkeypatch):
    monkeypatch.setattr(speed, "record_reference", lambda backend: {"machine": "a laptop", "busy": 1.1})
    said = CliRunner().invoke(app, ["doctor", "--record-reference"])
    assert said.exit_code == 0
    assert "a laptop" in said.output and "reference.json" in said.output


def test_the_course_has_a_reference_with_every_figure():
    found = speed.reference(config.course())
    assert found.backend == "tensorflow"
    assert 0.05 < found.processor_ms < 50 and 1 < found.convolution_ms < 1000


@pytest.mark.parametrize(("machine", "reminded"), [("another laptop", True), (None, False)])
def test_seconds_of_another_machine_than_the_reference_are_pointed_out(monkeypatch, machine, reminded):
    from rich.console import Console

    from course_utils.foundation import records
    from course_utils.workshop.cli import notebooks

    monkeypatch.setattr(config, "course", lambda: {"reference": {"machine": machine or records.machine()}})
    console = Console(record=True, width=200)
    notebooks._remind_of_reference(console)
    assert ("course doctor --record-reference" in console.export_text()) == reminded
