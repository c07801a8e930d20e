"""What notebook 09 says in words holds in the nets, in the recorded table and in the kept runs."""

from __future__ import annotations

import json
import math
import os
import re
import subprocess
import sys
import textwrap
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from course_utils.checks import architectures as graders
from course_utils.checks.expected import expected
from course_utils.foundation import config, records
from course_utils.further.architectures import FAMOUS, small_net

NAME = "09-architectures"


@cache
def cells() -> dict[str, str]:
    notebook = json.loads(config.notebook_path(NAME).read_text(encoding="utf-8"))
    return {cell["id"]: "".join(cell["source"]) for cell in notebook["cells"]}


def said(cell: str, words_of_it: str) -> None:
    assert words_of_it in " ".join(cells()[cell].split()), f"{cell} no longer says {words_of_it!r}"


# ------------------------------------------------------------------------------------------- by hand


def test_worked_numbers_are_right() -> None:
    said("momentum-saw", "After an epoch, 66 % of the start is left with 0.99, and 1 % with 0.9")
    assert 1_344 / 32 == 42
    assert round(0.99**42, 2) == 0.66 and round(0.9**42, 2) == 0.01
    said("inception-saw", "The squeeze saves 58 % of the work of this module")
    narrow, wide = 163_328, 387_072  # weights without biases; both modules work on the same places
    assert round(1 - narrow / wide, 2) == 0.58


def test_the_costs_that_the_text_compares() -> None:
    by_name = {one.name: one for one in FAMOUS}
    said("inception-saw", "6,998,552 parameters, a twentieth of VGG16")
    assert by_name["GoogLeNet"].parameters == 6_998_552
    assert by_name["VGG16"].parameters / 6_998_552 == pytest.approx(20, abs=0.5)
    said("separable-say", "ResNet-152 still has fewer parameters than AlexNet")
    assert by_name["ResNet-152"].parameters < by_name["AlexNet"].parameters
    said("timeline-saw", "MobileNet has about a thirtieth of VGG16's parameters and nearly its accuracy")
    assert by_name["VGG16"].parameters / by_name["MobileNet"].parameters == pytest.approx(32, abs=1)
    assert abs(by_name["VGG16"].top1 - by_name["MobileNet"].top1) < 0.01
    said(
        "timeline-say",
        "VGG16, with the most parameters, or ViT-B/16, a transformer, with the most multiply-adds",
    )
    assert max(FAMOUS, key=lambda one: one.parameters).name == "VGG16"
    assert max(FAMOUS, key=lambda one: one.multiply_adds).name == "ViT-B/16"
    said("alexnet-saw", "The net shrinks by two percent and the work by more than a third")
    assert 1 - 60_965_224 / 62_378_344 == pytest.approx(0.02, abs=0.005)
    assert 1 - 724_406_816 / 1_135_256_096 == pytest.approx(0.36, abs=0.01)


def test_nets_that_are_only_counted_hold_no_numbers() -> None:
    """A small hub's kernel lives: AlexNet, VGG16 and the ResNets are counted without their 0.25 to 0.55 GB of values."""
    import gc

    import keras

    from course_utils.further import architectures

    names = {"keras": keras, "layers": keras.layers, "checks": None, **vars(architectures)}
    for cell in ("alexnet", "vgg16", "resnets"):
        exec(cells()[cell], names)
    gc.collect()
    held = [one for one in gc.get_objects() if isinstance(one, keras.Variable) and np.prod(one.shape) > 1e6]
    assert len(held) > 10, "the last nets of these cells are alive"
    assert not [one.path for one in held if one._value is not None]
    assert names["net"].count_params() == names["theirs"].count_params() == 25_636_712


def test_the_largest_net_leaves_its_memory_when_it_goes() -> None:
    """VGG16 as the notebook builds it and times it, in a fresh process with the notebook's own setting."""
    if not Path("/proc/self/clear_refs").exists():
        pytest.skip("only Linux says how much memory a process holds")
    (setting,) = (line for line in cells()["set-up"].splitlines() if line.startswith("os.environ"))
    script = f"""
        import gc, os
        {setting.split("#")[0]}
        import numpy as np
        from course_utils.further.architectures import build

        def megabytes(name):
            (line,) = (one for one in open("/proc/self/status") if one.startswith(name))
            return int(line.split()[1]) / 1000

        build("LeNet-5").predict_on_batch(np.zeros((1, 32, 32, 1)))
        before = megabytes("VmRSS")
        net = build("VGG16")
        net.predict_on_batch(np.zeros((1, 224, 224, 3)))
        del net
        gc.collect()
        print(megabytes("VmHWM") - before, megabytes("VmRSS") - before)
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script)], capture_output=True, text=True, check=True,
        env={**os.environ, "KERAS_BACKEND": "tensorflow", "TF_CPP_MIN_LOG_LEVEL": "3"},
    )  # fmt: skip
    highest, left = map(float, done.stdout.split()[-2:])
    assert highest < 800, f"VGG16's values take 553 MB; building it took {highest:.0f}"
    assert left < 300, f"{left:.0f} MB stay after VGG16 has gone"


def test_blocks_cost_what_the_text_says() -> None:
    import keras

    from course_utils.further.architectures import (
        basic_block,
        bottleneck_block,
        mobilenet_block,
        multiply_adds,
        receptive_field,
        xception_block,
    )

    said("blocks-saw", "costs about a seventeenth of two full convolutions")
    said("blocks-saw", "one 3×3 per block sees 3 pixels, three see 7")
    x = keras.Input((14, 14, 256))
    blocks = [basic_block(x, 256), bottleneck_block(x, 64), mobilenet_block(x, 256), xception_block(x)]
    full, bottleneck, mobile, xception = (keras.Model(x, output) for output in blocks)
    for cheap in (bottleneck, mobile):
        assert multiply_adds(full) / multiply_adds(cheap) == pytest.approx(17, abs=0.5)
        assert receptive_field(cheap) == 3
    assert receptive_field(xception) == 7


def test_the_lectures_and_the_papers_lenet_have_the_totals_that_the_cell_prints() -> None:
    import keras

    from course_utils.further.architectures import lenet5, lenet5_of_the_paper

    said("totals-saw", "60,000 in all")
    with keras.StatelessScope(initialize_variables=False):
        assert (lenet5("relu", "max").count_params(), lenet5_of_the_paper().count_params()) == (
            61_706,
            60_000,
        )


def test_the_lectures_listing_says_one_kernel_and_counts_another() -> None:
    import keras

    said("totals-saw", "listing of this net says `kernel_size=3` for C1 and counts 156 parameters")
    counts = {}
    with keras.StatelessScope(initialize_variables=False):
        for kernel in (3, 5):
            net = keras.Sequential([keras.Input((32, 32, 1)), keras.layers.Conv2D(6, kernel)])
            counts[kernel] = net.count_params()
            assert counts[kernel] == (kernel * kernel * 1 + 1) * 6
    said("totals-saw", f"3×3 kernels would have {counts[3]}, and {counts[5]} is the count of 5×5.")


def test_the_last_maps_of_each_net_see_what_the_text_says() -> None:
    from course_utils.further import architectures
    from course_utils.further.architectures import receptive_field, without_values

    nets = {
        "AlexNet": without_values(architectures.alexnet),
        "VGG16": without_values(architectures.vgg16),
        "GoogLeNet": without_values(architectures.googlenet),
        **{f"ResNet-{depth}": without_values(architectures.resnet, depth) for depth in (34, 50, 152)},
    }
    field = {name: receptive_field(net) for name, net in nets.items()}
    *first, last = (f"{side:,} in {name}" for name, side in field.items())
    said(
        "blocks-saw",
        f"depends on {', '.join(first)} and {last}.".replace(" in AlexNet", " pixels per side in AlexNet"),
    )
    said(
        "blocks-saw",
        "The pictures have 224 or 227, so from GoogLeNet on one value can see the whole picture.",
    )
    assert {net.input_shape[1] for net in nets.values()} == {224, 227}
    larger = [name for name, net in nets.items() if field[name] > 2 * net.input_shape[1]]
    assert larger == list(nets)[2:] and field["VGG16"] < 224 and field["AlexNet"] < 227


def test_exercise_3_asks_for_what_its_check_asks_for_and_the_obvious_net_is_too_large() -> None:
    import keras

    said("exercise-3", f"**at least {graders.FEWEST_LAYERS} layers with weights**")
    said("exercise-3", f"**at most {graders.MOST_PARAMETERS:,} parameters**")
    said("exercise-3", f"test accuracy of **at least {graders.ACCURACY}**")
    with keras.StatelessScope(initialize_variables=False):
        obvious, slim = (small_net(32, residual=True, filters=filters) for filters in (16, 10))
        assert (
            f"`small_net(32, residual=True)` has {obvious.count_params():,} parameters"
            in cells()["exercise-3"]
        )
        said("exercise-3-solution", "filters=10")
        said("exercise-3-solution", "10 instead of 16 filters leave about two fifths of them")
        assert 0.38 < slim.count_params() / obvious.count_params() < 0.42
        assert slim.count_params() <= graders.MOST_PARAMETERS < obvious.count_params()


def test_plain_nets_with_batch_normalisation_have_gradients_that_grow_towards_the_input() -> None:
    import keras
    from sklearn.datasets import load_digits

    from course_utils.further.architectures import gradient_norms

    said(
        "gradients-saw",
        "without the sum the gradients grow on the way back to the input, to some dozens of times",
    )
    said("gradients-saw", "With the sum they grow to a few times the last ones, ten at most")
    found = load_digits()
    x, y = (found.images[:64, :, :, None] / 16).astype("float32"), found.target[:64]
    growth = {}
    for residual in (False, True):
        keras.utils.set_random_seed(config.DEFAULT_SEED)
        norms = gradient_norms(small_net(32, residual), x, y)
        growth[residual] = np.mean(norms[:3]) / np.mean(norms[-3:])
    assert 20 < growth[False] < 100 and growth[True] < 10


def test_evaluate_stays_behind_fit_with_the_momentum_that_keras_sets() -> None:
    import keras
    from sklearn.datasets import load_digits

    said("symptom-saw", "`evaluate` follows `fit` with 0.9, and stays far below it with 0.99")
    found = load_digits()
    x, y = (found.images[:1344, :, :, None] / 16).astype("float32"), found.target[:1344]
    behind = {}
    for momentum in (0.99, 0.9):
        keras.utils.set_random_seed(config.DEFAULT_SEED)
        net = small_net(8, residual=True, momentum=momentum)
        net.compile(keras.optimizers.Adam(0.001), "sparse_categorical_crossentropy", metrics=["accuracy"])
        history = net.fit(x, y, epochs=4, batch_size=32, validation_data=(x, y), verbose=0).history
        behind[momentum] = history["accuracy"][-1] - history["val_accuracy"][-1]
    assert behind[0.99] > 0.2 and abs(behind[0.9]) < 0.1


# --------------------------------------------------------------------------------- in the recorded table


def recorded() -> dict[tuple[int, str, bool], dict]:
    try:
        rows = records.load("degradation").rows
    except FileNotFoundError as missing:
        pytest.skip(str(missing))
    return {(row["depth"], row["kind"], row["normalised"]): row for row in rows}


def test_deep_plain_nets_have_the_higher_training_error_in_every_recorded_run() -> None:
    said("recorded-saw", "more layers, a higher *training* error")
    rows = recorded()
    for depth in (32, 56):
        plain, residual = (rows[depth, kind, True]["error_runs"] for kind in ("plain", "residual"))
        assert min(plain) > max(residual)
        assert min(plain) > max(rows[8, "plain", True]["error_runs"])


def test_sum_and_normalisation_help_alone_and_only_both_bring_every_deep_run_near_zero() -> None:
    said("bare-saw", "At 8 layers BatchNormalization is what helps, and the sum changes little")
    said("bare-saw", "At 32 layers each of the two alone lowers the mean, and neither is enough")
    said("bare-saw", "*every* run ends near 0 only with both")
    rows = recorded()
    for kind in ("plain", "residual"):
        assert max(rows[8, kind, True]["error_runs"]) < min(rows[8, kind, False]["error_runs"])
    for normalised in (True, False):
        assert abs(rows[8, "plain", normalised]["error"] - rows[8, "residual", normalised]["error"]) < 0.03
    neither = rows[32, "plain", False]["error"]
    for kind, normalised in (("plain", True), ("residual", False)):
        assert rows[32, kind, normalised]["error"] < neither - 0.2
        assert max(rows[32, kind, normalised]["error_runs"]) > 0.2
    assert max(rows[32, "residual", True]["error_runs"]) < 0.02


def test_the_text_says_how_many_runs_were_recorded() -> None:
    said("recorded-say", "a recorded benchmark repeated it with five seeds and four depths")
    said("gradients-saw", "the mean of its five runs")
    rows = recorded()
    assert {len(row["error_runs"]) for row in rows.values()} == {5}
    assert len({depth for depth, _, _ in rows}) == 4


def test_a_plain_stack_of_32_layers_does_not_reach_what_exercise_3_asks_for() -> None:
    said("exercise-3", "A plain stack does not get there")
    assert 1 - recorded()[32, "plain", True]["test_error"] < graders.ACCURACY - 0.05
    assert 1 - recorded()[32, "residual", True]["test_error"] > graders.ACCURACY


def test_plain_and_residual_nets_have_the_same_parameters() -> None:
    said("deeper-say", "The sum has no parameter")
    rows = recorded()
    for depth in (8, 20, 32, 56):
        assert rows[depth, "plain", True]["parameters"] == rows[depth, "residual", True]["parameters"]


# --------------------------------------------------------------------------------------- in the kept runs


def kept(name: str) -> tuple[float, float]:
    """Mean and standard deviation of the kept runs in size class."""
    found = expected(NAME, "class", "bundled").get(name)
    if found is None:
        pytest.skip(f"{name} is not measured yet. Type: course bands {NAME}")
    return found["mean"], found["sd"]


def leads(first: str, second: str) -> bool:
    """Whether one result is higher than another by more than twice the spread of both."""
    (one, one_sd), (other, other_sd) = kept(first), kept(second)
    return one - other > 2 * math.hypot(one_sd, other_sd)


def test_the_running_mean_decides_what_evaluate_says() -> None:
    assert leads("momentum_90_accuracy", "momentum_99_accuracy")


def test_the_convolution_leads_on_whole_digits_and_loses_more_by_mixing() -> None:
    said("attention-saw", "In a `class` run the convolution leads on whole digits")
    assert leads("convolution_accuracy", "attention_accuracy")
    lost = {
        name: kept(f"{name}_accuracy")[0] - kept(f"{name}_mixed_accuracy")[0]
        for name in ("convolution", "attention")
    }
    assert lost["convolution"] > lost["attention"]


def test_the_pretrained_body_leads_on_market() -> None:
    said("comparison-saw", "On *market* the pretrained body leads, also with ImageNet's weights")
    said(
        "scratch-saw",
        "In the kept `class` runs, which set the *usual* ranges, the retrained net is far ahead",
    )
    assert leads("retrained_accuracy", "scratch_accuracy")
    assert kept("retrained_accuracy")[0] - kept("scratch_accuracy")[0] > 0.1
    rows = {
        (row["data"], row["option"], row["a class"]): row["accuracy"] for row in records.load("transfer").rows
    }
    assert rows["market", "MobileNetV2, ImageNet weights, frozen", 20] > rows["market", "from scratch", 20]


# ------------------------------------------------------------------------------ the learner's own picture


@pytest.mark.parametrize("own", ["", "nowhere.jpg", "text.jpg"])
def test_the_own_picture_gets_an_answer_or_a_sentence(own: str, tmp_path, monkeypatch, capsys) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "text.jpg").write_text("not a picture", encoding="utf-8")

    class Head:
        def predict(self, rows, verbose):
            return np.full((len(rows), 16), 1 / 16)

    from course_utils.datasets import load_fruits, read_image

    namespace = {
        "head": Head(), "features": lambda pictures: np.zeros((len(pictures), 3)), "middle": 0, "spread": 1,
        "read_image": read_image, "market": load_fruits("market"), "x_market_test": np.zeros((1, 96, 96, 3), "uint8"),
        "y_market_test": np.zeros(1, int),
    }  # fmt: skip
    source = cells()["own"]
    assert source.count('own_picture = ""') == 1
    exec(source.replace('own_picture = ""', f"own_picture = {own!r}"), namespace)
    printed = capsys.readouterr().out.strip()
    assert ("0.06" in printed) == (own == "") and printed
    assert printed.startswith("a test picture of market") == (own == ""), (
        "a picture of the course is called that"
    )


# ------------------------------------------------------------------------------------- in the kept notebook


def test_milliseconds_of_the_kept_run_do_not_follow_multiply_adds() -> None:
    said("timeline-saw", "on the machine of our kept run they did not put the nets in the same order")
    notebook = json.loads(config.notebook_path(NAME).read_text(encoding="utf-8"))
    (clock,) = (cell for cell in notebook["cells"] if cell["id"] == "clock")
    shown = "".join(line for output in clock["outputs"] for line in output["data"]["text/html"])
    rows = re.findall(r"<th>([^<]+)</th>\s*((?:<td>[^<]*</td>\s*){5})", shown)
    cells_of = {name: re.findall(r"<td>([^<]*)</td>", row) for name, row in rows}
    assert set(cells_of) == {one.name for one in FAMOUS}
    by_work = sorted(cells_of, key=lambda name: int(cells_of[name][2]))
    assert by_work != sorted(cells_of, key=lambda name: float(cells_of[name][4]))
