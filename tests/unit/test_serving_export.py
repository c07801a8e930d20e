"""An exported net says what Keras says, tells by itself how to use it, and reports to nobody."""

import ast
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("onnx", reason='python -m pip install "course-utils[serve]"')
from serving_support import FRUITS, fruit_plan, nets, review_plan  # noqa: E402

from course_utils.further.serving import Contract, ServingError, export, load  # noqa: E402
from course_utils.further.serving.exporting import compare, made_with  # noqa: E402
from course_utils.further.serving.quantising import quantise  # noqa: E402
from course_utils.further.serving.writing import to_onnx  # noqa: E402

ROOT = Path(__file__).parents[2]


def randomised(model):
    """Weights as after some training: none is 0 or 1, and variances are positive."""
    random = np.random.default_rng(1)
    for variable in model.variables:
        values = random.normal(0, 0.2, variable.shape)
        if "variance" in variable.path:
            values = np.abs(values) + 0.5
        if "seed" not in variable.path:
            variable.assign(values.astype("float32"))
    return model


def fruit_net():
    from course_utils.further.serving.nets import build_fruit_cnn

    x = np.random.default_rng(0).integers(0, 256, (200, 32, 32, 3)).astype(np.float32)
    labels = {"fruit": [f"fruit {number}" for number in range(16)]}
    return randomised(build_fruit_cnn()), x, labels, {"kind": "picture", "size": 32}


def review_net():
    from course_utils.further.serving.nets import build_review_cnn

    x = np.random.default_rng(0).integers(0, 50, (200, 20)).astype(np.int32)
    text = {
        "kind": "text",
        "length": 20,
        "pad": "back",
        "cut": "front",
        "vocabulary": ["", "[UNK]", *map(str, range(48))],
    }
    labels = {"category": list("abcd"), "sentiment": ["positive"]}
    return randomised(build_review_cnn(50, 20, 4)), x, labels, text


def digit_net():
    from course_utils.further.serving.nets import build_digit_cnn

    x = np.random.default_rng(0).random((200, 8, 8, 1), dtype=np.float32)
    return randomised(build_digit_cnn()), x, {"digit": list("0123456789")}, {"kind": "numbers"}


@pytest.fixture(scope="module", params=["fruit", "review", "digit"])
def exported(request, tmp_path_factory):
    model, x, labels, preprocessing = {"fruit": fruit_net, "review": review_net, "digit": digit_net}[
        request.param
    ]()
    folder = tmp_path_factory.mktemp("exported")
    path = export(model, folder, name=request.param, labels=labels, preprocessing=preprocessing, check=x)
    return model, x, labels, path


def test_it_gives_what_keras_gives_on_200_inputs(exported):
    model, x, _, path = exported
    found = compare(model, load(path), x)
    assert found.inputs == 200 and found.close and found.largest < 1e-5
    assert found.agreement == 1


def test_any_number_of_inputs_goes_in_at_once(exported):
    _, x, _, path = exported
    net = load(path)
    one, all_of_them = net.predict(x[:1]), net.predict(x[:7])
    for a, b in zip(one, all_of_them, strict=True):
        np.testing.assert_allclose(a[0], b[0], atol=1e-6)


def test_labels_and_preprocessing_and_versions_are_inside(exported):
    _, _, labels, path = exported
    contract = load(path).contract
    assert contract.labels == labels and contract.name == path.stem
    assert contract.made_with == made_with() and {"course", "keras", "backend"} <= set(contract.made_with)
    assert load(path).outputs == list(labels)


def test_a_file_that_says_something_else_than_keras_is_not_kept(tmp_path, monkeypatch):
    from course_utils.further.serving import exporting

    model, x, labels, preprocessing = digit_net()
    found = exporting.Comparison(200, 0.2, 0.9)
    monkeypatch.setattr(exporting, "compare", lambda *_: found)
    with pytest.raises(ServingError, match="does not give what Keras gives: largest difference 2.0e-01"):
        export(model, tmp_path, name="digit", labels=labels, preprocessing=preprocessing, check=x)
    assert list(tmp_path.iterdir()) == []


def test_other_layers_go_through_keras_or_say_what_to_do(tmp_path, monkeypatch):
    import keras

    from course_utils.further.serving import exporting

    net = keras.Sequential([keras.Input((5, 2)), keras.layers.LSTM(3)], name="memory")
    give = {"name": "memory", "labels": {"state": list("abc")}, "preprocessing": {"kind": "numbers"}}
    monkeypatch.setattr(exporting, "CONVERTERS", {keras.backend.backend(): ("no_such_module", "a-converter")})
    with pytest.raises(ServingError, match="Type: python -m pip install a-converter"):
        export(net, tmp_path, **give)
    monkeypatch.setattr(exporting, "CONVERTERS", {})  # as on JAX
    with pytest.raises(ServingError, match="KERAS_BACKEND=tensorflow"):
        export(net, tmp_path, **give)
    assert list(tmp_path.iterdir()) == []


def test_as_many_names_as_outputs(tmp_path):
    model, _, _, text = review_net()
    with pytest.raises(ServingError, match="2 outputs, and labels names 1: sentiment"):
        export(model, tmp_path, name="review", labels={"sentiment": ["positive"]}, preprocessing=text)


# Without Keras


def test_what_is_no_net_of_the_course_is_refused_with_the_next_command(tmp_path):
    with pytest.raises(
        ServingError, match=r"gone.onnx can't be opened: there is no such file. Type: course export"
    ):
        load(tmp_path / "gone.onnx")
    (tmp_path / "text.onnx").write_text("not a net")
    with pytest.raises(ServingError, match=r"text.onnx can't be opened"):
        load(tmp_path / "text.onnx")
    (tmp_path / "bare.onnx").write_bytes(to_onnx(fruit_plan(), ("fruit",)).SerializeToString())
    with pytest.raises(ServingError, match="bare.onnx has no contract"):
        load(tmp_path / "bare.onnx")


@pytest.mark.parametrize("change", [{"version": 99}, {"more": 1}, {"preprocessing": {}}])
def test_a_contract_of_another_course_is_refused(change):
    import json

    good = json.loads(Contract("fruit", "fruit", {"fruit": FRUITS}, {"kind": "numbers"}).text())
    assert Contract.read(json.dumps(good), "x").labels == {"fruit": FRUITS}
    with pytest.raises(ServingError):
        Contract.read(json.dumps(good | change), "x")


@pytest.mark.parametrize("name", ["", "../up", "a b", "a/b", "a.b"])
def test_a_name_is_fit_for_a_file(name):
    with pytest.raises(ServingError, match="names a file"):
        Contract(name, "fruit", {}, {"kind": "numbers"})


def test_eight_bits_are_smaller_and_nearly_the_same(tmp_path):
    folder = nets(tmp_path)
    x = np.random.default_rng(3).integers(0, 256, (64, 16, 16, 3)).astype(np.float32)
    small = load(quantise(folder / "fruit.onnx", x))
    assert small.path.name == "fruit-int8.onnx" and small.contract.labels == {"fruit": FRUITS}
    (a,), (b,) = small.predict(x), load(folder / "fruit.onnx").predict(x)
    assert 0 < np.abs(a - b).max() < 0.05
    with pytest.raises(ServingError, match="32 training inputs"):
        quantise(folder / "fruit.onnx", x[:3])


def test_words_can_be_quantised_too(tmp_path):
    folder = nets(tmp_path)
    x = np.random.default_rng(3).integers(0, 10, (64, 12)).astype(np.int32)
    small = load(quantise(folder / "review.onnx", x))
    for a, b in zip(small.predict(x), load(folder / "review.onnx").predict(x), strict=True):
        assert np.abs(a - b).max() < 0.1


def test_a_plan_counts_its_weights():
    assert review_plan().count() == 10 * 4 + 3 * 4 * 6 + 6 + 6 * 2 + 2 + 6 + 1


def test_only_one_place_opens_onnx_runtime():
    """Whoever imports it elsewhere could do so before its telemetry is off."""
    found = set()
    for folder in ("course_utils", "benchmarks", "tools"):
        for path in (ROOT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
                names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
                if any(name.split(".")[0] == "onnxruntime" for name in names):
                    found.add(path.relative_to(ROOT).as_posix())
    assert found == {"course_utils/further/serving/runtime.py", "course_utils/further/serving/quantising.py"}


def test_onnx_runtime_leaves_nothing_in_the_home_folder(tmp_path):
    """Without CI in the environment, in which some releases are silent anyway."""
    home = tmp_path / "home"
    home.mkdir()
    nets(tmp_path / "nets")
    code = (
        "import os, sys, time, numpy as np\n"
        "from course_utils.further.serving import load\n"
        "net = load(sys.argv[1])\n"
        "assert os.environ['ORT_DISABLE_TELEMETRY'] == '1'\n"
        "net.predict(np.zeros((1, 16, 16, 3), 'float32')); time.sleep(1)\n"
    )
    kept = {key: value for key, value in os.environ.items() if key not in ("CI", "ORT_DISABLE_TELEMETRY")}
    homes = {"HOME": str(home), "XDG_CACHE_HOME": str(home / "c"), "XDG_CONFIG_HOME": str(home / "d")}
    subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "nets" / "fruit.onnx")], env=kept | homes, check=True
    )
    assert list(home.rglob("*")) == []


def test_quantising_opens_it_through_that_place_first():
    source = (ROOT / "course_utils/further/serving/quantising.py").read_text(encoding="utf-8")
    assert source.index("    onnx_runtime()\n") < source.index("    from onnxruntime import")


def test_the_tests_open_it_silently_too():
    """They import it to see whether it is there, so its telemetry has to be off before the first of them is read."""
    assert os.environ["ORT_DISABLE_TELEMETRY"] == "1"
    assert 'os.environ["ORT_DISABLE_TELEMETRY"] = "1"' in (ROOT / "conftest.py").read_text(encoding="utf-8")
