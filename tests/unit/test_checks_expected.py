"""Expected results: inside, outside, never measured."""

import pytest

from course_utils.checks.expected import compared_with_usual, source_of_bands
from course_utils.foundation import config

BANDS = {
    "notebooks": {
        "99-tiny": {"expected": {"class": {"bundled": {"test_accuracy": {"low": 0.97, "high": 1.0}}}}},
    }
}


@pytest.fixture(autouse=True)
def tiny_course(monkeypatch):
    monkeypatch.setattr(config, "course", lambda: BANDS)


def line(value, profile="class", **options):
    return compared_with_usual("99-tiny", profile, "bundled", "test_accuracy", value, **options).line()


def test_a_usual_result_gets_a_tick_beside_its_band_and_chance():
    assert line(0.987, chance=1 / 16) == "test_accuracy 0.987 · usual 0.970–1.000 · chance 0.062 ✓"


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0.9876, "0.988 · usual 0.970–0.997"),
        (0.9951, "0.9951 · usual 0.9700–0.9968"),
        (1, "1.000 · usual 0.970–0.997"),
    ],
)
def test_a_value_and_its_band_have_the_same_number_of_digits(monkeypatch, value, shown):
    band = {"test_accuracy": {"low": 0.97, "high": 0.9968}}
    monkeypatch.setattr(
        config, "course", lambda: {"notebooks": {"99-tiny": {"expected": {"class": {"bundled": band}}}}}
    )
    assert f"test_accuracy {shown}" in line(value)


def test_a_result_outside_its_band_is_marked():
    assert line(0.8).endswith("✗")


def test_a_profile_never_measured_is_called_that_and_gets_no_tick():
    shown = line(0.99, profile="full")
    assert "not measured" in shown and "✓" not in shown


def test_rounding_in_the_manifest_does_not_fail_a_run():
    assert compared_with_usual("99-tiny", "class", "bundled", "test_accuracy", 0.96996).ok is True


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 1.2, -0.1])
def test_a_share_must_be_a_share(value):
    with pytest.raises(ValueError, match="test_accuracy"):
        compared_with_usual("99-tiny", "class", "bundled", "test_accuracy", value)


def test_seconds_have_no_band():
    took = compared_with_usual("99-tiny", "class", "bundled", "test_accuracy", 3.21, kind="seconds")
    assert took.ok is None
    assert took.line() == "test_accuracy 3.2 s"


def test_an_unknown_kind_is_told_which_there_are():
    with pytest.raises(ValueError, match="kind 'percent'; expected one of share, .*seconds"):
        compared_with_usual("99-tiny", "class", "bundled", "test_accuracy", 0.5, kind="percent")


def test_imagenet_weights_have_bands_of_their_own():
    assert source_of_bands("bundled", "none") == source_of_bands("bundled", "course") == "bundled"
    assert source_of_bands("bundled", "imagenet") == "bundled-imagenet"


def test_a_correlation_lies_between_minus_one_and_one() -> None:
    assert compared_with_usual("99-tiny", "class", "bundled", "new", -1.0, kind="correlation").ok is None
    with pytest.raises(ValueError, match="between -1 and 1"):
        compared_with_usual("99-tiny", "class", "bundled", "new", 1.2, kind="correlation")


def test_an_amount_is_zero_or_more() -> None:
    for value in (0, 96):
        result = compared_with_usual("99-tiny", "class", "bundled", "new", value, kind="amount")
        assert result.ok is None and f"new {value}" in result.line()
    with pytest.raises(ValueError, match="an amount is 0 or more"):
        compared_with_usual("99-tiny", "class", "bundled", "new", -0.1, kind="amount")
