"""Bands: what a result usually is, worked out from seeded runs and kept in benchmarks/expected.

The rule: a share (accuracy, recall) gets the union of the Wilson 95 % intervals at its n test items and the
range of the runs; any other number gets its mean ± three standard deviations, at least 5 % of the mean, a
correlation the same within -1 and 1, and an amount the same from 0 up; seconds get none, because they belong to a
machine and not to a model.
"""

from __future__ import annotations

import json
import math
import os
import re
import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from course_utils.foundation import config
from course_utils.training.evaluation import wilson_interval

MINIMUM_RUNS = 5


@dataclass(frozen=True)
class Band:
    """The usual range of one result, with the runs it comes from; `n` is the number of test items or None."""

    low: float
    high: float
    mean: float
    sd: float
    runs: int
    n: int | None = None

    def __contains__(self, value: float) -> bool:
        return within(value, self.low, self.high)


def within(value: float, low: float, high: float) -> bool:
    """True when a result lies in its band, edges included; a value that is not a number never does."""
    tolerance = 1e-9 * max(1.0, abs(low), abs(high))
    return math.isfinite(value) and low - tolerance <= value <= high + tolerance


def share_band(shares: Sequence[float], n: int) -> Band:
    """Band of a share: every run's Wilson 95 % interval at `n` test items, and the runs themselves, fit in."""
    _need_values(shares)
    intervals = [wilson_interval(share, n) for share in shares]
    low = min(min(low for low, _ in intervals), min(shares))
    high = max(max(high for _, high in intervals), max(shares))
    # Rounded outwards, so that rounding never turns a run that made the band away.
    return Band(_floor(low, 4), _ceil(high, 4), *_moments(shares), len(shares), n)


def number_band(values: Sequence[float]) -> Band:
    """Band of any other number: mean ± three standard deviations, at least 5 % of the mean."""
    _need_values(values)
    mean, sd = statistics.fmean(values), _sd(values)
    half_width = max(3 * sd, 0.05 * abs(mean))
    digits = 4 - math.floor(math.log10(max(abs(mean), half_width))) - 1 if half_width else 4
    # Three deviations of very few runs need not reach the farthest of them.
    low, high = min(mean - half_width, min(values)), max(mean + half_width, max(values))
    return Band(_floor(low, digits), _ceil(high, digits), *_moments(values), len(values))


def band_of(kind: str, values: Sequence[float], n: int | None) -> Band | None:
    """Band of a result by its kind: share, correlation, amount, number or seconds (which has none).

    A share that does not say how many test items it was measured on gets a number's band, within 0 and 1; so does a
    correlation, within -1 and 1, and an amount, from 0 up.
    Raises ValueError for another kind.
    """
    if kind == "seconds":
        return None
    if kind == "share":
        if n:
            return share_band(values, n)
        return _clipped(number_band(values), 0.0, 1.0)
    if kind == "correlation":
        return _clipped(number_band(values), -1.0, 1.0)
    if kind == "amount":
        return _clipped(number_band(values), 0.0, math.inf)
    if kind == "number":
        return number_band(values)
    raise ValueError(f"A result is a share, a correlation, an amount, a number or seconds; got {kind!r}")


def _clipped(band: Band, lowest: float, highest: float) -> Band:
    """A band without values that the result cannot take: below `lowest` or above `highest`."""
    return replace(band, low=max(band.low, lowest), high=min(band.high, highest))


def write_bands(root: Path, notebook: str, profile: str, data: str, bands: dict[str, Band]) -> None:
    """Keep the bands of a notebook, profile and data source in the course at `root`; all others stay.

    Bands of results that are not in `bands` are removed: the notebook no longer reports them.
    Raises KeyError naming the notebooks there are when course.toml does not list the notebook.
    """
    rows = {name: {k: v for k, v in asdict(band).items() if v is not None} for name, band in bands.items()}
    _change(root, notebook, "expected", profile, data, rows)


def write_seconds(root: Path, notebook: str, profile: str, data: str, seconds: float) -> None:
    """Keep how long a notebook took, with a profile and data source, in the course at `root`.

    Raises KeyError naming the notebooks there are when course.toml does not list the notebook.
    """
    _change(root, notebook, "seconds", profile, data, round(seconds) if seconds >= 10 else round(seconds, 1))


def _change(root: Path, notebook: str, kind: str, profile: str, data: str, value: object) -> None:
    listed = config.read_course(root)["notebooks"]
    if notebook not in listed:
        raise KeyError(f"course.toml has no notebook {notebook!r}; it has: {', '.join(listed)}")
    measured = {key: listed[notebook][key] for key in ("seconds", "expected") if key in listed[notebook]}
    measured.setdefault(kind, {}).setdefault(profile, {})[data] = value
    _write(config.measured_path(notebook, root), measured)


def _write(path: Path, measured: dict) -> None:
    """Write a notebook's figures in a fixed order, one line a band, so that a difference can be read."""
    ordered = {
        kind: {
            profile: {data: measured[kind][profile][data] for data in sorted(measured[kind][profile])}
            for profile in config.PROFILES
            if profile in measured[kind]
        }
        for kind in ("seconds", "expected")
        if kind in measured
    }
    text = json.dumps(ordered, indent=1)
    text = re.sub(r"\{([^{}]*)\}", lambda found: "{" + " ".join(found[1].split()) + "}", text)
    if not path.is_file() or path.read_text(encoding="utf-8") != text + "\n":
        path.parent.mkdir(parents=True, exist_ok=True)
        # Written beside and moved over: whoever reads it meanwhile sees a whole file.
        scratch = path.with_name(f".{path.name}.{os.getpid()}")
        scratch.write_text(text + "\n", encoding="utf-8", newline="\n")
        scratch.replace(path)


def _moments(values: Sequence[float]) -> tuple[float, float]:
    return _significant(statistics.fmean(values), 6), _significant(_sd(values), 3)


def _sd(values: Sequence[float]) -> float:
    return statistics.stdev(values) if len(values) > 1 else 0.0


def _need_values(values: Sequence[float]) -> None:
    if not values or not all(math.isfinite(value) for value in values):
        raise ValueError(f"A band needs runs with finite values; got {list(values)!r}")


def _floor(value: float, digits: int) -> float:
    return _scaled(value, digits, math.floor)


def _ceil(value: float, digits: int) -> float:
    return _scaled(value, digits, math.ceil)


def _scaled(value: float, digits: int, rounding) -> float:
    # Rounding first to far more digits keeps 0.1 + 0.2 from being pushed up to the next step.
    scaled = round(value * 10**digits, 6) if digits >= 0 else value / 10**-digits
    whole = rounding(scaled)
    return round(whole / 10**digits, digits) if digits > 0 else float(whole * 10**-digits)


def _significant(value: float, digits: int) -> float:
    return float(f"{value:.{digits}g}")
