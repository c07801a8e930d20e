"""What notebook 10 and the card of its detectors say in words is what code, data, kept runs and records say."""

from __future__ import annotations

import hashlib
import json
import re
import tomllib

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from course_utils import plots
from course_utils.checks.detection import SMALL_PARAMETERS, SMALL_PRECISION
from course_utils.checks.expected import expected
from course_utils.foundation import config, records
from course_utils.further.detection.keeping import BUNDLED
from tools.train_detector import EPOCHS, WINDOW

NAME = "10-detection"
PROFILES = ("smoke", "class")


@pytest.fixture(scope="module")
def cells() -> dict[str, str]:
    content = json.loads(config.notebook_path(NAME).read_text(encoding="utf-8"))
    return {cell["id"]: "".join(cell["source"]) for cell in content["cells"]}


def runs_of(profile: str) -> dict[str, dict]:
    found = expected(NAME, profile, "bundled")
    if not found:
        pytest.skip(f"the bands of {NAME} were not measured yet in {profile}")
    return found


@pytest.fixture(scope="module")
def kept() -> dict[str, dict]:
    return runs_of("class")


@pytest.fixture(scope="module")
def card() -> str:
    return (config.repository_root() / "data" / "detectors" / "README.md").read_text(encoding="utf-8")


def test_the_exercise_asks_for_what_its_check_asks_for(cells) -> None:
    asked = cells["exercise-3"]
    assert f"at most {SMALL_PARAMETERS:,} parameters" in asked and f"**{SMALL_PRECISION:.2f}**" in asked


def test_the_grounds_that_mislead_are_in_both_parts(cells) -> None:
    from course_utils.datasets import load_tables

    busy = set(re.findall(r'"(\w+)"', cells["quiet"].splitlines()[0]))
    assert all(pattern.removesuffix("s") in cells["errors-say"] for pattern in busy)
    for split in ("Training", "Test"):
        assert busy <= set(load_tables().scenes(split)["pattern"])


def test_the_detectors_are_small_and_the_card_names_their_digests(card) -> None:
    for name in BUNDLED:
        content = (config.repository_root() / "data" / "detectors" / f"{name}.npz").read_bytes()
        assert len(content) <= 1_200_000
        assert f"{len(content):,}" in card and hashlib.sha256(content).hexdigest() in card
        assert f"| {EPOCHS[name]} |" in card and f"{WINDOW[name]}×{WINDOW[name]}" in card


def test_the_net_has_the_parameters_that_are_told(card) -> None:
    pytest.importorskip("keras")
    from course_utils.further.detection import load_detector

    for name in BUNDLED:
        count = load_detector(name).count_params()
        assert count < 500_000 and f"{count:,}" in card


def test_the_card_has_the_recorded_figures_of_photographed_fruit(card) -> None:
    by = {(row["net"], row["fruit"]): row for row in records.load("pasted_fruits").rows}
    photographed, rendered = (by["the course's", kind]["map50"] for kind in ("photographed", "rendered"))
    told = " ".join(card.split())
    assert f"a mAP50 of {photographed:.3f}" in told and f"in the same way it is {rendered:.3f}" in told


def test_tables_has_as_many_pictures_as_the_text_says(cells) -> None:
    from course_utils.datasets import load_tables

    tables = load_tables()
    counts = [len(tables.scenes(split)) for split in ("Training", "Test")]
    assert "{} rendered tables for training and {} for the test".format(*counts) in cells["tables-say"]
    assert tables.scenes("Training")["fruits"].max() == 6
    for column in ("ground", "camera"):
        assert not set(tables.scenes("Training")[column]) & set(tables.scenes("Test")[column])
    assert not set(tables.fruits("Training")["individual"]) & set(tables.fruits("Test")["individual"])


def test_market_is_as_crowded_as_the_text_says(cells) -> None:
    from course_utils.datasets import load_fruits

    crowd = load_fruits("market").boxes("Test", every_fruit=True)
    assert f"the {crowd['path'].nunique()} crowded test pictures" in cells["nms-say"]


def test_a_loss_on_probabilities_is_not_a_number_where_a_cell_is_sure() -> None:
    with np.errstate(divide="ignore", invalid="ignore"):
        sure = 1 / (1 + np.exp(np.float32(-20)))
        assert np.isnan(0 * np.log(1 - sure))
        assert np.isfinite(np.logaddexp(0, np.float32(20)))


def test_the_net_localises_better_than_the_mean_box(kept) -> None:
    assert kept["single_iou"]["mean"] > kept["mean_box_iou"]["mean"]


def test_the_bar_is_met_on_unseen_fruits_and_grounds(kept) -> None:
    assert kept["map50"]["runs"] >= 5 and kept["map50"]["mean"] >= 0.75


def test_negatives_cure_false_boxes(kept, cells) -> None:
    assert kept["false_negatives_busy"]["mean"] < 0.8 * kept["false_quiet_busy"]["mean"]
    assert kept["false_quiet_busy"]["mean"] > 2 * kept["false_quiet_other"]["mean"]
    before, after, all_tables = (kept[f"false_{name}_busy"]["mean"] for name in ("quiet", "negatives", "all"))
    assert f"from {before:.2f} to {after:.2f} on average" in cells["cure-saw"]
    assert "It has no fewer of them." in cells["cure-saw"] and all_tables > after
    assert "mAP50 changed by less than its spread" in cells["cure-saw"]
    quiet, cured = kept["map50_quiet"], kept["map50_negatives"]
    assert abs(quiet["mean"] - cured["mean"]) < min(quiet["sd"], cured["sd"])


def test_the_exported_net_is_quick_enough() -> None:
    try:
        rows = records.load("detection").rows
    except FileNotFoundError as missing:
        pytest.skip(str(missing))
    (row,) = [row for row in rows if row["side"] == 192]
    assert row["frames_2"] >= 30


def test_a_near_and_a_far_miss_have_the_giou_that_the_text_says(cells) -> None:
    from course_utils.further.detection import giou

    near, far = (giou([[0, 0, 10, 10]], [[10 + gap, 0, 20 + gap, 10]])[0, 0] for gap in (2, 80))
    assert f"gets −{-near:.2f}" in cells["giou-say"] and f"gets −{-far:.2f}" in cells["giou-say"]


def test_the_threshold_does_better_on_quiet_grounds(cells) -> None:
    from course_utils.datasets import load_tables
    from course_utils.further.detection import iou, numbered, single_windows
    from course_utils.further.detection.scoring import SIDES

    tables, names = load_tables(), {"np": np}
    source = cells["baselines"]
    exec(source[source.index("def by_colour") : source.index("answers =")], names)
    scenes = tables.scenes("Test")
    windows, boxes = single_windows(
        tables.read(scenes["path"]), numbered(tables.fruits("Test"), list(scenes["path"]))
    )
    overlaps = np.diag(iou([names["by_colour"](one) for one in windows], boxes[SIDES]))
    busy = set(re.findall(r'"(\w+)"', cells["quiet"].splitlines()[0]))
    on_busy = scenes["pattern"].isin(busy).to_numpy()[boxes["picture"]]
    assert overlaps[~on_busy].mean() > overlaps[on_busy].mean() + 0.05


@pytest.mark.parametrize("profile", PROFILES)
def test_the_colour_threshold_did_better_than_the_net_and_the_text_says_so(cells, profile) -> None:
    runs = runs_of(profile)
    assert "the threshold did better than the net" in cells["single-saw"]
    assert runs["colour_iou"]["mean"] > runs["single_iou"]["mean"]


def test_the_lead_of_the_threshold_is_told_with_its_spread(kept, cells) -> None:
    colour, net = (
        f"{kept[name]['mean']:.2f} ± {kept[name]['sd']:.2f}" for name in ("colour_iou", "single_iou")
    )
    assert f"({colour} to {net})" in cells["single-saw"]


def test_the_belt_is_told_as_it_was_recorded(cells) -> None:
    record = records.load("belt_counts")
    assert record.note.startswith("simulated boxes") and {row["fruits"] for row in record.rows} == {53}
    assert "*simulated* the boxes of a weak detector on 53 fruits on a belt" in cells["count-saw"]
    counted = {row["counted by"]: f"{row['counted']:.0f}" for row in record.rows}
    assert (
        f"boxes near the line count {counted['boxes near the line']}, "
        f"a tracker without memory {counted['no memory']}, with patience and motion {counted['patience, motion']}, "
        f"and with a minimum age {counted['patience, motion, minimum age']}."
    ) in cells["count-saw"]


def test_the_text_says_what_an_agpl_detector_asks_for_and_the_course_has_none(cells) -> None:
    assert (
        "under the AGPL: if you put one into a web service, you have to offer the source code of the whole "
        "service to its users."
    ) in cells["coco-say"]
    registry = tomllib.loads(
        (config.repository_root() / "data" / "registry.toml").read_text(encoding="utf-8")
    )
    licences = {name: asset["licence"] for name, asset in registry["assets"].items()}
    assert "YOLOX-nano** (Megvii, Apache-2.0)" in cells["coco-say"]
    assert licences["yolox-nano"].startswith("Apache-2.0")
    assert not [name for name, licence in licences.items() if "AGPL" in licence.upper()]


@pytest.mark.parametrize("profile", PROFILES)
def test_crossings_are_counted_within_five_per_cent(profile) -> None:
    runs = runs_of(profile)
    assert 19 <= runs["crossings_counted"]["mean"] <= 21
    assert runs["switches"]["mean"] < runs["switches_no_memory"]["mean"]


# ------------------------------------------------------------------------------ the learner's own picture


class Box:
    """A detector that finds one banana in anything."""

    def __init__(self, problem: Exception | None = None) -> None:
        self.problem, self.seen = problem, None

    def __call__(self, *arguments):
        if self.problem:
            raise self.problem
        self.seen = arguments[-1]
        row = {"kind": "banana", "score": 0.91, "left": 2, "top": 2, "right": 20, "bottom": 20}
        return pd.DataFrame([row])


def run_cell(source: str, own: str, given: dict, monkeypatch, tmp_path) -> list:
    """Run a cell with a learner's file name in its quotation marks; returns the figures that it shows."""
    shown = []
    monkeypatch.chdir(tmp_path)
    (tmp_path / "text.jpg").write_text("not a picture", encoding="utf-8")
    Image.new("RGB", (64, 48)).save(tmp_path / "mine.png")
    assert source.count('= ""  #') == 1
    exec(source.replace('= ""  #', f"= {own!r}  #"), {"plots": plots, "display": shown.append, **given})
    return shown


@pytest.mark.parametrize("own", ["", "mine.png", "nowhere.jpg", "text.jpg"])
def test_the_own_picture_is_named_and_a_table_of_the_course_is_not_called_yours(
    own, cells, monkeypatch, tmp_path, capsys
) -> None:
    monkeypatch.setattr("course_utils.further.detection.detect", Box())
    given = {"best": None, "x_test": np.zeros((10, 64, 64, 3), np.uint8)}
    shown = run_cell(cells["own"], own, given, monkeypatch, tmp_path)
    if own in ("", "mine.png"):
        (figure,) = shown
        assert ("mine.png: 1 banana" in figure.alt) == (own != "")
        assert ("a table of the course, rendered: 1 banana" in figure.alt) == (own == "")
    else:
        assert not shown and own in capsys.readouterr().out


@pytest.mark.parametrize("own", ["", "mine.png", "nowhere.jpg"])
def test_the_detector_of_photographs_names_what_it_was_given(
    own, cells, monkeypatch, tmp_path, capsys
) -> None:
    net = Box()
    monkeypatch.setattr("course_utils.further.detection.yolox.detect_coco", net)
    shown = run_cell(cells["coco-live"], own, {}, monkeypatch, tmp_path)
    printed = capsys.readouterr().out
    assert ("banana 0.91" in printed) == bool(shown) == (own != "nowhere.jpg")
    if shown:
        assert net.seen.shape == ((400, 600, 3) if own == "" else (48, 64, 3))
        assert ("a cup of coffee, from scikit-image: 1 banana" in shown[0].alt) == (own == "")


def test_without_the_weights_the_cell_says_what_to_type(cells, monkeypatch, tmp_path, capsys) -> None:
    from course_utils.foundation.assets import AssetError

    missing = Box(AssetError("The weights are not on this machine", "course data fetch yolox-nano"))
    monkeypatch.setattr("course_utils.further.detection.yolox.detect_coco", missing)
    assert not run_cell(cells["coco-live"], "", {}, monkeypatch, tmp_path)
    assert "course data fetch yolox-nano" in capsys.readouterr().out
    assert "course data fetch yolox-nano" in cells["coco-say"]


def test_with_the_weights_the_cell_sees_the_cup(cells, monkeypatch, tmp_path, capsys) -> None:
    from course_utils.foundation import assets

    if assets.resolve("yolox-nano").path is None:
        pytest.skip("the weights of YOLOX-nano are not on this machine")
    (figure,) = run_cell(cells["coco-live"], "", {}, monkeypatch, tmp_path)
    assert "cup 0." in capsys.readouterr().out and "cup" in figure.alt
