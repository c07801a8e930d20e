"""Plans, ONNX graphs, refusals and the description of the service: as a whole what was approved."""

import io
import json

import approvals
import numpy as np
import pytest

keras = pytest.importorskip("keras")
onnx = pytest.importorskip("onnx")
pytest.importorskip("onnxruntime")
pytest.importorskip("fastapi")
import serving_support as support  # noqa: E402
from PIL import Image  # noqa: E402

from course_utils.further.serving import contract, pictures, service, steps, writing  # noqa: E402
from course_utils.further.serving.handlers import handlers_in  # noqa: E402

layers = keras.layers


def functional(shape, *stack):
    """A net whose layers stand in a row."""
    whole = isinstance(stack[0], layers.Embedding)
    inputs = x = keras.Input(shape, name="given", dtype="int32" if whole else "float32")
    for layer in stack:
        x = layer(x)
    return keras.Model(inputs, x, name="net")


def two_ways():
    inputs = keras.Input((8, 8, 2), name="given")
    left = layers.Conv2D(3, 3, padding="same", activation="relu", name="left")(inputs)
    right = layers.Conv2D(3, (3, 2), strides=2, name="right")(inputs)
    right = layers.UpSampling2D((2, 2), name="larger")(layers.ReLU(name="bent")(right))
    right = layers.Conv2D(3, 1, use_bias=False, dilation_rate=1, name="mixed")(right)
    small = layers.AveragePooling2D(2, name="mean")(left), layers.MaxPooling2D((2, 2), name="best")(left)
    both = layers.Concatenate(name="both")([layers.Add(name="sum")(small), small[0]])
    first = layers.Dense(2, activation="softmax", name="first")(layers.Flatten(name="flat")(both))
    second = layers.Dense(1, activation="sigmoid", name="second")(
        layers.GlobalAveragePooling2D(name="all")(right)
    )
    return keras.Model(inputs, [first, second], name="two_ways")


PLANS = {
    "two ways": two_ways,
    "text": lambda: functional(
        (9,), layers.Embedding(12, 4, name="words"), layers.Conv1D(5, 3, dilation_rate=2, padding="same", activation="tanh", name="look"),
        layers.Dropout(0.5), layers.GlobalMaxPooling1D(name="best"), layers.Dense(3, name="said"), layers.Softmax(name="share"),
    ),
    "normalised": lambda: functional(
        (6, 6, 3), layers.RandomFlip(), layers.Rescaling(1 / 255, offset=-0.5, name="small"), layers.Conv2D(4, 3, strides=(2, 1), padding="same", name="c"),
        layers.BatchNormalization(name="n", epsilon=0.01, moving_mean_initializer="ones"), layers.Activation("sigmoid", name="a"),
        layers.MaxPooling2D(3, strides=1, padding="same", name="m"), layers.GlobalMaxPooling2D(name="g"),
    ),
    "nested": lambda: functional((8,), keras.Sequential([layers.Dense(4, use_bias=False, name="inner")], name="box"), layers.Dense(2, name="outer")),
    "mean over time": lambda: functional((5, 2), layers.Conv1D(3, 2, strides=2, name="c"), layers.GlobalAveragePooling1D(name="g")),
}  # fmt: skip


def settled(net):
    """The net with weights that are the same on each machine."""
    random = np.random.default_rng(0)
    net.set_weights([np.abs(random.normal(size=one.shape)) for one in net.get_weights()])
    return net


@pytest.mark.parametrize("name", PLANS)
def test_a_net_becomes_the_plan_and_the_graph_that_were_approved(name):
    plan = steps.plan_of(settled(PLANS[name]()))
    approvals.see(inputs=plan.inputs, outputs=plan.outputs, count=plan.count())
    for step in plan.steps:
        approvals.see(step=step)
    graph = writing.to_onnx(plan)
    for node in graph.graph.node:
        settings = {one.name: onnx.helper.get_attribute_value(one) for one in node.attribute}
        approvals.see(node=(node.op_type, node.name, list(node.input), list(node.output), str(settings)))
    for one in graph.graph.initializer:
        approvals.see(**{one.name: onnx.numpy_helper.to_array(one)})
    for one in (*graph.graph.input, *graph.graph.output):
        approvals.write(" ".join(str(one).split()))
    approvals.see(made=(graph.ir_version, graph.opset_import[0].version, graph.producer_name))


@pytest.mark.parametrize("make", [support.tags_plan, support.detector_plan], ids=lambda one: one.__name__)
def test_the_graphs_of_taggers_and_detectors_are_as_approved(make):
    plan = make()
    names = tuple(f"answer {number}" for number in range(len(plan.outputs)))
    graph = writing.to_onnx(plan, names, producer="tests").graph
    for node in graph.node:
        settings = {one.name: onnx.helper.get_attribute_value(one) for one in node.attribute}
        approvals.see(node=(node.op_type, node.name, list(node.input), list(node.output), str(settings)))
    for one in graph.initializer:
        approvals.see(**{one.name: onnx.numpy_helper.to_array(one)})


def shared():
    inputs, dense = keras.Input((4,)), layers.Dense(4, name="again")
    return keras.Model(inputs, dense(dense(inputs)))


UNKNOWN = {
    "groups": lambda: functional((8, 8, 4), layers.Conv2D(4, 3, groups=2, name="x")),
    "causal": lambda: functional((8, 4), layers.Conv1D(4, 3, padding="causal", name="x")),
    "first": lambda: functional(
        (4, 8, 8), layers.AveragePooling2D(2, data_format="channels_first", name="x")
    ),
    "keepdims": lambda: functional((8, 8, 4), layers.GlobalMaxPooling2D(keepdims=True, name="x")),
    "axis": lambda: functional((8, 7, 4), layers.BatchNormalization(axis=1, name="x")),
    "smooth": lambda: functional((8, 7, 4), layers.UpSampling2D(2, interpolation="bilinear", name="x")),
    "masked": lambda: functional((8,), layers.Embedding(4, 2, mask_zero=True, name="x")),
    "relu": lambda: functional((8,), layers.ReLU(6, name="x")),
    "slope": lambda: functional((8,), layers.ReLU(negative_slope=0.1, name="x")),
    "softmax": lambda: functional((8, 4), layers.Softmax(axis=1, name="x")),
    "gelu": lambda: functional((8,), layers.Dense(3, activation="gelu", name="x")),
    "lstm": lambda: functional((8, 3), layers.LSTM(3, name="x")),
    "one lstm": lambda: functional((8, 3), layers.Bidirectional(layers.LSTM(3), name="x")),
    "shared": shared,
    "without a graph": lambda: keras.Sequential([layers.Dense(2)]),
}


@pytest.mark.parametrize("name", UNKNOWN)
def test_a_layer_without_a_step_is_told_as_approved(name):
    net = UNKNOWN[name]()
    with pytest.raises(steps.UnknownLayer):
        steps.plan_of(net)


def test_joining_along_another_axis_is_told():
    inputs = keras.Input((4, 2))
    with pytest.raises(steps.UnknownLayer):
        steps.plan_of(keras.Model(inputs, layers.Concatenate(axis=1, name="x")([inputs, inputs])))
    with pytest.raises(ValueError):
        writing.to_onnx(support.fruit_plan(), ("one", "two"))


def png(width=6, height=4, mode="RGB"):
    random = np.random.default_rng(1)
    picture = Image.fromarray(random.integers(0, 256, (height, width, 3), dtype=np.uint8)).convert(mode)
    picture.save(file := io.BytesIO(), "PNG")
    return file.getvalue()


@pytest.mark.parametrize("body", [b"", b"GIF89a", png()[:60], b"text", png()[:-30]], ids=range(5))
@pytest.mark.parametrize("read", [pictures.picture_of, pictures.scene_of], ids=lambda one: one.__name__)
def test_bytes_that_are_no_picture_are_refused_as_approved(body, read):
    from course_utils.further.serving.refusals import Refused

    with pytest.raises(Refused) as refused:
        read(body, 8)
    approvals.see(refused=(refused.value.status, refused.value.sentence))


@pytest.mark.parametrize("mode", ["RGB", "L", "RGBA", "LA", "P", "1"])
def test_pictures_are_read_as_approved(mode):
    approvals.see(square=pictures.picture_of(png(mode=mode), 5), scene=pictures.scene_of(png(mode=mode), 5))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return support.nets(tmp_path_factory.mktemp("nets"))


BODIES = {
    "/review": ['{"text": "the film was very good"}', '{"text": "!"}', '{"text": ""}', "{", "[]", '{"words": 1}', '{"text": 3}', '{"text": "good", "more": 1}'],
    "/tags": [
        '{"text": "Hôm nay an in Huế.", "today": "2018-07-21"}', '{"text": "an", "language": "fr"}', '{"text": "an", "today": "21.7."}',
        '{"text": "an tomorrow. hôm nay in Hà Nội. an", "today": "2018-07-21", "language": "vi"}', '{"today": null}', '{"text": "…"}',
    ],
    "/fruit": [png(), png(30, 7, "L"), b""],
    "/detect": [png(), png(40, 90), b"x"],
}  # fmt: skip


def test_handlers_answer_and_refuse_as_approved(folder):
    from course_utils.further.serving.refusals import Refused

    for handler in handlers_in(folder):
        approvals.see(handler=(handler.path, handler.summary, handler.most_bytes, handler.many))
        for body in BODIES[handler.path]:
            try:
                item, note = handler.prepare(body if isinstance(body, bytes) else body.encode())
            except Refused as refused:
                approvals.see(refused=(refused.status, refused.sentence))
                continue
            rows = []
            for one in item if handler.many else [item]:
                approvals.see(item=one)
                rows.append([output[0] for output in handler.net.predict(service.stacked([one]))])
            response = handler.answer(rows if handler.many else rows[0], note)
            approvals.see(answer=response.model_dump(mode="json"))
            if handler.counted:
                approvals.see(counted=handler.counted(response))


def test_the_service_describes_itself_as_approved(folder):
    app = service.make_app(folder)
    about = app.openapi()
    approvals.write(f"title {about['info']['title']} {about['info']['description']}")
    for path, methods in about["paths"].items():
        approvals.write(f"{path} {json.dumps(methods, sort_keys=True, ensure_ascii=False)}")
    for name, schema in about["components"]["schemas"].items():
        approvals.write(f"{name} {json.dumps(schema, sort_keys=True, ensure_ascii=False)}")
    for family in service.Meters().registry.collect():
        approvals.see(figure=(family.name, family.documentation, family.type))


@pytest.mark.parametrize(
    "make",
    [
        lambda: contract.Contract("a b", "fruit", {}, {"kind": "picture"}),
        lambda: contract.Contract("a", "fruit", {}, {"kind": "film"}),
        lambda: contract.Contract("a", "fruit", {}, {}),
        lambda: contract.Contract.read(None, "a.onnx"),
        lambda: contract.Contract.read("{}", "a.onnx"),
        lambda: contract.Contract.read('{"version": 2}', "a.onnx"),
        lambda: contract.Contract.read('{"version": 1, "other": 3}', "a.onnx"),
    ],
    ids=range(7),
)
def test_contracts_are_refused_as_approved(make):
    with pytest.raises(contract.ServingError):
        make()


def test_a_contract_is_written_as_approved():
    one = contract.Contract("my-net_2", "fruit", {"fruit": ["Limes"]}, {"kind": "picture", "size": 8})
    approvals.see(text=one.text(), again=contract.Contract.read(one.text(), "x"))
    with pytest.raises(contract.ServingError):
        handlers_in("/nowhere")


def test_the_balancers_configuration_is_as_approved():
    from pathlib import Path

    from course_utils.further.serving import balancer

    for host, certificate in (("127.0.0.1", None), ("::1", (Path("/c.pem"), Path("/k.pem")))):
        said = balancer.configuration([8101, 8102], Path("/folder"), host, 8000, certificate)
        for line in said.splitlines():
            if not line.startswith("user "):  # for a root alone
                approvals.write(line)


def test_pages_are_made_as_approved():
    from course_utils.further.serving import pages

    net = pages.described(support.fruit_plan(), {"fruit": support.FRUITS}, {"kind": "picture", "size": 16})
    approvals.see(
        net={name: value for name, value in net.items() if name != "numbers"}, size=len(net["numbers"])
    )
    how = {"kind": "text", "length": 12, "pad": "back", "cut": "front", "vocabulary": support.VOCABULARY}
    text = pages.described(support.review_plan(), {"category": ["a", "b"], "sentiment": ["c"]}, how)
    approvals.see(
        text={name: value for name, value in text.items() if name != "numbers"},
        shown=pages._shown("review", support.review_plan()),
    )
    approvals.see(other=pages._shown("fruit", support.fruit_plan()), titles=pages.TITLES)
    page = pages.page_of(
        "fruit", support.fruit_plan(), {"fruit": support.FRUITS}, {"kind": "picture", "size": 16}
    )
    approvals.see(head=page[:600], long=len(page))
    with pytest.raises(contract.ServingError):
        pages.page_of("mood", support.fruit_plan(), {}, {})


def test_what_cannot_be_served_is_refused_as_approved(tmp_path, monkeypatch):
    from course_utils.further.serving import balancer, exporting, nets, quantising, runtime

    net = settled(functional((8,), layers.Dense(2, name="said")))
    several = keras.Input((4,), name="a"), keras.Input((4,), name="b")
    both = keras.Model(several, layers.Average(name="mean")(several), name="both")
    given = {"labels": {"said": ["a", "b"]}, "preprocessing": {"kind": "numbers"}, "name": "net"}
    written = exporting.export(net, tmp_path, **given)
    (tmp_path / "broken.onnx").write_bytes(b"broken")
    kept = runtime.load(written)
    approvals.see(
        outputs=kept.outputs,
        types={name: str(kind) for name, kind in kept.dtypes.items()},
        labels=kept.contract.labels,
    )
    approvals.see(said=kept.predict(np.ones((2, 8))), close=str(exporting.Comparison(1200, 0.00012, 0.9987)))
    approvals.see(
        limits=[exporting.Comparison(1, far, 1.0).close for far in (1e-4, 1.01e-4)],
        answers=[exporting.answers(np.array(one)).tolist() for one in ([[0.2, 0.8]], [[0.5]], [[0.51]])],
    )
    found = exporting.compare(net, kept, np.random.default_rng(0).normal(size=(5, 8)).astype("float32"))
    approvals.see(inputs=found.inputs, agreement=found.agreement, close=found.close)
    for work in (
        lambda: exporting.export(net, tmp_path, **(given | {"labels": {"a": [], "b": []}})), lambda: exporting.export(both, tmp_path, **given), lambda: runtime.load(tmp_path / "missing.onnx"),
        lambda: runtime.load(tmp_path / "broken.onnx"), lambda: quantising.quantise(written, np.zeros((3, 8))), lambda: nets.trained("mood"), lambda: balancer.fleet(tmp_path, replicas=0).__enter__(), lambda: balancer.fleet(tmp_path, replicas=17).__enter__(),
    ):  # fmt: skip
        with pytest.raises(contract.ServingError):
            work()
    monkeypatch.setattr("shutil.which", lambda name: None)
    for work in (
        lambda: balancer.self_signed(tmp_path),
        lambda: balancer.fleet(tmp_path, replicas=2).__enter__(),
    ):
        with pytest.raises(contract.ServingError):
            work()
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    for work in (
        lambda: exporting.export(net, tmp_path, **given),
        lambda: quantising.quantise(written, np.zeros((3, 8))),
    ):
        with pytest.raises(contract.ServingError):
            work()
