"""Tables about nets, computed from Keras models: layers, output shapes, parameters.

A net is a function of slides/nets/*.py that builds it, or a name of keras.applications (random weights: only
shapes count). What was found is kept under a digest of the function, because loading a framework takes seconds.
"""

from __future__ import annotations

import functools
import json
import threading
from pathlib import Path

from . import beside
from .errors import SourceError
from .sources import Use, digest_of

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
    own = beside.functions("nets")
    if net not in own and not net[:1].isupper():
        raise SourceError(
            f"No net called {net!r}. slides/nets has: {', '.join(own) or 'none'}; or type a name of "
            "keras.applications, such as VGG16"
        )
    source = f"slides/nets/{own[net][0].name}#{net}" if net in own else f"keras.applications#{net}"
    taken = own[net][1] if net in own else net
    return Use("net", "", source, digest_of([taken, top]), label=f"{net}: computed from the Keras model")


def is_known(net: str, top: bool = True) -> bool:
    """True when there is a net of that name."""
    try:
        return bool(use_of(net, top))
    except SourceError:
        return False


def cache_file(net: str, top: bool) -> Path:
    """Where the facts of a net are kept: the name changes with the function that builds it."""
    return beside.kept_in() / f"net-{net}-{digest_of([_FORMAT, use_of(net, top).digest])}.json"


def prepare(nets: list[tuple[str, bool]]) -> int:
    """Compute the facts of several nets in one process; returns how many were not kept from before."""
    with _COMPUTING:  # who comes while others compute waits, and then finds them
        missing = [(net, top) for net, top in dict.fromkeys(nets) if not cache_file(net, top).is_file()]
        if missing:
            _compute(missing)
    return len(missing)


def _compute(nets: list[tuple[str, bool]]) -> None:
    """In a process of its own: the framework is gone afterwards."""
    with beside.processes(1) as process:
        try:
            process.submit(_keep, nets).result()
        except Exception as error:
            raise SourceError(f"Building {', '.join(net for net, _ in nets)} failed: {error}") from None


def _keep(nets: list[tuple[str, bool]]) -> None:
    for net, top in nets:
        content = json.dumps(_facts(_build(net, top)), indent=1, ensure_ascii=False)
        beside.write(cache_file(net, top), f"{content}\n".encode())


def _build(net: str, top: bool):  # noqa: ANN202 - a Keras model; the framework is not imported here
    import keras

    own = beside.functions("nets")
    builder = getattr(beside.module(own[net][0]) if net in own else keras.applications, net, None)
    if not callable(builder):
        raise SourceError(f"keras.applications has no {net}, and slides/nets has no function of that name")
    if net not in own:
        builder = functools.partial(builder, weights=None, include_top=top)
    keras.utils.clear_session()  # names such as conv2d_1 count from the beginning in each net
    # Only shapes are wanted: in this scope no weight gets a value, of VGG16's 138 million or any other net's.
    with keras.StatelessScope(initialize_variables=False):
        return builder()


def _facts(model) -> dict:  # noqa: ANN001
    layers = []
    for layer in model.layers:
        entry = {"name": layer.name, "kind": type(layer).__name__, "shape": _shape(layer.output)}
        entry["parameters"] = int(layer.count_params())
        settings = layer.get_config()
        for key in ("kernel_size", "pool_size", "strides", "dilation_rate"):
            if (value := settings.get(key)) is not None:
                entry[key] = list(value) if isinstance(value, (list, tuple)) else [value]
        for key in ("padding", "filters", "units", "activation", "rate"):
            if isinstance(settings.get(key), (str, int, float)):
                entry[key] = settings[key]
        layers.append(entry)
    return {"parameters": int(model.count_params()), "input": _shape(model.inputs), "layers": layers}


def _shape(output) -> list:  # noqa: ANN001
    one = output[0] if isinstance(output, (list, tuple)) else output
    return [None if size is None else int(size) for size in one.shape[1:]]
