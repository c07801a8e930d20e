"""The parts of detectors and trackers on inputs drawn at random: what they give as a whole is what was approved."""

import approvals
import numpy as np
import pandas as pd
import pytest

from course_utils.further.detection import boxes, centres, keypoints, masks, scoring, tracking


def random(seed=0):
    return np.random.default_rng(seed)


def some_boxes(count, seed=0, size=60.0):
    """Boxes (N, 4) of 4 to 24 pixels."""
    chance = random(seed)
    corner = chance.uniform(0, size - 24, (count, 2))
    return np.concatenate([corner, corner + chance.uniform(4, 24, (count, 2))], axis=1)


def test_boxes_share_what_was_approved():
    first, second = some_boxes(6), some_boxes(5, 1)
    second[0] = second[0][[2, 1, 0, 3]]  # turned inside out
    second[1, 2:] = second[1, :2]
    approvals.see(areas=boxes.box_areas(second))
    for row in (*boxes.iou(first, second), *boxes.giou(first, second)):
        approvals.see(shared=row)
    scores = random(2).uniform(size=30)
    many, kinds = some_boxes(30, 3), np.arange(30) % 3
    for overlap in (0.0, 0.2, 0.5):
        approvals.see(kept=boxes.non_maximum_suppression(many, scores, overlap))
        approvals.see(kept=boxes.non_maximum_suppression(many, scores, overlap, kinds))
    approvals.see(usual=boxes.non_maximum_suppression(many, scores))


def test_targets_and_decoded_boxes_are_as_approved():
    places = np.array([[2.0, 3, 30, 21], [40, 40, 64, 64], [10, 10, 14, 15], [60, 0, 70, 9], [20, 4, 28, 12]])
    heat, wanted = centres.targets(places, np.array([0, 1, 1, 0, 1]), 2, (64, 48))
    approvals.see(heat=heat, wanted=wanted, rows=list(wanted[4]), bell=list(heat[3]))
    chance = random(5)
    logits, raw = chance.normal(-1, 2, (12, 10, 2)), chance.normal(1, 1, (12, 10, 4))
    for options in ({}, {"threshold": 0.6}, {"overlap": 0.1}, {"threshold": 0.05, "overlap": 0.9}):
        approvals.see(found=list(centres.boxes_from(logits, raw, **options)))
    approvals.see(table=centres.decode(logits, raw, ("plum", "lime")))
    for shape, size in (((30, 50, 3), 64), ((100, 37, 3), 48), ((5, 200, 3), 96)):
        seen = centres.fitted(chance.integers(0, 256, shape).astype("uint8"), size)
        approvals.see(fitted=seen, boxes=seen.enlarged(some_boxes(4, 6, 90)))


def test_losses_of_random_answers_are_as_approved():
    ops = pytest.importorskip("keras").ops
    places = np.array([[2.0, 3, 30, 21], [40, 40, 64, 64]])
    heat, wanted = centres.targets(places, np.array([0, 1]), 2, (64, 64))
    chance = random(7)
    logits, raw = chance.normal(size=(1, *heat.shape)), chance.normal(size=(1, 16, 16, 4))
    for loss, true, said in ((centres.centre_loss, heat, logits), (centres.box_loss, wanted, raw)):
        value = loss(ops.convert_to_tensor(true[None]), ops.convert_to_tensor(said.astype("float32")))
        approvals.see(loss=float(ops.convert_to_numpy(value)))
        nothing = loss(ops.convert_to_tensor(0 * true[None]), ops.convert_to_tensor(said.astype("float32")))
        approvals.see(nothing=float(ops.convert_to_numpy(nothing)))


def street(seed, frames=40, things=5):
    """Boxes (N, 6) per frame of things that cross a street, with misses, noise and false boxes; and the truth."""
    chance = random(seed)
    start, speed = chance.uniform(0, 90, (things, 2)), chance.normal(0, 2.5, (things, 2))
    rows, truth = [], []
    for frame in range(frames):
        found = []
        for number in range(things):
            x, y = start[number] + frame * speed[number]
            box = np.array([x - 6, y - 4, x + 6, y + 4])
            truth.append((frame, number + 1, *box))
            if chance.random() < 0.85:
                found.append([*(box + chance.normal(0, 0.8, 4)), chance.uniform(0.2, 1), number % 2])
        if chance.random() < 0.4:
            found.append([*(chance.uniform(0, 80, 2)), 95, 90, chance.uniform(0.2, 0.9), 1])
        rows.append(np.array(found).reshape(-1, 6))
    return rows, pd.DataFrame(truth, columns=["frame", "id", *scoring.SIDES])


SETTINGS = [
    {}, {"low": 0.2}, {"motion": False}, {"patience": 2, "minimum_age": 1}, {"overlap": 0.5, "high": 0.6, "low": 0.1},
]  # fmt: skip


@pytest.mark.parametrize("settings", SETTINGS, ids=str)
def test_things_are_followed_and_counted_as_approved(settings):
    for seed in (1, 2):
        rows, truth = street(seed)
        tracks = tracking.follow(rows, **settings)
        approvals.see(tracks=tracks, ids=tracks["id"].tolist()[:60])
        for line in (((50, 0), (50, 100)), ((90, 60), (0, 40)), ((80, 20), (30, 90))):
            for margin in ({}, {"margin": 6.0}):
                crossings = tracking.count_crossings(tracks, line, **margin)
                approvals.see(crossings=crossings.to_numpy().tolist())
        for overlap in ({}, {"overlap": 0.3}):
            scores = tracking.tracking_scores(truth, tracks, **overlap)
            approvals.see(scores=scores, mota=scores.mota)


def test_motion_goes_on_as_approved():
    motion = tracking.Motion(np.array([10.0, 10, 20, 16]))
    for step, seen in enumerate((11, 13, 16, None, 20, 19, None, None, 25)):
        approvals.see(expected=motion.predict().copy())
        if seen is not None:
            motion.correct(np.array([seen, 10.0 + step, seen + 10, 17 + step]))
        approvals.see(state=motion.state, doubt=motion.doubt, box=motion.box)


def test_precision_is_as_approved():
    truth = pd.DataFrame(some_boxes(12, 8), columns=scoring.SIDES).assign(
        picture=np.arange(12) // 3, kind=np.array(["plum", "lime"])[np.arange(12) % 2]
    )
    near = truth[scoring.SIDES] + random(9).normal(0, 1.5, (12, 4))
    found = pd.concat(
        [truth.assign(**near), truth.iloc[::2], pd.DataFrame(some_boxes(9, 10), columns=scoring.SIDES).assign(picture=np.arange(9) // 2, kind="plum")]
    ).reset_index(drop=True)  # fmt: skip
    found["score"] = random(11).uniform(size=len(found))
    for overlap in (0.5, 0.75):
        approvals.see(curve=list(scoring.precision_recall(truth, found, overlap)))
        approvals.see(ap=scoring.average_precision(truth, found, overlap))
    approvals.see(
        kinds=scoring.average_precisions(truth, found), mean=scoring.mean_average_precision(truth, found),
        coco=scoring.mean_average_precision(truth, found, scoring.COCO_OVERLAPS),
        some=scoring.average_precisions(truth, found, kinds=["lime", "kiwi"]),
    )  # fmt: skip
    order = np.argsort(-found["score"].to_numpy())
    sides = found[scoring.SIDES].to_numpy()[order]
    approvals.see(matches=scoring.match(truth[scoring.SIDES].to_numpy(), sides).tolist())


def blobs(seed=0, count=7, side=48):
    rows, columns = np.mgrid[:side, :side]
    mask = np.zeros((side, side), bool)
    for x, y, radius in random(seed).uniform((4, 4, 2), (44, 44, 8), (count, 3)):
        mask |= (rows - y) ** 2 + (columns - x) ** 2 < radius**2
    return mask


def test_masks_are_cut_and_scored_as_approved():
    for seed in range(3):
        mask = blobs(seed)
        cut = masks.instances(mask)
        approvals.see(
            cut=cut, coarse=masks.instances(mask, least=40, smooth=2.0, depth=1.5), pieces=masks.connected(mask),
            small=masks.connected(mask, least=1), matches=masks.instance_matches(cut, masks.connected(mask)),
            loose=masks.instance_matches(cut, masks.connected(mask), 0.2), by_kind=masks.by_kind(mask + blobs(seed + 9)),
        )  # fmt: skip
    true, found = random(3).integers(0, 4, (2, 9, 9)), random(4).integers(0, 3, (2, 9, 9))
    approvals.see(iou=masks.iou_by_kind(true, found, 5), mean=masks.mean_iou(true, found, 5))
    pictures = random(5).integers(0, 256, (2, 16, 16, 3)).astype("uint8")
    table = masks.ColourTable.fit(pictures, random(6).integers(0, 4, (2, 16, 16)))
    approvals.see(table=table.kinds, kinds=table.kinds_of(pictures))


def test_points_are_cut_out_drawn_and_read_as_approved():
    pictures = random(7).integers(0, 256, (2, 40, 50, 3)).astype("uint8")
    rows = pd.DataFrame(
        [[0, 5, 6, 25, 20, 7, 8, True, 24, 19, False], [1, 30, 1, 44, 38, 31, 2, True, 40, 30, True]],
        columns="picture left top right bottom stem_x stem_y stem_seen tip_x tip_y tip_seen".split(),
    )
    shown, places, lengths = keypoints.crops(pictures, rows)
    approvals.see(
        shown=shown, places=places, lengths=lengths, small=keypoints.crops(pictures, rows, ("tip",), 20)[1]
    )
    more, theirs = keypoints.turned(shown, places)
    approvals.see(more=more, theirs=theirs)
    drawn = keypoints.bells(places)
    approvals.see(bells=drawn, wide=keypoints.bells(places, 24, 4, 2.5), hottest=keypoints.hottest(drawn))
    noisy = drawn + random(8).uniform(0, 0.6, drawn.shape)
    approvals.see(noisy=keypoints.hottest(noisy), other=keypoints.hottest(noisy, 3))
    for share in ({}, {"share": 0.05}):
        approvals.see(pck=keypoints.pck(places, keypoints.hottest(noisy), lengths, **share))
