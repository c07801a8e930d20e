"""A plan as an ONNX model: one or two nodes a step, written with onnx's own helpers.

Keras keeps channels last, ONNX wants them first. Each step that minds is put between two transpositions; ONNX
Runtime takes out the pairs that meet.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from course_utils.further.serving.steps import Plan, Step

if TYPE_CHECKING:
    import onnx

OPSET = 17  # of 2022: every runtime that is still kept reads it
IR_VERSION = 8
LAST_TO_FIRST = {1: [0, 2, 1], 2: [0, 3, 1, 2]}
FIRST_TO_LAST = {1: [0, 2, 1], 2: [0, 2, 3, 1]}
_TYPES = {"float32": "FLOAT", "int32": "INT32", "int64": "INT64", "uint8": "UINT8"}


def to_onnx(plan: Plan, names: tuple[str, ...] = (), producer: str = "course_utils") -> onnx.ModelProto:
    """The plan as a checked ONNX model; `names` are those of its outputs, by default those of the layers.

    The first axis of each input and output is free and called `batch`.
    Raises ValueError for another number of names than outputs.
    """
    import onnx
    from onnx import TensorProto, helper

    names = names or tuple(name.split("/")[0] for name, _ in plan.outputs)
    if len(names) != len(plan.outputs):
        raise ValueError(f"{len(plan.outputs)} outputs need as many names; got {list(names)}")
    writer = _Writer()
    for step in plan.steps:
        getattr(writer, step.kind)(step)
    for wanted, (found, _) in zip(names, plan.outputs, strict=True):
        writer.node("Identity", [found], wanted)

    def described(name: str, shape: tuple, kind: str) -> onnx.ValueInfoProto:
        return helper.make_tensor_value_info(name, getattr(TensorProto, _TYPES[kind]), ["batch", *shape[1:]])

    graph = helper.make_graph(
        writer.nodes,
        "net",
        [described(name, shape, kind) for name, shape, kind in plan.inputs],
        [described(name, shape, "float32") for name, (_, shape) in zip(names, plan.outputs, strict=True)],
        writer.constants,
    )
    model = helper.make_model(graph, producer_name=producer, opset_imports=[helper.make_opsetid("", OPSET)])
    model.ir_version = IR_VERSION
    onnx.checker.check_model(model, full_check=True)
    return model


class _Writer:
    """Nodes and constants of a graph; one method per kind of step."""

    def __init__(self) -> None:
        self.nodes: list = []
        self.constants: list = []

    def node(self, kind: str, inputs: list[str], output: str, **settings: object) -> str:
        from onnx import helper

        self.nodes.append(helper.make_node(kind, inputs, [output], name=f"{output}:{kind}", **settings))
        return output

    def constant(self, name: str, array: np.ndarray) -> str:
        from onnx import numpy_helper

        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(array), name))
        return name

    def channels_first(self, step: Step, rank: int, kind: str, more: list[str], **settings: object) -> str:
        first = self.node("Transpose", [step.inputs[0]], f"{step.output}:first", perm=LAST_TO_FIRST[rank])
        done = self.node(kind, [first, *more], f"{step.output}:done", **settings)
        return self.node("Transpose", [done], step.output, perm=FIRST_TO_LAST[rank])

    def convolution(self, step: Step, rank: int) -> str:
        kernel = np.moveaxis(step.weights["kernel"], (-1, -2), (0, 1))  # (out, in, ...)
        more = [self.constant(f"{step.layer}/kernel", kernel)]
        if "bias" in step.weights:
            more.append(self.constant(f"{step.layer}/bias", step.weights["bias"]))
        settings = {"strides": step.settings["strides"], "dilations": step.settings["dilation"]}
        if max(step.settings["strides"]) == 1 and step.settings["padding"] == "same":
            # Written out, since ONNX Runtime refuses "same" with a dilation (which Keras allows at stride 1 only).
            both = [
                (size - 1) * wide for size, wide in zip(kernel.shape[2:], settings["dilations"], strict=True)
            ]
            before = [total // 2 for total in both]
            settings["pads"] = [*before, *(total - one for total, one in zip(both, before, strict=True))]
        else:
            settings["auto_pad"] = _PADDING[step.settings["padding"]]
        return self.channels_first(step, rank, "Conv", more, **settings)

    def conv1d(self, step: Step) -> str:
        return self.convolution(step, 1)

    def conv2d(self, step: Step) -> str:
        return self.convolution(step, 2)

    def pooling(self, step: Step, kind: str, rank: int = 2) -> str:
        settings = {"kernel_shape": step.settings["size"], "strides": step.settings["strides"]}
        padding = _PADDING[step.settings["padding"]]
        return self.channels_first(step, rank, kind, [], auto_pad=padding, **settings)

    def maxpool1d(self, step: Step) -> str:
        return self.pooling(step, "MaxPool", 1)

    def maxpool2d(self, step: Step) -> str:
        return self.pooling(step, "MaxPool")

    def avgpool2d(self, step: Step) -> str:
        return self.pooling(step, "AveragePool")

    def upsample2d(self, step: Step) -> str:
        sizes = self.constant(f"{step.layer}/sizes", np.array([1, 1, *step.settings["size"]], np.float32))
        by = {"mode": "nearest", "coordinate_transformation_mode": "asymmetric", "nearest_mode": "floor"}
        return self.channels_first(step, 2, "Resize", ["", sizes], **by)

    def reduced(self, step: Step, kind: str, axes: list[int]) -> str:
        return self.node(kind, list(step.inputs), step.output, axes=axes, keepdims=0)

    def globalmax1d(self, step: Step) -> str:
        return self.reduced(step, "ReduceMax", [1])

    def globalavg1d(self, step: Step) -> str:
        return self.reduced(step, "ReduceMean", [1])

    def globalmax2d(self, step: Step) -> str:
        return self.reduced(step, "ReduceMax", [1, 2])

    def globalavg2d(self, step: Step) -> str:
        return self.reduced(step, "ReduceMean", [1, 2])

    def dense(self, step: Step) -> str:
        kernel = self.constant(f"{step.layer}/kernel", step.weights["kernel"])
        if "bias" not in step.weights:
            return self.node("MatMul", [step.inputs[0], kernel], step.output)
        product = self.node("MatMul", [step.inputs[0], kernel], f"{step.output}:product")
        return self.node(
            "Add", [product, self.constant(f"{step.layer}/bias", step.weights["bias"])], step.output
        )

    def scale(self, step: Step) -> str:
        factor = self.constant(f"{step.layer}/factor", step.weights["factor"])
        product = self.node("Mul", [step.inputs[0], factor], f"{step.output}:product")
        summand = self.constant(f"{step.layer}/summand", step.weights["summand"])
        return self.node("Add", [product, summand], step.output)

    def embedding(self, step: Step) -> str:
        table = self.constant(f"{step.layer}/table", step.weights["table"])
        return self.node("Gather", [table, step.inputs[0]], step.output, axis=0)

    def whole(self, step: Step) -> str:
        return self.node("Cast", list(step.inputs), step.output, to=6)  # int32

    def less(self, step: Step) -> str:
        value = self.constant(f"{step.output}/value", np.int32(step.settings["value"]))
        return self.node("Sub", [step.inputs[0], value], step.output)

    def one_hot(self, step: Step) -> str:
        """Compared with each place: ONNX's own OneHot counts a negative number from the end of the row."""
        name = step.output
        axis = self.constant(f"{name}/axis", np.int64([-1]))
        alone = self.node("Unsqueeze", [step.inputs[0], axis], f"{name}:alone")
        places = self.constant(f"{name}/places", np.arange(step.settings["count"], dtype=np.int32))
        same = self.node("Equal", [alone, places], f"{name}:same")
        return self.node("Cast", [same], name, to=1)  # float32

    def not_equal(self, step: Step) -> str:
        value = self.constant(f"{step.output}/value", np.int32(step.settings["value"]))
        same = self.node("Equal", [step.inputs[0], value], f"{step.output}:same")
        return self.node("Not", [same], step.output)

    def largest(self, step: Step) -> str:
        return self.reduced(step, "ReduceMax", [step.settings["axis"]])

    def bilstm(self, step: Step) -> str:
        """Both directions in one node. Tokens that are not there have to be at the end: ONNX is told how many there are."""
        sequence, there = step.inputs
        units, name = step.settings["units"], step.output
        whole = self.node("Cast", [there], f"{name}:there", to=6)  # int32
        axis = self.constant(f"{name}/axis", np.int64([1]))
        lengths = self.node("ReduceSum", [whole, axis], f"{name}:lengths", keepdims=0)
        first = self.node("Transpose", [sequence], f"{name}:time_first", perm=[1, 0, 2])

        def gates(kind: str) -> np.ndarray:
            """(2, 4 units, ...) in the order of ONNX: input, output, forget, cell; Keras has input, forget, cell, output."""
            found = []
            for direction in ("forward", "backward"):
                i, f, c, o = np.split(step.weights[f"{direction}_{kind}"], 4, axis=-1)
                found.append(np.concatenate([i, o, f, c], axis=-1).T)
            return np.stack(found)

        bias = gates("bias")
        given = [
            self.constant(f"{name}/kernel", gates("kernel")),
            self.constant(f"{name}/recurrent", gates("recurrent")),
            self.constant(f"{name}/bias", np.concatenate([bias, np.zeros_like(bias)], axis=-1)),
        ]
        states = self.node(
            "LSTM", [first, *given, lengths], f"{name}:states", hidden_size=units, direction="bidirectional"
        )  # (time, directions, batch, units)
        turned = self.node("Transpose", [states], f"{name}:batch_first", perm=[2, 0, 1, 3])
        shape = self.constant(f"{name}/shape", np.int64([0, 0, 2 * units]))
        return self.node("Reshape", [turned, shape], name)

    def flatten(self, step: Step) -> str:
        return self.node("Flatten", list(step.inputs), step.output, axis=1)

    def concat(self, step: Step) -> str:
        return self.node("Concat", list(step.inputs), step.output, axis=-1)

    def add(self, step: Step) -> str:
        return self.node("Sum", list(step.inputs), step.output)

    def same(self, step: Step) -> str:
        return self.node("Identity", list(step.inputs), step.output)

    def relu(self, step: Step) -> str:
        return self.node("Relu", list(step.inputs), step.output)

    def sigmoid(self, step: Step) -> str:
        return self.node("Sigmoid", list(step.inputs), step.output)

    def tanh(self, step: Step) -> str:
        return self.node("Tanh", list(step.inputs), step.output)

    def softmax(self, step: Step) -> str:
        return self.node("Softmax", list(step.inputs), step.output, axis=-1)


_PADDING = {"same": "SAME_UPPER", "valid": "VALID"}
