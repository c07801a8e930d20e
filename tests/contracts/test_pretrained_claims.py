"""What notebooks 02 and 03 say in words and numbers holds in arithmetic, in their files and in their kept runs."""

from __future__ import annotations

import re
from itertools import pairwise

import keras
import pytest
from claims_support import Told

from course_utils.checks import pretrained_xception
from course_utils.checks.expected import expected
from course_utils.datasets import load_fruits
from course_utils.foundation import config, records
from course_utils.further.architectures.history import FAMOUS, KERAS_TABLE
from course_utils.pretrained import packed

VGG16, XCEPTION = "02-pretrained-vgg16", "03-pretrained-xception"
vgg, xception = Told(VGG16), Told(XCEPTION)

CHANNELS = [3, 64, 64, 128, 128, 256, 256, 256, 512, 512, 512, 512, 512, 512]
CONVOLUTIONS = sum((9 * before + 1) * after for before, after in pairwise(CHANNELS))
FC1, FC2, FC3 = (7 * 7 * 512 + 1) * 4_096, (4_096 + 1) * 4_096, (4_096 + 1) * 1_000
WHOLE = CONVOLUTIONS + FC1 + FC2 + FC3


# ------------------------------------------------------------------------------------------ 02, VGG16


def test_vgg16_has_the_parameters_that_are_told() -> None:
    vgg.said("key-points", f"{CONVOLUTIONS:,} parameters without its dense layers and {WHOLE:,} with them")
    vgg.said("summary-saw", f"7·7·512 = {7 * 7 * 512:,} values")
    vgg.said("count-saw", "hold about a tenth. The first dense layer alone holds three quarters.")
    assert CONVOLUTIONS / WHOLE == pytest.approx(0.1, abs=0.01)
    assert FC1 / WHOLE == pytest.approx(0.75, abs=0.01)


def test_vgg16_takes_the_room_that_is_told() -> None:
    megabytes = [round(4 * count / 1e6) for count in (WHOLE, CONVOLUTIONS)]
    vgg.said("count-saw", "VGG16 takes {} MB with its dense layers and {} MB without".format(*megabytes))
    vgg.said("count-saw", f"the {sum(megabytes)} MB above are both files")
    weights = config.repository_root() / "data" / "weights" / "VGG16.npz"
    vgg.said("load-saw", f"the weights are kept in 8 bits: {weights.stat().st_size / 1e6:.0f} MB")


def test_another_size_needs_what_the_solution_says() -> None:
    counted = [((size // 32) ** 2 * 512 + 1) * 4_096 for size in (224, 448)]
    vgg.said("exercise-1-solution", "{:,} and {:,}: twice the side, four times the weights".format(*counted))
    vgg.said("quiz-net", "320 halved five times is 10")
    assert 320 // 2**5 == 10


def kept(notebook: str, name: str, profile: str = "class") -> dict:
    """What the kept runs on bundled pictures with course weights say of a result."""
    return expected(notebook, profile, "bundled")[name]


@pytest.mark.parametrize("profile", ["smoke", "class"])
def test_with_0_to_1_the_probe_is_at_chance_and_no_wrong_way_raises(profile: str) -> None:
    vgg.said("wrong-saw", "With 0-1 all pictures look alike to the net")
    assert kept(VGG16, "unit_range_accuracy", profile)["mean"] == pytest.approx(1 / 16, abs=0.01)
    for name in ("swapped", "no_mean", "twice"):
        wrong = kept(VGG16, f"{name}_accuracy", profile)["mean"]
        assert 1 / 16 < wrong < kept(VGG16, "studio_accuracy", profile)["mean"] - 0.2


def test_frozen_features_add_much_to_the_mean_colour() -> None:
    vgg.said("comparison-saw", "What the frozen features add to mean colour is the distance")
    assert kept(VGG16, "test_accuracy")["mean"] > 2 * kept(VGG16, "colour_accuracy")["mean"]


def test_each_pretrained_net_knows_its_kinds_and_sounds_as_the_text_says() -> None:
    rows = [row for row in records.load("named_fruits").rows if row.get("top 1") is not None]
    vgg.said("known-kinds-saw", "each net is far above chance, which is 1/55 = 0.018")
    assert round(1 / 55, 3) == 0.018
    photographed = [row for row in rows if row["shown"] == "photographed"]
    assert all(row["low"] > 0.4 for row in photographed)
    vgg.said("known-kinds-saw", "With the course weights the mean `confidence`")
    for row in photographed:
        assert (row["confidence"] < row["top 1"]) or row["weights"] != "course"
    vgg.said("known-kinds-saw", "our drawings cost MobileNetV2 much of its score")
    real, drawn = (next(r for r in rows if r["net"] == "MobileNetV2" and r["shown"] == how) for how in ("photographed", "rendered"))  # fmt: skip
    assert drawn["high"] < real["low"]


def test_confidence_hardly_tells_known_from_unknown_and_smoothing_only_lowers_it() -> None:
    for way in ("", "smoothed_"):
        area = kept(VGG16, f"{way}unknown_auc")
        assert abs(area["mean"] - 0.5) < 0.1
    vgg.said("unknown-auc-saw", "Smoothing lowers the confidence of known *and* unknown kinds")
    for what in ("known", "unknown"):
        plain, smooth = kept(VGG16, f"confidence_{what}"), kept(VGG16, f"smoothed_confidence_{what}")
        assert plain["mean"] - smooth["mean"] > 2 * max(plain["sd"], smooth["sd"])


def test_the_course_weights_saw_other_grounds_than_those_of_market() -> None:
    here = config.repository_root()
    card = " ".join((here / "data" / "weights" / "README.md").read_text(encoding="utf-8").split())
    assert "not the shops and kitchens of *market*. No picture of *studio* or *market* was used." in card
    bank = (here / "tools" / "pretrain_backbones" / "bank.py").read_text(encoding="utf-8")
    painted = {name.partition("_")[0] for name in re.findall(r"\bgrounds\.([a-z]\w+)[,)]", bank)}
    assert painted == {"wood", "cloth", "leaves", "earth"}
    assert re.search(r"quarter are on a nearly white background", card)
    grounds = "painted wood, cloth, leaves and earth"
    vgg.said(
        "load-saw",
        f"set on white, plain colours or {grounds}; only *market*, a set of section 2, shows shops and kitchens",
    )
    transfer = Told("04-transfer-learning")
    transfer.said(
        "question",
        f"set on white or plain colours, or on {grounds}, never in shops and kitchens as in *market*",
    )


@pytest.mark.parametrize("profile", ["smoke", "class"])
def test_grad_cam_beats_both_controls(profile: str) -> None:
    vgg.said("gradcam-score-saw", "Only what Grad-CAM scores beyond both is evidence")
    share = kept(VGG16, "gradcam_market_share", profile)
    for other in ("control", "sum"):
        control = kept(VGG16, f"gradcam_market_{other}", profile)
        assert share["mean"] - control["mean"] > 2 * max(share["sd"], control["sd"])


def test_vgg16_has_the_shapes_that_are_told() -> None:
    net = keras.applications.VGG16(weights=None, include_top=False, input_shape=(224, 224, 3))
    found = [layer.output.shape[1:] for layer in net.layers if isinstance(layer, keras.layers.Conv2D)]
    vgg.said("architecture-say", f"five blocks with {len(found)} convolutions, all 3×3")
    assert {layer.kernel_size for layer in net.layers if hasattr(layer, "kernel_size")} == {(3, 3)}
    side, channels = net.output_shape[1], net.output_shape[-1]
    vgg.said("summary-saw", f"the sides shrink from 224 to {side}, and the")
    vgg.said("summary-saw", f"grow from 3 to {channels}")
    small = keras.applications.VGG16(weights=None, include_top=False, input_shape=(96, 96, 3))
    _, side, _, channels = small.get_layer("block5_conv3").output.shape
    vgg.said(
        "probe-say",
        f"For pictures of 96×96 these maps, before the last pooling, have {side}×{side} places and {channels} channels",
    )


def test_market_has_as_many_pictures_to_learn_from_as_exercise_3_says() -> None:
    (count,) = set(load_fruits("market").table("Training")["class_name"].value_counts())
    vgg.said("exercise-3", f"it has {count} per kind to learn from")


# ---------------------------------------------------------------------------------------- 03, Xception


def test_separable_convolutions_are_counted_rightly() -> None:
    xception.said("separable-saw", f"3·3·64 = {9 * 64} depthwise and 64·128 = {64 * 128:,} pointwise weights")
    xception.said("separable-saw", f"together {9 * 64 + 64 * 128:,}")
    xception.said("separable-saw", f"3·3·64·128 = {9 * 64 * 128:,}")
    apart, whole = 9 * 728 + 728**2, 9 * 728**2
    xception.said("exercise-1-solution", f"{apart:,} and {whole:,}: {whole / apart:.1f} times as many")
    xception.said("quiz-parts", f"a) {9 * 100 * 200:,} · b) {9 * 100 + 100 * 200:,} · c) {9 * 100}")


def test_a_module_and_the_middle_flow_have_the_parameters_that_are_told() -> None:
    module = 3 * (9 * 728 + 728**2 + 4 * 728)
    xception.said("exercise-3-solution", f"{module:,} parameters, and eight times as many, {8 * module:,}")
    whole = pretrained_xception.FACTS["Xception"][0]
    assert 8 * module > whole / 2
    xception.said("exercise-3-solution", f"more than half of Xception's {whole:,}")


def counted() -> dict[str, tuple[int, int, int]]:
    """Of each net in section 5: parameters, parameters with top, multiply-adds, as the executed cell prints them."""
    text = "".join("".join(one.get("text", "")) for one in xception.outputs("nets-facts"))
    rows = [line.split() for line in text.splitlines() if "multiply-adds" in line]
    return {row[0]: tuple(int(row[place].replace(",", "")) for place in (1, 5, 8)) for row in rows}


def test_the_tops_are_as_large_as_the_text_says() -> None:
    xception.said(
        "summary-saw",
        f"with {(2_048 + 1) * 1_000:,} parameters. VGG16's three have {(FC1 + FC2 + FC3) / 1e6:.1f} million",
    )
    nets, facts = counted(), pretrained_xception.FACTS
    assert nets["VGG16"][1] == WHOLE and WHOLE / nets["Xception"][1] == pytest.approx(6, abs=0.1)
    xception.said("summary-saw", "Without tops Xception is the *larger* of the two")
    assert facts["Xception"][0] > facts["VGG16"][0]


def test_ordinary_convolutions_would_take_what_the_text_says() -> None:
    printed = "".join("".join(one.get("text", "")) for one in xception.outputs("count-convolutions"))
    (parameters, more), (work, much) = (
        [int(number.replace(",", "")) for number in line.split(":")[1].replace("all ordinary", "").split("·")]
        for line in printed.splitlines()
    )
    xception.said(
        "key-points",
        f"Xception without its top has {parameters:,} parameters. With ordinary convolutions it would have {more:,}",
    )
    xception.said(
        "count-saw",
        "more parameters than VGG16 with its dense layers (138 million), and eight times the work",
    )
    assert more > WHOLE and much / work == pytest.approx(8, abs=0.5)


def test_a_sixth_of_the_parameters_is_more_than_half_of_the_work() -> None:
    nets = counted()
    xception.said(
        "nets-time-saw",
        "VGG16 without its top has fewer parameters than Xception, but nearly twice the multiply-adds",
    )
    assert nets["VGG16"][0] < nets["Xception"][0]
    assert 1.7 < nets["VGG16"][2] / nets["Xception"][2] < 2
    xception.said("nets-time-saw", "a sixth of the parameters (with tops) is more than half of the work")
    assert nets["Xception"][2] / nets["VGG16"][2] > 0.5
    xception.said("quiz-choice", "Xception is newer than ResNet50 and has twice its multiply-adds")
    assert nets["Xception"][2] / nets["ResNet50"][2] == pytest.approx(2, abs=0.25)
    xception.said("comparison-saw", "by size and multiply-adds MobileNetV2")
    assert all(nets["MobileNetV2"][place] == min(one[place] for one in nets.values()) for place in (0, 1, 2))


@pytest.mark.parametrize("profile", ["smoke", "class"])
def test_each_wrong_range_costs_much(profile: str) -> None:
    xception.said("wrong-saw", "a range that is *close* is still wrong")
    right = kept(XCEPTION, "studio_accuracy", profile)["mean"]
    for name in ("unit_range", "unscaled", "vgg_way"):
        assert kept(XCEPTION, f"{name}_accuracy", profile)["mean"] < right / 2


def test_most_frequent_answers_are_those_of_the_text() -> None:
    rows = {(row["net"], row["asked"], row["shown"]): row.get("most frequent answer") for row in records.load("named_fruits").rows}  # fmt: skip
    xception.said(
        "top-saw", "The most frequent name of a *photographed* lemon is *Grapefruit White*, with both nets"
    )
    assert {rows[net, "Lemon", "photographed"] for net in ("VGG16", "Xception")} == {"Grapefruit White"}
    xception.said("top-saw", "The *rendered* lemons become an apple or a melon")
    assert rows["VGG16", "Lemon", "rendered"].startswith("Cantaloupe")
    assert rows["Xception", "Lemon", "rendered"].startswith("Apple")
    xception.said("top-saw", "With VGG16 and the pineapple it is the other way round")
    assert (
        rows["VGG16", "Pineapple", "rendered"]
        == "Pineapple Mini"
        != rows["VGG16", "Pineapple", "photographed"]
    )


def test_on_fruits_360_nearly_everything_passes() -> None:
    xception.said("comparison-saw", "On Fruits-360 every net scores close to 1, so it cannot rank the nets")
    for row in records.load("transfer").rows:
        if row["data"] == "fruits-360" and row["a class"] == 20 and row["option"].endswith("weights, frozen"):
            assert row["accuracy"] > 0.97, row["option"]


def first_answer(cell: str, shown: str) -> tuple[str, float]:
    """The net's first name for what a figure of notebook 02 shows, and its probability, as the alt text tells."""
    alt = "".join("".join(one.get("data", {}).get("text/plain", "")) for one in vgg.outputs(cell))
    name, share = re.search(rf"\b{re.escape(shown)} ([A-Z][\w ]*?) ([01]\.\d\d)", alt).groups()
    return name, float(share)


def test_the_net_is_surer_of_the_cat_than_of_a_banana() -> None:
    name, share = first_answer("photographs", "cat")
    vgg.said("unknown-say", "the net was surer of the cat than of the studio banana")
    assert share > first_answer("top-fruits", "Banana (studio)")[1]
    notes = (config.repository_root() / "instructor" / "teaching-notes.md").read_text(encoding="utf-8")
    assert name.startswith("Pineapple") and f"You show it a cat and it says 'pineapple, {share:.2f}'" in notes


def test_xception_has_the_modules_and_convolutions_that_are_told() -> None:
    layers = keras.applications.Xception(weights=None, include_top=False).layers
    separable = [layer for layer in layers if isinstance(layer, keras.layers.SeparableConv2D)]
    first = [layer for layer in layers if re.fullmatch(r"block1_conv\d", layer.name)]
    xception.said("model-say", f"each of its {len(separable)} separable convolutions")
    modules = {int(found[1]) for layer in layers if (found := re.match(r"block(\d+)_", layer.name))}
    xception.said(
        "summary-saw",
        f"{max(modules)} blocks, called *modules*, with {len(separable) + len(first)} convolutions",
    )
    net = keras.applications.Xception(weights=None, include_top=False, input_shape=(299, 299, 3))
    _, side, _, channels = net.get_layer("block5_sepconv1").input.shape
    xception.said(
        "summary-saw", f"the sides shrink from 299 to {side}, the channels grow from 3 to {channels}"
    )
    sums = [layer for layer in layers if isinstance(layer, keras.layers.Add)]
    xception.said("summary-saw", "Each module from 2 to 13 has a *branch*")
    assert len(sums) == len(range(2, 14))


def test_resnet50_has_the_sums_that_exercise_4_names() -> None:
    layers = keras.applications.ResNet50(weights=None, include_top=False).layers
    sums = sum(isinstance(layer, keras.layers.Add) for layer in layers)
    xception.said("exercise-4", f"It has no separable convolutions, but {sums} sums")
    assert not any(isinstance(layer, keras.layers.SeparableConv2D) for layer in layers)


def test_both_nets_were_asked_about_as_many_pictures_as_the_text_says() -> None:
    rows = [row for row in records.load("named_fruits").rows if row.get("most frequent answer")]
    (count,) = {row["pictures"] for row in rows}
    xception.said(
        "called-say",
        f"both nets {count} test pictures per kind, rendered and photographed: *studio* and Fruits-360",
    )
    assert {row["net"] for row in rows} == {"VGG16", "Xception"}


def test_the_slim_net_is_asked_for_what_its_check_wants() -> None:
    most = f"{pretrained_xception.MOST_PARAMETERS:,}"
    xception.said("exercise-2", f"**at most {most} parameters**")
    assert f"at most {most} of them" in xception.cells()["small-score"]
    printed = "".join("".join(one.get("text", "")) for one in xception.outputs("small-score"))
    small = int(re.search(r"([\d,]+) parameters", printed)[1].replace(",", ""))
    xception.said("exercise-2", "A sixth of the parameters")
    assert small / pretrained_xception.MOST_PARAMETERS == pytest.approx(6, abs=0.1)


# Keras Applications' table, https://keras.io/api/applications/: top-1 accuracy on ImageNet's validation photographs.
PUBLISHED = {"MobileNetV2": 0.713, "Xception": 0.790, "InceptionV3": 0.779, "ResNet50": 0.749, "VGG16": 0.713}


def test_the_published_accuracies_are_those_of_keras_and_of_notebook_09() -> None:
    xception.said("table-say", "[Keras Applications](https://keras.io/api/applications/)")
    written = re.search(r"published = (\{.*?\})", xception.cells()["comparison"])[1]
    found = {name: float(share) for name, share in re.findall(r'"(\w+)": ([\d.]+)', written)}
    assert found == PUBLISHED
    famous = {one.name.replace("-", ""): one for one in FAMOUS}
    both = {name for name in found if name in famous}
    assert both == {"Xception", "ResNet50", "VGG16"}
    for name in both:
        assert famous[name].source == KERAS_TABLE and famous[name].top1 == found[name]


# -------------------------------------------------------------------- 08, whose explanations read such nets too


def test_each_picture_that_lime_explains_has_96_pixels_a_side_or_more() -> None:
    lime = Told("08-lime")
    side = re.search(r"^size, .* = (\d+),.*# the same in all three$", lime.cells()["settings"], re.MULTILINE)
    assert int(side[1]) >= 96
    shown = [
        [int(number) for number in re.search(r"A picture of (\d+) by (\d+) pixels", text).groups()]
        for cell, code in lime.cells().items()
        if "plots.explanation(" in code
        for text in [
            "".join("".join(one.get("data", {}).get("text/plain", "")) for one in lime.outputs(cell))
        ]
    ]
    assert len(shown) >= 3 and min(min(sides) for sides in shown) >= 96
    assert "side = vgg.input_size" in lime.cells()["own-photo"]
    assert packed.read(config.repository_root() / "data" / "weights" / "VGG16.npz").about["input_size"] >= 96
