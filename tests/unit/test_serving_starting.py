"""What is asked of uvicorn, Ray and Keras when a service starts and its nets are trained, told to stand-ins for them."""

import asyncio
import signal
import socket
import sys
import threading
from types import ModuleType, SimpleNamespace

import numpy as np
import pandas as pd
import pytest

pytest.importorskip("fastapi")

from course_utils.further.serving import asking, exporting, nets, ray_serve, running
from course_utils.further.serving.contract import ServingError

# ------------------------------------------------------------------------------------------- the commands


@pytest.mark.parametrize(("host", "batch"), [("127.0.0.1", None), ("::1", 4)])
def test_uvicorn_is_given_a_socket_that_is_taken_already(monkeypatch, host, batch):
    from course_utils.further.serving import service

    told = {}

    class Server:
        def __init__(self, config):
            told["config"] = config

        def run(self, sockets):
            (told["socket"],) = sockets
            told["name"], told["again"] = (
                sockets[0].getsockname()[:2],
                sockets[0].getsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR),
            )

    uvicorn = ModuleType("uvicorn")
    uvicorn.Config, uvicorn.Server = lambda app, **how: (app, how), Server
    monkeypatch.setitem(sys.modules, "uvicorn", uvicorn)
    monkeypatch.setattr(service, "make_app", lambda folder, **how: (folder, how))
    monkeypatch.setattr(running, "whole_answers", lambda: "whole")
    if host == "::1" and not socket.has_ipv6:
        pytest.skip("no IPv6 here")
    port = running.free_port()
    try:
        running.run("folder", host, port, batch)
    except ServingError:
        pytest.skip("no IPv6 here")
    app, how = told["config"]
    assert (
        app == ("folder", {} if batch is None else {"most": 4})
        and told["name"] == (host, port)
        and told["again"]
    )
    assert how == {
        "http": "whole", "log_level": "warning", "server_header": False, "date_header": False, "timeout_keep_alive": 65,
        "timeout_graceful_shutdown": 10, "limit_concurrency": 1024, "backlog": 512,
    }  # fmt: skip
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = other.getsockname()[1]
        with pytest.raises(
            ServingError,
            match=rf"^Port {taken} of 127.0.0.1 can't be used: .*\. Type: course serve --port {taken + 1}$",
        ):
            running.run("folder", "127.0.0.1", taken)
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    with pytest.raises(ServingError, match="^The service needs uvicorn, which isn't installed. Type: "):
        running.run("folder")


def test_a_process_is_ended_politely_and_then_at_once():
    done = []

    class Process:
        def __init__(self, ended=None, deaf=False):
            self.ended, self.deaf = ended, deaf

        def poll(self):
            return self.ended

        def wait(self, seconds=None):
            done.append(("wait", seconds))
            if self.deaf and seconds:
                raise running.subprocess.TimeoutExpired("service", seconds)

        def terminate(self):
            done.append("terminate")

        def kill(self):
            done.append("kill")

    for process, how in (
        (Process(0), {}),
        (Process(), {}),
        (Process(), {"kill": True}),
        (Process(deaf=True), {}),
    ):
        done.append("next")
        running.stop(process, **how)
    assert done == [
        "next", "next", "terminate", ("wait", 15.0), "next", "kill", ("wait", 15.0),
        "next", "terminate", ("wait", 15.0), "kill", ("wait", None),
    ]  # fmt: skip


def test_ray_is_started_asked_and_stopped_again(monkeypatch):
    told, handlers = [], {}
    serve = SimpleNamespace(
        start=lambda **how: told.append(("start", how)), run=lambda app, **how: told.append(("run", app, how)),
        shutdown=lambda: told.append("serve ends"),
    )  # fmt: skip
    ray = ModuleType("ray")
    ray.init, ray.shutdown = lambda **how: told.append(("init", how)), lambda: told.append("ray ends")
    monkeypatch.setitem(sys.modules, "ray", ray)
    monkeypatch.setattr(ray_serve, "ray_serve", lambda: serve)
    monkeypatch.setattr(ray_serve, "application", lambda given: given)
    monkeypatch.setattr(ray_serve.signal, "signal", lambda which, act: handlers.__setitem__(which, act))
    ended = threading.Event()
    ended.wait = lambda: [act(None, None) for act in handlers.values()]
    monkeypatch.setattr(ray_serve.threading, "Event", lambda: ended)
    ray_serve.run("folder", batch=4, replicas=2, cores=3)
    given = {"nets": "folder", "batch": 4, "replicas": 2}
    assert told == [
        ("init", {"num_cpus": 3, "include_dashboard": False, "log_to_driver": False, "_node_ip_address": "127.0.0.1"}),
        ("start", {"http_options": {"host": "127.0.0.1", "port": 8000}}), ("run", given, {"route_prefix": "/"}),
        "serve ends", "ray ends",
    ]  # fmt: skip
    assert set(handlers) == {signal.SIGTERM, signal.SIGINT} and ended.is_set()


# ------------------------------------------------------------------------------------------- clients


def test_clients_count_what_they_are_told():
    heard = []

    async def answer(reader, writer):
        while True:
            try:
                head = (await reader.readuntil(b"\r\n\r\n")).decode()
                body = await reader.readexactly(3)
            except asyncio.IncompleteReadError:
                break
            heard.append((head, body))
            number = len(heard)
            status = "503 No" if number == 2 else "200 OK"
            closing = "Connection: close\r\n" if number == 3 else ""
            writer.write(
                f"HTTP/1.1 {status}\r\nContent-Length: 2\r\nReplica: copy-{number % 2}\r\n{closing}\r\nok".encode()
            )
            await writer.drain()
            if closing:
                break
        writer.close()

    async def run():
        server = await asyncio.start_server(answer, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        order = {
            "address": f"http://127.0.0.1:{port}", "path": "/fruit", "body": "YWJj", "kind": "image/png", "clients": 1,
            "most": 4, "seconds": 60.0, "certificate": None,
        }  # fmt: skip
        found = await asking._ask(order)
        late = await asking._ask(order | {"seconds": 0.0})
        server.close()
        await server.wait_closed()
        nobody = await asking._ask(order | {"most": 2})
        return port, found, late, nobody

    port, found, late, nobody = asyncio.run(run())
    head = f"POST /fruit HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: image/png\r\nContent-Length: 3\r\n\r\n"
    assert heard == [(head, b"abc")] * 4
    assert (found.statuses, found.copies) == ({"200": 3, "503": 1}, {"copy-1": 2, "copy-0": 2})
    assert len(found.took) == 4 and 0 < max(found.took) <= found.seconds and found.cpu > 0
    assert (
        (late.statuses, late.took) == ({}, [])
        and nobody.statuses == {"ConnectionRefusedError": 2}
        and len(nobody.took) == 2
    )


# ------------------------------------------------------------------------------------------- nets that are trained


@pytest.fixture
def trained(monkeypatch):
    """What `load_or_train` is asked for; the net that it gives is what `train` makes, with a played `fit`."""
    keras = pytest.importorskip("keras")
    told = {}

    def play(name, train, settings):
        told["name"], told["settings"] = name, settings
        return train()

    monkeypatch.setattr(nets, "load_or_train", play)
    monkeypatch.setattr(keras.utils, "set_random_seed", lambda seed: told.__setitem__("seed", seed))

    def net_of(*given):
        told["built"] = given
        return SimpleNamespace(fit=lambda x, y, **how: told.__setitem__("fit", (x, y, how)))

    for name in ("build_fruit_cnn", "build_review_cnn", "build_digit_cnn"):
        monkeypatch.setattr(nets, name, net_of)
    return told


def test_the_fruit_net_learns_from_the_studio(trained, monkeypatch):
    pictures = {
        "Training": (np.zeros((4, 32, 32, 3), np.uint8), np.arange(4)),
        "Test": (np.ones((2, 32, 32, 3), np.uint8), np.arange(2)),
    }
    asked = []
    monkeypatch.setattr(
        nets,
        "load_fruits",
        lambda which: (
            asked.append(which)
            or SimpleNamespace(images=lambda split, size: (asked.append(size), pictures[split])[1])
        ),
    )
    found = nets.trained("fruit", seed=3)
    assert (
        asked == ["studio", 32, 32]
        and trained["name"] == "serve-fruit"
        and trained["seed"] == 3
        and trained["built"] == ()
    )
    assert {key: trained["settings"][key] for key in ("data", "seed", "epochs")} == {
        "data": "studio",
        "seed": 3,
        "epochs": 16,
    }
    x, y, how = trained["fit"]
    assert x is found.x_train is pictures["Training"][0] and y is pictures["Training"][1]
    assert how == {"batch_size": 64, "epochs": 16, "verbose": 0}
    assert found.labels == {"fruit": list(nets.FRUIT_CLASSES)} and found.preprocessing == {
        "kind": "picture",
        "size": 32,
    }
    assert (
        found.x_test.dtype == np.float32
        and found.x_test.max() == 1
        and found.y_test["fruit"].tolist() == [0, 1]
    )


def test_the_review_net_learns_from_the_bundled_reviews(trained, monkeypatch):
    tables = {
        "Training": pd.DataFrame(
            {"text": ["good jam", "bad bread bread"], "category": ["jam", "bread"], "label": [1, 0]}
        ),
        "Test": pd.DataFrame({"text": ["good bread"], "category": ["bread"], "label": [1]}),
    }
    asked = []
    monkeypatch.setattr(
        nets, "load_reviews", lambda which: asked.append(which) or SimpleNamespace(table=tables.get)
    )
    found = nets.trained("review", seed=4)
    words = ["", "[UNK]", "bread", "bad", "good", "jam"]
    assert (
        asked == ["bundled"]
        and trained["name"] == "serve-review"
        and trained["seed"] == 4
        and trained["built"] == (6, 120, 2)
    )
    assert {key: trained["settings"][key] for key in ("data", "seed", "epochs")} == {
        "data": "bundled",
        "seed": 4,
        "epochs": 14,
    }
    x, y, how = trained["fit"]
    assert how == {"batch_size": 64, "epochs": 14, "verbose": 0} and [part.tolist() for part in y] == [
        [1, 0],
        [1, 0],
    ]
    assert (
        x[:, :4].tolist() == [[4, 5, 0, 0], [3, 2, 2, 0]]
        and x.shape == (2, 120)
        and found.x_test[0, :3].tolist() == [4, 2, 0]
    )
    assert found.preprocessing == {
        "kind": "text",
        "length": 120,
        "pad": "back",
        "cut": "front",
        "vocabulary": words,
    }
    assert found.labels == {"category": ["bread", "jam"], "sentiment": ["positive"]}
    assert {name: part.tolist() for name, part in found.y_test.items()} == {"category": [0], "sentiment": [1]}
    long = tables["Training"].assign(text=["jam " + "good " * 120, "bad"])
    tables["Training"] = long
    nets.review()
    assert set(trained["fit"][0][0]) == {2}, "of a long review the end is read"


def test_the_digit_net_sees_each_digit_moved_by_a_pixel(trained):
    found = nets.trained("digit")
    x, y, how = trained["fit"]
    assert (trained["name"], trained["settings"]["seed"], trained["settings"]["epochs"], trained["seed"]) == (
        "serve-digit",
        2018,
        20,
        2018,
    )
    assert (
        x.shape == (6000, 8, 8, 1)
        and how == {"batch_size": 32, "epochs": 20, "verbose": 0}
        and len(y) == 6000
    )
    first, down, up, right, left = (x[1200 * number] for number in range(5))
    assert (
        np.array_equal(down[1:], first[:-1])
        and not down[0].any()
        and np.array_equal(up[:-1], first[1:])
        and not up[7].any()
    )
    assert np.array_equal(right[:, 1:], first[:, :-1]) and np.array_equal(left[:, :-1], first[:, 1:])
    assert x.max() == 1 and x.dtype == np.float32 and np.array_equal(found.x_train, x[:1200])
    assert found.labels == {"digit": list("0123456789")} and found.preprocessing == {"kind": "numbers"}
    assert found.x_test.shape == (597, 8, 8, 1) and len(found.y_test["digit"]) == 597


def test_a_trained_net_is_checked_on_two_hundred_and_calibrated_on_inputs_from_everywhere(monkeypatch):
    x = np.arange(1000).reshape(500, 2)
    one = nets.Trained("net", {"out": ["a", "b"]}, {"kind": "numbers"}, x, x, {"out": np.array([1, 0, 1, 1])})
    told = []
    monkeypatch.setattr(
        nets, "export", lambda model, folder, **how: told.append((model, folder, how)) or "path"
    )
    monkeypatch.setattr(nets, "compare", lambda model, net, inputs: (model, net, len(inputs)))
    assert one.export("folder", "name") == "path" and one.compare("served") == ("net", "served", 200)
    model, folder, how = told[0]
    assert (model, folder, how["name"], how["labels"], how["preprocessing"], len(how["check"])) == (
        "net",
        "folder",
        "name",
        one.labels,
        one.preprocessing,
        200,
    )
    assert one.calibration()[:, 0].tolist() == list(range(0, 768, 6)) and len(one.calibration(7)) == 7
    small = nets.Trained("net", {}, {}, x[:3], x, {})
    assert small.calibration().tolist() == x[:3].tolist() and one.score == "Test accuracy"
    served = SimpleNamespace(
        outputs=["out"], predict=lambda inputs: [np.array([[0.1, 0.9], [0.2, 0.8], [0.4, 0.6], [1, 0]])]
    )
    assert one.accuracy(served) == {"out": 0.5}


def test_the_kept_nets_say_what_their_export_needs(monkeypatch):
    assert set(nets.NETS) == {"fruit", "review", "digit", "characters", "tags", "detector"}
    assert nets.SERVED == ("fruit", "review", "tags", "detector") and nets.COME_WITH_THE_COURSE == (
        "tags",
        "detector",
    )
    with pytest.raises(ServingError, match="Type: course export fruit$"):
        nets.trained("nothing")
    detector = nets.TrainedDetector(SimpleNamespace(kinds=("plum", "kiwi")))
    assert detector.labels == {"centres": ["plum", "kiwi"], "boxes": ["left", "top", "right", "bottom"]}
    assert detector.preprocessing == {"kind": "scene", "size": 128, "threshold": 0.3}
    read = []
    tables = SimpleNamespace(
        scenes=lambda split: {"path": [f"{split}{n}" for n in range(500)]},
        read=lambda paths: read.append(list(paths)) or np.zeros((len(paths), 2)),
    )
    monkeypatch.setattr(nets, "load_tables", lambda: tables)
    assert (
        len(detector.x_test) == 200
        and read[-1][:2] == ["Test0", "Test2"]
        and detector.x_test.dtype == np.float32
    )
    assert (
        len(detector.calibration()) == 128
        and read[-1][1] == "Training3"
        and len(detector.scenes("Test", 900)) == 500
    )
    boxes = (np.zeros((1, 4)), None, np.array([1]))
    for other, same in (
        ((np.full((1, 4), 0.49), None, np.array([1])), True),
        ((np.full((1, 4), 0.5), None, np.array([1])), False),
    ):
        assert nets._same_boxes(boxes, other) is same
    assert not nets._same_boxes(boxes, (np.zeros((1, 4)), None, np.array([0]))) and not nets._same_boxes(
        boxes, (np.zeros((2, 4)), None, np.array([1, 1]))
    )
    with pytest.raises(ServingError, match="several inputs"):
        nets.TrainedTagger(None).calibration()


# ------------------------------------------------------------------------------------------- steps and exports


def strange_layers():
    import keras
    from keras import layers

    picture, row, ids = (
        keras.Input((4, 4, 2), name="in"),
        keras.Input((6, 2), name="row"),
        keras.Input((5,), dtype="int32", name="ids"),
    )
    dense = layers.Dense(2, name="one")
    other = [
        (picture, layers.Conv2D(2, 1, groups=2, name="one")(picture)), (row, layers.Conv1D(2, 2, padding="causal", name="one")(row)),
        (picture, layers.GlobalMaxPooling2D(keepdims=True, name="one")(picture)), (row, layers.BatchNormalization(axis=1, name="one")(row)),
        (picture, layers.UpSampling2D(2, interpolation="bilinear", name="one")(picture)), (ids, layers.Embedding(3, 2, mask_zero=True, name="one")(ids)),
        (row, layers.Concatenate(axis=1, name="one")([row, row])), (row, layers.ReLU(6.0, name="one")(row)), (row, layers.ReLU(negative_slope=0.1, name="one")(row)),
        (row, layers.ReLU(threshold=1.0, name="one")(row)), (row, layers.Softmax(axis=1, name="one")(row)), (row, layers.Dense(2, activation="elu", name="one")(row)),
        (row, layers.PReLU(name="one")(row)), (row, layers.Bidirectional(layers.LSTM(2), name="one")(row)), (row, dense(dense(row))),
        (row, layers.Bidirectional(layers.LSTM(2, return_sequences=True), merge_mode="sum", name="one")(row)),
        (row, layers.LSTM(2, return_state=True, name="one")(row)[0]),
    ]  # fmt: skip
    return [keras.Model(x, y) for x, y in other]


def test_a_name_is_changed_wherever_it_stands():
    graph = SimpleNamespace(
        node=[
            SimpleNamespace(input=["a", "b"], output=["c"]),
            SimpleNamespace(input=["c", "a"], output=["d"]),
        ]
    )
    exporting._rename(graph, "c", "out")
    assert [(node.input, node.output) for node in graph.node] == [
        (["a", "b"], ["out"]),
        (["out", "a"], ["d"]),
    ]
