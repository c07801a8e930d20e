"""Explanations of simple functions on fixed seeds: weights, maps and batches as a whole are what was approved."""

import approvals
import numpy as np
import pytest

from course_utils import explain
from course_utils.explain import balanced, gradcam, inputs, lime_common, lime_image, predictions

SEGMENTS = np.kron(np.arange(6).reshape(2, 3), np.ones((4, 4), int))
PICTURE = np.random.default_rng(0).integers(0, 256, (8, 12, 3)).astype("uint8")
WEIGHTS = np.random.default_rng(1).normal(size=(8 * 12 * 3, 3)) / 4000


def answers(pictures):
    """Probabilities of three classes that follow a line on the logit scale."""
    scores = np.asarray(pictures, float).reshape(len(pictures), -1) @ WEIGHTS
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def read(texts):
    """Probabilities of two classes from words that are there."""
    score = np.array([("good" in text) * 2.0 - ("not" in text) - 0.5 * ("jam" in text) for text in texts])
    share = 1 / (1 + np.exp(-score))
    return np.stack([1 - share, share], axis=1)


def seen(found):
    approvals.see(
        coefficients=found.coefficients, intercept=found.intercept, score=found.score, local=found.local_prediction, prediction=found.prediction,
        classes=found.classes, names=found.class_names, samples=found.samples, seed=found.seed, engine=found.engine, maths=found.maths,
        weights=found.weights(), two=found.weights(found.classes[-1], 2), heat=found.heat(), both=found.heat(positive=False),
    )  # fmt: skip


SETTINGS = [
    {}, {"labels": (2, 0), "seed": 3}, {"top_labels": 1, "hide_color": 0}, {"kernel_width": 0.8, "num_features": 3}, {"batch_size": 7, "class_names": ("a", "b", "c")},
    {"hide_color": (255, 0, 9), "segments": "slic"},
]  # fmt: skip


@pytest.mark.parametrize("settings", SETTINGS, ids=str)
def test_weights_of_segments_are_as_approved(settings):
    settings = {"segments": SEGMENTS} | settings
    for engine in ("fast", "lime"):
        seen(explain.explain_image(answers, PICTURE, num_samples=60, engine=engine, **settings))
    seen(balanced.explain_image(answers, PICTURE, num_samples=40, **settings))


TEXTS = ("The jam is good, not bad. Good jam!", "not", "not good not good Jam")


@pytest.mark.parametrize("settings", [{}, {"bow": False, "mask_string": "UNK"}, {"labels": (0,), "num_features": 2, "seed": 4}, {"kernel_width": 5, "batch_size": 9}], ids=str)  # fmt: skip
def test_weights_of_words_are_as_approved(settings):
    for text in TEXTS:
        for function in (explain.explain_text, balanced.explain_text):
            found = function(read, text, ("bad", "good"), num_samples=60, **settings)
            approvals.see(
                pieces=found.pieces, spans=found.spans, features=found.features, places=found.places, weights=found.weights, intercept=found.intercept,
                score=found.score, local=found.local_prediction, prediction=found.prediction, classes=found.classes, outside=found.outside,
                list=found.as_list(), by_piece=found.by_piece(), one=found.as_list(found.classes[-1], 1), samples=found.samples, names=found.class_names,
            )  # fmt: skip


def test_masks_are_drawn_as_approved():
    for seed in (0, 5):
        for count, segments in ((9, 3), (20, 7)):
            approvals.see(masks=balanced.segment_masks(np.random.default_rng(seed), count, segments).tolist())
        for count, words in ((7, 1), (12, 5)):
            for width in ((), (4.0,)):
                masks, weights = balanced.word_masks(np.random.default_rng(seed), count, words, *width)
                approvals.see(masks=masks.tolist(), weights=list(weights))
            masks, weights = balanced.word_samples(np.random.default_rng(seed), count, words)
            approvals.see(masks=masks.tolist(), weights=list(weights))
    random = np.random.default_rng(2)
    masks, weights = balanced.word_samples(random, 40, 5)
    said = 1 / (1 + np.exp(-(masks @ [1, -2, 0.5, 0, 1] + masks[:, 0] * masks[:, 1])))
    approvals.see(
        process=balanced.surrogate(masks, said, weights)(masks[:9]),
        steadied=balanced.steadied(masks, said, weights, *balanced.word_samples(random, 90, 5)),
    )
    approvals.see(
        kernel=balanced.kernel(np.linspace(0, 1, 5), 0.25),
        hidden=balanced.hidden_pixels(PICTURE, SEGMENTS, None),
    )


def test_occlusion_is_as_approved():
    for options in (
        {},
        {"patch": 3, "stride": 2},
        {"fill": 0, "class_index": 2},
        {"fill": (9, 0, 255), "batch_size": 4},
    ):
        found = explain.occlusion_map(answers, PICTURE, **options)
        approvals.see(map=found, row=list(found[3]))


def test_pictures_are_understood_as_approved():
    unit = PICTURE / 255
    for image in (PICTURE, unit, unit * 255, unit.astype("float16"), PICTURE[..., 0], PICTURE[..., :1]):
        one = inputs.read_picture(image)
        approvals.see(pixels=one.pixels, unit=one.unit, largest=one.largest, grey=one.grey)
    dark = inputs.read_picture(unit * 0.9, (0, 255))
    approvals.see(largest=dark.largest, unit=dark.unit)
    approvals.see(
        batches=[
            predictions.picture_batch(*one)
            for one in ((1000, 224, 224), (7, 8, 8), (1000, 32, 32), (1000, 2000, 2000), (50, 9, 9, 20))
        ]
    )
    approvals.see(
        fitting=[
            predictions.fitting_batch(*one) for one in ((1000, 256), (10, 256), (0, 9), (257, 256), (100, 33))
        ]
    )
    approvals.see(
        filled=predictions.fill_up(np.arange(6).reshape(3, 2), 5), full=predictions.fill_up(np.arange(4), 3)
    )
    for outputs, ends in (
        ([[0.2, 0.8]], None),
        ([0.3], None),
        ([[2.0, 1.0]], "linear"),
        ([[2.0]], "linear"),
        ([[True]], "sigmoid"),
    ):
        approvals.see(probabilities=predictions.as_probabilities(np.array(outputs), 1, ends))
    for method, options in (
        ("slic", {}),
        ("slic", {"n_segments": 9, "compactness": 1.0}),
        ("quickshift", {"kernel_size": 1, "max_dist": 5}),
    ):
        approvals.see(
            parts=lime_image.superpixels(
                np.kron(PICTURE, np.ones((3, 3, 1))).astype("uint8"), method, **options
            )
        )
    approvals.see(
        dense=lime_common.dense([(2, 0.5), (0, -1)], 4), total=lime_common.Seconds(1, 2, 3, 4.5).total
    )


def test_maps_are_enlarged_and_scored_as_approved():
    heat = np.random.default_rng(4).random((2, 3, 4))
    approvals.see(large=gradcam.enlarge(heat, 7, 9), row=list(gradcam.enlarge(heat, 7, 9)[1, 2]))
