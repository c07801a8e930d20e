"""The nets that made history, each in plain Keras 3, and what can be counted in them before any training.

    from course_utils.further.architectures import resnet, multiply_adds
    net = resnet(50)
    multiply_adds(net)

Builders: `classic` (LeNet-5, AlexNet, VGG16), `inception` (GoogLeNet), `residual` (ResNets, and small plain and residual
stacks), `separable` (the blocks of MobileNet and Xception), `patches` (a vision transformer). `counting` has
multiply-adds, receptive fields and the gradients that reach each layer, `history` the published accuracies.
"""

from .classic import alexnet, lenet5, lenet5_of_the_paper, vgg16
from .counting import (
    gradient_norms,
    layer_table,
    measured_field,
    multiply_adds,
    receptive_field,
    without_values,
)
from .history import FAMOUS, build, history
from .inception import GOOGLENET, googlenet, inception
from .patches import vit
from .residual import RESNETS, basic_block, bottleneck_block, resnet, small_net
from .separable import mobilenet_block, xception_block

__all__ = [
    "FAMOUS",
    "GOOGLENET",
    "RESNETS",
    "alexnet",
    "basic_block",
    "bottleneck_block",
    "build",
    "googlenet",
    "gradient_norms",
    "history",
    "inception",
    "layer_table",
    "lenet5",
    "lenet5_of_the_paper",
    "measured_field",
    "mobilenet_block",
    "multiply_adds",
    "receptive_field",
    "resnet",
    "small_net",
    "vgg16",
    "vit",
    "without_values",
    "xception_block",
]
