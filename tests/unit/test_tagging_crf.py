"""The CRF in Keras: the loss is that of brute force, padding and -100 count for nothing, and masks do no harm."""

from __future__ import annotations

import numpy as np
import pytest

from course_utils.datasets import read_marked
from course_utils.further.tagging import (
    IGNORED,
    PADDING,
    Encoder,
    Tagger,
    all_paths,
    build_tagger,
    crf_loss,
    load_tagger,
    masked_softmax_loss,
    pair_scores,
    save_tagger,
    viterbi,
)

keras = pytest.importorskip("keras")

MARKED = [
    "<DATE>Hôm nay</DATE> tôi đến <LOC>Trống Đồng Palace</LOC> .",
    "<PERSON>Minh</PERSON> làm ở <ORG>Đại học <PROVINCE>Huế</PROVINCE></ORG> .",
    "Mưa to quá .",
]
SENTENCES = [read_marked(one, "news", "vi") for one in MARKED]


def numpy(tensor):
    return keras.ops.convert_to_numpy(tensor)


def layer_output(batch=3, length=4, tags=3, seed=0):
    keras.utils.set_random_seed(seed)
    layer = pair_scores()
    scores = np.random.default_rng(seed).normal(size=(batch, length, tags)).astype("float32")
    pairs = numpy(layer(scores))
    layer.start.assign(np.arange(tags) / 2)
    return layer, scores, numpy(layer(scores)), pairs


def test_pair_scores_add_moves_and_at_the_first_token_the_start():
    layer, scores, pairs, _ = layer_output()
    moves = numpy(layer.moves)
    assert pairs.shape == (3, 4, 3, 3)
    np.testing.assert_allclose(pairs[:, 1:], scores[:, 1:, None, :] + moves, rtol=1e-5)
    for row in range(3):
        np.testing.assert_allclose(pairs[:, 0, row], scores[:, 0] + np.arange(3) / 2, rtol=1e-5)


def test_the_loss_is_that_of_all_81_paths():
    _, _, pairs, _ = layer_output()
    labels = np.array([[0, 1, 2, 2], [2, 2, 2, 2], [1, 0, 1, 0]])
    found = numpy(crf_loss(labels, pairs))
    for one, label, loss in zip(pairs, labels, found, strict=True):
        everything = all_paths(one)
        assert len(everything) == 81
        total = np.log(np.exp(list(everything.values())).sum())
        assert loss == pytest.approx(total - everything[tuple(label)], abs=1e-4)


@pytest.mark.parametrize("padding", [PADDING, IGNORED])
def test_padding_costs_nothing_whatever_its_scores(padding):
    _, _, pairs, _ = layer_output()
    short = numpy(crf_loss(np.array([[0, 1]] * 3), pairs[:, :2]))
    loud = pairs.copy()
    loud[:, 2:] = 50.0
    padded = np.array([[0, 1, padding, padding]] * 3)
    np.testing.assert_allclose(numpy(crf_loss(padded, loud)), short, rtol=1e-4)


def test_a_sentence_of_padding_alone_is_finite():
    _, _, pairs, _ = layer_output()
    assert np.isfinite(numpy(crf_loss(np.full((3, 4), PADDING), pairs))).all()


def test_the_softmax_loss_leaves_padding_out_too():
    scores = np.random.default_rng(1).normal(size=(2, 4, 3)).astype("float32")
    found = numpy(masked_softmax_loss(np.array([[0, 2, -1, -1], [1, 1, -100, -100]]), scores))
    logs = scores - np.log(np.exp(scores).sum(-1, keepdims=True))
    np.testing.assert_allclose(
        found, [-logs[0, 0, 0] - logs[0, 1, 2], -logs[1, 0, 1] - logs[1, 1, 1]], rtol=1e-4
    )


def tiny(**options):
    encoder = Encoder.fit(SENTENCES, length=12, least=1)
    settings = {
        "dimensions": 8,
        "character_filters": 8,
        "units": 8,
        "dropout": 0.0,
        "learning_rate": 0.05,
    } | options
    keras.utils.set_random_seed(1)
    return encoder, build_tagger(encoder, **settings), settings


@pytest.mark.parametrize("crf", [True, False])
def test_no_mask_reaches_the_loss_of_a_sentence(crf):
    """The embedding's mask is (B, T) and the loss (B,): Keras would multiply the two."""
    encoder, model, _ = tiny(crf=crf)
    output = model(encoder.inputs(SENTENCES))
    assert getattr(output, "_keras_mask", None) is None


@pytest.mark.parametrize("crf", [True, False])
def test_evaluate_is_the_mean_of_the_loss_per_sentence(crf):
    """What goes wrong with a mask that reaches the loss: evaluate() no longer gives the mean."""
    encoder, model, _ = tiny(crf=crf)
    inputs, labels = encoder.inputs(SENTENCES), encoder.labels(SENTENCES)
    loss = crf_loss if crf else masked_softmax_loss
    by_hand = numpy(loss(labels, model.predict(inputs, verbose=0))).mean()
    assert model.evaluate(inputs, labels, verbose=0) == pytest.approx(float(by_hand), rel=1e-3)


def test_padding_words_do_not_change_what_the_net_says_of_the_others():
    """They do where a mask gets lost: Concatenate drops that of the words, as the characters have none."""
    encoder, model, _ = tiny()
    longer = Encoder(encoder.words, encoder.characters, encoder.tags, 20)
    wide = build_tagger(longer, **{"dimensions": 8, "character_filters": 8, "units": 8, "dropout": 0.0})
    wide.set_weights(model.get_weights())
    short, long = (
        net.predict(how.inputs(SENTENCES), verbose=0) for net, how in ((model, encoder), (wide, longer))
    )
    for row, one in enumerate(SENTENCES):
        np.testing.assert_allclose(
            short[row, : len(one.tokens)], long[row, : len(one.tokens)], rtol=1e-3, atol=1e-4
        )


@pytest.fixture(scope="module")
def trained():
    encoder, model, settings = tiny()
    model.fit(encoder.inputs(SENTENCES), encoder.labels(SENTENCES), epochs=60, verbose=0)
    return Tagger(encoder, model), settings


def test_plain_fit_learns_three_sentences_by_heart(trained):
    tagger, _ = trained
    assert tagger.joint_tags(SENTENCES) == [one.joint_tags for one in SENTENCES]


def test_one_sentence_gets_the_same_tags_as_many(trained):
    tagger, _ = trained
    assert tagger.joint_tags(SENTENCES[:1]) == tagger.joint_tags(SENTENCES)[:1]
    assert tagger.joint_tags([]) == []


def test_a_saved_tagger_says_the_same(trained, tmp_path):
    tagger, settings = trained
    save_tagger(tagger, tmp_path / "small.npz", **settings)
    again = load_tagger(tmp_path / "small.npz")
    assert again.encoder.tags == tagger.encoder.tags
    assert again.joint_tags(SENTENCES) == tagger.joint_tags(SENTENCES)


def test_a_damaged_file_says_what_to_type(tmp_path):
    from course_utils.datasets import DataError

    (tmp_path / "bad.npz").write_bytes(b"no zip")
    with pytest.raises(DataError, match="fit_tagger"):
        load_tagger(tmp_path / "bad.npz")


def test_viterbi_reads_what_the_layer_gives(trained):
    tagger, _ = trained
    pairs = tagger.model.predict(tagger.encoder.inputs(SENTENCES), verbose=0)
    path, score = viterbi(pairs[2, : len(SENTENCES[2].tokens)])
    assert len(path) == len(SENTENCES[2].tokens) and np.isfinite(score)
