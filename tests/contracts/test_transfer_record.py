"""What the recorded transfer curves say, and that the fine-tuned part of a net is the net."""

import numpy as np
import pytest
from benchmarks_support import load

from course_utils.foundation import records

FROZEN_20 = 0.99  # on Fruits-360, with 20 pictures per class
TUNED_ALL = 0.998  # on Fruits-360, with all of them
NETS = {"VGG16": "course weights", "Xception": "course weights", "MobileNetV2": "ImageNet weights"}


@pytest.fixture(scope="module")
def rows():
    return {(row["data"], row["option"], row["a class"]): row for row in records.load("transfer").rows}


@pytest.mark.parametrize("net", ["VGG16", "Xception"])
def test_a_frozen_course_net_names_real_fruits_after_twenty_a_class(rows, net):
    assert rows["fruits-360", f"{net}, course weights, frozen", 20]["accuracy"] >= FROZEN_20


@pytest.mark.parametrize("net", ["VGG16", "Xception"])
def test_fine_tuned_on_all_real_fruits_hardly_one_is_missed(rows, net):
    row = rows["fruits-360", f"{net}, course weights, fine-tuned", "all"]
    assert row["accuracy"] >= TUNED_ALL
    assert row["test pictures"] == 2592


@pytest.mark.parametrize("data", ["market", "studio", "fruits-360"])
@pytest.mark.parametrize("shots", [5, 20, "all"])
def test_every_way_to_learn_is_on_record(rows, data, shots):
    for net, weights in NETS.items():
        for training in ("frozen", "fine-tuned"):
            assert (data, f"{net}, {weights}, {training}", shots) in rows
    assert (data, "from scratch", shots) in rows
    if shots != "all" or data == "market":
        for net in ("VGG16", "Xception"):
            assert (data, f"{net}, random weights, frozen", shots) in rows


def test_on_market_every_point_that_can_vary_is_the_mean_of_three_runs(rows):
    for (data, option, shots), row in rows.items():
        assert row["accuracy"] == pytest.approx(np.mean(row["accuracy_runs"]), abs=1e-4)
        if data == "market" and not (shots == "all" and option.endswith("frozen")):
            assert len(row["accuracy_runs"]) == 3
            assert row["accuracy_sd"] == pytest.approx(np.std(row["accuracy_runs"], ddof=1), abs=2e-4)


@pytest.mark.parametrize("net", ["VGG16", "Xception"])
def test_cut_in_two_a_net_gives_the_same_features_and_keeps_its_statistics(net):
    keras = pytest.importorskip("keras")
    transfer = load("transfer")
    backbones = transfer.backbones
    layers = transfer.TUNED[net]
    loaded = backbones.load(net, "course", 96)
    pictures = np.random.default_rng(0).integers(0, 256, (2, 96, 96, 3)).astype("uint8")
    lower, upper = transfer.lower_and_upper(loaded, layers, transfer.CUT[net])
    maps, means = backbones.predict(lower, pictures, loaded)
    whole = np.concatenate(backbones.features(loaded, layers, pictures), axis=1)
    assert np.allclose(transfer.in_batches(upper, maps, means, 2), whole, atol=1e-5)
    numbers = keras.ops.convert_to_numpy
    statistics = upper.non_trainable_variables
    before = [numbers(variable.value) for variable in statistics]
    upper([maps, means], training=True)
    assert all(np.array_equal(old, numbers(v.value)) for old, v in zip(before, statistics, strict=True))
