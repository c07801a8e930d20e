"""Labels lie inside of their axes, clear of each other, of the title and of what the figure draws."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
import test_plots_whole
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgba
from matplotlib.transforms import Bbox

from course_utils import plots

SLACK = 1.5  # pixels of 1/100 inch: the air that a font leaves around its letters


def random():
    return np.random.default_rng(0)


def boxes(texts, renderer) -> list[tuple[str, Bbox]]:
    """What each text says and the room that its letters take, in pixels."""
    found = [
        (text.get_text().strip(), text.get_window_extent(renderer))
        for text in texts
        if text.get_text().strip()
    ]
    return [(said, box.padded(-SLACK)) for said, box in found]


def on_paper(text) -> bool:
    """Whether a text has a ground of its own, which no line below it crosses."""
    ground = text.get_bbox_patch()
    return ground is not None and to_rgba(ground.get_facecolor())[3] > 0.6


def touched(axes, box: Bbox) -> bool:
    """Whether a line, a mark or a point of these axes lies in the box."""
    for line in axes.lines:
        path = line.get_transform().transform_path(line.get_path())
        if not line.get_visible() or not len(path.vertices):
            continue
        if line.get_linestyle() != "None" and path.intersects_bbox(box, filled=False):
            return True
        marks = line.get_markersize() / 2 if line.get_marker() not in ("None", None, "") else 0
        if marks and box.padded(marks).count_contains(path.vertices):
            return True
    points = [one for one in axes.collections if len(np.atleast_2d(one.get_offsets())) > 1]
    return any(box.count_contains(one.get_offset_transform().transform(one.get_offsets())) for one in points)


def complaints(picture: plots.Picture) -> list[str]:
    """What a reader of the figure would say of its labels; nothing if all of them are clear."""
    figure = picture.figure
    if not any(text.get_text().strip() for axes in figure.axes for text in axes.texts):
        return []
    canvas = FigureCanvasAgg(figure)
    figure.draw_without_rendering()  # lays it out
    renderer = canvas.get_renderer()
    said = []
    for axes in figure.axes:
        titles = [
            axes.title,
            axes._left_title,
            axes._right_title,
            *([figure._suptitle] if figure._suptitle else []),
        ]
        labels = boxes(axes.texts, renderer)
        room = axes.get_window_extent(renderer).padded(SLACK)
        legend = axes.get_legend()
        others = boxes(titles, renderer) + (
            [("the legend", legend.get_window_extent(renderer))] if legend else []
        )
        papers = {text.get_text().strip() for text in axes.texts if on_paper(text)}
        for (name, box), (other, place) in [
            *combinations(labels, 2),
            *((a, b) for a in labels for b in others),
        ]:
            if Bbox.intersection(box, place) is not None:
                said.append(f"{name!r} lies on {other!r}")
        for name, box in labels:
            if axes.axison and not (
                room.x0 <= box.x0 and box.x1 <= room.x1 and room.y0 <= box.y0 and box.y1 <= room.y1
            ):
                said.append(f"{name!r} leaves its axes")
            if name not in papers and touched(axes, box):
                said.append(f"{name!r} lies on a line or a point")
    return said


def words_of_a_stall(count: int, power: float, longest: str = "jam") -> plots.Picture:
    """Words whose counts fall more slowly or faster than Zipf's law says, so that some lie above it and some below."""
    counts = np.maximum((18_000 / np.arange(1, count + 1) ** power).astype(int), 1)
    words = ["the", *["was"] * 19, *[longest] * (count - 20)]  # what is frequent is short, in each language
    return plots.word_frequencies(counts, words, ([50, 100, 221], [3, 3, 4]))


def colours_of(kinds: int) -> plots.Picture:
    colours, labels = random().random((20 * kinds, 3)) * 200, np.arange(20 * kinds) % kinds
    names = [f"Pomegranate {label}" for label in range(kinds)]
    return plots.colour_cloud(colours, labels, names, title="Mean colour of each picture")


def scores(reference: float, name: str = "chance") -> plots.Picture:
    names, values = ["mean colour", "a small net", "a large net"], [0.45, 0.52, 0.9]
    lows, highs = [0.4, 0.5, 0.88], [0.49, 0.54, 0.92]
    return plots.intervals(names, values, lows, highs, reference, name, title="Three scores")


def beside_kept_runs() -> plots.Picture:
    """Scores close to 1 with long names, and kept runs with a spread and without."""
    names = ["comparison (84) · CNN", "comparison (84) · TF-IDF", "the same, writers as clusters"]
    kept = [(0.957, 0.007), (0.971, 0.0), (0.95, 0.03)]
    return plots.intervals(names, [0.952, 0.97, 0.87], [0.92, 0.95, 0.72], [0.97, 0.98, 0.95], 0.5, kept=kept)


NETS = {
    "AlexNet": (2012, 0.593, 61), "VGG16": (2014, 0.713, 138), "GoogLeNet": (2014, 0.698, 7),
    "ResNet-50": (2015, 0.749, 25.6), "ResNet-152": (2015, 0.766, 60.4), "Xception": (2016, 0.79, 22.9),
    "MobileNet": (2017, 0.704, 4.25), "ViT-B/16": (2020, 0.811, 86.6), "ConvNeXt-T": (2022, 0.821, 28.6),
}  # fmt: skip
CROWDED = {
    **{
        f"{count} words, {power}": lambda count=count, power=power: words_of_a_stall(count, power)
        for count in (30, 1_000, 12_000)
        for power in (0.8, 1, 1.2)
    },
    "long words": lambda: words_of_a_stall(1_000, 0.9, "unbelievable"),
    "long rare words": lambda: words_of_a_stall(12_000, 1.1, "unbelievable"),
    **{f"colours of {kinds} kinds": lambda kinds=kinds: colours_of(kinds) for kinds in (1, 2, 16)},
    "a reference between the scores": lambda: scores(0.5),
    "a reference on the right": lambda: scores(0.95, "most frequent class"),
    "scores beside kept runs": beside_kept_runs,
    "nets": lambda: plots.named_points(["small", "deep", "wide"], [2, 21, 24], [6, 160, 80], "millions", "ms"),
    "nets by year": lambda: plots.timeline(list(NETS), *zip(*NETS.values(), strict=True)),
    "cells of an index": lambda: plots.recall_against_time(
        [0.11, 0.22, 1.19, 4.88], [0.73, 0.9, 0.96, 1], ["1 of 256", "4 of 256", "16 of 256", "64 of 256"], 2.82
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CROWDED)
def test_the_labels_of_a_crowded_figure_are_clear(name):
    picture = CROWDED[name]()
    assert any(text.get_text().strip() for axes in picture.figure.axes for text in axes.texts)
    assert complaints(picture) == []


@pytest.mark.parametrize("name", test_plots_whole.FIGURES)
def test_no_figure_of_the_course_has_a_label_on_a_line_or_on_its_title(name):
    assert complaints(test_plots_whole.FIGURES[name]({"title": "A title"})) == []


def test_no_line_to_a_name_hides_a_point():
    axes = colours_of(16).figure.axes[0]
    leaders = [line for line in axes.lines if len(line.get_xydata()) == 2]
    assert len(leaders) == 16
    assert all(line.get_zorder() < axes.collections[0].get_zorder() for line in leaders)


@pytest.mark.parametrize(
    ("at", "complaint"),
    [
        ((1.0, 1.0), "lies on a line or a point"),
        ((0.55, 1.6), "lies on 'the legend'"),
        ((0.1, 2.08), "lies on 'A title'"),
        ((1.9, 0.5), "leaves its axes"),
        ((0.98, 0.3), "lies on 'another'"),
        ((1.5, 0.8), "lies on a line or a point"),
    ],
)
def test_a_label_that_is_not_clear_is_found(at, complaint):
    with plots.canvas(1, 2, width=8, height=3) as (figure, ((axes, _),)):
        axes.plot([0, 1, 2], [0, 1, 2], label="a line")
        axes.scatter([1.6, 1.9], [0.83, 0.1])
        axes.text(*at, "a label")
        axes.text(1.0, 0.3, "another")
        axes.legend(loc="upper left", bbox_to_anchor=(0.2, 0.85))
        axes.set(xlim=(0, 2), ylim=(0, 2), title="A title")
    assert complaint in " ".join(complaints(plots.Picture(figure, "A line with a label that is not clear.")))
