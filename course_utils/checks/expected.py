"""Expected results: is this number usual?

The bands stand in course.toml, measured over at least five seeded runs for each profile and data source.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass

from course_utils.foundation import config

KINDS = ("share", "correlation", "amount", "number", "seconds")


class UnexpectedResult(AssertionError):
    """A result outside of its band, raised only where `COURSE_STRICT` is set (as in CI)."""


@dataclass(frozen=True)
class Result:
    """One measured figure beside its chance level and the band it usually falls in.

    `kind`: share (0-1, such as accuracy), correlation (-1 to 1), amount (0 or more, such as a count or an error), number, or
    seconds (never has a band). `n`: test items behind a share. `low`, `high`: the band, None where this profile and data source were never measured.
    """

    name: str
    value: float
    kind: str = "share"
    n: int | None = None
    chance: float | None = None
    low: float | None = None
    high: float | None = None

    @property
    def ok(self) -> bool | None:
        """True inside of the band, False outside, None where there is no band."""
        if self.low is None or self.high is None:
            return None
        # Half a unit of the last digit kept in course.toml, so that rounding never fails a run.
        return self.low - 5e-5 <= self.value <= self.high + 5e-5

    def line(self) -> str:
        """The result as a learner reads it: value, usual band, chance level and a mark."""
        if self.kind == "seconds":
            return f"{self.name} {self.value:.1f} s"
        # One number of digits for a value and its band: a fourth where 0.99 would make different nets look the same.
        fine = self.kind == "share" and 0.99 <= self.value < 1
        parts = [f"{self.name} {_digits(self.value, self.kind, fine)}"]
        if self.ok is None:
            parts.append("not measured for this profile and data")
        else:
            low, high = (_digits(end, self.kind, fine) for end in (self.low, self.high))
            parts.append(f"usual {low}–{high}")
        if self.chance is not None:
            parts.append(f"chance {_digits(self.chance, self.kind)}")
        mark = {True: " ✓", False: " ✗", None: ""}[self.ok]
        return " · ".join(parts) + mark

    def record(self) -> dict:
        """The result as plain values for the notebook's results output."""
        values = asdict(self)
        del values["name"]
        return {**values, "ok": self.ok}


def compared_with_usual(
    notebook: str, profile: str, data: str, name: str, value: float, kind: str = "share",
    n: int | None = None, chance: float | None = None, backend: str = "",
) -> Result:  # fmt: skip
    """Look a figure up among the expected results of its notebook, profile, data source and backend.

    Raises ValueError for an unknown kind, a share outside of 0-1, a correlation outside of -1 to 1, an amount below 0, or
    a value that is not finite.
    """
    value = float(value)
    if kind not in KINDS:
        raise ValueError(f"Result {name} has kind {kind!r}; expected one of {', '.join(KINDS)}")
    if not math.isfinite(value):
        raise ValueError(f"Result {name} is {value}; a result must be a finite number")
    if kind == "share" and not 0 <= value <= 1:
        raise ValueError(f"Result {name} is {value}; a share lies between 0 and 1 (use kind='number'?)")
    if kind == "correlation" and not -1 - 1e-9 <= value <= 1 + 1e-9:
        raise ValueError(f"Result {name} is {value}; a correlation lies between -1 and 1")
    if kind == "amount" and value < 0:
        raise ValueError(f"Result {name} is {value}; an amount is 0 or more (use kind='number'?)")
    band = expected(notebook, profile, data, backend).get(name, {}) if kind != "seconds" else {}
    return Result(name, value, kind, n, chance, band.get("low"), band.get("high"))


def source_of_bands(data: str, weights: str) -> str:
    """The table of bands that fits a data source: with ImageNet's weights a net's figures are others."""
    return f"{data}-imagenet" if weights == "imagenet" else data


def own_source(source: str, backend: str) -> str:
    """The table of the few bands that a backend has of its own, where Keras trains differently there."""
    return f"{source}-{backend}"


def expected(notebook: str, profile: str, data: str, backend: str = "") -> dict[str, dict]:
    """The bands of a notebook, by result name, a backend's own before the usual ones; empty where none were measured."""
    table = config.course()["notebooks"].get(notebook, {})
    sources = table.get("expected", {}).get(profile, {})
    return sources.get(data, {}) | sources.get(own_source(data, backend), {})


def _digits(value: float, kind: str, fine: bool = False) -> str:
    if kind == "share":
        return f"{value:.4f}" if fine else f"{value:.3f}"
    return f"{value:.4g}"
