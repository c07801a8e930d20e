# ruff: noqa: E402 - the rooms are imported where Keras is there
"""What a room refuses, and in which words: each sentence says what was wrong and what to type, as it was approved."""

from pathlib import Path
from types import SimpleNamespace

import approvals
import numpy as np
import pandas as pd
import pytest

keras = pytest.importorskip("keras")
from course_utils import explain, pretrained, text, training
from course_utils.explain import balanced, gradcam, heads, inputs, predictions
from course_utils.further import architectures as nets
from course_utils.further.answering import knowledge, vectors
from course_utils.further.beyond import captions, generating, retrieval, upscaling
from course_utils.further.detection import (
    boxes,
    centres,
    keeping,
    keypoints,
    masks,
    scenes,
    scoring,
    tracking,
    watching,
    yolox,
)
from course_utils.further.sequences import dates, decoding, letters
from course_utils.further.sound import ctc, notes, recorder, spectra, waves
from course_utils.further.tagging import date_value, load_tagger, since_july_2025
from course_utils.further.tagging import decoding as paths
from course_utils.further.tagging.scores import entity_score
from course_utils.further.tagging.tagger import Tagger
from course_utils.pretrained import packed
from course_utils.text.changes import replace_synonyms
from course_utils.training import evaluation
from course_utils.training import keeping as kept

layers = keras.layers
NOWHERE = Path("/nowhere")
PICTURE = np.zeros((8, 8, 3), "uint8")
ANY = (ValueError, TypeError, KeyError, OSError, RuntimeError, AttributeError)


def net(*stack, shape=(8, 8, 3), **options):
    return keras.Sequential([keras.Input(shape), *stack], name="my_net", **options)


def two_headed():
    inputs = keras.Input((8, 8, 3))
    x = layers.Flatten()(inputs)
    return keras.Model(inputs, [layers.Dense(2, name="a")(x), layers.Dense(3, name="b")(x)], name="two")


def two_inputs():
    one, other = keras.Input((8, 8, 3)), keras.Input((8, 8, 3))
    return keras.Model(
        [one, other], layers.Dense(2)(layers.Flatten()(layers.Add()([one, other]))), name="both"
    )


def beside():
    inputs = keras.Input((8, 8, 3))
    maps = layers.Conv2D(2, 3, name="maps")(inputs)
    x = layers.Concatenate()([layers.Flatten()(maps), layers.Flatten()(inputs)])
    return keras.Model(inputs, layers.Dense(2)(x), name="beside")


class OfItsOwn(keras.Model):
    """A subclassed net."""

    def __init__(self):
        super().__init__(name="of_its_own")
        self.dense = layers.Dense(2)

    def call(self, x):
        return self.dense(keras.ops.reshape(x, (len(x), -1)))


def called():
    made = OfItsOwn()
    made(np.zeros((1, 8, 8, 3), "float32"))
    return made


def shares(pictures):
    return np.full((len(pictures), 2), 0.5)


def of_net(made, picture=PICTURE, **options):
    return explain.occlusion_map(made, picture, **options)


CAM = net(layers.Conv2D(2, 3, name="maps"), layers.GlobalAveragePooling2D(), layers.Dense(3))
TABLE = pd.DataFrame({"picture": [0], "kind": ["plum"], "left": [1], "top": [1], "right": [5], "bottom": [5]})
ONE = pretrained.Pretrained("VGG16", None, "random", "made up", False, 64, ("a", "b"))
TRUE = np.zeros((2, 4), int)

REFUSED = {
    "answering": [
        lambda: knowledge.KnowledgeBase([("a", "likes", "b")], {"runs": ("x", "y")}),
        lambda: knowledge.KnowledgeBase([("a", "runs", "b")], {"runs": ("x", "y")}).walk("a", "likes"),
        lambda: vectors.neighbour_counts(["a b"], text.Vocabulary.fit(["a b"]), 0),
        lambda: vectors.word_vectors(["a b"], text.Vocabulary.fit(["a b"]), 9),
    ],
    "architectures": [
        lambda: nets.lenet5(pooling="mean"), lambda: nets.alexnet(3), lambda: nets.inception(None, (1, 2)), lambda: nets.vit(10, 4),
        lambda: nets.vit(width=10, heads=3), lambda: nets.resnet(51), lambda: nets.small_net(7, True), lambda: nets.small_net(2, False), lambda: nets.build("LeNet-6"),
        lambda: nets.receptive_field(CAM, "other"), lambda: nets.receptive_field(net(layers.Dense(2), shape=(4,))),
    ],
    "beyond": [
        lambda: captions.score_captions(["a"], []), lambda: captions.score_captions(["a"], ["a", "b"]), lambda: generating.load_flow(NOWHERE / "flow.npz"),
        lambda: generating.sample_flow(None, np.array([0]), steps=0), lambda: retrieval.nearest(np.eye(2), np.eye(2), 3),
        lambda: upscaling.halved(np.zeros((1, 3, 4, 3))), lambda: upscaling.halved(np.zeros((1, 4, 3, 3))),
        lambda: upscaling.psnr(np.zeros((1, 2, 2, 3)), np.zeros((1, 2, 2, 3))), lambda: upscaling.psnr(np.zeros((1, 2, 2, 3)), np.zeros((1, 2, 3, 3))),
    ],
    "detection": [
        lambda: boxes.non_maximum_suppression(np.zeros((2, 4)), [1]), lambda: boxes.non_maximum_suppression(np.zeros((2, 4)), [1, 1], kinds=np.zeros(1)),
        lambda: boxes.iou(np.zeros((2, 3)), np.zeros((2, 4))), lambda: centres.find(None, np.zeros((1, 20, 16, 3))), lambda: centres.find(None, np.zeros((16, 16, 3))),
        lambda: centres.detect(None, np.zeros((4, 4, 3))), lambda: centres.detect(None, np.zeros((4, 4), "uint8")), lambda: keeping.load_detector(NOWHERE / "net.npz"),
        lambda: keypoints.pck(np.full((1, 2, 2), np.nan), np.zeros((1, 2, 2)), [1]), lambda: masks.unet(2, side=20), lambda: masks.iou_by_kind(TRUE, TRUE.T, 2),
        lambda: scenes.training_batches(np.zeros((1, 64, 64, 3), "uint8"), TABLE, ("lime",), 32), lambda: scenes.training_batches(np.zeros((1, 24, 40, 3), "uint8"), TABLE, ("plum",), 32),
        lambda: scoring.mean_average_precision(TABLE[:0], TABLE), lambda: scoring.precision_recall(TABLE[["picture"]], TABLE), lambda: tracking.Tracker(overlap=0),
        lambda: tracking.Tracker(low=0.5), lambda: tracking.Tracker(patience=-1), lambda: tracking.Tracker(minimum_age=0), lambda: tracking.Tracker().update(np.zeros((2, 5))),
        lambda: tracking.count_crossings(TABLE, ((3, 3), (3, 3))), lambda: watching.watch(np.zeros((4, 4, 3)), None), lambda: watching.read_film(NOWHERE / "film.webp"),
        lambda: watching.read_film(__file__), lambda: yolox.build_yolox(100), lambda: yolox.find_objects(None, [], kinds=["unicorn"]),
    ],
    "sequences": [
        lambda: dates.date_pairs("Validation", 3), lambda: decoding.beam_search(None, 0, 3), lambda: letters.Letters(["", ""], 4),
    ],
    "sound": [
        lambda: ctc.error_rate([[1]], []), lambda: ctc.error_rate([[]], [[]]), lambda: notes.note_hertz("H"), lambda: notes.melody(["A", "x", "H"]),
        lambda: recorder.Recorder("my voice.mp3"), lambda: spectra.spectrogram(np.zeros(100)), lambda: waves.read_wave(NOWHERE / "me.wav"), lambda: waves.read_wave(b"RIFF"),
        lambda: waves.write_wave([]), lambda: waves.write_wave([np.nan]), lambda: waves.Clip(np.zeros((2, 2)), "four words are enough"), lambda: waves.Clip([1], "too few words"),
    ],
    "tagging": [
        lambda: date_value("today", "2018"), lambda: paths.all_paths(np.zeros((20, 3, 3))), lambda: load_tagger(NOWHERE / "tagger.npz"), lambda: since_july_2025("Leeds"),
        lambda: entity_score([["O"]], [["O", "O"]]), lambda: Tagger(None, None).tag(3),
    ],
    "explain": [
        lambda: balanced.explain_image(shares, PICTURE, num_samples=1), lambda: explain.explain_image(shares, PICTURE, num_samples=1), lambda: explain.explain_image(shares, PICTURE, engine="quick"),
        lambda: explain.explain_image(shares, PICTURE, top_labels=0), lambda: explain.explain_image(shares, PICTURE, labels=()), lambda: explain.explain_image(shares, PICTURE, segments=np.eye(8, dtype=int), labels=(2,)),
        lambda: explain.explain_image(shares, PICTURE), lambda: explain.explain_image(shares, PICTURE, segments="grid"), lambda: explain.explain_image(shares, PICTURE, segments=np.eye(3)),
        lambda: explain.superpixels(PICTURE, "slic", sides=3), lambda: gradcam.hottest_share(np.zeros((2, 2)), np.zeros((2, 2))), lambda: gradcam.hottest_share(np.full((2, 2), np.nan), np.eye(2)),
        lambda: gradcam.hottest_share(np.zeros((2, 2)), np.zeros((3, 2))), lambda: explain.grad_cam(CAM, np.zeros((8, 8)), 0), lambda: explain.grad_cam(CAM, PICTURE, 3), lambda: explain.grad_cam(CAM, PICTURE, -1),
        lambda: explain.grad_cam(net(layers.Conv2D(2, 3)), PICTURE, 0), lambda: explain.grad_cam(CAM, PICTURE, 0, layer="other"), lambda: explain.grad_cam(CAM, PICTURE, 0, layer=CAM.layers[-1].name),
        lambda: explain.grad_cam(net(layers.Flatten(), layers.Dense(2)), PICTURE, 0), lambda: explain.grad_cam(beside(), PICTURE, 0, layer="maps"), lambda: explain.grad_cam(two_headed(), PICTURE, 0),
        lambda: explain.grad_cam(two_headed(), PICTURE, 0, output="c"), lambda: explain.grad_cam(two_inputs(), PICTURE, 0), lambda: explain.grad_cam(called(), PICTURE, 0), lambda: explain.grad_cam(OfItsOwn(), PICTURE, 0),
        lambda: heads.plain(net(layers.LayerNormalization())), lambda: inputs.read_picture(PICTURE[None]), lambda: inputs.read_picture(np.zeros((4, 4, 4))), lambda: inputs.read_picture(np.zeros(4)),
        lambda: inputs.read_picture(PICTURE, (0, 2)), lambda: inputs.read_picture(PICTURE, (0, 1)), lambda: inputs.read_picture(PICTURE.astype(int)), lambda: inputs.read_picture(PICTURE / 1.0 - 1),
        lambda: inputs.read_picture(PICTURE + 1.5), lambda: inputs.read_picture(PICTURE + np.inf), lambda: inputs.read_picture(PICTURE + 300.0, (0, 255)), lambda: explain.explain(shares, PICTURE, "magic"),
        lambda: explain.explain(shares, PICTURE, "grad-cam"), lambda: explain.explain_text(shares, "a", num_samples=1), lambda: explain.explain_text(shares, "a", batch_size=0), lambda: explain.explain_text(CAM, "a"),
        lambda: explain.explain_text(3, "a"), lambda: explain.explain_text(shares, ""), lambda: explain.explain_text(shares, "a b", split=lambda given: ["b", "a"]), lambda: of_net(shares, patch=9),
        lambda: of_net(shares, patch=2, stride=3), lambda: of_net(shares, class_index=2), lambda: of_net(3), lambda: of_net(shares, maths="float16"), lambda: of_net(shares, maths="bfloat16"), lambda: of_net(shares, batch_size=0),
        lambda: of_net(lambda given: np.full((len(given), 2), np.nan)), lambda: of_net(lambda given: np.array(["a"] * len(given))), lambda: of_net(lambda given: np.zeros((1, 2, 2))), lambda: of_net(lambda given: np.full(len(given), 3.0)),
        lambda: of_net(two_inputs()), lambda: of_net(CAM, np.zeros((9, 8, 3), "uint8")), lambda: of_net(net(layers.Flatten(), layers.Dense(2), shape=(8, 8, 1))), lambda: of_net(net(layers.Dense(2), shape=(8,))),
        lambda: predictions.as_probabilities(np.array([[2.0, 1.0]]), 1, "unknown"), lambda: predictions.in_bfloat16(called()),
        lambda: of_net(two_headed()), lambda: of_net(lambda given: {"a": shares(given), "b": shares(given)}, output="c"),
    ],
    "pretrained": [
        lambda: pretrained.load("VGG19"), lambda: pretrained.load("VGG16", weights="mine"), lambda: pretrained.load("VGG16", weights="imagenet", top=True, input_size=64),
        lambda: pretrained.load("ResNet50", weights="course"), lambda: ONE.preprocess(PICTURE), lambda: ONE.predict(np.zeros((1, 32, 32, 3))), lambda: ONE.predict(np.zeros((0, 64, 64, 3))),
        lambda: pretrained.Pretrained("VGG16", None, "random", "", False, 64).decode(np.zeros((1, 2))), lambda: ONE.decode(np.zeros((1, 3))), lambda: ONE.decode(np.zeros(2)),
        lambda: packed.set_weights(CAM, {}), lambda: packed.set_weights(CAM, {"maps/kernel": np.zeros(3)}), lambda: packed.read(Path(__file__)),
    ],
    "text": [
        lambda: replace_synonyms("a", {}, None, p=1), lambda: text.character_ids("a"), lambda: text.character_ids(["a"], 0), lambda: text.character_ids([3]), lambda: text.words(None),
        lambda: text.CharacterClassifier(SimpleNamespace(output_shape=(None, 2)), ["a"]), lambda: text.CharacterClassifier.load(NOWHERE), lambda: text.crepe(3, frames=100), lambda: text.pad([[1]], 3, "left"),
        lambda: text.pad([[1]], 0), lambda: text.Vocabulary(["a"]), lambda: text.Vocabulary.fit(["a"], size=2), lambda: text.Vocabulary.fit(["a"], least=2), lambda: text.Vocabulary.fit("a"), lambda: text.Vocabulary.fit([""]),
    ],
    "training": [
        lambda: evaluation.wilson_interval(1.5, 3), lambda: evaluation.wilson_interval(0.5, 0), lambda: evaluation.effective_number([True], [1, 2]), lambda: evaluation.effective_number([True], [1]),
        lambda: evaluation.compare([True], []), lambda: training.fit(None, progress="loud"), lambda: kept.load_or_train("a/b", None, {}), lambda: kept.load_or_train("", None, {}), lambda: kept.load_or_train("a", None, {"x": {1}}),
        lambda: training.Other, lambda: training.history_table(SimpleNamespace(epoch=[0, 1, 2], history={"val_loss": [1.0]})),
    ],
}  # fmt: skip
CASES = [(room, number) for room, refused in REFUSED.items() for number in range(len(refused))]


@pytest.mark.parametrize(("room", "number"), CASES, ids=lambda one: str(one))
def test_a_room_refuses_in_the_words_that_were_approved(room, number):
    with pytest.raises(ANY):
        REFUSED[room][number]()


def test_a_film_or_net_that_is_damaged_is_refused_in_the_words_that_were_approved(tmp_path):
    for name in ("film.webp", "flow.npz", "tagger.npz", "detector.npz"):
        (tmp_path / name).write_bytes(b"damaged")
    for read in (
        lambda: watching.read_film(tmp_path / "film.webp"), lambda: generating.load_flow(tmp_path / "flow.npz"), lambda: load_tagger(tmp_path / "tagger.npz"),
        lambda: keeping.load_detector(tmp_path / "detector.npz"),
    ):  # fmt: skip
        with pytest.raises(ANY):
            read()


def test_answers_of_a_net_of_random_weights_are_as_approved():
    from course_utils.pretrained.nets import NETS

    given = np.arange(2 * 4 * 4 * 3).reshape(2, 4, 4, 3) % 256
    for name, one in NETS.items():
        approvals.see(
            **{
                name: one.preprocess(given.astype("float32")),
                "file": (one.file(True), one.file(False), one.size),
            }
        )
    approvals.see(
        decoded=ONE.decode(np.array([[0.2, 0.8], [0.5, 0.5]])), one=ONE.decode(np.array([[0.2, 0.8]]), 1)
    )
    names = ["a", "conv2d_7", "batch_normalization_3", "conv2d_12", "conv2d", "batch_normalization_1"]
    approvals.see(names=packed.lasting_names(names))
