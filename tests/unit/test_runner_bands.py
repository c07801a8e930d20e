"""A band says what is usual: wide enough for chance, kept where only the commands write."""

from __future__ import annotations

import math
import statistics
from pathlib import Path

import pytest

from course_utils.foundation import config
from course_utils.workshop.runner.bands import (
    band_of,
    number_band,
    share_band,
    wilson_interval,
    within,
    write_bands,
    write_seconds,
)


def test_the_band_of_a_share_is_the_union_of_every_runs_interval() -> None:
    shares = [0.97, 0.98, 0.985, 0.99, 0.975]
    band = share_band(shares, 640)
    assert band.low == pytest.approx(wilson_interval(0.97, 640)[0], abs=1e-4)
    assert band.high == pytest.approx(wilson_interval(0.99, 640)[1], abs=1e-4)
    assert all(share in band for share in shares)
    assert (band.runs, band.n) == (5, 640)
    assert band.mean == pytest.approx(0.98) and band.sd == pytest.approx(statistics.stdev(shares), rel=1e-2)


def test_rounding_only_ever_widens_a_band() -> None:
    for values in ([0.123456789] * 5, [1 / 3, 2 / 3, 0.5, 0.4, 0.6]):
        band = share_band(values, 7)
        assert band.low <= min(wilson_interval(value, 7)[0] for value in values)
        assert band.high >= max(wilson_interval(value, 7)[1] for value in values)


def test_a_number_gets_three_standard_deviations() -> None:
    values = [10.0, 12.0, 14.0, 16.0, 18.0]
    band = number_band(values)
    assert band.low == pytest.approx(14 - 3 * statistics.stdev(values), rel=1e-3)
    assert band.high == pytest.approx(14 + 3 * statistics.stdev(values), rel=1e-3)


@pytest.mark.parametrize("value", [0.002, -40.0, 833_504.0])
def test_a_number_gets_at_least_five_percent(value: float) -> None:
    band = number_band([value] * 5)
    assert band.low == pytest.approx(value - 0.05 * abs(value), rel=2e-3)
    assert band.high == pytest.approx(value + 0.05 * abs(value), rel=2e-3)
    assert value in band


def test_a_number_that_is_always_zero_has_to_stay_zero() -> None:
    band = number_band([0.0] * 5)
    assert 0.0 in band and 0.001 not in band


def test_seconds_have_no_band_and_other_kinds_are_refused() -> None:
    assert band_of("seconds", [1.0], None) is None
    assert band_of("share", [0.5] * 5, 100) == share_band([0.5] * 5, 100)
    assert band_of("share", [0.5] * 5, None) == number_band([0.5] * 5)
    for values in ([0.98, 0.99, 1.0, 0.97, 1.0], [-0.99, -1.0, -0.9, -1.0, -0.95]):
        close = band_of("correlation", values, None)
        assert -1 <= close.low <= min(values) and max(values) <= close.high <= 1
    wide = band_of("share", [0.1, 0.9, 0.5, 0.2, 0.8], None)
    assert (wide.low, wide.high) == (0.0, 1.0)  # three deviations reach further, a share does not
    errors = [0.01, 0.03, 0.0, 0.02, 0.04]
    assert number_band(errors).low < 0 == band_of("amount", errors, None).low
    assert band_of("amount", errors, None).high == number_band(errors).high
    counts = [90, 110, 95, 100, 105]
    assert band_of("amount", counts, None) == number_band(counts)  # far from 0, above 1
    with pytest.raises(ValueError, match="share, a correlation, an amount, a number or seconds"):
        band_of("colour", [1.0], None)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_what_is_not_a_number_lies_in_no_band(value: float) -> None:
    assert not within(value, -1e300, 1e300)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A course of two notebooks of which nothing was measured yet."""
    (tmp_path / "course.toml").write_text(
        '# Read by humans too.\n[notebooks."01-eda"]\nminutes = 45\n\n[notebooks."05-fruit-cnn"]\nminutes = 90\n',
        encoding="utf-8",
    )
    return tmp_path


def test_bands_and_seconds_are_kept_beside_course_toml_which_stays(root: Path) -> None:
    before = (root / "course.toml").read_bytes()
    band = share_band([0.97, 0.98, 0.99, 0.98, 0.97], 640)

    write_bands(root, "01-eda", "class", "bundled", {"test_accuracy": band})
    write_seconds(root, "01-eda", "class", "bundled", 74.4)
    write_seconds(root, "01-eda", "class", "real", 201.5)
    write_seconds(root, "01-eda", "smoke", "bundled", 3.14159)
    write_bands(root, "05-fruit-cnn", "smoke", "real", {"loss": number_band([1.0] * 5)})

    assert (root / "course.toml").read_bytes() == before
    notebooks = config.read_course(root)["notebooks"]
    stored = notebooks["01-eda"]["expected"]["class"]["bundled"]["test_accuracy"]
    assert stored == {
        "low": band.low,
        "high": band.high,
        "mean": band.mean,
        "sd": band.sd,
        "runs": 5,
        "n": 640,
    }
    assert notebooks["01-eda"]["seconds"] == {
        "class": {"bundled": 74, "real": 202},
        "smoke": {"bundled": 3.1},
    }
    assert notebooks["05-fruit-cnn"]["expected"]["smoke"]["real"]["loss"]["runs"] == 5
    assert notebooks["05-fruit-cnn"]["minutes"] == 90
    text = config.measured_path("01-eda", root).read_text(encoding="utf-8")
    assert sum('"low"' in line for line in text.splitlines()) == 1, "one line per band"


def test_measuring_again_replaces_bands_and_forgets_results_that_are_gone(root: Path) -> None:
    old, new = number_band([1.0] * 5), number_band([2.0] * 5)
    write_bands(root, "01-eda", "class", "bundled", {"kept": old, "gone": old})
    write_bands(root, "01-eda", "class", "bundled", {"kept": new})
    bands = config.read_course(root)["notebooks"]["01-eda"]["expected"]["class"]["bundled"]
    assert list(bands) == ["kept"] and bands["kept"]["mean"] == 2.0


def test_writing_the_same_bands_twice_changes_nothing(root: Path) -> None:
    written, path = [], config.measured_path("01-eda", root)
    for _ in range(2):
        write_bands(root, "01-eda", "class", "bundled", {"kept": number_band([1.0] * 5)})
        write_seconds(root, "01-eda", "class", "bundled", 12)
        written.append(path.read_bytes())
    assert written[0] == written[1]
    assert [found.name for found in path.parent.iterdir()] == [path.name]


def test_an_unknown_notebook_is_named_together_with_those_there_are(root: Path) -> None:
    with pytest.raises(KeyError, match="01-eda, 05-fruit-cnn"):
        write_bands(root, "99-nothing", "class", "bundled", {})
