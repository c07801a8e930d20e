"""Several copies of a service behind one address: nginx shares out the requests, speaks TLS, and asks another copy
when one of them goes away.

A copy that is killed breaks the connections on it. nginx's defaults hand that error on for POST, since a POST may have
changed something. Asking a net twice changes nothing, so here each request is tried on another copy (`non_idempotent`).
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from course_utils.further.serving import running
from course_utils.further.serving.contract import ServingError

MOST_REPLICAS = 16
NGINX = "nginx"
INSTALL_NGINX = "Install it (Debian and Ubuntu: sudo apt install nginx-light; macOS: brew install nginx)"
CONFIGURATION = """# Written by `course serve --replicas`; see course_utils/further/serving/balancer.py.
daemon off;
{user}pid {folder}/nginx.pid;
error_log stderr error;
worker_processes 1;
events {{ worker_connections 2048; }}
http {{
  access_log off;
  server_tokens off;
  client_max_body_size 12m;
  client_body_timeout 15s;
  {places}
  upstream copies {{
    least_conn;
{copies}
    keepalive 64;
  }}
  server {{
    listen {host}:{port}{ssl};
{certificate}
    # What nginx says by itself is a sentence in JSON too, as the copies' refusals are.
    error_page 413 @large;
    error_page 502 504 =503 @nobody;
    location @large {{
      default_type application/json;
      return 413 '{{"problem": "The body is larger than 12 MB, which is more than any path takes."}}';
    }}
    location @nobody {{
      default_type application/json;
      add_header Retry-After 1 always;
      return 503 '{{"problem": "No copy answers at present. Come again in a moment."}}';
    }}
    location / {{
      proxy_pass http://copies;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header Host $http_host;
      proxy_connect_timeout 5s;
      proxy_read_timeout 20s;
      # Any copy gives the same answer, so each error may be tried again elsewhere, a POST too.
      proxy_next_upstream error timeout invalid_header http_502 http_504 non_idempotent;
      proxy_next_upstream_tries {tries};
      proxy_next_upstream_timeout 15s;
    }}
  }}
}}
"""


def configuration(
    ports: list[int], folder: Path, host: str, port: int, certificate: tuple[Path, Path] | None = None
) -> str:
    """nginx's configuration for copies on these ports of this machine.

    Args:
        ports: of the copies.
        folder: for all that nginx writes.
        host, port: where it listens.
        certificate: files of certificate and key, for TLS.
    """
    kept = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    lines = (
        [f"    ssl_certificate {certificate[0]};", f"    ssl_certificate_key {certificate[1]};"]
        if certificate
        else []
    )
    if certificate:
        lines.append("    ssl_protocols TLSv1.2 TLSv1.3;")
    root = hasattr(os, "geteuid") and os.geteuid() == 0
    return CONFIGURATION.format(
        user="user root;\n" if root else "",
        folder=folder,
        places="\n  ".join(f"{name}_temp_path {folder}/{name};" for name in kept),
        # Never set aside: on a busy machine all of them could be at once, and nginx would answer 502 by itself.
        copies="\n".join(f"    server 127.0.0.1:{one} max_fails=0;" for one in ports),
        host=f"[{host}]" if ":" in host else host,
        port=port,
        ssl=" ssl" if certificate else "",
        certificate="\n".join(lines),
        tries=len(ports) + 2,
    )


def self_signed(folder: Path, host: str = "127.0.0.1") -> tuple[Path, Path]:
    """A certificate for this machine that nobody vouches for, and its key; good for a lesson, and for two days.

    Raises ServingError without OpenSSL's command.
    """
    if shutil.which("openssl") is None:
        raise ServingError(
            "TLS needs the command openssl for its certificate. Install it, or leave out --tls"
        )
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    kind = "IP" if host.replace(".", "").isdigit() or ":" in host else "DNS"
    names = "DNS:localhost,IP:127.0.0.1" + ("" if host in ("localhost", "127.0.0.1") else f",{kind}:{host}")
    command = [
        "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
        "-subj", "/CN=localhost", "-addext", f"subjectAltName={names}", "-keyout", str(key), "-out", str(certificate),
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise ServingError(f"openssl made no certificate: {done.stderr.strip().splitlines()[-1:]}")
    key.chmod(0o600)
    return certificate, key


@dataclass
class Fleet:
    """Copies of a service and the balancer in front of them.

    `address` is where to ask; `certificate` is the file that a client has to trust, None without TLS.
    """

    nets: Path
    address: str
    folder: Path
    ports: list[int]
    certificate: Path | None
    copies: list[subprocess.Popen] = field(default_factory=list)
    logs: list = field(default_factory=list)
    front: subprocess.Popen | None = None

    def kill(self, number: int) -> None:
        """End a copy at once, whatever it is doing, as a machine does that loses its power."""
        running.stop(self.copies[number], kill=True)

    def revive(self, number: int) -> None:
        """Start a copy again on its port, and wait until it answers; one that still runs is ended politely first."""
        running.stop(self.copies[number])
        self.logs[number].close()
        self.copies[number], self.logs[number] = running.start(
            self.nets, self.ports[number], name=f"copy-{number + 1}"
        )
        running.wait_until_ready(self.ports[number], self.copies[number], self.logs[number])

    def update(self) -> None:
        """A rolling update: one copy after the other, so that the others answer meanwhile."""
        for number in range(len(self.copies)):
            self.revive(number)

    def wait(self) -> None:
        """Keep the copies alive until the balancer ends: what dies is started again."""
        while self.front.poll() is None:
            time.sleep(0.5)
            for number, copy in enumerate(self.copies):
                if copy.poll() is not None:
                    self.revive(number)


@contextlib.contextmanager
def fleet(
    nets: Path | str,
    replicas: int = 3,
    *,
    tls: bool = False,
    host: str = running.LOOPBACK,
    port: int | None = None,
) -> Iterator[Fleet]:
    """Copies of a service behind nginx, all of which end with the `with` block.

    Args:
        nets: folder of exported nets.
        replicas: copies, 1 to 16.
        tls: https with a self-signed certificate.
        host, port: where the balancer listens; a free port by default.

    Raises:
        ServingError: without nginx (or openssl for TLS), for another number, and if something doesn't start.
    """
    if not 1 <= replicas <= MOST_REPLICAS:
        raise ServingError(f"replicas is 1 to {MOST_REPLICAS}; got {replicas}")
    if shutil.which(NGINX) is None:
        raise ServingError(
            f"Replicas need nginx to share out the requests. {INSTALL_NGINX}, or leave out --replicas"
        )
    port = port or running.free_port(host)
    with tempfile.TemporaryDirectory(prefix="course-fleet-") as kept:
        folder = Path(kept)
        signed = self_signed(folder, host) if tls else None
        ports: list[int] = []
        while len(ports) < replicas:
            if (free := running.free_port()) not in (*ports, port):
                ports.append(free)
        shown = f"[{host}]" if ":" in host else host
        found = Fleet(
            Path(nets), f"http{'s' if tls else ''}://{shown}:{port}", folder, ports, signed and signed[0]
        )
        try:
            for number, one in enumerate(ports):
                copy, log = running.start(found.nets, one, name=f"copy-{number + 1}")
                found.copies.append(copy)
                found.logs.append(log)
            for one, copy, log in zip(ports, found.copies, found.logs, strict=True):
                running.wait_until_ready(one, copy, log)
            (folder / "nginx.conf").write_text(
                configuration(ports, folder, host, port, signed), encoding="utf-8"
            )
            found.front = _balancer(folder, host, port)
            yield found
        finally:
            for process in (found.front, *found.copies):
                if process is not None:
                    running.stop(process)
            for log in found.logs:
                log.close()


def _balancer(folder: Path, host: str, port: int) -> subprocess.Popen:
    """nginx with the folder's configuration, as soon as it listens."""
    import socket

    said = (folder / "nginx.log").open("wb")
    command = [NGINX, "-p", str(folder), "-e", str(folder / "error.log"), "-c", str(folder / "nginx.conf")]
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=said, stderr=said)
    said.close()
    end = time.monotonic() + running.START_SECONDS
    while time.monotonic() < end and process.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection((host, port), timeout=1):
            return process
        time.sleep(0.05)
    running.stop(process)
    last = (folder / "nginx.log").read_text(errors="replace").strip().splitlines()[-2:]
    raise ServingError("nginx did not start: " + (" ".join(last) or "it said nothing"))
