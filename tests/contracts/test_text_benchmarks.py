"""The recorded figures of the text nets reach those of 2018 and of the talks, and their scripts run."""

import json
import math
from dataclasses import replace

import numpy as np
import pytest
from benchmarks_support import BENCHMARKS, load, nothing_traced

from course_utils.foundation import records

RECORDED = (
    "imdb_cnn_2018",
    "imdb_counted",
    "imdb_recurrent",
    "imdb_windows",
    "mr_from_imdb",
    "mr_tenfold",
    "mr_windows",
)
CNN_2018 = 0.8800  # test accuracy the workshop of 2018 reported for its CNN on IMDB
CNN_BAR = 0.900  # in at most half the time of the recipe of 2018
RNN_TALK, LSTM_BAR = 0.8226, 0.88
RNN_COUNTED, LSTM_COUNTED = 0.86, 0.893  # mean of the seeds; the talks reach up to 0.89 on validation
LSTM_SECONDS = 150
MR_BAR = 0.785  # learned from MR alone
KIM_2014 = 0.761  # CNN-rand on MR
MR_WITH_IMDB = 0.80
TIME_SHARE = 0.5  # of the recipe of 2018, in the same run


def rows_of(name):
    return {row["option"]: row for row in records.load(name).rows}


@pytest.mark.parametrize("name", RECORDED)
def test_the_table_says_with_what_it_was_made(name):
    content = json.loads((BENCHMARKS / "recorded" / f"{name}.json").read_text(encoding="utf-8"))
    assert content["data"]["name"] == name.split("_")[0]
    assert {"python", "keras", "tensorflow", "numpy", "scikit-learn"} <= set(content["versions"])
    assert content["machine"] and content["recorded"] and content["note"]
    assert len(content["seeds"]) >= 3


@pytest.mark.parametrize("name", RECORDED)
def test_the_note_on_record_is_the_one_the_script_writes(name):
    assert records.load(name).note == load(name).NOTE


def test_better_words_ask_for_no_new_measuring_and_another_number_does():
    import text_recipes

    script = '"""What it is."""\n\nNOTE = (\n    "three seeds"\n)\nRATE = 0.001\n'
    code = text_recipes.without_words(script)
    assert code == text_recipes.without_words(script.replace("three", "five").replace("What", "How"))
    assert code != text_recipes.without_words(script.replace("0.001", "0.002"))


@pytest.mark.parametrize("name", RECORDED)
def test_means_and_intervals_belong_to_the_runs(name):
    for row in records.load(name).rows:
        if "accuracy_runs" not in row:
            assert "published" in row["option"]
            continue
        assert len(row["accuracy_runs"]) == row["runs"]
        assert math.isclose(row["accuracy"], np.mean(row["accuracy_runs"]), abs_tol=2e-5)
        assert row["low"] < row["accuracy"] < row["high"]


@pytest.mark.parametrize("name", RECORDED)
def test_logistic_regression_stands_beside_the_nets(name):
    assert sum("logistic regression" in option for option in rows_of(name)) == 2


def test_todays_imdb_cnn_reaches_the_figure_reported_in_2018_in_half_the_time():
    script, rows = load("imdb_cnn_2018"), rows_of("imdb_cnn_2018")
    then, today = rows[script.THEN], rows[script.TODAY]
    assert then["parameters"] == 350_751
    assert then["runs"] == today["runs"] >= 3
    assert today["accuracy"] >= CNN_2018
    assert today["seconds"] <= TIME_SHARE * then["seconds"]
    assert today["cpu_seconds"] <= TIME_SHARE * then["cpu_seconds"]
    assert today["ratio"] == pytest.approx(today["seconds"] / then["seconds"], abs=0.01)


def test_a_convolution_started_from_counts_is_better_and_takes_half_the_time_with_its_preparing():
    script, rows = load("imdb_windows"), rows_of("imdb_windows")
    then, ours = rows[script.imdb_cnn_2018.THEN], rows[script.OURS]
    assert then["runs"] == ours["runs"] >= 3
    assert ours["accuracy"] >= CNN_BAR and ours["low"] > then["high"]
    assert ours["low"] > max(row["accuracy"] for option, row in rows.items() if "TF-IDF" in option)
    assert ours["seconds"] + ours["seconds_preparing"] <= TIME_SHARE * then["seconds"]


def test_a_convolution_started_from_counts_is_better_on_short_sentences_too():
    script, rows = load("mr_windows"), rows_of("mr_windows")
    assert rows[script.OURS]["runs"] == 10
    assert rows[script.OURS]["accuracy"] >= MR_BAR > rows[script.mr_tenfold.PUBLISHED]["accuracy"]
    assert rows[script.OURS]["accuracy"] >= rows_of("mr_tenfold")[script.mr_tenfold.OURS]["accuracy"]


def test_imdbs_weights_and_mrs_own_counts_are_better_together_than_each_alone():
    script, rows = load("mr_from_imdb"), rows_of("mr_from_imdb")
    ours = rows[script.OURS]
    assert rows[script.PUBLISHED]["accuracy"] == script.NON_STATIC
    assert ours["runs"] == 10 and ours["accuracy"] >= MR_WITH_IMDB
    assert ours["low"] > rows[script.IMDB_ALONE]["high"]
    assert ours["accuracy"] > rows[script.MR_ALONE]["accuracy"] > rows[script.IMDB_ALONE]["accuracy"]


def test_windows_are_numbered_by_width_and_count_once():
    load("imdb_windows")  # puts the folder of the text recipes on the path
    from text_recipes.windows import Reading, Windows, log_ratios

    windows = Windows(["not good not good", "not good", "bad"], Reading(least=2, length=8))
    ids = windows.training
    assert (
        len(windows) == 1 + 2 + 1
    )  # nothing, two words, one pair: what stands in one text only is not known
    assert sorted(ids[0][ids[0] > 0]) == [1, 2, 3] and sorted(ids[1][ids[1] > 0]) == [1, 2, 3]
    assert not ids[2].any() and not windows.encode(["never seen"]).any()
    ratios = log_ratios(ids, np.array([1, 0, 0]), len(windows))
    np.testing.assert_allclose(ratios, [0, *[math.log((2 / 1) / (2 / 2))] * 3], rtol=1e-6)


def test_a_net_of_windows_starts_undecided_and_learns_from_texts():
    pytest.importorskip("keras")
    load("imdb_windows")
    from text_recipes import Texts
    from text_recipes.windows import Reading, Windows, build, log_ratios, train

    (texts, labels), reading = few_texts(), Reading(least=2, length=20)
    windows = Windows(texts, reading)
    net = build(log_ratios(windows.training, labels, len(windows)), reading)
    np.testing.assert_allclose(net.predict(windows.training[:2], verbose=0), 0.5)
    assert len(net.trainable_variables) == 3 and net.count_params() == 2 * len(windows) + 2
    with nothing_traced():
        run = train(windows, Texts(texts, labels, texts, labels), windows.training, reading, 1, 0.0)
    assert run.accuracy == 1


def test_factors_start_from_zero_are_kept_small_and_a_total_adds_all_windows():
    pytest.importorskip("keras")
    load("imdb_windows")
    from text_recipes.windows import learned_factors, total

    factors = learned_factors(4, 3, decay=0.5)
    assert np.asarray(factors(np.array([[1, 3]]))).tolist() == [[[0, 0, 0], [0, 0, 0]]]
    factors.set_weights([np.ones((4, 3))])
    assert float(factors.losses[0]) == 6  # 0.5 times the sum of 12 squares
    numbers = np.array([[[1, 2], [3, 4], [5, 6]]], dtype=np.float32)
    np.testing.assert_allclose(np.asarray(total(numbers)), [[1 + 3 + 5, 2 + 4 + 6]], rtol=1e-6)


def test_learning_takes_steps_that_grow_over_a_tenth_and_end_at_nothing():
    keras = pytest.importorskip("keras")
    load("imdb_windows")
    from text_recipes.windows import Reading, learn

    net = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1, activation="sigmoid")])
    reading = Reading(batch=2, epochs=10, learning_rate=0.5)
    with nothing_traced():
        learned = learn(net, np.ones((3, 1)), np.array([1, 1, 0]), "binary_crossentropy", reading)
    assert learned is net and int(net.optimizer.iterations) == 20  # two batches in each epoch
    rate = net.optimizer._learning_rate
    rates = [float(rate(step)) for step in (0, 1, 2, 11, 20)]
    np.testing.assert_allclose(rates, [0.05, (0.05 + 0.5) / 2, 0.5, 0.25, 0], atol=1e-6)


def test_recurrent_nets_reach_the_figures_of_the_talks():
    script, rows = load("imdb_recurrent"), rows_of("imdb_recurrent")
    assert rows[script.RNN]["runs"] >= 3 and rows[script.CNN_LSTM]["runs"] >= 3
    assert rows[script.RNN]["accuracy"] >= RNN_TALK
    assert rows[script.RNN]["seconds"] < rows[script.TALK]["seconds"]
    assert rows[script.CNN_LSTM]["accuracy"] >= LSTM_BAR


def test_recurrent_nets_that_read_counts_are_better_than_on_words_alone():
    script, rows = load("imdb_counted"), rows_of("imdb_counted")
    ours, simple = rows[script.LSTM], rows[script.RNN]
    on_words = [rows[option] for option in script.ON_WORDS]
    assert ours["runs"] >= 3 and ours["accuracy"] >= LSTM_COUNTED
    assert ours["seconds"] + ours["seconds_preparing"] <= LSTM_SECONDS
    assert simple["runs"] >= 3 and simple["accuracy"] >= RNN_COUNTED
    assert min(ours["low"], simple["low"]) > max(row["high"] for row in on_words)


def test_a_windows_number_belongs_to_the_place_of_its_last_word():
    load("imdb_counted")  # puts the folder of the text recipes on the path
    from text_recipes.counted import window_keys

    ids = np.array([3, 1, 4])
    assert window_keys(ids, 1, 10).tolist() == [3, 1, 4]
    assert window_keys(ids, 2, 10).tolist() == [-1, 31, 14]
    assert window_keys(ids, 3, 10).tolist() == [-1, -1, 314]
    assert window_keys(ids[:1], 2, 10).tolist() == [-1]


def test_a_training_texts_ratios_are_counted_without_its_own_block():
    load("imdb_counted")
    from text_recipes.counted import Counted, Reading

    texts, labels = few_texts()
    reading = Reading(widths=(1,), blocks=2, length=8)
    counted = Counted(texts, labels, reading)
    ids, ratios = counted.encode(["never a good film"])
    assert ids[0, :4].tolist() == [0] * 4 and not ratios[0, :4].any()
    good = math.log((20 + 1) / 20) - math.log((0 + 1) / 20)  # 20 texts of praise hold it, none of complaint
    assert ratios[0, -2, 0] == pytest.approx(good, abs=2e-3)
    without = math.log((10 + 1) / 10) - math.log((0 + 1) / 10)
    assert counted.ratios[1, -4, 0] == pytest.approx(without, abs=2e-3)  # "good" of the first text of praise
    known = {word: place for place, word in enumerate("a good film well made".split())}
    assert counted.ratios[1, 3 + known["a"], 0] == 0  # in every text: it speaks for nothing


def test_a_net_that_reads_counts_learns_from_texts():
    pytest.importorskip("keras")
    load("imdb_counted")
    from keras import layers
    from text_recipes import Texts
    from text_recipes.counted import Counted, Reading, train

    texts, labels = few_texts()
    reading = Reading(
        vocabulary=50, length=10, step=5, units=8, blocks=4, batch=8, epochs=3, learning_rate=0.03
    )
    counted = Counted(texts, labels, reading)
    with nothing_traced():
        run = train(
            counted, Texts(texts, labels, texts, labels), counted.encode(texts), layers.SimpleRNN, reading, 1
        )
    assert run.accuracy == 1 and run.seconds > counted.seconds


def test_cnn_rand_comes_within_a_point_of_kim():
    script, rows = load("mr_tenfold"), rows_of("mr_tenfold")
    assert rows[script.PUBLISHED]["accuracy"] == KIM_2014
    assert rows[script.OURS]["runs"] == 10
    assert rows[script.OURS]["accuracy"] >= KIM_2014 - 0.01
    assert rows[script.OURS]["accuracy_sd"] > 0


def test_folds_part_the_sentences_evenly_and_the_dev_part_leaves_the_test_fold_alone():
    script = load("mr_tenfold")
    texts, labels = [f"text {number}" for number in range(100)], np.arange(100) % 2
    seen = []
    for part, dev in script.parts(texts, labels, script.folds(labels)):
        assert len(part.test) == 10 and part.y_test.mean() == 0.5
        assert not set(part.test) & set(part.training)
        assert dev.sum() == 9
        seen += part.test
    assert sorted(seen) == sorted(texts)


def few_texts(texts=40):
    """Reviews that one word decides."""
    good, bad = "a good film well made", "a poor film badly made"
    labels = np.arange(texts) % 2
    return [good if label else bad for label in labels], labels


@pytest.mark.parametrize("name", ["imdb_cnn_2018", "imdb_recurrent"])
def test_recipes_run_from_texts_to_a_table(name):
    pytest.importorskip("keras")
    script = load(name)
    texts, labels = few_texts()
    by_length = sorted(script.RECIPES.items(), key=lambda pair: pair[1].length)
    # The way is the same for all; the two with the shortest texts take least.
    recipes = {option: replace(recipe, epochs=1) for option, recipe in by_length[:2]}
    with nothing_traced():
        runs = script.text_recipes.measure(
            recipes, script.text_recipes.Texts(texts, labels, texts, labels), [1]
        )
    rows = script.text_recipes.summarise(runs, next(iter(recipes)))
    assert {row["option"] for row in rows} >= set(recipes)
    for row in rows:
        assert (
            0 <= row["accuracy"] <= 1 and row["seconds"] >= 0 and row["ms_a_review"] >= 0
        )  # rounded: a few texts take next to nothing


def test_weights_of_other_texts_answer_before_anything_is_learned():
    pytest.importorskip("keras")
    script = load("mr_from_imdb")
    from text_recipes import Texts
    from text_recipes.windows import Reading, Windows, log_ratios

    (texts, labels), reading = few_texts(), Reading(least=2, length=script.LENGTH, batch=20, epochs=1)
    part = Texts(texts, labels, texts, labels)
    with nothing_traced():
        weights = script.learn_from_imdb(part, reading)
        assert script.untouched(part, weights).accuracy == 1
        known = Windows(texts, reading)
        net = script.build(log_ratios(known.training, labels, len(known)), weights, reading)
        answers = net.predict([known.training, weights.known.encode(texts)[:, : script.LENGTH]], verbose=0)[
            :, 0
        ]
        totals = weights.table[weights.known.encode(texts)].sum(axis=1)
        np.testing.assert_allclose(answers, 1 / (1 + np.exp(-totals)), rtol=1e-4)
        assert script.run_fold(part, weights, reading, 1).accuracy == 1


@pytest.mark.parametrize("name", ["mr_tenfold", "mr_windows"])
def test_a_fold_runs_from_sentences_to_a_table(name):
    pytest.importorskip("keras")
    script, tenfold = load(name), load("mr_tenfold")
    with nothing_traced():
        rows = tenfold.summarise(script.measure(*few_texts(), count=2))
    assert [row["option"] for row in rows][0] == tenfold.PUBLISHED
    assert all(row["runs"] == 2 for row in rows[1:])
