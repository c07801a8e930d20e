"""Figures of detection say in their alt text what one would see, and refuse what does not fit."""

import itertools

import numpy as np
import pandas as pd
import pytest

from course_utils import plots
from course_utils.plots.picture import SHARP

PICTURES = [np.zeros((20, 30, 3), np.uint8)] * 2
BOX = {"left": 1, "top": 2, "right": 9, "bottom": 12}
FOUND = pd.DataFrame([{"kind": "plum", "score": 0.9, **BOX}, {"kind": "plum", "score": 0.4, **BOX}])


def test_boxes_on_pictures_tell_what_was_found():
    picture = plots.boxes_on(PICTURES, [FOUND, FOUND[:0]], [FOUND[:1], FOUND[:1]], ["a", "b"], title="Two")
    assert picture.alt == "Two: boxes on pictures. a: 2 plum; b: no box. True boxes are dashed."
    texts = [text.get_text() for text in picture.figure.axes[0].texts]
    assert texts == ["plum 0.90", "plum 0.40"] and len(picture.figure.axes[0].patches) == 6
    plain = plots.boxes_on(PICTURES[:1], [pd.DataFrame([BOX])])
    assert plain.alt.endswith("picture 1: 1 box.")
    for more in ({"found": [FOUND]}, {"found": [FOUND, FOUND], "titles": ["a"]}):
        with pytest.raises(ValueError, match="pass one per picture"):
            plots.boxes_on(PICTURES, **more)


def test_words_beside_boxes_do_not_cover_each_other_and_stay_in_the_picture():
    boxes = [(10 + 2 * step, 30 + 2 * step, 60 + 2 * step, 80 + 2 * step) for step in range(9)]
    crowd = pd.DataFrame(
        [("Strawberry", 0.5, *box) for box in boxes],
        columns=["kind", "score", "left", "top", "right", "bottom"],
    )
    picture = plots.boxes_on([np.zeros((128, 128, 3), np.uint8)] * 2, [crowd, crowd[:1]], title="Crowded")
    picture.figure.set_dpi(SHARP)  # as it is shown
    picture.figure.draw_without_rendering()
    axis, other = picture.figure.axes
    area = axis.get_window_extent()
    grounds = [text.get_bbox_patch().get_window_extent() for text in axis.texts]
    assert len(grounds) == 9
    assert not any(a.overlaps(b) for a, b in itertools.combinations(grounds, 2))
    for ground in grounds:
        assert area.x0 - 1 <= ground.x0 and ground.x1 <= area.x1 + 1
        assert area.y0 - 1 <= ground.y0 and ground.y1 <= area.y1 + 1
    assert len(axis.lines) > 0 and not other.lines, "lines lead from words that had to leave their box"


def test_precision_over_recall_is_read_at_one_half():
    picture = plots.precision_over_recall(
        {"good": ([1, 1, 0.75], [0.3, 0.6, 0.9]), "poor": ([0.5], [0.2]), "none": ([], [])}
    )
    assert "good: precision 1.00 at recall 0.50, recall 0.90 in the end" in picture.alt
    assert "poor: never reaches recall 0.50, recall 0.20 in the end" in picture.alt
    with pytest.raises(ValueError, match="no curves"):
        plots.precision_over_recall({})
