"""Three copies behind one address: no request fails while a copy is killed, and during a rolling update."""

import collections
import shutil
import subprocess
import sys
import threading
import time

import psutil
import pytest
import requests

pytest.importorskip("onnxruntime", reason='python -m pip install "course-utils[serve]"')
pytest.importorskip("onnx")
from serving_support import nets  # noqa: E402

from course_utils.further.serving import ServingError, balancer, running  # noqa: E402

needs_nginx = pytest.mark.skipif(
    shutil.which("nginx") is None or shutil.which("openssl") is None,
    reason="nginx or openssl isn't installed",
)
BODY = {"text": "The film was very good"}


class Asking:
    """Clients that ask until they are told to stop, and note each answer's status and copy."""

    def __init__(self, fleet, clients=4) -> None:
        self.fleet, self.going = fleet, True
        self.answers: list = []
        self.threads = [threading.Thread(target=self.ask) for _ in range(clients)]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def ask(self) -> None:
        with requests.Session() as session:
            trusted = str(
                self.fleet.certificate
            )  # told to each request: the environment may name another bundle
            while self.going:
                try:
                    answer = session.post(
                        f"{self.fleet.address}/review", json=BODY, timeout=60, verify=trusted
                    )
                    self.answers.append((answer.status_code, answer.headers.get("Replica")))
                except requests.RequestException as error:
                    self.answers.append((type(error).__name__, None))

    def more(self, count, seconds=120) -> None:
        """Wait for so many answers more."""
        wanted, end = len(self.answers) + count, time.monotonic() + seconds
        while len(self.answers) < wanted and time.monotonic() < end:
            time.sleep(0.05)
        assert len(self.answers) >= wanted

    def __exit__(self, *_) -> None:
        self.going = False
        for thread in self.threads:
            thread.join(90)


@needs_nginx
def test_no_request_fails_while_copies_are_killed_and_renewed(tmp_path):
    with balancer.fleet(nets(tmp_path / "nets"), 3, tls=True) as fleet:
        assert fleet.address.startswith("https://127.0.0.1:")
        processes = [copy.pid for copy in fleet.copies]
        with Asking(fleet) as asking:
            asking.more(20)
            fleet.kill(1)
            asking.more(20)
            fleet.revive(1)
            asking.more(20)
            fleet.update()
            asking.more(20)
        assert {copy.pid for copy in fleet.copies}.isdisjoint(processes)
        folder = fleet.folder
    counts = collections.Counter(status for status, _ in asking.answers)
    assert counts == {200: len(asking.answers)}
    assert {copy for _, copy in asking.answers} == {"copy-1", "copy-2", "copy-3"}
    assert all(copy.poll() is not None for copy in (*fleet.copies, fleet.front)) and not folder.exists()


@needs_nginx
def test_a_stranger_is_not_believed_without_the_certificate(tmp_path):
    with balancer.fleet(nets(tmp_path / "nets"), 1, tls=True) as fleet:
        with pytest.raises(requests.exceptions.SSLError):
            requests.get(f"{fleet.address}/health", timeout=30)
        assert (
            requests.get(f"{fleet.address}/health", verify=str(fleet.certificate), timeout=30).status_code
            == 200
        )


@needs_nginx
def test_what_the_balancer_refuses_by_itself_gets_a_sentence_too(tmp_path):
    with balancer.fleet(nets(tmp_path / "nets"), 1) as fleet:
        large = requests.post(f"{fleet.address}/fruit", data=bytes(13_000_000), timeout=60)
        fleet.kill(0)
        nobody = requests.post(f"{fleet.address}/review", json=BODY, timeout=60)
    assert (large.status_code, nobody.status_code) == (413, 503) and nobody.headers["Retry-After"] == "1"
    for answer, words in ((large, "larger than 12 MB"), (nobody, "Come again")):
        assert answer.headers["Content-Type"] == "application/json"
        assert set(answer.json()) == {"problem"} and words in answer.json()["problem"]


@needs_nginx
def test_the_command_starts_copies_renews_the_dead_and_ends_with_all_of_them(tmp_path):
    port = running.free_port()
    words = ["serve", "--nets", str(nets(tmp_path / "nets")), "--replicas", "2", "--port", str(port)]
    command = [sys.executable, "-u", "-m", "course_utils.workshop", *words]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout.readline() == f"http://127.0.0.1:{port}  Stop with Ctrl+C.\n"
            lines = [process.stdout.readline() for _ in range(2)]
            first = psutil.Process(int(lines[0].rsplit(" ", 1)[1]))
            first.kill()
            address, end, seen = f"http://127.0.0.1:{port}/review", time.monotonic() + 60, set()
            while seen != {"copy-1", "copy-2"} and time.monotonic() < end:
                answer = requests.post(address, json=BODY, timeout=60)
                assert answer.status_code == 200
                if not first.is_running() or first.status() == psutil.STATUS_ZOMBIE:
                    seen.add(answer.headers["Replica"])
            assert seen == {"copy-1", "copy-2"}
            children = psutil.Process(process.pid).children(recursive=True)
            process.terminate()
            assert process.wait(60) == 0
        finally:
            process.kill()
    assert len(children) >= 3 and psutil.wait_procs(children, timeout=20)[1] == []


def test_a_service_of_its_own_ends_with_the_block(tmp_path):
    with running.service(nets(tmp_path / "nets"), name="mine") as address:
        answer = requests.post(f"{address}/review", json=BODY, timeout=30)
        assert answer.status_code == 200 and answer.headers["Replica"] == "mine"
    with pytest.raises(requests.ConnectionError):
        requests.get(f"{address}/health", timeout=5)


def test_a_service_that_cannot_start_says_why(tmp_path):
    with pytest.raises(ServingError, match="did not start: No net to serve"), running.service(tmp_path):
        pass


def test_the_configuration_retries_posts_and_listens_where_it_is_told(tmp_path):
    text = balancer.configuration(
        [8001, 8002], tmp_path, "127.0.0.1", 8443, (tmp_path / "c.pem", tmp_path / "k.pem")
    )
    assert "listen 127.0.0.1:8443 ssl;" in text and "non_idempotent" in text
    assert text.count("max_fails=0") == 2 and text.count("{") == text.count("}")
    assert " ssl" not in balancer.configuration([8001], tmp_path, "127.0.0.1", 8080)


@pytest.mark.parametrize("replicas", [0, 17])
def test_another_number_of_copies_is_refused(replicas):
    with pytest.raises(ServingError, match="replicas is 1 to 16"), balancer.fleet("nets", replicas):
        pass


def test_without_nginx_it_says_what_to_install(monkeypatch):
    monkeypatch.setattr(balancer, "NGINX", "no-such-command")
    with pytest.raises(ServingError, match="apt install nginx-light"), balancer.fleet("nets", 2):
        pass
