"""The sessions of noxfile.py, and a stand-in for nox that keeps their steps and does none of them."""

import importlib.util
import os
from pathlib import Path
from types import SimpleNamespace

ROOT = Path(__file__).parents[2]


def load_noxfile():
    spec = importlib.util.spec_from_file_location("noxfile", ROOT / "noxfile.py")
    module = importlib.util.module_from_spec(spec)
    before = dict(os.environ)
    spec.loader.exec_module(module)
    os.environ.clear()
    os.environ.update(before)
    return module


noxfile = load_noxfile()  # once: nox keeps one list of sessions


class Ended(Exception):
    """A session that was ended with an error."""


class Session:
    """Has of nox's session what ours use; `steps` are installations and commands, in their order."""

    def __init__(self, folder, *posargs, python=None):
        self.folder, self.posargs, self.python = folder, list(posargs), python
        self.virtualenv = SimpleNamespace(location=str(folder / "environment"))
        self.steps, self.variables, self.external = [], [], []

    def create_tmp(self):
        return str(self.folder)

    def install(self, *arguments):
        self.steps.append(["install", *arguments])

    def run(self, *command, env=None, external=False):
        self.steps.append(list(command))
        self.variables.append(env or {})
        if external:
            self.external.append(command[0])

    def run_install(self, *command, external=False):
        self.run(*command, external=external)

    def error(self, message):
        raise Ended(message)
