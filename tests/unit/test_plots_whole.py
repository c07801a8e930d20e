"""Every figure of the course with what it can show and without: each is drawn as it was approved."""

import approvals
import numpy as np
import pandas as pd
import pytest
from test_plots_explanations import IMAGE, MASK, of_picture, of_text
from test_plots_vision_tasks import NAMES, masks, things

from course_utils import plots
from course_utils.plots import films, labels, vision_tasks


def random(seed=0):
    return np.random.default_rng(seed)


PHOTOS = random(1).integers(0, 256, (5, 12, 16, 3)).astype("uint8")
GREY = random(2).random((12, 12)) * 255
HEATS = random(3).random((2, 12, 16))
OBJECTS = HEATS > 0.7
CLASSES = ("Lemon", "Limes", "Plum")
BOXES = pd.DataFrame(
    [("Lemon", 0.91, 1, 2, 9, 8), ("Plum", 0.4, 6, 3, 15, 11)], columns=["kind", "score", "left", "top", "right", "bottom"]
)  # fmt: skip
ROWS = [
    {"data": data, "option": option, "a class": step, "accuracy": 0.2 + 0.1 * place + 0.05 * number, "accuracy_sd": 0.03}
    for data in ("easy", "hard")
    for number, option in enumerate(("frozen", "tuned"))
    for place, step in enumerate((5, 20, "all"))
]  # fmt: skip
HISTORY = pd.DataFrame({"epoch": [1, 2, 3], "loss": [2.0, 1.0, 0.7], "val_loss": [2.1, 1.2, 1.3], "accuracy": [0.3, 0.6, 0.8], "val_accuracy": [0.2, 0.5, 0.6]})  # fmt: skip
RUNS = {"plain": {8: [0.01, 0.03], 32: [0.4, 0.6]}, "residual": {8: [0.02], 32: [0.05, 0.03]}}
NUMBERS = np.array([[2, -1, 0.5], [0, 12.25, -3]])
FILM = random(4).integers(0, 90, (4, 24, 32, 3)).astype("uint8")
TRACKS = pd.DataFrame(
    [(frame, number, 3 + 4 * frame, 4 * number, 11 + 4 * frame, 4 * number + 7, "car") for frame in range(4) for number in (1, 2)],
    columns=["frame", "id", "left", "top", "right", "bottom", "kind"],
)  # fmt: skip
FIGURES = {
    "errors_by_depth": lambda t: plots.errors_by_depth(RUNS, **t),
    "errors_by_depth, live": lambda t: plots.errors_by_depth(RUNS, {"plain": {32: 0.55}, "residual": {8: 0.01}}, "test error", 0.9, **t),
    "seen_field": lambda t: plots.seen_field({"one": random().random((21, 21)), "two": np.eye(15)}, {"one": 9, "two": 5}, **t),
    "timeline": lambda t: plots.timeline(["a net", "another", "third"], [1998, 2012, 2012], [0.5, 0.7, 0.72], [0.06, 60, 138], **t),
    "timeline, unit": lambda t: plots.timeline(["a", "b"], [2000, 2020], [1, 3], [5, 1], "speed", **t),
    "boxes_on": lambda t: plots.boxes_on(PHOTOS[:3], [BOXES, BOXES[:0], BOXES[1:]], [BOXES, BOXES[:1], BOXES], ["a", "b", "c"], 2, **t),
    "boxes_on, plain": lambda t: plots.boxes_on(PHOTOS[:1], [BOXES.drop(columns=["kind", "score"])], size=3, **t),
    "precision_over_recall": lambda t: plots.precision_over_recall({"good": ([1, 1, 0.75], [0.3, 0.6, 0.9]), "poor": ([0.5], [0.2])}, **t),
    "looked_at": lambda t: plots.looked_at(PHOTOS[0], ["a", "plum", "here"], random(5).random((3, 4, 4)), **t),
    "character_rows": lambda t: plots.character_rows(np.eye(5)[[0, 1, 1, 4]], "abc \n", **t),
    "losses_by_epoch": lambda t: plots.losses_by_epoch({"plain": [1.39, 1.386, 1.38], "normalised": [1.2, 0.8, 0.31]}, 1.386, **t),
    "gains_by_rows": lambda t: plots.gains_by_rows(
        pd.DataFrame([(f, d, n, e) for d, n in (("A", 1000), ("B", 90_000)) for f, e in (("counting", 9.0), ("characters", 5 + n / 2e4))], columns=["family", "data", "training_rows", "error"]), **t
    ),
    "answers_while_typing": lambda t: plots.answers_while_typing(["a", "torn", "seam"], [[0.6, 0.4], [0.3, 0.7], [0.1, 0.9]], ["film", "coat"], **t),
    "number_grids": lambda t: plots.number_grids({"a": NUMBERS, "b": [[1]], "c": [[-7, 0]]}, {"a": [(0, 1, 2, 2), (1, 0, 1, 1)]}, ("×", "="), **t),
    "sliding_window": lambda t: plots.sliding_window(GREY[:8, :8].round(), [[1, -1], [0, 2]], np.arange(16).reshape(4, 4), 1, 2, 2, 1, 0.5, title=t["title"]),
    "sliding_window, dilated": lambda t: plots.sliding_window(GREY[:7, :7].round(), [[1, -1], [0, 2]], np.zeros((5, 5)), 0, 3, dilation=2),
    "filter_responses": lambda t: plots.filter_responses(GREY, {"mean": np.ones((3, 3)) / 9, "edge": [[1, 0, -1]] * 3}, {"mean": GREY, "edge": GREY - 120}, **t),
    "influence_maps": lambda t: plots.influence_maps({"deep": np.pad(np.eye(3), 4), "none": np.zeros((9, 9))}, **t),
    "descents": lambda t: plots.descents(lambda w: (w - 2) ** 2, {"calm": [-1, 1, 1.8, 2], "wild": [-1, 5, -7, 17], "slow": [0, 0.1, 0.2]}, "slope", **t),
    "lit_layers": lambda t: plots.lit_layers(GREY, {"early": random(6).random((8, 8, 3)), "late": random(7).random((4, 4, 10)) - 0.5}, [0.1, 0.7, 0.2], CLASSES, **t),
    "explanation": lambda t: plots.explanation(IMAGE, of_picture(), 0, MASK, size=2.0, **t),
    "explanation, plain": lambda t: plots.explanation(IMAGE / 255, of_picture(class_names=()), **t),
    "word_weights": lambda t: plots.word_weights(of_text(), **t),
    "word_weights, few": lambda t: plots.word_weights(of_text(class_names=()), 1, count=2, **t),
    "picture_rows": lambda t: plots.picture_rows({"first": PHOTOS[:3], "made": PHOTOS[:3] / 200}, ["x", "y", "z"], **t),
    "picture_rows, plain": lambda t: plots.picture_rows({"only": PHOTOS[:2]}, size=1.5, **t),
    "grid_on_plain_colours": lambda t: plots.grid_on_plain_colours({"net": 0.5 + 0.01 * random(8).random((32, 32, 3)), "even": np.full((30, 30, 3), 0.2)}, {"net": 2.345, "even": 0}, **t),
    "grid_on_plain_colours, small": lambda t: plots.grid_on_plain_colours({"net": 0.5 + 0.01 * random(8).random((16, 16, 3))}, {"net": 1}, 50, 8, **t),
    "image_grid": lambda t: plots.image_grid(PHOTOS, list("abcde"), 3, title_colours=["#000000", "#D55E00"] * 2 + ["#009E73"], frame=True, **t),
    "image_grid, grey": lambda t: plots.image_grid([GREY, GREY[..., None] / 255], size=2, **t),
    "feature_maps": lambda t: plots.feature_maps(random(9).normal(size=(8, 6, 10)), 4, **t),
    "pixel_values": lambda t: plots.pixel_values(PHOTOS[0], 2, 3, 5, 1, **t),
    "colour_cloud": lambda t: plots.colour_cloud(random(10).random((12, 3)) * 255, np.arange(12) % 3, CLASSES, **t),
    "thumbnail_map": lambda t: plots.thumbnail_map(random(11).normal(size=(5, 2)), PHOTOS, np.array([0, 1, 2, 0, 1]), CLASSES, axis_names=("one", "two"), **t),
    "heat_maps": lambda t: plots.heat_maps(PHOTOS[:2], HEATS, ["a fig", "a\ndate"], OBJECTS, strength=0.4, **t),
    "heat_maps, one": lambda t: plots.heat_maps(PHOTOS[:1], HEATS[:1], size=2.2, **t),
    "maps_through_depth": lambda t: plots.maps_through_depth({"early": random(12).random((8, 8, 6)), "late": random(13).random((4, 4, 2))}, 4, **t),
    "residual_maps": lambda t: plots.residual_maps(random(14).normal(size=(4, 5, 9)), random(15).normal(size=(4, 5, 9)), **t),
    "curves_by_depth": lambda t: plots.curves_by_depth({"plain": [1e-6, 1e-3, 1], "with shortcuts": [2, 1.5, 1]}, "gradient", "layer", **t),
    "named_points": lambda t: plots.named_points(["small", "large", "middle"], [2, 40, 22], [10, 90, 30], "millions", "ms", **t),
    "found_pictures": lambda t: plots.found_pictures(PHOTOS[:2], [PHOTOS[1:4], PHOTOS[2:5]], ["Plum", None], [["Plum", "Kiwi", "Plum"], ["Kiwi", "Plum", "Lime"]], **t),
    "recall_against_time": lambda t: plots.recall_against_time([0.1, 1.0], [0.4, 0.95], ["1 cell", "8 cells"], 2.5, {"a graph": ([0.7, 0.9], [0.02, 0.05])}, **t),
    "training_curves": lambda t: plots.training_curves(HISTORY, **t),
    "training_curves, loss": lambda t: plots.training_curves(HISTORY[["epoch", "loss"]], **t),
    "confusion_matrix": lambda t: plots.confusion_matrix([[3, 1, 0], [0, 4, 0], [0, 2, 2]], CLASSES, what="texts", **t),
    "confusion_matrix, right": lambda t: plots.confusion_matrix(np.diag([3, 2]), CLASSES[:2], **t),
    "bars": lambda t: plots.bars([0.2, 0.9, 0.5], CLASSES, unit="recall", reference=1 / 3, reference_name="guess", colours=["#000000", "#D55E00", "#009E73"], **t),
    "bars, plain": lambda t: plots.bars([120, 4], CLASSES[:2], **t),
    "distributions": lambda t: plots.distributions({"near": random(16).random(20), "far": 5 + random(17).random(30)}, "metres", bins=12, **t),
    "reliability": lambda t: plots.reliability(random(18).random(50), random(19).random(50) > 0.5, 5, **t),
    "intervals": lambda t: plots.intervals(["counting", "net"], [0.78, 0.9], [0.76, 0.88], [0.8, 0.91], 0.5, "guess", "recall", **t),
    "intervals, kept": lambda t: plots.intervals(["counting", "net"], [0.78, 0.9], [0.76, 0.88], [0.8, 0.91], 0.5, kept=[None, (0.87, 0.02)], **t),
    "intervals, plain": lambda t: plots.intervals(["net"], [0.9], [0.88], [0.91], **t),
    "accuracy_by_shots": lambda t: plots.accuracy_by_shots(ROWS, chance=0.1, live=[ROWS[1] | {"accuracy": 0.4}], **t),
    "accuracy_by_shots, some": lambda t: plots.accuracy_by_shots([row | {"accuracy_runs": [row["accuracy"] - 0.1, row["accuracy"] + 0.2]} for row in ROWS], ["tuned"], ["hard"], **t),
    "gradient_by_step": lambda t: plots.gradient_by_step({"halving": 0.5 ** np.arange(10)[::-1], "even": np.ones(6)}, **t),
    "word_by_word": lambda t: plots.word_by_word(["dull", "but", "lovely"], {"CNN": [0.2, 0.25, 0.9], "LSTM": [0.5, 0.4, 0.6]}, **t),
    "word_by_word, one": lambda t: plots.word_by_word(["dull", "but", "lovely"] * 3, np.linspace(0.1, 0.9, 9), unit="share", **t),
    "spectrograms": lambda t: plots.spectrograms({"tone": random(20).random((50, 4)), "same": random(21).random((20, 4))}, 0.02, [100, 200, 400, 800], **t),
    "line_spectrum": lambda t: plots.line_spectrum({"made": (np.arange(0, 1000, 2), random(22).random(500)), "other": (np.arange(0, 500, 5), random(23).random(100))}, {"A": 440, "E": 659}, **t),
    "dilated_stack": lambda t: plots.dilated_stack([1, 2, 4], **t),
    "dilated_stack, wide": lambda t: plots.dilated_stack([1, 3], 3, **t),
    "labels_over_time": lambda t: plots.labels_over_time(random(24).dirichlet([0.3] * 4, 30), ["blank", "a", "b", "c"], 0.1, **t),
    "labels_over_time, other blank": lambda t: plots.labels_over_time(random(25).dirichlet([0.3] * 3, 12), ["a", "b", "-"], 0.05, blank=2, **t),
    "tag_moves": lambda t: plots.tag_moves(random(26).normal(size=(3, 3)) * 2, ["O", "B-LOC", "I-LOC"], **t),
    "word_frequencies": lambda t: plots.word_frequencies([120, 60, 40, 1], ["the", "jam", "was", "quince"], ([50, 100, 221], [3, 3, 4]), **t),
    "window_scores": lambda t: plots.window_scores(["jam", "was", "not", "fresh"], [0.0, -0.2, 1.2], width=2, **t),
    "one_and_many": lambda t: plots.one_and_many({"many to one": (4, 1, 3), "many to many": (3, 3, 2), "one to many": (1, 3, 0)}, **t),
    "attention_map": lambda t: plots.attention_map(random(27).dirichlet([0.4] * 5, 4), "abcd", "xyz", **t),
    "label_maps": lambda t: plots.label_maps([np.full((64, 64, 3), 90, "uint8")] * 2, {"truth": [masks()[0], 0 * masks()[0]], "net": [masks()[1]] * 2}, NAMES, **t),
    "label_maps, things": lambda t: plots.label_maps([np.full((64, 64, 3), 90, "uint8")], {"cut": [masks()[1]]}, size=2.5, **t),
    "points_on_things": lambda t: plots.points_on_things(PHOTOS[:3], random(28).random((3, 2, 2)) * 10, random(29).random((3, 2, 2)) * 10, ["stem", "tip"], columns=2, **t),
    "six_tasks": lambda t: plots.six_tasks(np.full((64, 64, 3), 90, "uint8"), things(), *masks(), NAMES),
}  # fmt: skip


@pytest.mark.parametrize("name", FIGURES)
def test_a_figure_is_drawn_as_it_was_approved(name):
    picture = FIGURES[name]({"title": "A title"})
    assert picture.alt
    other = FIGURES[name]({"title": "", "alt": "What one would see, in words of one's own."})
    if "," in name and not name.startswith(("sliding", "six")):
        assert other.alt == "What one would see, in words of one's own."


def test_texts_and_films_are_shown_as_approved():
    for page in (
        plots.highlighted_words(of_text()), plots.highlighted_words(of_text(), 1, "Why?", 2),
        plots.highlighted_words(of_text(class_names=())),
    ):  # fmt: skip
        approvals.see(page=page._repr_mimebundle_())
    for options in ({}, {"line": ((16, 0), (16, 24))}, {"scale": 3, "part": slice(1, 4, 2)}):
        approvals.see(frames=films.annotated(FILM, TRACKS, **options))
    crossings = pd.DataFrame([(2, 1, "right"), (3, 2, "left")], columns=["frame", "id", "direction"])
    counted = films.annotated(FILM, TRACKS.drop(columns="kind"), ((16, 2), (20, 20)), crossings)
    approvals.see(counted=counted, strip=counted[3, -20:].reshape(-1)[::61].tolist())
    shown = plots.clip(FILM, "Two things go to the right here.", 8, 100)._repr_mimebundle_()
    approvals.see(film=shown["text/plain"], page=shown["text/html"].partition("base64,")[0])


def test_labels_find_their_places_as_approved():
    chance = random(30)
    corner = chance.uniform(0, 80, (14, 2))
    boxes, sizes = (
        np.concatenate([corner, corner + chance.uniform(5, 30, (14, 2))], 1),
        chance.uniform((8, 5), (30, 9), (14, 2)),
    )
    for options in ({}, {"gap": 0.0}, {"gap": 4.0}):
        spots = labels.places(boxes, sizes, 110, 100, **options)
        approvals.see(spots=[list(spot) for spot in spots])
        approvals.see(lines=[labels.leader(*one) for one in zip(boxes, spots, sizes, strict=True)])
    approvals.see(
        ink=[labels.ink(colour) for colour in plots.COLOURS],
        painted=vision_tasks.coloured(PHOTOS[0], np.arange(192).reshape(12, 16) % 11),
    )


REFUSED = {
    "boxes_on": lambda: plots.boxes_on(PHOTOS[:2], [BOXES] * 2, [BOXES]),
    "boxes_on, found": lambda: plots.boxes_on(PHOTOS[:2], [BOXES]),
    "boxes_on, titles": lambda: plots.boxes_on(PHOTOS[:2], [BOXES] * 2, titles=["one"]),
    "image_grid": lambda: plots.image_grid([]),
    "image_grid, titles": lambda: plots.image_grid(PHOTOS, ["one"]),
    "image_grid, values": lambda: plots.image_grid([PHOTOS[0] * 3.0]),
    "pixel_values": lambda: plots.pixel_values(PHOTOS[0], 9, 3, 5),
    "pixel_values, below 0": lambda: plots.pixel_values(PHOTOS[0], -1, 3, 5),
    "confusion_matrix": lambda: plots.confusion_matrix([[1, 2]], CLASSES),
    "distributions": lambda: plots.distributions({"none": np.zeros(0)}),
    "intervals": lambda: plots.intervals(["a"], [1, 2], [0.5], [1]),
    "intervals, kept": lambda: plots.intervals(["a"], [1], [0.5], [1], kept=[(0.5, 0.1), None]),
    "accuracy_by_shots": lambda: plots.accuracy_by_shots(ROWS, ["nothing"]),
    "accuracy_by_shots, panels": lambda: plots.accuracy_by_shots(ROWS, panels=["nothing"]),
    "accuracy_by_shots, live": lambda: plots.accuracy_by_shots(ROWS, live=[ROWS[0] | {"a class": 7}]),
    "accuracy_by_shots, other": lambda: plots.accuracy_by_shots(ROWS, ["tuned"], live=[ROWS[0]]),
    "word_frequencies": lambda: plots.word_frequencies([3, 2], ["the"], ([1], [1])),
    "window_scores": lambda: plots.window_scores(["a", "b"], [1.0], 3),
    "window_scores, many": lambda: plots.window_scores(["a", "b"], [1.0, 2, 3], 1),
    "sliding_window": lambda: plots.sliding_window(GREY, NUMBERS, NUMBERS, 2, 0),
    "sliding_window, left": lambda: plots.sliding_window(GREY, NUMBERS, NUMBERS, 0, -1),
    "clip": lambda: plots.clip(FILM, "short"),
    "clip, speed": lambda: plots.clip(FILM, "Two things go to the right here.", 0),
    "picture_rows": lambda: plots.picture_rows({"a": PHOTOS[:2], "b": PHOTOS[:1]}),
    "picture_rows, none": lambda: plots.picture_rows({}),
    "picture_rows, titles": lambda: plots.picture_rows({"a": PHOTOS[:2]}, ["x"]),
    "grid_on_plain_colours": lambda: plots.grid_on_plain_colours({"a": PHOTOS[0]}, {"b": 1}),
    "grid_on_plain_colours, small": lambda: plots.grid_on_plain_colours({"a": PHOTOS[0] / 255}, {"a": 1}),
    "found_pictures": lambda: plots.found_pictures(PHOTOS[:1], [PHOTOS], ["Plum", "Kiwi"], [["Plum"]]),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_drawn_is_refused_in_the_words_that_were_approved(name):
    with pytest.raises(ValueError):
        REFUSED[name]()
