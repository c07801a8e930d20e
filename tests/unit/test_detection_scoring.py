"""Average precision: by hand on small cases, equal to COCO's evaluation on large ones."""

import contextlib
import io

import numpy as np
import pandas as pd
import pytest
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from course_utils.further.detection import average_precision, mean_average_precision
from course_utils.further.detection.scoring import COCO_OVERLAPS, SIDES, average_precisions, match

COLUMNS = ["picture", "kind", "score", *SIDES]


def table(*rows):
    return pd.DataFrame(rows, columns=COLUMNS)


TRUTH = table((0, "plum", 1, 0, 0, 10, 10), (0, "plum", 1, 20, 0, 30, 10), (1, "kiwi", 1, 5, 5, 15, 15))


def test_perfect_boxes_reach_one_and_no_boxes_reach_nothing():
    assert mean_average_precision(TRUTH, TRUTH) == mean_average_precision(TRUTH, TRUTH, COCO_OVERLAPS) == 1
    assert mean_average_precision(TRUTH, TRUTH[:0]) == 0
    with pytest.raises(ValueError, match="no true box"):
        mean_average_precision(TRUTH[:0], TRUTH)
    with pytest.raises(ValueError, match="lacks score"):
        average_precision(TRUTH, TRUTH.drop(columns="score"))
    assert np.isnan(average_precision(TRUTH[:0], TRUTH))


def test_average_precision_is_what_it_is_on_paper():
    """Right, false, right: precision 1 up to half of the recall (51 levels), then 2/3."""
    found = table(
        (0, "plum", 0.9, 0, 0, 10, 10), (1, "plum", 0.8, 0, 0, 10, 10), (0, "plum", 0.7, 21, 0, 31, 10)
    )
    plums = TRUTH[TRUTH["kind"] == "plum"]
    assert average_precision(plums, found) == pytest.approx((51 + 50 * 2 / 3) / 101)
    assert average_precision(plums, found, overlap=0.9) == pytest.approx(51 / 101)


def test_a_second_box_on_the_same_fruit_is_false():
    boxes = np.array([[0, 0, 10, 10], [0, 0, 10, 9], [50, 0, 60, 10]])
    assert match(np.array([[0, 0, 10, 10]]), boxes).tolist() == [0, -1, -1]


def test_the_order_of_the_rows_says_nothing_and_the_scores_say_all():
    random = np.random.default_rng(0)
    truth, found = scenes(random, 20)
    first = mean_average_precision(truth, found)
    assert mean_average_precision(truth, found.sample(frac=1, random_state=0)) == pytest.approx(first)
    assert mean_average_precision(truth, found.assign(score=found["score"] / 7)) == pytest.approx(first)
    assert mean_average_precision(truth, found.assign(score=1 - found["score"])) < first


def scenes(random, count, kinds=("plum", "kiwi", "lemon")):
    """Random truth and findings that are near it, doubled, misnamed or invented; surer where they are right."""
    truth, found = [], []
    for picture in range(count):
        for _ in range(random.integers(0, 6)):
            kind = str(random.choice(kinds))
            left, top = random.integers(0, 80, 2)
            box = np.array([left, top, left + random.integers(8, 40), top + random.integers(8, 40)], float)
            truth.append((picture, kind, 1, *box))
            for _ in range(random.integers(0, 3)):
                named = kind if random.random() < 0.8 else str(random.choice(kinds))
                moved = box + random.normal(0, 3, 4)
                score = random.uniform(0.2, 1) if named == kind else random.uniform(0, 0.7)
                found.append((picture, named, score, *moved[:2], *np.maximum(moved[2:], moved[:2] + 1)))
        for _ in range(random.integers(0, 3)):
            corner = random.uniform(0, 80, 2)
            found.append(
                (picture, str(random.choice(kinds)), random.uniform(0, 0.5), *corner, *(corner + 20))
            )
    return table(*truth), table(*found)


def coco(truth, found):
    """AP at 0.5 and over 0.5-0.95 by pycocotools, as (kind -> AP50, AP)."""
    kinds = sorted(set(truth["kind"]) | set(found["kind"]))
    pictures = sorted(set(truth["picture"]) | set(found["picture"]))

    def rows(table):
        for number, row in enumerate(table.itertuples(index=False), 1):
            box = [row.left, row.top, row.right - row.left, row.bottom - row.top]
            yield {
                "id": number, "image_id": int(row.picture), "category_id": kinds.index(row.kind) + 1,
                "bbox": [float(side) for side in box], "area": float(box[2] * box[3]), "iscrowd": 0,
                "score": float(row.score),
            }  # fmt: skip

    with contextlib.redirect_stdout(io.StringIO()):
        gold = COCO()
        gold.dataset = {
            "images": [{"id": int(picture)} for picture in pictures],
            "categories": [{"id": number} for number in range(1, len(kinds) + 1)],
            "annotations": list(rows(truth)), "info": {},
        }  # fmt: skip
        gold.createIndex()
        result = COCOeval(gold, gold.loadRes(list(rows(found))), "bbox")
        result.evaluate()
        result.accumulate()
    precision = result.eval["precision"][:, :, :, 0, 2]  # overlaps, recalls, kinds; all sizes, 100 boxes
    return {
        kind: (precision[0, :, number].mean(), precision[:, :, number].mean())
        for number, kind in enumerate(kinds)
    }


@pytest.mark.parametrize("seed", range(5))
def test_it_equals_cocos_evaluation(seed):
    truth, found = scenes(np.random.default_rng(seed), 60)
    theirs = coco(truth, found)
    for column, overlaps in enumerate(((0.5,), COCO_OVERLAPS)):
        ours = average_precisions(truth, found, overlaps)
        for kind, value in ours.items():
            assert value == pytest.approx(theirs[kind][column], abs=1e-6)
        mean = np.mean([theirs[kind][column] for kind in ours])
        assert mean_average_precision(truth, found, overlaps) == pytest.approx(mean, abs=1e-6)
