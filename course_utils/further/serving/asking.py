"""Clients that ask a service many times at once, in a process of their own, so that they don't stand in its way.

found = ask(address, "/fruit", picture, clients=64, most=500)
print(found.a_second, found.milliseconds(50), found.failed)
"""

from __future__ import annotations

import asyncio
import base64
import json
import math
import ssl
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from course_utils.further.serving.contract import ServingError

MOST = 10**9


@dataclass(frozen=True)
class Asked:
    """What clients found.

    `statuses`: how often each HTTP status came, or the name of an error where there was no answer; `copies`: how many
    answers each named copy gave; `took`: seconds of each request; `seconds`: from the first to the last; `cpu`: seconds
    of a core that the clients themselves took.
    """

    statuses: dict[str, int]
    copies: dict[str, int]
    took: list[float]
    seconds: float
    cpu: float = 0.0

    @property
    def failed(self) -> int:
        """Requests without an answer of status 200."""
        return len(self.took) - self.statuses.get("200", 0)

    @property
    def a_second(self) -> float:
        """Answers of status 200 in a second."""
        return self.statuses.get("200", 0) / self.seconds

    def milliseconds(self, percent: float) -> float:
        """The latency that this share of the requests stays below: 50 for the median, 99 for the slowest hundredth."""
        ordered = sorted(self.took)
        return 1e3 * ordered[min(len(ordered) - 1, math.ceil(percent / 100 * len(ordered)) - 1)]


class Clients:
    """Clients at work in a process of their own; `wait` gives what they found.

    Args:
        address: of the service, such as `http://127.0.0.1:8000`.
        path: what is asked, such as `/fruit`.
        body, kind: of each request, and its Content-Type.
        clients: connections at once.
        most, seconds: how many requests in all, and for how long; the first that is reached ends it.
        certificate: file to trust, for https.
    """

    def __init__(
        self,
        address: str,
        path: str,
        body: bytes,
        kind: str = "image/jpeg",
        *,
        clients: int = 1,
        most: int = MOST,
        seconds: float = 3600.0,
        certificate: Path | str | None = None,
    ) -> None:
        order = {
            "address": address, "path": path, "body": base64.b64encode(body).decode(), "kind": kind,
            "clients": clients, "most": most, "seconds": seconds, "certificate": certificate and str(certificate),
        }  # fmt: skip
        command = [sys.executable, "-m", "course_utils.further.serving.asking"]
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        self.process.stdin.write(json.dumps(order) + "\n")
        self.process.stdin.flush()

    @property
    def working(self) -> bool:
        """False as soon as the last answer is there."""
        return self.process.poll() is None

    def wait(self) -> Asked:
        """What they found. Raises ServingError if they could not start."""
        said, wrong = self.process.communicate()
        if self.process.returncode:
            raise ServingError("The clients did not start: " + " ".join(wrong.strip().splitlines()[-1:]))
        return Asked(**json.loads(said))


def ask(address: str, path: str, body: bytes, kind: str = "image/jpeg", **how: object) -> Asked:
    """Let clients ask, and wait for them; see Clients."""
    return Clients(address, path, body, kind, **how).wait()


async def _ask(order: dict) -> Asked:
    scheme, _, place = order["address"].partition("://")
    host, _, port = place.rpartition(":")
    certificate = order["certificate"]
    secure = ssl.create_default_context(cafile=certificate) if scheme == "https" else None
    body = base64.b64decode(order["body"])
    head = (
        f"POST {order['path']} HTTP/1.1\r\nHost: {place}\r\nContent-Type: {order['kind']}\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    request, left = head.encode() + body, [order["most"]]
    took: list[float] = []
    statuses: Counter[str] = Counter()
    copies: Counter[str] = Counter()
    began = time.perf_counter()

    async def client() -> None:
        writer = reader = None
        while left[0] > 0 and time.perf_counter() - began < order["seconds"]:
            left[0] -= 1
            before = time.perf_counter()
            try:
                if writer is None:
                    reader, writer = await asyncio.open_connection(host.strip("[]"), int(port), ssl=secure)
                writer.write(request)
                status, headers = _head(await reader.readuntil(b"\r\n\r\n"))
                await reader.readexactly(int(headers["content-length"]))
                if name := headers.get("replica"):
                    copies[name] += 1
                if headers.get("connection") == "close":
                    writer.close()
                    writer = None
            except (OSError, EOFError, KeyError, ValueError) as error:
                status, writer = type(error).__name__, None
            statuses[status] += 1
            took.append(time.perf_counter() - before)

    await asyncio.gather(*(client() for _ in range(order["clients"])))
    return Asked(dict(statuses), dict(copies), took, time.perf_counter() - began, time.process_time())


def _head(answer: bytes) -> tuple[str, dict[str, str]]:
    """Status and headers of an answer."""
    first, *lines = answer.decode("latin-1").strip().split("\r\n")
    pairs = (line.partition(":") for line in lines)
    return first.split(" ")[1], {name.strip().lower(): value.strip().lower() for name, _, value in pairs}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(vars(asyncio.run(_ask(json.loads(sys.stdin.readline()))))))
