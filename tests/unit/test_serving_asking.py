"""Clients in a process of their own: what they count is what the service did."""

import json

import pytest

pytest.importorskip("onnxruntime", reason='python -m pip install "course-utils[serve]"')
pytest.importorskip("onnx")
fastapi = pytest.importorskip("fastapi")
from serving_support import nets  # noqa: E402

from course_utils.further.serving import ServingError, running  # noqa: E402
from course_utils.further.serving.asking import Asked, Clients, ask  # noqa: E402


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    with running.service(nets(tmp_path_factory.mktemp("nets")), name="mine") as found:
        yield found


BODY = json.dumps({"text": "The film was very good"}).encode()


def test_so_many_requests_are_answered_and_counted(address):
    found = ask(address, "/review", BODY, "application/json", clients=8, most=50)
    assert found.statuses == {"200": 50} and found.copies == {"mine": 50} and found.failed == 0
    assert len(found.took) == 50 and 0 < found.milliseconds(50) <= found.milliseconds(99)
    assert found.a_second == pytest.approx(50 / found.seconds)


def test_a_refusal_is_a_failure_with_its_status(address):
    found = ask(address, "/review", b"{", "application/json", most=3)
    assert found.statuses == {"400": 3} and found.failed == 3 and found.a_second == 0


def test_time_ends_it_too_and_clients_work_meanwhile(address):
    clients = Clients(address, "/review", BODY, "application/json", seconds=0.5)
    assert clients.working
    assert clients.wait().failed == 0
    assert not clients.working


def test_nobody_there_is_counted_by_the_name_of_the_error():
    port = running.free_port()
    found = ask(f"http://127.0.0.1:{port}", "/review", BODY, most=2)
    assert found.statuses == {"ConnectionRefusedError": 2} and found.failed == 2


def test_percentiles_are_those_of_the_requests():
    found = Asked({"200": 100}, {}, [n / 1000 for n in range(100, 0, -1)], 1.0)
    assert (found.milliseconds(50), found.milliseconds(99), found.milliseconds(100)) == (50, 99, 100)
    assert Asked({"200": 1}, {}, [0.25], 1.0).milliseconds(50) == 250


def test_an_application_in_a_thread_ends_with_its_block():
    app = fastapi.FastAPI()
    app.post("/hello")(lambda: "there")
    with running.in_thread(app) as address:
        assert ask(address, "/hello", b"", most=2).statuses == {"200": 2}
    assert ask(address, "/hello", b"", most=1).failed == 1


def test_an_application_that_does_not_start_is_told():
    def lifespan(app):
        raise RuntimeError("no")

    with (
        pytest.raises(ServingError, match="did not start"),
        running.in_thread(fastapi.FastAPI(lifespan=lifespan)),
    ):
        pass
