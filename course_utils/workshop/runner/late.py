"""Sections that are skipped when it gets late: what they made is really taken away, and what they changed is named.

Runs inside the notebook's kernel. `begin` is called before a section, `end` after it: names that the section made are
gone then, names that it gave another value have their old one back, and whatever comes later runs as it would for
someone who skipped the section. What a section changed inside an object that was there before (a net trained further,
a list that got longer) cannot be taken back; `end` returns the names of such objects, found by fingerprints.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping

# IPython's own: the numbered inputs and outputs.
_HISTORY = ("In", "Out", "exit", "quit", "get_ipython", "open")
_before: dict[str, object] = {}
_fingerprints: dict[str, str] = {}
_made: dict[int, dict[str, object]] = {}


def begin(namespace: dict, place: int = 0, watched: Iterable[str] = ()) -> None:
    """Remember what there is before a section, and lend it what it may rely on.

    `place` in the order of skipping: the section at 0 goes first. Whoever still has it has all the others too, so
    it may use what they made. `watched` are the names whose insides matter later.
    """
    _before.clear()
    _before.update(_own(namespace))
    for other in sorted(_made):
        if other > place:
            namespace.update(_made[other])
    _fingerprints.clear()
    _fingerprints.update(
        {name: mark for name in watched if name in _before and (mark := fingerprint(_before[name]))}
    )


def end(namespace: dict, place: int = 0) -> list[str]:
    """Take away what the section made; returns the names of objects that it changed inside, sorted."""
    changed = [name for name, mark in _fingerprints.items() if fingerprint(_before[name]) != mark]
    now = _own(namespace)
    _made[place] = {
        name: value for name, value in now.items() if name not in _before or value is not _before[name]
    }
    for name in set(now) - set(_before):
        del namespace[name]
    namespace.update(_before)
    return sorted(changed)


def fingerprint(value: object, depth: int = 3) -> str:
    """A digest of what is in an array, a table, a net or a collection of them; "" for anything else."""
    content = _content(value, depth)
    return "" if content is None else hashlib.sha256(content).hexdigest()


def _content(value: object, depth: int) -> bytes | None:
    if isinstance(value, str | bytes | int | float | bool | type(None)):
        return repr(value).encode()
    kind = type(value)
    if kind.__module__ == "numpy" and hasattr(value, "tobytes"):
        return f"{value.dtype}{value.shape}".encode() + (
            repr(value).encode() if value.dtype.hasobject else value.tobytes()
        )
    if kind.__module__.startswith("pandas") and hasattr(value, "to_csv"):
        return value.to_csv().encode()
    if hasattr(value, "get_weights") and hasattr(value, "layers"):
        return b"".join(weight.tobytes() for weight in value.get_weights())
    if depth and isinstance(value, Mapping):
        return _joined([part for pair in value.items() for part in pair], depth)
    if depth and isinstance(value, list | tuple | set | frozenset):
        return _joined(sorted(value, key=repr) if isinstance(value, set | frozenset) else value, depth)
    return None


def _joined(parts, depth: int) -> bytes | None:
    """The contents of parts; what cannot be looked into counts by its place alone."""
    return b"|".join(_content(part, depth - 1) or b"?" for part in parts)


def _own(namespace: Mapping) -> dict:
    """The notebook's own names, without what IPython put there."""
    return {
        name: value for name, value in namespace.items() if not name.startswith("_") and name not in _HISTORY
    }
