"""`course export`, `course serve` and `course page`: what they write, start and say."""

import numpy as np
import pytest
from typer.testing import CliRunner

pytest.importorskip("onnxruntime", reason='python -m pip install "course-utils[serve]"')
pytest.importorskip("onnx")
import requests  # noqa: E402
from serving_support import nets as small_nets  # noqa: E402

from course_utils.further.serving import nets, running  # noqa: E402
from course_utils.further.serving.runtime import load  # noqa: E402
from course_utils.workshop.cli import app  # noqa: E402


@pytest.fixture
def untrained(monkeypatch):
    """The digit net without its training, which these tests don't need."""
    x = np.random.default_rng(0).random((200, 8, 8, 1), dtype=np.float32)
    truth = {"digit": np.arange(200) % 10}

    def made(name, seed=2018):
        if name not in nets.NETS:
            raise nets.ServingError(f"No net called {name!r}")
        model = nets.build_digit_cnn()
        return nets.Trained(model, {"digit": list("0123456789")}, {"kind": "numbers"}, x, x, truth)

    monkeypatch.setattr(nets, "trained", made)


def called(*words):
    return CliRunner().invoke(app, [str(word) for word in words])


def test_export_writes_both_files_and_says_how_they_compare(untrained, tmp_path):
    done = called("export", "digit", "--out", tmp_path, "--int8")
    assert done.exit_code == 0, done.output
    assert "Against Keras: largest difference" in done.output and "same answer for 100.0%" in done.output
    assert "Test accuracy with 8 bits: digit 0." in done.output and "Next: course page digit" in done.output
    whole, small = tmp_path / "digit.onnx", tmp_path / "digit-int8.onnx"
    assert small.stat().st_size < whole.stat().st_size
    assert load(small).contract == load(whole).contract


def test_the_tagger_is_exported_without_training_and_scored_by_its_names(tmp_path):
    done = called("export", "tags", "--out", tmp_path)
    assert done.exit_code == 0, done.output
    assert "same answer for 100.0%" in done.output and "Entity F1: vi 0." in done.output
    assert "training" not in done.output and (tmp_path / "tags.onnx").is_file()
    assert "Next: course serve" in done.output
    small = called("export", "tags", "--out", tmp_path, "--int8")
    assert small.exit_code == 1 and "only nets with one are written with 8 bits" in small.output


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("export", "weather"), "No net called 'weather'"),
        (("page", "weather"), "No page for 'weather'. Type: course page review"),
    ],
)
def test_another_name_is_refused_with_the_names_there_are(untrained, tmp_path, words, said):
    done = called(*words, "--out", tmp_path)
    assert done.exit_code == 1 and said in done.output and not list(tmp_path.iterdir())


def test_page_writes_a_page_and_says_where(untrained, tmp_path):
    done = called("page", "digit", "--out", tmp_path)
    assert done.exit_code == 0, done.output
    assert "digit.html" in done.output and "Draw a digit" in (tmp_path / "digit.html").read_text("utf-8")


def test_serve_says_what_is_missing(tmp_path):
    done = called("serve", "--nets", tmp_path)
    assert done.exit_code == 1 and "course export fruit" in done.output


def test_serve_exports_first_what_is_missing(monkeypatch, tmp_path):
    monkeypatch.setenv("COURSE_CACHE", str(tmp_path))
    made, served = [], []

    class Known:
        def __init__(self, name):
            self.name = name

        def export(self, folder, name):
            folder.mkdir(parents=True, exist_ok=True)
            (folder / f"{name}.onnx").write_bytes(b"")
            made.append(self.name)

    monkeypatch.setattr(nets, "trained", Known)
    monkeypatch.setattr(running, "run", lambda folder, *_: served.append(folder))
    (tmp_path / "nets").mkdir()
    (tmp_path / "nets" / "review.onnx").write_bytes(b"")
    done = called("serve")
    assert done.exit_code == 0, done.output
    assert made == ["fruit", "tags", "detector"] and "detector: exported first" in done.output
    assert served == [tmp_path / "nets"]


def test_a_taken_port_is_told_with_the_next_one(tmp_path):
    with running.service(small_nets(tmp_path)) as address:
        port = int(address.rsplit(":", 1)[1])
        done = called("serve", "--nets", tmp_path, "--port", port)
        assert done.exit_code == 1 and f"course serve --port {port + 1}" in done.output
        assert requests.get(f"{address}/health", timeout=30).ok


def test_more_copies_than_there_may_be_are_refused(tmp_path):
    assert called("serve", "--nets", small_nets(tmp_path), "--replicas", 17).exit_code == 2
