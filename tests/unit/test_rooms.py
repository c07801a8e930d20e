"""What holds for every room that learners import: names that are there, sentences that don't shout."""

import ast
import importlib
import re

import pytest

from course_utils.foundation import config

PACKAGE = config.repository_root() / "course_utils"
FILES = sorted(path for path in PACKAGE.rglob("*.py") if "workshop" not in path.relative_to(PACKAGE).parts)
PACKAGES = [path.parent for path in FILES if path.name == "__init__.py"]
SHORT_FORMS = set(
    "API CAM CNN COCO CPU GB GIF GPU GRU HTML IDF IO JAX JPEG JSON LIME LOC LSTM MB MNIST MPS ONNX ORG PCM PERSON PNG POST "
    "PSNR RGB RGBA TF TLS TOML TPU UTF WAV YOLOX".split()
)
QUOTED = {
    "FOLDER",
    "GOOD",
    "GOOGLENET",
    "IProgress",
    "NET",
}  # of a review, a constant, a widget, and what a person puts in: FOLDER, NET


def listed(folder):
    """The names of `__all__` in a package's own file."""
    tree = ast.parse((folder / "__init__.py").read_text(encoding="utf-8"))
    for statement in tree.body:
        if isinstance(statement, ast.Assign) and statement.targets[0].id == "__all__":
            return ast.literal_eval(statement.value)
    return []


def sentences(path):
    """Line and text of every string of three or more words that is no docstring."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, documented) and node.body and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
            if len(node.value.split()) >= 3:
                yield node.lineno, node.value


@pytest.mark.parametrize(
    "folder", PACKAGES, ids=lambda path: path.relative_to(PACKAGE.parent).as_posix().replace("/", ".")
)
def test_every_name_that_a_room_lists_is_there(folder):
    names = listed(folder)
    assert len(set(names)) == len(names)
    if names:
        module = importlib.import_module(".".join(folder.relative_to(PACKAGE.parent).parts))
        assert [name for name in names if not hasattr(module, name)] == []


def test_no_sentence_shouts():
    loud = [
        f"{path.relative_to(PACKAGE)}:{line}: {word}"
        for path in FILES
        for line, text in sentences(path)
        for word in re.findall(r"\b[A-Z]{2,}[a-z]*\b", text)
        if not {word, word.removesuffix("s")} & (SHORT_FORMS | QUOTED)
    ]
    assert loud == []
