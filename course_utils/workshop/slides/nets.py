"""Tables about nets, computed from Keras models: layers, output shapes, parameters.

A net is a function of slides/nets/*.py that builds it, or a name of keras.applications (random weights: only
shapes count). What was found is kept under a digest of the function, because loading a framework takes seconds.
"""

from __future__ import annotations

import ast
import functools
import importlib.util
import json
import os
import subprocess
import sys
import threading
from pathlib import Path

from course_utils.foundation import config

from .errors import SourceError
from .sources import Use, digest_of, modules

WITHOUT_TOP = "without-top"
_COMPUTING = threading.Lock()
_FORMAT = 1  # of what is kept; another number forgets it


def facts(net: str, top: bool = True) -> tuple[dict, Use]:
    """Name, input shape, parameters and layers of a net.

    Returns {"parameters": int, "input": [...], "layers": [{"name", "kind", "shape", "parameters", ...}]}.
    Raises SourceError naming the nets of slides/nets when there is no such net.
    """
    use = use_of(net, top)
    kept = cache_file(net, top)
    if not kept.is_file():
        prepare([(net, top)])
    return json.loads(kept.read_text(encoding="utf-8")), use


def use_of(net: str, top: bool = True) -> Use:
    """The manifest's entry for a net, without building it."""
    own = _own_nets()
    if net in own:
        source = f"slides/nets/{own[net][0].name}#{net}"
        taken: object = own[net][1]
    else:
        if not net[:1].isupper():
            raise SourceError(
                f"No net called {net!r}. slides/nets has: {', '.join(own) or 'none'}; or type a name of "
                "keras.applications, such as VGG16"
            )
        source, taken = f"keras.applications#{net}", net
    return Use("net", "", source, digest_of([taken, top]), label=f"{net}: computed from the Keras model")


def is_known(net: str, top: bool = True) -> bool:
    """True when there is a net of that name."""
    try:
        return bool(use_of(net, top))
    except SourceError:
        return False


def cache_file(net: str, top: bool) -> Path:
    """Where the facts of a net are kept: the name changes with the function that builds it."""
    folder = config.repository_root() / "slides" / "_build" / "cache"
    return folder / f"net-{net}-{digest_of([_FORMAT, use_of(net, top).digest])}.json"


def prepare(nets: list[tuple[str, bool]]) -> int:
    """Compute the facts of several nets in one process; returns how many were not kept from before."""
    with _COMPUTING:  # who comes while others compute waits, and then finds them
        missing = [(net, top) for net, top in dict.fromkeys(nets) if not cache_file(net, top).is_file()]
        if missing:
            _compute(missing)
    return len(missing)


def environment() -> dict[str, str]:
    """For a process that works for this one: the same course, and the package of this process, not one installed."""
    path = os.pathsep.join([str(Path(__file__).parents[3]), os.environ.get("PYTHONPATH", "")])
    return {**os.environ, "COURSE_ROOT": str(config.repository_root()), "PYTHONPATH": path}


def _own_nets() -> dict[str, tuple[Path, str]]:
    """Functions of slides/nets/: name -> the module, and a text that changes with it and with what it uses."""
    return _nets_in(modules("nets"))


@functools.lru_cache(maxsize=4)
def _nets_in(modules: tuple) -> dict[str, tuple[Path, str]]:
    found: dict[str, tuple[Path, str]] = {}
    for path, *_ in modules:
        text = path.read_text(encoding="utf-8")
        body = ast.parse(text).body
        functions = [node.name for node in body if isinstance(node, ast.FunctionDef)]
        pieces = {name: ast.get_source_segment(text, node) or "" for node in body for name in _names(node)}
        for name in (name for name in functions if not name.startswith("_")):
            if name in found:
                raise SourceError(f"{name} is in {found[name][0].name} and in {path.name}; rename one")
            found[name] = (path, pieces[name] + "".join(pieces[one] for one in sorted(_used(name, pieces))))
    return found


def _names(node: ast.stmt) -> list[str]:
    """What a statement of a module defines: a function, or constants."""
    if isinstance(node, ast.FunctionDef):
        return [node.name]
    targets = node.targets if isinstance(node, ast.Assign) else []
    return [part.id for target in targets for part in ast.walk(target) if isinstance(part, ast.Name)]


def _used(name: str, pieces: dict[str, str]) -> set[str]:
    """Other functions and constants of the module that a function mentions, and those that they mention."""
    found: set[str] = set()
    waiting = [name]
    while waiting:
        for part in ast.walk(ast.parse(pieces[waiting.pop()])):
            if isinstance(part, ast.Name) and part.id in pieces and part.id not in (name, *found):
                found.add(part.id)
                waiting.append(part.id)
    return found


def _compute(nets: list[tuple[str, bool]]) -> None:
    """In a process of its own: the framework is gone afterwards, and what it writes to stderr is not shown."""
    orders = [[net, top, str(cache_file(net, top))] for net, top in nets]
    answer = subprocess.run(
        [sys.executable, "-m", "course_utils.workshop.slides.nets", json.dumps(orders)],
        env=environment() | {"TF_CPP_MIN_LOG_LEVEL": "3"},
        capture_output=True,
        text=True,
        encoding="utf-8",
        errors="replace",
    )
    if answer.returncode:
        last = answer.stderr.strip().splitlines()[-1:] or ["no message"]
        raise SourceError(f"Building {', '.join(net for net, _ in nets)} failed: {last[0]}")


def _main(orders: str) -> None:
    for net, top, place in json.loads(orders):
        content = json.dumps(_facts(_build(net, top)), indent=1, ensure_ascii=False)
        path = Path(place)
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(f".{os.getpid()}.part")
        part.write_text(content + "\n", encoding="utf-8")
        part.replace(path)


def _build(net: str, top: bool):  # noqa: ANN202 - a Keras model; the framework is not imported here
    import keras

    keras.utils.clear_session()  # names such as conv2d_1 count from the beginning in each net
    # Only shapes are wanted: in this scope no weight gets a value, of VGG16's 138 million or any other net's.
    with keras.StatelessScope(initialize_variables=False):
        return _builder(net, top)()


def _builder(net: str, top: bool):  # noqa: ANN202 - a function that makes a Keras model
    import keras

    own = _own_nets()
    if net in own:
        spec = importlib.util.spec_from_file_location("course_slide_nets", own[net][0])
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return getattr(module, net)
    builder = getattr(keras.applications, net, None)
    if not callable(builder):
        raise SourceError(f"keras.applications has no {net}, and slides/nets has no function of that name")
    return functools.partial(builder, weights=None, include_top=top)


def _facts(model) -> dict:  # noqa: ANN001
    layers = []
    for layer in model.layers:
        entry = {
            "name": layer.name,
            "kind": type(layer).__name__,
            "shape": _shape(layer.output),
            "parameters": int(layer.count_params()),
        }
        settings = layer.get_config()
        for key in ("kernel_size", "pool_size", "strides", "dilation_rate"):
            if key in settings and settings[key] is not None:
                value = settings[key]
                entry[key] = list(value) if isinstance(value, (list, tuple)) else [value]
        for key in ("padding", "filters", "units", "activation", "rate"):
            if key in settings and isinstance(settings[key], (str, int, float)):
                entry[key] = settings[key]
        layers.append(entry)
    first = model.inputs[0]
    return {
        "parameters": int(model.count_params()),
        "input": [None if size is None else int(size) for size in first.shape[1:]],
        "layers": layers,
    }


def _shape(output) -> list:  # noqa: ANN001
    one = output[0] if isinstance(output, (list, tuple)) else output
    return [None if size is None else int(size) for size in one.shape[1:]]


if __name__ == "__main__":
    _main(sys.argv[1])
