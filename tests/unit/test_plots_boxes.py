"""Figures of detection say in their alt text what one would see, and refuse what does not fit."""

import numpy as np
import pandas as pd
import pytest

from course_utils import plots

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


def test_precision_over_recall_is_read_at_one_half():
    picture = plots.precision_over_recall(
        {"good": ([1, 1, 0.75], [0.3, 0.6, 0.9]), "poor": ([0.5], [0.2]), "none": ([], [])}
    )
    assert "good: precision 1.00 at recall 0.50, recall 0.90 in the end" in picture.alt
    assert "poor: never reaches recall 0.50, recall 0.20 in the end" in picture.alt
    with pytest.raises(ValueError, match="no curves"):
        plots.precision_over_recall({})
