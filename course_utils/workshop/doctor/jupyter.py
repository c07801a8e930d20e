"""Jupyter's port, its token, and servers that run already."""

from __future__ import annotations

import json
import os
import socket
import sys
from pathlib import Path

from course_utils.foundation import config
from course_utils.workshop.doctor.finding import Finding

DEFAULT_PORT = 8888
SHORT_TOKEN = 8


def look_at_jupyter() -> list[Finding]:
    """Is Jupyter's port free, does no server of another environment run, does the token make sense?

    Never prints a token or a password.
    """
    servers = running_servers()
    return [
        *look_at_servers(servers),
        *look_at_port({server["port"] for server in servers}),
        *look_at_token(),
    ]


def look_at_servers(servers: list[dict]) -> list[Finding]:
    """Servers of this person that run now, and whether their interpreter is that of the course."""
    findings = []
    own = {Path(sys.prefix).resolve(), (config.repository_root() / ".venv").resolve()}
    for server in servers:
        environment, port = server["environment"], server["port"]
        if environment is None or environment.resolve() in own:
            text = f"a server of this environment runs at port {port}, in {server['root_dir']}"
            findings.append(Finding("Jupyter", "ok", text))
        else:
            text = (
                f"a server of another environment ({environment}) runs at port {port}: a browser window that is "
                "still open belongs to it, and its kernels lack what the course needs"
            )
            findings.append(
                Finding("Jupyter", "note", text, f"jupyter server stop {port}   (then: make lab)")
            )
    return findings


def look_at_port(known: set[int]) -> list[Finding]:
    """Is the port that JupyterLab would take free?"""
    try:
        port = int(os.environ.get("JUPYTER_PORT") or DEFAULT_PORT)
    except ValueError:
        text = f"JUPYTER_PORT is {os.environ['JUPYTER_PORT']!r}, not a number"
        return [Finding("Jupyter", "wrong", text, "unset JUPYTER_PORT")]
    if not is_taken(port):
        return [Finding("Jupyter", "ok", f"port {port} is free")]
    whose = "a running Jupyter server" if port in known else "another program"
    text = f"port {port} is taken by {whose}: JupyterLab takes the next one. Use the address that it prints"
    return [Finding("Jupyter", "note", text, f"make lab LAB_ARGS=--port={port + 100}")]


def look_at_token() -> list[Finding]:
    """Do JUPYTER_TOKEN and JUPYTER_TOKEN_FILE let somebody in, and not everybody?"""
    findings = []
    token, file = os.environ.get("JUPYTER_TOKEN"), os.environ.get("JUPYTER_TOKEN_FILE")
    if file and not Path(file).is_file():
        text = f"JUPYTER_TOKEN_FILE names {file}, which is not a file: JupyterLab does not start"
        findings.append(Finding("Jupyter", "wrong", text, "unset JUPYTER_TOKEN_FILE"))
    elif file or token:
        length = len(Path(file).read_text(encoding="utf-8").strip() if file and not token else token or "")
        which = "JUPYTER_TOKEN" if token else "JUPYTER_TOKEN_FILE"
        if length < SHORT_TOKEN:
            text = f"{which} holds a token of {length} characters, which a neighbour in the room could guess"
            findings.append(Finding("Jupyter", "note", text, f"unset {which}   (Jupyter then makes one)"))
        else:
            text = f"{which} is set: the browser asks for that token, not for one that Jupyter prints"
            findings.append(Finding("Jupyter", "ok", text))
    return findings


def running_servers(folder: Path | None = None) -> list[dict]:
    """Jupyter servers of this person whose process is alive: port, root_dir and environment (None if unknown).

    Read from the files that each server leaves in Jupyter's runtime folder while it runs.
    """
    import psutil
    from jupyter_core.paths import jupyter_runtime_dir

    servers = []
    for path in sorted((folder or Path(jupyter_runtime_dir())).glob("jpserver-*.json")):
        try:
            told = json.loads(path.read_text(encoding="utf-8"))
            process = psutil.Process(told["pid"])
            command = process.cmdline()
        except (OSError, ValueError, KeyError, psutil.Error):  # ended without clearing up, or not ours to see
            continue
        if not any("jupyter" in word.lower() for word in command):
            continue  # the process number was given to another program since
        servers.append(
            {
                "port": told.get("port"),
                "root_dir": told.get("root_dir", "an unknown folder"),
                "environment": _environment_of(command[0]),
            }
        )
    return servers


def is_taken(port: int) -> bool:
    """True when something answers at this port of this machine."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.settimeout(0.5)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _environment_of(program: str) -> Path | None:
    """/home/me/env for /home/me/env/bin/python; links are not followed, they lead out of an environment."""
    path = Path(program)
    return path.parent.parent if path.is_absolute() else None
