"""Balanced samples aim at lime's own line, scatter less around it, and each mask alone is drawn as lime draws it."""

import itertools

import numpy as np
import pytest

from course_utils import explain
from course_utils.explain import balanced

SEGMENTS = 8
WEIGHTS = np.array([0.4, -0.3, 0.2, 0.1, 0.0, -0.1, 0.05, 0.15])
WORDS = ["sweet", "but", "never", "sour", "and", "cheap"]
PULL = dict(zip(WORDS, (0.3, -0.05, -0.2, -0.25, 0.0, 0.1), strict=True))


def picture():
    """Eight stripes of different grey, and their segments."""
    parts = np.repeat(np.arange(SEGMENTS), 4)[None].repeat(16, axis=0)
    grey = (100 + 15 * parts).astype("uint8")
    return np.repeat(grey[..., None], 3, axis=2), parts


def masks_of(pictures):
    return (pictures[:, 0, ::4, 0] > 0).astype(float)


def answers(bend):
    """A net that adds the stripes' weights up; `bend` is what two stripes do together beyond that."""

    def predict(pictures):
        on = masks_of(pictures)
        score = 0.3 + on @ WEIGHTS / 2 + bend * on[:, 0] * on[:, 3] - bend * on[:, 1] * on[:, 2] * on[:, 4]
        return np.stack([1 - score, score], axis=1)

    return predict


def exact_line(masks, outputs, weights, samples=1000):
    """lime's regression over all masks, each with its probability: the coefficients that sampling aims at."""
    weights = samples * weights / len(masks)
    centred = masks - np.average(masks, axis=0, weights=weights)
    moved = outputs - np.average(outputs, weights=weights)
    squares = (centred * weights[:, None]).T @ centred + np.eye(masks.shape[1])
    return np.linalg.solve(squares, (centred * weights[:, None]).T @ moved)


def every_mask(count):
    return np.array(list(itertools.product((0, 1), repeat=count)))


def stripes(bend, way, seed, samples):
    image, parts = picture()
    found = way(
        answers(bend), image, labels=[1], segments=parts, hide_color=0, num_samples=samples, seed=seed
    )
    return found.coefficients[1]


def exact_stripes(bend):
    masks = every_mask(SEGMENTS)
    outputs = answers(bend)(np.repeat(masks[:, None, :], 4, axis=2).reshape(len(masks), 1, -1, 1))[:, 1]
    return exact_line(masks, outputs, balanced.kernel(1 - np.sqrt(masks.mean(axis=1)), 0.25))


def test_every_second_mask_is_the_complement_and_in_a_block_segments_meet_as_often_as_not():
    masks = balanced.segment_masks(np.random.default_rng(0), 64, 20)
    np.testing.assert_array_equal(masks[::2], 1 - masks[1::2])
    signs = 2 * masks - 1
    np.testing.assert_array_equal(signs.T @ signs, 64 * np.eye(20))


@pytest.mark.parametrize(("count", "segments"), [(1, 1), (7, 2), (499, 31), (130, 64)])
def test_there_are_as_many_masks_as_asked_for(count, segments):
    masks = balanced.segment_masks(np.random.default_rng(1), count, segments)
    assert masks.shape == (count, segments) and set(np.unique(masks)) <= {0, 1}


def test_each_place_of_a_block_holds_every_mask_as_often():
    rows = np.array([balanced.segment_masks(np.random.default_rng(seed), 2, 3)[0] for seed in range(800)])
    _, counts = np.unique(rows @ [1, 2, 4], return_counts=True)
    assert len(counts) == 8 and counts.min() > 60, counts


def test_weighted_sizes_are_those_that_lime_would_draw():
    words, count = 12, 4000
    masks, weights = balanced.word_masks(np.random.default_rng(0), count, words)
    sizes = words - masks.sum(axis=1)
    due = balanced.kernel(100 * (1 - np.sqrt(1 - np.arange(1, words + 1) / words)), 25) / words
    drawn = np.bincount(sizes, weights=weights, minlength=words + 1)[1:] / count
    np.testing.assert_allclose(drawn, due, atol=0.003)


def test_each_word_is_left_out_about_as_often():
    masks, _ = balanced.word_masks(np.random.default_rng(0), 300, 15)
    left_out = (1 - masks).sum(axis=0)
    share = left_out.mean() / len(masks)
    assert left_out.std() < 0.7 * np.sqrt(len(masks) * share * (1 - share)), "no better than each by itself"


def test_a_line_is_found_as_the_regression_over_all_masks_finds_it():
    np.testing.assert_allclose(
        stripes(0.0, balanced.explain_image, 0, 250), exact_stripes(0.0), rtol=0.05, atol=1e-3
    )


def test_the_mean_over_seeds_is_the_exact_line_where_stripes_act_together():
    found = np.array([stripes(0.3, balanced.explain_image, seed, 250) for seed in range(40)])
    error = found.std(axis=0, ddof=1) / np.sqrt(len(found))
    # The picture itself is always among the samples, as with lime: a weight of 1 beside some 125 others.
    assert (np.abs(found.mean(axis=0) - exact_stripes(0.3)) < 4 * error + 0.004).all()


def test_half_the_samples_scatter_less_than_limes():
    exact = exact_stripes(0.3)

    def scatter(way, samples):
        return np.mean([(stripes(0.3, way, seed, samples) - exact) ** 2 for seed in range(12)])

    assert scatter(balanced.explain_image, 120) < scatter(explain.explain_image, 240)


def praise(texts):
    scores = np.array([0.5 + sum(PULL[word] for word in set(text.split())) for text in texts])
    return np.stack([1 - scores, scores], axis=1)


def exact_words(predict, words):
    masks = every_mask(len(words))[:-1]  # lime leaves at least one word out
    outputs = predict([" ".join(itertools.compress(words, mask)) for mask in masks])[:, 1]
    sizes = len(words) - masks.sum(axis=1)
    as_often = 1 / np.bincount(sizes)[sizes] / len(words)  # each size as often, each mask of a size as often
    near = balanced.kernel(100 * (1 - np.sqrt(masks.mean(axis=1))), 25)
    return exact_line(masks, outputs, near * as_often * len(masks))


def test_words_weigh_what_the_regression_over_all_texts_says():
    found = [
        balanced.explain_text(praise, " ".join(WORDS), labels=[1], seed=seed).weights[1] for seed in range(10)
    ]
    np.testing.assert_allclose(np.mean(found, axis=0), exact_words(praise, WORDS), rtol=0.02, atol=0.003)


LONGER = [*WORDS, "ripe", "juice", "today", "here"]


def turned(texts):
    """A judgement that 'never' and 'but' turn: words act together."""
    scores = []
    for text in texts:
        said = text.split()
        score = 3 * ("sweet" in said) - 2 * ("sour" in said) + ("ripe" in said) * ("juice" in said)
        scores.append((-1 if "never" in said else 1) * score - 2 * ("but" in said) * ("cheap" in said))
    praise = 1 / (1 + np.exp(-np.array(scores, dtype=float)))
    return np.stack([1 - praise, praise], axis=1)


def weigh(seed, samples=120, way=balanced.explain_text):
    text = " ".join(LONGER)
    return way(turned, text, labels=[1], num_features=100, num_samples=samples, seed=seed).weights[1]


def test_the_mean_over_seeds_is_the_exact_line_where_words_act_together():
    found = np.array([weigh(seed) for seed in range(60)])
    error = found.std(axis=0, ddof=1) / np.sqrt(len(found))
    # The whole text is among the samples: one of 1,000, as with lime.
    assert (np.abs(found.mean(axis=0) - exact_words(turned, LONGER)) < 4 * error + 0.004).all()


def test_half_the_samples_of_a_text_scatter_less_than_limes():
    exact = exact_words(turned, LONGER)
    ours = np.mean([(weigh(seed) - exact) ** 2 for seed in range(12)])
    limes = np.mean([(weigh(seed, 240, explain.explain_text) - exact) ** 2 for seed in range(12)])
    assert ours < limes


def test_the_control_variate_takes_away_scatter():
    def lines(steady):
        for seed in range(12):
            random = np.random.default_rng(seed)
            masks, weights = balanced.word_samples(random, 160, len(LONGER))
            answers = turned([" ".join(itertools.compress(LONGER, mask)) for mask in masks])[:, 1]
            if steady:
                free = balanced.word_samples(random, 2000, len(LONGER))
                answers = balanced.steadied(masks, answers, weights, *free)
            yield exact_line(masks, answers, weights * len(masks) / 1000)

    before, after = (np.var(list(lines(steady)), axis=0).mean() for steady in (False, True))
    assert after < 0.6 * before


def test_answers_on_a_line_are_left_alone():
    random = np.random.default_rng(0)
    masks, weights = balanced.word_samples(random, 200, 8)
    answers = 0.5 + masks @ (WEIGHTS / 100)
    free = balanced.word_samples(random, 2000, 8)
    np.testing.assert_allclose(balanced.steadied(masks, answers, weights, *free), answers, atol=2e-3)
    constant = np.full(len(masks), 0.25)
    np.testing.assert_allclose(balanced.steadied(masks, constant, weights, *free), constant)


def test_a_seed_gives_the_same_weights_again():
    np.testing.assert_array_equal(weigh(3), weigh(3))
    assert (weigh(3) != weigh(4)).any()


@pytest.mark.parametrize("samples", [2, 3, 5, 9, 12])
def test_fewer_samples_than_words_give_finite_weights(samples):
    found = weigh(0, samples)
    assert found.shape == (len(LONGER),) and np.isfinite(found).all()


def test_a_text_of_one_word():
    found = balanced.explain_text(praise, "sweet", labels=[1], num_samples=50)
    limes = explain.explain_text(praise, "sweet", labels=[1], num_samples=1000)
    assert found.features == limes.features == ("sweet",)
    np.testing.assert_allclose(found.weights[1], limes.weights[1], rtol=0.01)


def test_the_score_is_that_of_the_answers_as_they_are():
    text = " ".join(LONGER)
    limes = explain.explain_text(turned, text, labels=[1], num_features=100, num_samples=4000)
    found = balanced.explain_text(turned, text, labels=[1], num_features=100, num_samples=1000)
    assert found.score[1] == pytest.approx(limes.score[1], abs=0.05)
    assert found.score[1] < 0.95
    np.testing.assert_allclose(found.prediction, turned([text])[0])


def test_what_is_kept_beside_the_weights_is_as_in_limes_explanation():
    image, parts = picture()
    found = balanced.explain_image(
        answers(0.0), image, segments=parts, hide_color=0, class_names=("no", "yes")
    )
    limes = explain.explain_image(answers(0.0), image, segments=parts, hide_color=0)
    assert found.classes == limes.classes and found.samples == 500 and found.class_names == ("no", "yes")
    np.testing.assert_array_equal(found.prediction, limes.prediction)
    assert found.score[1] > 0.99 and found.local_prediction[1] == pytest.approx(
        limes.local_prediction[1], abs=0.02
    )
    assert found.seconds.predicting <= found.seconds.total


def test_hidden_segments_show_their_mean_colour():
    image, parts = picture()
    image[0, 0] = 200
    seen = []

    def predict(pictures):
        seen.append(pictures)
        return answers(0.0)(pictures)

    balanced.explain_image(predict, image, segments=parts, num_samples=40)
    mean = image[parts == 0][:, 0].mean()
    assert {int(value) for value in np.concatenate(seen)[:, 5, 0, 0]} == {100, int(mean)}


@pytest.mark.parametrize(
    ("settings", "message"),
    [({"num_samples": 1}, "num_samples"), ({"labels": [9]}, "2 classes"), ({"top_labels": 0}, "top_labels")],
)
def test_what_does_not_fit_is_refused(settings, message):
    image, parts = picture()
    with pytest.raises(ValueError, match=message):
        balanced.explain_image(answers(0.0), image, segments=parts, **settings)
