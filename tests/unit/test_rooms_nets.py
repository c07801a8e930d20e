"""Every net that the course builds has the layers, settings and connections that were approved."""

import contextlib
from types import SimpleNamespace

import approvals
import pytest

keras = pytest.importorskip("keras")


def maps(block, *arguments, shape=(8, 8, 16), **options):
    """A net of one block."""
    picture = keras.Input(shape, name="maps")
    return keras.Model(picture, block(picture, *arguments, **options))


def architectures(name, *arguments, **options):
    from course_utils.further import architectures as room

    return getattr(room, name)(*arguments, **options)


def of(place, name, *arguments, **options):
    """What a function of a module of the second half gives."""
    import importlib

    return getattr(importlib.import_module(f"course_utils.{place}"), name)(*arguments, **options)


def tagger(**options):
    encoder = SimpleNamespace(length=9, flags="abc", words=range(11), characters=range(13), tags=range(5))
    return of("further.tagging.nets", "build_tagger", encoder, **options)


def clips(**options):
    frame = of("further.beyond.clips", "frame_net", **options)
    return of("further.beyond.clips", "clip_net", frame)


NETS = {
    "lenet5": lambda: architectures("lenet5"),
    "lenet5 with relu and max": lambda: architectures("lenet5", "relu", "max", classes=3),
    "lenet5_of_the_paper": lambda: architectures("lenet5_of_the_paper"),
    "alexnet": lambda: architectures("alexnet"),
    "alexnet in two streams": lambda: architectures("alexnet", 2, classes=7, large="glorot_uniform"),
    "vgg16": lambda: architectures("vgg16"),
    "vgg16 small": lambda: architectures("vgg16", side=64, classes=5, large="glorot_uniform"),
    "googlenet": lambda: architectures("googlenet"),
    "inception": lambda: maps(architectures_of("inception"), (1, 2, 3, 4, 5, 6)),
    "inception without reduction": lambda: maps(
        architectures_of("inception"), (1, 2, 3, 4, 5, 6), reduce=False
    ),
    "resnet18": lambda: architectures("resnet", 18, side=64, classes=7, bias=False),
    "resnet50": lambda: architectures("resnet"),
    "basic_block": lambda: maps(architectures_of("basic_block"), 16),
    "basic_block with strides": lambda: maps(architectures_of("basic_block"), 8, 2, "halved", True),
    "bottleneck_block": lambda: maps(architectures_of("bottleneck_block"), 4),
    "bottleneck_block with strides": lambda: maps(
        architectures_of("bottleneck_block"), 8, 2, "halved", False
    ),
    "small_net": lambda: architectures("small_net", 6, residual=True),
    "small_net plain": lambda: architectures("small_net", 4, residual=False, normalise=False, filters=3),
    "mobilenet_block": lambda: maps(architectures_of("mobilenet_block"), 24, 2),
    "xception_block": lambda: maps(architectures_of("xception_block")),
    "vit": lambda: architectures("vit", blocks=1),
    "vit small": lambda: architectures("vit", 8, 4, 1, 12, 3, 5, 1, 0.25),
    "crepe": lambda: of("text.crepe", "crepe", 4),
    "crepe small": lambda: of("text.crepe", "crepe", 3, 16, 32, 150, momentum=0.9, deviation=0.05),
    "causal_stack": lambda: of("further.sound.dilated", "causal_stack", 16, 3),
    "causal_stack small": lambda: of(
        "further.sound.dilated", "causal_stack", 8, 2, channels=4, dilations=(1, 3), padding="same"
    ),
    "attention_translator": lambda: of(
        "further.sequences.translator", "attention_translator", (20, 30), (7, 9)
    ),
    "attention_translator narrow": lambda: of(
        "further.sequences.translator", "attention_translator", (20, 30), (7, 9), 8, 6, narrow=5
    ),
    "build_tagger": tagger,
    "build_tagger without crf": lambda: tagger(crf=False, units=8, dropout=0.1, learning_rate=0.01),
    "multi_column_net": lambda: of(
        "further.answering.columns", "multi_column_net", 50, 12, {"path": 7, "type": 4, "context": 6}
    ),
    "multi_column_net of one": lambda: of(
        "further.answering.columns", "multi_column_net", 50, 12, {"path": 7}, 8, 4, (2,), 0.01
    ),
    "vae_encoder": lambda: of("further.beyond.generating", "vae_encoder"),
    "vae_decoder": lambda: of("further.beyond.generating", "vae_decoder"),
    "velocity_net": lambda: of("further.beyond.generating", "velocity_net"),
    "decoder_net": lambda: of("further.beyond.generating", "decoder_net"),
    "judge_net": lambda: of("further.beyond.generating", "judge_net"),
    "build_encoder": lambda: of("further.beyond.encoder", "build_encoder", 8, 5),
    "enlarger": lambda: of("further.beyond.upscaling", "enlarger", keras.layers.Conv2DTranspose(3, 2, 2)),
    "frame_net": lambda: of("further.beyond.clips", "frame_net"),
    "frame_net without places": lambda: of("further.beyond.clips", "frame_net", False, (4, 8)),
    "clip_net": clips,
    "picture_net": lambda: of("further.beyond.clips", "picture_net"),
    "detector_net": lambda: of("further.detection.centres", "detector_net", ("plum", "lime")),
    "unet": lambda: of("further.detection.masks", "unet", 3),
    "keypoint_net": lambda: of("further.detection.keypoints", "keypoint_net", 5),
    "build_yolox": lambda: of("further.detection.yolox", "build_yolox"),
    "build_fruit_cnn": lambda: of("further.serving.nets", "build_fruit_cnn"),
    "build_review_cnn": lambda: of("further.serving.nets", "build_review_cnn", 50, 20, 3),
    "build_digit_cnn": lambda: of("further.serving.nets", "build_digit_cnn"),
}


def architectures_of(name):
    from course_utils.further import architectures as room

    return getattr(room, name)


LARGE = ("alexnet", "vgg16", "googlenet", "resnet", "vit")  # of which shapes are enough


@pytest.mark.parametrize("name", NETS)
def test_a_net_is_built_as_it_was_approved(name):
    hollow = keras.StatelessScope(initialize_variables=False)
    with hollow if name.startswith(LARGE) else contextlib.nullcontext():
        net = NETS[name]()
        for line in approvals.layers_of(net):
            approvals.write(line)
