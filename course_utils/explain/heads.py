"""What a net ends in: which of its outputs is meant, and its scores before a softmax or sigmoid squeezes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import keras

SQUEEZING = ("softmax", "sigmoid", "log_softmax")
_RESHAPING = ("Reshape", "Flatten", "Permute", "Dropout")
_AVERAGING = ("GlobalAveragePooling2D", "AveragePooling2D", "GlobalMaxPooling2D")

_PLAIN_OR_SQUEEZED = (*SQUEEZING, "linear")

Output = str | int | None


def net_of(predict: object) -> object:
    """The net behind its bound method `predict`, which would draw a progress bar for each batch; else `predict`."""
    owner = getattr(predict, "__self__", None)
    is_net = hasattr(owner, "predict_on_batch") or (hasattr(owner, "preprocess") and hasattr(owner, "model"))
    return owner if getattr(predict, "__name__", "") == "predict" and is_net else predict


def need_called(model: keras.Model) -> None:
    """Raise ValueError for a net that was never called: it has no weights yet, so there is nothing to explain."""
    if getattr(model, "built", True) is False:
        raise ValueError(
            f"{model.name} was never called, so it has no weights yet. Train it first, load its weights, or begin "
            "it with keras.Input(...)"
        )


def has_graph(model: keras.Model) -> bool:
    """Whether Keras knows how data flow through the net: not in a subclassed one, which is known to its `call` only."""
    return bool(getattr(model, "inputs", None)) and bool(getattr(model, "outputs", None))


def need_graph(model: keras.Model, asked: str) -> None:
    """Raise ValueError for a net that `asked` (a method's name) cannot look into."""
    need_called(model)
    if not has_graph(model):
        raise ValueError(
            f"{asked} looks into the net, and {model.name} is a subclassed model, whose inside only its own `call` "
            "knows. Build it in the functional API or as keras.Sequential, or choose LIME or occlusion"
        )
    if len(model.inputs) > 1:
        raise ValueError(f"{asked} takes nets with one input; {model.name} has {len(model.inputs)}")


def choose(names: list, shapes: list, output: Output, who: str) -> int:
    """The number of the output that is meant, by its name or its place; None where there is one only.

    Raises ValueError that lists the outputs.
    """
    listed = ", ".join(f"{name!r} {tuple(shape)}" for name, shape in zip(names, shapes, strict=True))
    if output is None and len(names) == 1:
        return 0
    if output is None:
        raise ValueError(f"{who} has {len(names)} outputs: {listed}. Say which one: output={names[0]!r}")
    if output in names:
        return names.index(output)
    if isinstance(output, int) and 0 <= output < len(names):
        return output
    raise ValueError(f"{who} has no output {output!r}; there {'is' if len(names) == 1 else 'are'} {listed}")


def output_of(model: keras.Model, output: Output = None):
    """The tensor of the output that is meant, of a net whose graph Keras knows; see `choose`."""
    if is_sequential(model):  # one that was read from a file has outputs, but no `output`
        tensors, names = list(model.outputs), [model.layers[-1].name]
    elif isinstance(model.output, dict):
        names, tensors = list(model.output), list(model.output.values())
    else:
        tensors = list(model.outputs)
        names = list(getattr(model, "output_names", None) or [model.layers[-1].name])
    return tensors[choose(names, [tensor.shape for tensor in tensors], output, model.name)]


def one_answer(answers: object, output: Output, who: str, names: list | None = None) -> object:
    """What was predicted for the output that is meant, where a net or function gives several."""
    if isinstance(answers, dict):
        names, answers = list(answers), list(answers.values())
    elif not isinstance(answers, (list, tuple)) or any(getattr(one, "ndim", 0) < 2 for one in answers):
        return answers  # one table, or its rows
    names = names if names and len(names) == len(answers) else list(range(len(answers)))
    return answers[choose(names, [one.shape for one in answers], output, who)]


def ending(model: keras.Model, output: Output = None) -> str:
    """What a net's outputs are: softmax, sigmoid, linear (scores whose softmax is the probabilities) or unknown."""
    for layer, _ in _backwards(model, output):
        kind, name = type(layer).__name__, _activation(layer)
        if kind == "Softmax":
            return "softmax"
        if (kind == "Activation" and name == "linear") or kind in (*_RESHAPING, *_AVERAGING):
            continue  # they leave scores scores, and probabilities probabilities
        if getattr(layer, "layers", None):
            return ending(layer)
        if name == "log_softmax":
            return "linear"  # logarithms of probabilities are scores: their softmax gives the probabilities
        return name if name in (*SQUEEZING, "linear") else "unknown"
    return "unknown"


def plain(model: keras.Model, output: Output = None) -> tuple[list[keras.layers.Layer], int, object]:
    """A net's last layers without their softmax or sigmoid, how many layers of the net they stand for, what they read.

    A layer that holds its softmax itself is copied with the same weights; the net stays as it is.
    Raises ValueError for a net whose last layers make features rather than scores of classes.
    """
    found = []
    for layer, read in _backwards(model, output):
        found.insert(0, layer)
        kind, name = type(layer).__name__, _activation(layer)
        inside = getattr(layer, "layers", None)
        if kind in ("Softmax", *_RESHAPING, *_AVERAGING) or (
            kind == "Activation" and name in _PLAIN_OR_SQUEEZED
        ):
            continue
        if inside or name in _PLAIN_OR_SQUEEZED:
            return [one for one in map(_without_squeezing, found) if one is not None], len(found), read
        break
    raise ValueError(
        f"{model.name} ends in {type(found[-1]).__name__ if found else 'a layer that is used more than once'}, with "
        "features behind it; expected a score a class, from a Dense layer or a 1x1 convolution with pooling (load the "
        "net with top=True, or put a Dense layer on top)"
    )


def inner_net(model: keras.Model, output: Output = None) -> tuple[keras.Model | None, object]:
    """The net that a net ends in, such as a pretrained one after a rescaling, and the tensor that it reads.

    None where the last layer is no net of its own. The tensor is None in a Sequential, whose order says it.
    """
    layer, read = next(iter(_backwards(model, output)), (None, None))
    return (layer, read) if getattr(layer, "layers", None) and has_graph(layer) else (None, None)


def tensor_of(model: keras.Model, layer: keras.Layer, output: Output = None):
    """What a layer makes in this net. A net used as a layer has another output of its own, in its own graph."""
    waiting, seen = [output_of(model, output)], set()
    while waiting:
        tensor = waiting.pop()
        if id(tensor) in seen:
            continue
        seen.add(id(tensor))
        maker, node, _ = tensor._keras_history
        if maker is layer:
            return tensor
        waiting += maker._inbound_nodes[node].input_tensors
    return layer.output


def chain(layers: list[keras.layers.Layer], like: object) -> keras.Model:
    """Layers one behind the other, for inputs shaped like a tensor of Keras.

    A Sequential read from a file was built more than once, so that its layers' own inputs and outputs
    need not be those of the model as it stands.
    """
    import keras

    start = result = keras.Input(like.shape[1:])
    for layer in layers:
        result = layer(result)
    return keras.Model(start, result)


def is_sequential(model: keras.Model) -> bool:
    """Whether a net is one list of layers."""
    import keras

    return isinstance(model, keras.Sequential)


def _without_squeezing(layer: keras.layers.Layer) -> keras.layers.Layer | None:
    if type(layer).__name__ in ("Softmax", "Activation"):
        return None
    if getattr(layer, "layers", None):
        return _plain_model(layer)
    if _activation(layer) not in SQUEEZING:
        return layer
    copy = type(layer).from_config({**layer.get_config(), "activation": "linear"})
    copy.build(layer.get_build_config()["input_shape"])
    copy.set_weights(layer.get_weights())
    return copy


def _plain_model(model: keras.Model) -> keras.Model:
    """A whole net without its softmax or sigmoid, with the same layers in front."""
    import keras

    last, count, result = plain(model)
    if is_sequential(model):
        return chain(model.layers[:-count] + last, model.inputs[0])
    for layer in last:
        result = layer(result)
    return keras.Model(model.inputs, result)


def _activation(layer: keras.layers.Layer) -> str | None:
    return getattr(getattr(layer, "activation", None), "__name__", None)


def _backwards(model: keras.Model, output: Output):
    """(layer, the tensor it reads) from an output towards the input, as long as one layer follows another."""
    if is_sequential(model):
        for layer in reversed(model.layers):
            yield layer, None
        return
    if not has_graph(model):
        return
    tensor = output_of(model, output)
    while True:
        layer, node, _ = (
            tensor._keras_history
        )  # how Keras itself follows a graph; there is no public name for it
        read = layer._inbound_nodes[node].input_tensors
        if not read:  # the net's input
            return
        yield layer, read[0]
        if len(read) > 1:
            return
        tensor = read[0]
