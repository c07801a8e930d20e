"""What the tracker promises: numbers that stay, memory, no flicker counted; and scores that a hand can work out."""

import numpy as np
import pandas as pd
import pytest

from course_utils.further.detection import Tracker, count_crossings, follow, tracking_scores
from course_utils.further.detection.tracking import Motion

SIDES = ["left", "top", "right", "bottom"]
LINE = ((50, 0), (50, 100))


def box(x, y=50.0, score=0.9, label=0, size=10.0):
    """A row of boxes (6,) around a middle."""
    return [x - size / 2, y - size / 2, x + size / 2, y + size / 2, score, label]


def found(*rows):
    return np.array(rows, dtype=float).reshape(-1, 6)


def table(rows):
    """Rows of (frame, id, x) as a table of boxes of 10 pixels around x, 50."""
    return pd.DataFrame(
        [(f, i, x - 5, 45.0, x + 5, 55.0) for f, i, x in rows], columns=["frame", "id", *SIDES]
    )


def test_a_steady_thing_keeps_one_number():
    tracks = follow([found(box(10 + 4 * frame)) for frame in range(20)])
    assert tracks["id"].unique().tolist() == [1] and len(tracks) == 20
    assert tracks["frame"].tolist() == list(range(20))


def test_motion_expects_the_next_place_of_a_steady_thing():
    motion = Motion(np.array([0.0, 0.0, 10.0, 10.0]))
    for step in range(1, 12):
        motion.predict()
        motion.correct(np.array([3.0 * step, 0.0, 10.0 + 3 * step, 10.0]))
    assert motion.predict()[0] == pytest.approx(36, abs=0.3)
    assert motion.predict()[0] == pytest.approx(39, abs=0.6), "it goes on without a box"


def test_motion_grows_less_sure_without_boxes_and_surer_with_them():
    motion = Motion(np.array([0.0, 0.0, 10.0, 10.0]))
    motion.predict()
    before = motion.doubt[0, 0]
    motion.correct(np.array([1.0, 0.0, 11.0, 10.0]))
    assert motion.doubt[0, 0] < before
    sure = motion.doubt[0, 0]
    motion.predict()
    assert motion.doubt[0, 0] > sure


def gone_behind(first=8, until=14, step=6.0):
    """A thing that passes behind something: no box from `first` until `until`."""
    return [found() if first <= frame < until else found(box(10 + step * frame)) for frame in range(22)]


def test_patience_and_motion_bridge_an_occlusion():
    assert follow(gone_behind(), patience=10)["id"].nunique() == 1


def test_without_memory_the_same_thing_gets_a_new_number():
    assert follow(gone_behind(), patience=0)["id"].nunique() == 2


def test_without_motion_the_same_thing_gets_a_new_number():
    assert follow(gone_behind(), patience=10, motion=False)["id"].nunique() == 2


def test_a_track_ends_when_patience_does():
    assert follow(gone_behind(8, 14), patience=6)["id"].nunique() == 1
    assert follow(gone_behind(8, 14), patience=5)["id"].nunique() == 2


def test_two_that_meet_keep_their_numbers():
    frames = [found(box(10 + 4 * f, 48), box(90 - 4 * f, 52)) for f in range(20)]
    tracks = follow(frames, overlap=0.1)
    ends = tracks.groupby("id")["left"].agg(["first", "last"])
    assert len(ends) == 2
    assert set((ends["last"] > ends["first"]).tolist()) == {True, False}


def test_a_flicker_is_no_track_and_takes_no_number():
    frames = [found(box(10 + 4 * f), *([box(70)] if f in (3, 4, 9) else [])) for f in range(15)]
    tracks = follow(frames, minimum_age=3)
    assert tracks["id"].unique().tolist() == [1]
    assert follow(frames, minimum_age=1, patience=2)["id"].nunique() == 3


def test_the_first_sightings_of_a_confirmed_track_are_not_lost():
    assert follow([found(box(10 + f)) for f in range(6)], minimum_age=3)["frame"].tolist() == list(range(6))


def test_only_confirmed_tracks_come_out_of_update():
    tracker = Tracker(minimum_age=3)
    seen = [len(tracker.update(found(box(10 + f)))) for f in range(5)]
    assert seen == [0, 0, 1, 1, 1]


def test_a_lost_track_is_not_shown_as_if_it_were_seen():
    tracker = Tracker(minimum_age=1, patience=5)
    tracker.update(found(box(10)))
    assert tracker.update(found()) == [] and len(tracker.tracks) == 1


def test_tracks_do_not_vanish_in_frames_without_a_box():
    """supervision#429 and its like: an empty frame must neither fail nor lose anyone."""
    tracker = Tracker(minimum_age=1, patience=3)
    tracker.update(found(box(10)))
    tracker.update(np.zeros((0, 6)))
    tracker.update(np.array([]))
    assert [track.id for track in tracker.update(found(box(10)))] == [1]


def test_an_ended_track_stays_ended():
    """supervision#1864: what was removed must not come back with the old number."""
    frames = [found(box(10))] * 4 + [found()] * 8 + [found(box(10))] * 4
    tracks = follow(frames, patience=3)
    assert tracks["id"].unique().tolist() == [1, 2]
    assert tracks.groupby("id")["frame"].max().tolist() == [3, 15]


def test_two_trackers_do_not_share_their_numbers():
    for _ in range(2):
        assert follow([found(box(10 + f)) for f in range(5)])["id"].unique().tolist() == [1]


def test_a_weak_box_continues_a_track_and_never_begins_one():
    strong, weak = box(10, score=0.9), box(10, score=0.2)
    frames = [found(strong)] * 4 + [found(weak)] * 6 + [found(strong)] * 2
    assert len(follow(frames, patience=2, low=0.1)) == 12
    assert follow(frames, patience=2)["id"].nunique() == 2 or len(follow(frames, patience=2)) == 4
    assert follow([found(weak)] * 9, low=0.1).empty


def test_a_weak_box_does_not_wake_a_lost_track():
    frames = [found(box(10))] * 4 + [found()] * 2 + [found(box(10, score=0.2))] * 5
    assert len(follow(frames, patience=3, low=0.1)) == 4


def test_the_kind_is_what_most_of_the_scores_say():
    frames = [found(box(10 + f, label=2 if f == 3 else 1)) for f in range(8)]
    assert follow(frames)["label"].unique().tolist() == [1]


def test_the_sum_of_overlaps_decides_not_the_first_that_fits():
    tracker = Tracker(minimum_age=1, overlap=0.1, motion=False)
    tracker.update(found(box(20), box(26)))
    tracker.update(found(box(24), box(31)))  # greedy would give 24 to 26 and leave 20 with 31
    assert tracker.table().groupby("id")["left"].last().tolist() == [19.0, 26.0]


@pytest.mark.parametrize(
    "settings", [{"overlap": 0}, {"patience": -1}, {"minimum_age": 0}, {"high": 0.3, "low": 0.4}]
)
def test_settings_that_cannot_work_are_refused(settings):
    with pytest.raises(ValueError, match="Expected 0 < overlap"):
        Tracker(**settings)


def test_boxes_of_another_shape_are_refused():
    with pytest.raises(ValueError, match=r"shape \(N, 6\); got shape \(2, 4\)"):
        Tracker().update(np.zeros((2, 4)))


def test_crossings_are_counted_in_both_directions():
    tracks = table([(f, 1, 20 + 5 * f) for f in range(12)] + [(f, 2, 90 - 7 * f) for f in range(12)])
    crossed = count_crossings(tracks, LINE)
    assert crossed.sort_values("id")["direction"].tolist() == ["right", "left"]
    assert crossed.sort_values("id")["frame"].tolist() == [7, 7]


def test_the_ends_of_the_line_may_be_given_in_either_order():
    tracks = table([(f, 1, 20 + 5 * f) for f in range(12)])
    assert count_crossings(tracks, LINE[::-1])["direction"].tolist() == ["right"]


def test_a_level_line_counts_up_and_down():
    rows = [(f, 1, 40, 90 - 10 * f, 60, 100 - 10 * f) for f in range(9)]
    tracks = pd.DataFrame(rows, columns=["frame", "id", *SIDES])
    assert count_crossings(tracks, ((0, 50), (100, 50)))["direction"].tolist() == ["up"]


def test_who_stops_on_the_line_is_counted_once():
    wobble = [48.4, 51.2, 49.3, 50.9, 48.6, 51.4]
    way = [20, 30, 40, *wobble, 60, 70]
    assert len(count_crossings(table([(f, 1, x) for f, x in enumerate(way)]), LINE)) == 1
    assert len(count_crossings(table([(f, 1, x) for f, x in enumerate(way)]), LINE, margin=0)) > 1


def test_who_turns_round_at_the_line_is_not_counted():
    way = [20, 35, 47, 49, 51, 49, 45, 30]
    assert count_crossings(table([(f, 1, x) for f, x in enumerate(way)]), LINE).empty


def test_who_passes_beyond_the_end_of_the_line_is_not_counted():
    tracks = table([(f, 1, 20 + 5 * f) for f in range(12)])
    assert count_crossings(tracks, ((50, 60), (50, 100))).empty


def test_a_crossing_behind_something_is_counted_when_the_thing_is_seen_again():
    tracks = table([(f, 1, 20 + 5 * f) for f in range(14) if not 4 <= f <= 8])
    assert count_crossings(tracks, LINE)["frame"].tolist() == [9]


def test_unconfirmed_numbers_are_not_counted():
    """supervision#2578: all unconfirmed boxes carry the number -1 and cross the line together, again and again."""
    tracks = table([(f, -1, 20 if f % 2 else 80) for f in range(8)])
    assert count_crossings(tracks, LINE).empty


def test_a_line_of_no_length_is_refused():
    with pytest.raises(ValueError, match="two different ends"):
        count_crossings(table([(0, 1, 10)]), ((5, 5), (5, 5)))


def test_perfect_tracks_have_no_errors():
    truth = table([(f, i, 20 + 30 * i + f) for f in range(5) for i in (1, 2)])
    scores = tracking_scores(truth, truth.assign(id=truth["id"] + 40))
    assert (scores.boxes, scores.misses, scores.false_boxes, scores.switches, scores.mota) == (
        10,
        0,
        0,
        0,
        1.0,
    )


def test_errors_worked_out_by_hand():
    # Two things, five frames. Frame 1: thing 2 is missed. Frame 2: a false box. Frame 3: thing 1 gets another number.
    truth = table([(f, i, 20 + 40 * i) for f in range(5) for i in (1, 2)])
    tracks = table(
        [(0, 7, 60), (0, 8, 100), (1, 7, 60), (2, 7, 60), (2, 8, 100), (2, 9, 10)]
        + [(3, 5, 60), (3, 8, 100), (4, 5, 60), (4, 8, 100)]
    )
    scores = tracking_scores(truth, tracks)
    assert (scores.misses, scores.false_boxes, scores.switches) == (1, 1, 1)
    assert scores.mota == pytest.approx(1 - 3 / 10)


def test_two_things_that_swap_their_numbers_are_two_switches():
    truth = table([(f, i, 20 + 40 * i) for f in range(4) for i in (1, 2)])
    tracks = truth.copy()
    late = tracks["frame"] >= 2
    tracks.loc[late, "id"] = 3 - tracks.loc[late, "id"]
    assert tracking_scores(truth, tracks).switches == 2


def test_another_number_after_a_gap_is_a_switch():
    truth = table([(f, 1, 50) for f in range(6)])
    tracks = table([(0, 1, 50), (1, 1, 50), (4, 2, 50), (5, 2, 50)])
    scores = tracking_scores(truth, tracks)
    assert (scores.misses, scores.switches) == (2, 1)


def test_a_pair_stays_a_pair_while_it_overlaps():
    # Track 2 comes nearer than track 1, which still overlaps enough: no switch.
    truth = table([(0, 1, 50), (1, 1, 50)])
    tracks = table([(0, 1, 50), (1, 1, 53), (1, 2, 50)])
    scores = tracking_scores(truth, tracks)
    assert (scores.switches, scores.false_boxes) == (0, 1)


def test_a_track_belongs_to_one_thing_at_a_time():
    # Thing 1 had track 7, then thing 2 has it; when both stand together, it is still one track.
    truth = table([(0, 1, 20), (1, 2, 21), (2, 1, 20), (2, 2, 21)])
    tracks = table([(0, 7, 20), (1, 7, 21), (2, 7, 20)])
    scores = tracking_scores(truth, tracks)
    assert (scores.misses, scores.false_boxes, scores.switches) == (1, 0, 0)


def test_mota_falls_below_zero_where_errors_outnumber_the_boxes():
    truth = table([(0, 1, 20)])
    tracks = table([(0, 1, 60), (0, 2, 80), (1, 1, 60)])
    assert tracking_scores(truth, tracks).mota == 1 - 4 / 1


def test_no_tracks_at_all_is_all_missed():
    truth = table([(f, 1, 20) for f in range(4)])
    assert tracking_scores(truth, truth[:0]).mota == 0.0


def test_scores_are_those_of_a_well_kept_library():
    """py-motmetrics, where it is installed, on films with misses, false boxes and swapped numbers."""
    motmetrics = pytest.importorskip("motmetrics")
    from course_utils.further.detection import iou

    random = np.random.default_rng(2018)
    for _ in range(10):
        places, speeds, ids = random.uniform(0, 100, 6), random.normal(0, 3, 6), np.arange(6) + 1
        real, mine = [], []
        for frame in range(30):
            places = places + speeds
            if random.uniform() < 0.2:
                one, other = random.choice(6, 2, replace=False)
                ids[one], ids[other] = ids[other], ids[one]
            real += [(frame, thing + 1, x) for thing, x in enumerate(places)]
            mine += [
                (frame, ids[thing], x + random.normal(0, 2))
                for thing, x in enumerate(places)
                if random.uniform() < 0.85
            ]
        truth, tracks = table(real), table(mine)
        judge = motmetrics.MOTAccumulator()
        for frame in range(30):
            true, found_there = truth[truth["frame"] == frame], tracks[tracks["frame"] == frame]
            away = 1 - iou(true[SIDES].to_numpy(), found_there[SIDES].to_numpy())
            away[away > 0.5] = np.nan
            judge.update(true["id"].tolist(), found_there["id"].tolist(), away, frameid=frame)
        names = ["num_misses", "num_false_positives", "num_switches", "mota"]
        theirs = motmetrics.metrics.create().compute(judge, metrics=names).iloc[0]
        ours = tracking_scores(truth, tracks)
        assert (ours.misses, ours.false_boxes, ours.switches) == tuple(theirs[names[:3]].astype(int))
        assert ours.mota == pytest.approx(theirs["mota"])
