"""What notebook 05 says in words holds in its arithmetic, in the data and in the kept runs."""

from __future__ import annotations

import json
import re

import pandas as pd
import pytest
from benchmarks_support import load as load_benchmark
from claims_support import Told

from course_utils.checks import fruit_cnn
from course_utils.checks.expected import expected
from course_utils.datasets import load_fruits
from course_utils.foundation import config, records
from course_utils.workshop.instructor import lesson_notes

NAME = "05-fruit-cnn"
told = Told(NAME)
cells, said = told.cells, told.said
MEASURED = [("class", "bundled"), ("class", "real")]


# ------------------------------------------------------------------------------------------ arithmetic


def of_a_convolution(kernel: int, channels_in: int, channels_out: int) -> int:
    return (kernel * kernel * channels_in + 1) * channels_out


def test_the_parameters_of_2018_are_those_that_the_quiz_names():
    convolutions = of_a_convolution(3, 3, 32) + of_a_convolution(3, 32, 16)
    dense, last = (10 * 10 * 16 + 1) * 512, (512 + 1) * 16
    whole = convolutions + 4 * 16 + dense + last  # and a batch normalisation of 16 channels
    for number in (convolutions, dense, last, whole, of_a_convolution(3, 32, 64)):
        said("quiz-shapes", f"{number:,}")
    said("quiz-shapes", f"or {dense / whole:.0%}".replace("%", " %"))


def test_the_small_net_is_asked_for_what_its_check_wants():
    said("exercise-3", f"at most {fruit_cnn.SMALL_PARAMETERS:,} parameters")
    said("exercise-3", f"at least {fruit_cnn.SMALL_ACCURACY:.2f}")
    inner = [(3, 32), (32, 64), (64, 128)]
    better = sum(9 * i * o + 4 * o for i, o in inner) + (128 + 1) * 16
    said("exercise-3", f"The better net has {better:,} parameters")


def test_the_small_net_has_to_beat_the_mean_colour():
    colour = expected(NAME, "class", "bundled")["colour_validation_accuracy"]["mean"]
    assert colour < fruit_cnn.SMALL_ACCURACY < colour + 0.05
    said("exercise-3", "a little more than the mean colour reaches")


def test_the_dense_net_is_of_the_same_size():
    first = of_a_convolution(3, 3, 32) + of_a_convolution(3, 32, 64) + of_a_convolution(3, 64, 128) + 129 * 16
    dense = (32 * 32 * 3 + 1) * 30 + 31 * 30 + 31 * 16
    assert re.findall(r"Dense\((\d+)", cells()["dense-net"]) == ["30", "30", "16"]
    assert 0.97 < dense / first < 1


# ------------------------------------------------------------------------------------------ data


def test_the_held_out_blocks_are_whole_fruits_and_the_first_twelve_pictures_are_one():
    table = load_fruits("studio").table("Training")
    place = table.groupby("label").cumcount()
    held_out = (place * 10 // table.groupby("label")["label"].transform("size")).isin([4, 9])
    names = table["class_name"] + table["individual"]
    assert not set(names[held_out]) & set(names[~held_out])
    assert names[held_out].nunique() == 32
    known = table[~held_out]
    assert (known.groupby("label").head(12).groupby("label")["individual"].nunique() == 1).all()


def test_market_shows_every_kind_equally_often():
    for part in ("Training", "Test"):
        assert load_fruits("market").table(part)["label"].value_counts().nunique() == 1


# ------------------------------------------------------------------------------------------ recorded


def test_the_recorded_table_says_what_the_text_reads_in_it():
    table = records.load("fruit_realism").rows
    rows = {(row["trained on"].split()[0], row["tested on"].split()[0]): row for row in table}
    accuracy = {pair: row["accuracy"] for pair, row in rows.items()}
    seeds = {pair: row["seeds"] for pair, row in rows.items()}
    said("market-table-saw", "the mean of five seeds, or one seed for Fruits-360")
    assert all(count == (1 if source == "Fruits-360" else 5) for (source, _), count in seeds.items())
    said("other-domain-saw", "names most of the photographs on white")
    assert accuracy["studio", "Fruits-360"] > 0.5
    said("other-domain-saw", "almost perfect at home does worse in the studio")
    assert accuracy["Fruits-360", "Fruits-360"] > 0.98 > accuracy["Fruits-360", "studio"] + 0.1
    said("other-domain-saw", "is the hardest for all three. The net that was trained there leads")
    for source in ("studio", "market", "Fruits-360"):
        own = [accuracy[source, target] for target in ("studio", "market", "Fruits-360")]
        assert min(own) == accuracy[source, "market"] <= accuracy["market", "market"]
    said("other-domain-saw", "it is not lost on white either")
    assert min(accuracy["market", "studio"], accuracy["market", "Fruits-360"]) > 0.5


# ------------------------------------------------------------------------------------------ kept runs


def clearly_above(higher: str, lower: str, profile: str, data: str) -> None:
    runs = expected(NAME, profile, data)
    if not {higher, lower} <= set(runs):
        pytest.skip(f"{higher} or {lower} was not measured in {profile} on {data} data")
    gap = runs[higher]["mean"] - runs[lower]["mean"]
    assert gap > 2 * max(runs[higher]["sd"], runs[lower]["sd"]), f"{higher} is {gap:.3f} above {lower}"


@pytest.mark.parametrize(("profile", "data"), [*MEASURED, ("smoke", "bundled")])
def test_a_convolution_beats_a_dense_net_of_its_size_with_each_seed(profile, data):
    said("key-points", "our CNN beats a dense net of its size")
    said("kept-saw", "the convolutional net leads in every kept run")
    path = config.repository_root() / "benchmarks" / "bands" / f"{NAME}.json"
    kept = json.loads(path.read_text(encoding="utf-8"))["runs"]
    runs = [run["results"] for run in kept if (run["profile"], run["data"]) == (profile, data)]
    both = [run for run in runs if "dense_validation_accuracy" in run]
    if not both:
        pytest.skip(f"the dense net was not measured in {profile} on {data} data")
    assert len(both) >= 5
    assert all(
        run["first_validation_accuracy"]["value"] > run["dense_validation_accuracy"]["value"] for run in both
    )


def test_the_dense_net_learns_with_each_seed_and_its_gap_is_a_clear_one():
    said("kept-saw", "The gap to the dense net is clear on both sets")
    for data in ("bundled", "real"):
        clearly_above("first_validation_accuracy", "dense_validation_accuracy", "class", data)
    dense = expected(NAME, "class", "bundled")["dense_validation_accuracy"]
    assert dense["sd"] < 0.1, "a rival that hardly leaves chance with some seeds proves nothing"


def test_the_dense_net_has_the_best_of_the_recorded_rates():
    said(
        "why-say",
        "`benchmarks/dense_rates.py` tried five rates, with five seeds each. We take the one with the best mean",
    )
    rows = {row["rate"]: row for row in records.load("dense_rates").rows}
    assert len(rows) == 5 and all(len(row["accuracy_runs"]) == 5 for row in rows.values())
    best = max(rows, key=lambda rate: rows[rate]["accuracy"])
    assert f"Adam({best})" in cells()["dense-net"] and rows[best]["stuck"] == 0
    assert min(rows) < best < max(rows), "the best of the tried rates lies at their edge: try further ones"
    said("why-say", "At the CNN's rate three dense nets of five get stuck")
    of_the_cnn = float(re.search(r"Adam\(([\d.]+)\)", cells()["untrained-loss"])[1])
    assert rows[of_the_cnn]["stuck"] == 3


def test_the_recorded_dense_net_is_the_one_of_the_notebook():
    net = load_benchmark("dense_rates").dense_net(0.0002)
    told = re.findall(r"layers\.(\w+)\((?:(\d+))?", cells()["dense-net"])
    assert [type(layer).__name__ for layer in net.layers] == [name for name, _ in told]
    assert [layer.units for layer in net.layers[2:]] == [int(units) for _, units in told[2:]]


@pytest.mark.parametrize(("profile", "data"), [*MEASURED, ("smoke", "bundled")])
def test_training_on_the_market_helps_on_the_market(profile, data):
    said("market-table-saw", "what the net lacked was pictures of this kind")
    clearly_above("market_trained_accuracy", "market_accuracy", profile, data)
    clearly_above("test_accuracy", "market_trained_accuracy", profile, data)


@pytest.mark.parametrize(("profile", "data"), MEASURED)
def test_the_validation_loss_of_the_plain_net_turns_up(profile, data):
    runs = expected(NAME, profile, data)
    if "few_plain_loss_rise" not in runs:
        pytest.skip(f"few_plain_loss_rise was not measured in {profile} on {data} data")
    rise = runs["few_plain_loss_rise"]
    assert rise["mean"] - 2 * rise["sd"] > 0


@pytest.mark.parametrize(("profile", "data"), MEASURED)
def test_on_the_market_the_confidence_stays_where_the_accuracy_falls(profile, data):
    said("market-train-say", "On white they nearly agree")
    runs = expected(NAME, profile, data)
    names = ["test_accuracy", "test_confidence", "market_accuracy", "market_confidence"]
    if not set(names) <= set(runs):
        pytest.skip(f"the confidence was not measured in {profile} on {data} data")
    accuracy, confidence, fallen, still = (runs[name]["mean"] for name in names)
    assert abs(accuracy - confidence) < 0.1
    assert confidence - still < (accuracy - fallen) / 2


def test_the_remedies_raise_the_accuracy_where_the_text_says():
    said("few-table-saw", "In the kept runs on bundled pictures neither does clearly")
    said("few-table-saw", "each gain is less than twice the larger sd. On Fruits-360 dropout does.")
    for data, clear in (("bundled", ()), ("real", ("few_dropout_accuracy",))):
        runs = expected(NAME, "class", data)
        plain = runs["few_plain_accuracy"]
        for remedy in ("few_dropout_accuracy", "few_augmented_accuracy"):
            gain = runs[remedy]["mean"] - plain["mean"]
            assert (gain > 2 * max(runs[remedy]["sd"], plain["sd"])) == (remedy in clear), (remedy, data)


def test_what_was_not_measured_of_the_better_net_and_of_the_remedies_is_called_that():
    said(
        "better-saw",
        "What the falling learning rate and batch normalisation add was *not measured* separately.",
    )
    assert "CosineDecay" not in cells()["few-nets"] + cells()["few-fit"], "measured now? say what it brings"
    assert "BatchNormalization" not in cells()["few-nets"]
    said("few-table-saw", "The losses are those of this run only")
    runs = expected(NAME, "class", "bundled")
    assert not any(name.startswith("few_") and name.endswith("_loss") for name in runs)


def test_the_recorded_net_of_today_is_as_small_and_as_good_as_the_text_says():
    said("comparison-saw", "The last row has 3 % of the parameters and loses no accuracy")
    then, _, today = records.load("fruit_cnn_2018").rows
    assert (then["option"], today["option"]) == ("2018, as it ran", "today")
    assert round(100 * today["parameters"] / then["parameters"]) == 3
    said("comparison-saw", "five times each, on the photographs. The accuracy is that of the 15 classes")
    assert len(then["accuracy_15_runs"]) == len(today["accuracy_15_runs"]) == 5
    assert min(today["accuracy_15_runs"]) >= max(then["accuracy_15_runs"]) > 0
    assert today["accuracy_16"] > then["accuracy_16"]


def test_a_net_of_plain_keras_is_fitted_within_the_first_twenty_minutes():
    every = told.whole["cells"]
    minutes = lesson_notes.minutes_before(every)
    place = next(n for n, cell in enumerate(every) if "model.fit(" in "".join(cell["source"]))
    assert every[place]["cell_type"] == "code" and minutes[place + 1] <= 20
    before = "".join("".join(cell["source"]) for cell in every[:place] if cell["cell_type"] == "code")
    assert "keras.Sequential(" in before and "model.compile(" in before


def test_neighbouring_pictures_are_turned_by_as_much_as_the_text_says():
    table = load_fruits("studio").table("Training").sort_values(["class_name", "individual", "angle"])
    steps = table.groupby(["class_name", "individual"])["angle"].diff().dropna()
    said("split-say", f"turned a little further: {steps.mode()[0]:.0f} degrees in the bundled pictures")
    assert (steps == steps.mode()[0]).mean() > 0.9


def test_pictures_belong_together_by_fruit_or_by_film() -> None:
    said("split-saw", "those of one fruit. In Fruits-360 they are the frames of one film")
    known = {}
    exec(cells()["fruit-of"].partition("def report")[0].partition("wilson_interval\n")[2], known)
    films = [("Plum", "1", angle) for angle in range(0, 360, 9)] + [("Plum", "2", 0), ("Fig", "1", 0)]
    table = pd.DataFrame(films, columns=["class_name", "individual", "angle"])
    assert len(set(known["fruit_of"](table))) == 3


def test_the_figure_of_2018_is_that_of_the_headline_page() -> None:
    said("test-saw", "The workshop's figure was 0.9959 on 15 classes of Fruits-360")
    page = (config.repository_root() / "docs" / "headline.md").read_text(encoding="utf-8")
    assert re.search(r"on the 15 classes [^|]*\| 0\.9959 \|", page)
