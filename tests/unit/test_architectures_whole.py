"""Tables of layers, fields and famous nets: as a whole what was approved."""

import approvals
import numpy as np
import pytest

keras = pytest.importorskip("keras")
from course_utils.further import architectures as room  # noqa: E402

layers = keras.layers


def odd_net():
    """Kernels, strides and dilations of several kinds, side by side."""
    picture = keras.Input((32, 24, 3), name="picture")
    left = layers.Conv2D(4, (5, 3), strides=2, padding="same", name="wide")(picture)
    right = layers.DepthwiseConv2D(3, strides=2, padding="same", name="deep")(picture)
    both = layers.Concatenate(name="both")(
        [left, layers.Conv2D(3, 3, dilation_rate=3, padding="same", name="far")(right)]
    )
    pooled = layers.AveragePooling2D(3, strides=1, padding="same", name="mean")(both)
    inner = keras.Sequential(
        [keras.Input((16, 12, 7)), layers.SeparableConv2D(6, 3, name="apart")], name="inside"
    )
    x = layers.ReLU(name="bent")(inner(pooled))
    flat = layers.GlobalMaxPooling2D(name="all")(x)
    return keras.Model(picture, layers.Dense(3, name="said")(flat))


@pytest.mark.parametrize(
    "make", [odd_net, lambda: room.small_net(6, residual=True), lambda: room.vit(8, 4, 1, 12, 3, 5), room.lenet5_of_the_paper, room.lenet5]
)  # fmt: skip
def test_tables_of_layers_are_as_approved(make):
    net = room.without_values(make)
    table = room.layer_table(net).reset_index()
    for row in table.itertuples(index=False):
        approvals.see(row=[str(one) for one in row])
    approvals.see(work=room.multiply_adds(net))
    if (table["field"] != "").any():
        approvals.see(field=room.receptive_field(net))


def test_the_history_of_nets_is_as_approved():
    for row in room.history().reset_index().itertuples(index=False):
        approvals.see(row=[str(one) for one in row])


def test_fields_and_gradients_are_measured_as_approved():
    net = room.small_net(6, residual=True, shape=(16, 16, 1), filters=3)
    random = np.random.default_rng(0)
    net.set_weights([np.abs(random.normal(0.3, 0.1, one.shape)) for one in net.get_weights()])
    side, seen = room.measured_field(net, net.layers[-3].name)
    approvals.see(
        side=side,
        total=float(seen.sum()),
        row=list(seen[8]),
        fewer=room.measured_field(net, net.layers[-3].name, 1)[1][8],
    )
    approvals.see(last=room.measured_field(net)[0])
    approvals.see(
        norms=room.gradient_norms(net, random.normal(size=(4, 16, 16, 1)).astype("float32"), np.arange(4))
    )
