"""Every net that the course builds has the layers that it had: kinds, sizes, strides, rates, and what feeds what.

The nets are kept in tests/unit/drawn; see `kept_support` for a change that is meant.
"""

import re
import sys
from types import SimpleNamespace

import kept_support
import pytest

from course_utils.further import architectures as famous
from course_utils.further.answering.columns import multi_column_net
from course_utils.further.architectures import without_values
from course_utils.further.beyond import clips, encoder, generating, upscaling
from course_utils.further.detection import centres, keypoints, masks, yolox
from course_utils.further.sequences import attention_translator
from course_utils.further.serving import nets
from course_utils.further.sound import causal_stack
from course_utils.further.tagging import build_tagger
from course_utils.text import crepe

keras = pytest.importorskip("keras")

SELDOM = {
    "name", "trainable", "dtype", "activity_regularizer", "kernel_regularizer", "bias_regularizer", "kernel_constraint",
    "bias_constraint", "data_format", "batch_shape", "sparse", "ragged", "optional", "synchronized", "quantization_config",
    "seed", "noise_shape", "build_config", "zero_output_for_mask", "use_cudnn", "beta_regularizer", "gamma_regularizer",
    "beta_constraint", "gamma_constraint", "moving_mean_initializer", "moving_variance_initializer", "beta_initializer",
    "gamma_initializer", "unit_forget_bias", "recurrent_regularizer", "recurrent_constraint", "embeddings_regularizer",
    "embeddings_constraint", "input_dim_", "lora_rank", "lora_alpha", "renorm", "groups_",
}  # fmt: skip
AS_USUAL = {
    ("kernel_initializer", "GlorotUniform"), ("bias_initializer", "Zeros"), ("use_bias", "True"), ("groups", "1"),
    ("dilation_rate", "(1, 1)"), ("dilation_rate", "(1,)"), ("activation", "linear"), ("recurrent_initializer", "Orthogonal"),
    ("embeddings_initializer", "RandomUniform"), ("go_backwards", "False"), ("stateful", "False"), ("unroll", "False"),
    ("recurrent_activation", "sigmoid"), ("reset_after", "True"), ("center", "True"), ("scale", "True"), ("axis", "-1"),
}  # fmt: skip
ENCODER = SimpleNamespace(length=6, words="abc", characters="abcd", tags="OBI", flags=("capital", "first"))


def small_blocks():
    """The blocks of famous nets one after the other."""
    x = keras.Input((8, 8, 8))
    y = famous.basic_block(famous.bottleneck_block(x, 2, strides=2, name="one"), 8, name="two")
    y = famous.xception_block(famous.mobilenet_block(y, 8, strides=2, name="three"), name="four")
    y = famous.basic_block(y, 4, strides=2, name="five", bias=True)
    return keras.Model(x, famous.inception(y, (1, 2, 3, 4, 5, 6), reduce=False, name="six"))


NETS = {
    "LeNet-5": famous.lenet5,
    "LeNet-5 with relu": lambda: famous.lenet5("relu", "max", classes=3),
    "LeNet-5 of the paper": lambda: without_values(famous.lenet5_of_the_paper),
    "AlexNet": lambda: without_values(famous.alexnet, streams=2),
    "VGG16": lambda: without_values(famous.vgg16, side=64, classes=5),
    "GoogLeNet": lambda: without_values(famous.googlenet),
    "ResNet-18": lambda: without_values(famous.resnet, 18, side=64, bias=False),
    "blocks": small_blocks,
    "a residual stack": lambda: famous.small_net(6, True),
    "a plain stack": lambda: famous.small_net(4, False, normalise=False, filters=5),
    "a vision transformer": lambda: famous.vit(8, 4, 2, 8, 2, 3, 1, 0.1),
    "columns": lambda: multi_column_net(20, 6, {"path": 4, "type": 3}),
    "one column": lambda: multi_column_net(20, 6, {"path": 4}, widths=(2,)),
    "captions' encoder": lambda: encoder.build_encoder(3, 4),
    "VAE encoder": generating.vae_encoder,
    "VAE decoder": generating.vae_decoder,
    "velocity": generating.velocity_net,
    "decoder": generating.decoder_net,
    "judge": generating.judge_net,
    "enlarger": lambda: upscaling.enlarger(keras.layers.Conv2DTranspose(3, 2, strides=2)),
    "clips": lambda: clips.clip_net(clips.frame_net(keep_where=False, filters=(3, 4))),
    "one picture of a clip": clips.picture_net,
    "detector": lambda: centres.detector_net(("plum", "kiwi"), width=16),
    "keypoints": lambda: keypoints.keypoint_net(2),
    "U-Net": lambda: masks.unet(3),
    "YOLOX": lambda: without_values(yolox.build_yolox, 64),
    "translator": lambda: attention_translator((9, 8), (7, 6), units=5),
    "narrow translator": lambda: attention_translator((9, 8), (7, 6), units=5, embedding=4, narrow=3),
    "WaveNet": lambda: causal_stack(8, 3, channels=4, dilations=(1, 2, 4)),
    "one layer that looks ahead": lambda: causal_stack(8, 3, channels=4, dilations=(2,), padding="same"),
    "tagger": lambda: build_tagger(ENCODER),
    "tagger without a CRF": lambda: build_tagger(ENCODER, crf=False),
    "Crepe": lambda: crepe(3, features=4, units=5, frames=130, momentum=0.9, deviation=0.02),
    "fruit": nets.build_fruit_cnn,
    "review": lambda: nets.build_review_cnn(30, 9, 4),
    "digit": nets.build_digit_cnn,
}


def said(value):
    """A setting in short words; of a layer's own settings the name of its class."""
    if isinstance(value, dict):
        inner = {
            key: one
            for key, one in value.get("config", {}).items()
            if key not in ("seed", "dtype", "name") and one
        }
        words = " ".join(f"{key}={one}" for key, one in inner.items() if not isinstance(one, dict))
        return (
            f"{value.get('class_name')}({words})"
            if value.get("class_name") in ("Constant", "RandomNormal")
            else str(value.get("class_name"))
        )
    return str(tuple(value) if isinstance(value, list) else value)


def described(net):
    """One line per operation of a net, in order, with the numbers of those that it reads."""
    operations = list(net.operations) if hasattr(net, "operations") else list(net.layers)
    numbers = {id(one): number for number, one in enumerate(operations)}
    for number, one in enumerate(operations):
        kind = type(one).__name__
        parents = [
            numbers.get(id(node.operation), "?")
            for node in getattr(one, "_inbound_nodes", [SimpleNamespace(parent_nodes=[])])[0].parent_nodes
        ]
        fed = "" if parents == [number - 1] or not parents else f" <- {' '.join(map(str, parents))}"
        settings = []
        if isinstance(one, keras.layers.Layer) and not hasattr(one, "layers"):
            pairs = {
                key: said(value)
                for key, value in one.get_config().items()
                if key not in SELDOM and value is not None
            }
            settings = [
                f"{key}={value}"
                for key, value in pairs.items()
                if (key, value.partition("(")[0] if "initializer" in key else value) not in AS_USUAL
            ]
        plain = re.sub(r"(?<!^)(?=[A-Z])", "_", kind).lower()
        own = (
            ""
            if re.fullmatch(
                rf"{kind.lower()}.*|{plain}.*|[a-z0-9]+(_[a-z0-9]+)*_\d+", one.name, re.IGNORECASE
            )
            else f" '{one.name}'"
        )
        shape = getattr(getattr(one, "output", None), "shape", "")
        yield f"{number} {kind}{own} {' '.join(settings)} {shape}{fed}".replace("  ", " ")
        for inner in getattr(one, "layers", ()):
            yield f"  inside: {type(inner).__name__} {getattr(inner, 'rate', '')} {inner.count_params()}"
    yield f"{net.count_params()} parameters"
    if getattr(net, "compiled", False):
        loss = net.loss if isinstance(net.loss, str | list) else getattr(net.loss, "__name__", net.loss)
        optimizer = net.optimizer
        rate = float(keras.ops.convert_to_numpy(optimizer.learning_rate))
        yield f"{type(optimizer).__name__} at {rate:.4g}, clipped at {optimizer.clipnorm}, loss {loss}"


@pytest.mark.parametrize("name", NETS)
def test_a_net_has_the_layers_that_it_had(name):
    text = "\n".join([name, *described(NETS[name]())])
    assert kept_support.change("drawn", sys.modules[__name__], text) == ""
