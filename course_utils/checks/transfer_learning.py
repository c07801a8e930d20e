"""Graders of the exercises in `04-transfer-learning`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from course_utils.checks.common import UNFINISHED, not_a_net, unfinished

if TYPE_CHECKING:
    import keras

HINTS = {
    1: [
        "net.trainable = True comes first: in a net that is frozen as a whole no layer learns, whatever its own setting. "
        "Then for layer in net.layers: layer.trainable = ... ; layer.name.startswith('block5') is True for block5's.",
        "net.layers[-1] is the head. Compile *after* setting what is trainable: Keras may ignore later changes.",
    ],
    2: [
        'base = load("ResNet50", weights=weights, input_size=size).model, then base.trainable = False.',
        "pictures = keras.Input((size, size, 3)); then keras.applications.resnet50.preprocess_input(pictures); then "
        "base(...).",
        "Then add layers.GlobalAveragePooling2D() and layers.Dense(classes, activation='softmax').",
    ],
    3: [
        "First decide which pictures are for training; only then make their mirrored copies.",
        "random = np.random.default_rng(seed). For each label: "
        "places = random.permutation(np.flatnonzero(labels == label)); places[:shots] are for "
        "training, places[shots:] for validation.",
    ],
    4: [
        "A head knows the pictures that it was fitted to: fit one on f_plain and f_train together.",
        "np.concatenate([f_plain, f_train]) for the features, np.concatenate([y_plain, y_views]) for the labels; adapt "
        "the Normalization layer to both, too.",
    ],
}


def unfreeze_block5(function: Callable[..., object]) -> list[str] | None:
    """Grade `unfreeze_block5(net, rate)`: one training step must move block5 and the head, and nothing else."""
    import keras
    from keras import layers

    names = ("block4_conv1", "block5_conv1", "block5_conv2")
    for start in ("free", "frozen as a whole", "frozen layer by layer"):
        net = keras.Sequential(
            [keras.Input((6, 6, 3)), *(layers.Conv2D(4, 3, padding="same", name=n) for n in names)]
        )
        net.add(layers.GlobalAveragePooling2D(name="average_of_block5"))
        net.add(layers.Dense(3, activation="softmax", name="head"))
        net.trainable = start != "frozen as a whole"
        for layer in net.layers:
            layer.trainable = start == "free"
        before = {layer.name: [w.copy() for w in layer.get_weights()] for layer in net.layers}
        answer = function(net, 1e-4)
        if unfinished(answer):
            return [UNFINISHED, *HINTS[1]]
        net = answer
        if not getattr(net, "compiled", False):
            return [
                "The net is not compiled, so it cannot train.",
                *HINTS[1],
            ]
        rate = float(keras.ops.convert_to_numpy(net.optimizer.learning_rate))
        if not isinstance(net.optimizer, keras.optimizers.Adam) or not np.isclose(rate, 1e-4):
            kind = type(net.optimizer).__name__
            return [
                f"It trains with {kind} at rate {rate:g}; expected Adam with the rate given, 0.0001.",
                *HINTS[1],
            ]
        random = np.random.default_rng(0)
        net.train_on_batch(random.normal(size=(12, 6, 6, 3)).astype("float32"), np.arange(12) % 3)
        moved = [
            layer.name
            for layer in net.layers
            if any(
                not np.array_equal(a, b) for a, b in zip(before[layer.name], layer.get_weights(), strict=True)
            )
        ]
        if moved != [*names[1:], "head"]:
            told = ", ".join(moved) or "nothing"
            return [
                f"A net that was {start}: one training step changed {told}; expected {', '.join(names[1:])} and head.",
                *HINTS[1],
            ]
    return None


def retrained_resnet50(function: Callable[..., keras.Model]) -> list[str] | None:
    """Grade `retrained_resnet50(classes, size, weights)`: preprocessing inside, frozen base, pooled, one new layer."""
    import keras
    from keras import layers
    from keras.applications.resnet50 import preprocess_input

    model = function(5, 64, "random")
    if unfinished(model):
        return [UNFINISHED, *HINTS[2]]
    if not isinstance(model, keras.Model):
        return [f"It returns {type(model).__name__}; expected a keras.Model.", *HINTS[2]]
    if model.input_shape[1:] != (64, 64, 3) or model.output_shape[1:] != (5,):
        shapes = f"It goes from {model.input_shape[1:]} to {model.output_shape[1:]}"
        return [f"{shapes}; for 5 classes and size 64 expected (64, 64, 3) to (5,).", *HINTS[2]]
    kernel = model.weights[-2]
    if tuple(kernel.shape) != (2048, 5):
        return [
            f"The new layer's weights have shape {tuple(kernel.shape)}; on averages of ResNet50's 2,048 maps it "
            "is (2048, 5).",
            *HINTS[2],
        ]
    norms = [one for one in _all_layers(model) if isinstance(one, layers.BatchNormalization)]
    free = len(model.trainable_weights)
    if any(norm.trainable for norm in norms) or free != 2:
        if free == 0:
            return ["Nothing can learn, not even the new layer: freeze only the base.", *HINTS[2]]
        return [
            f"{free} arrays can learn; expected 2, the new layer's. A frozen BatchNormalization runs in "
            "inference mode, a free one changes with each batch.",
            *HINTS[2],
        ]
    pictures = np.random.default_rng(0).integers(0, 256, (2, 64, 64, 3)).astype("float32")
    last = [layer for layer in model.layers if layer.weights][-1]  # an Activation may follow it
    joined = keras.Model(model.inputs, [last.input, *model.outputs])
    found, probabilities = map(np.asarray, joined.predict_on_batch(pictures))
    if not np.allclose(probabilities.sum(axis=1), 1, atol=1e-3):
        return ["Its outputs do not add up to 1: the new layer needs activation='softmax'.", *HINTS[2]]
    reference = keras.applications.ResNet50(weights=None, include_top=False, input_shape=(64, 64, 3))
    reference.set_weights(model.get_weights()[:-2])
    prepared = preprocess_input(pictures.copy())
    if _alike(found, np.asarray(reference.predict_on_batch(prepared)).mean(axis=(1, 2))):
        return None
    if _alike(found, np.asarray(reference.predict_on_batch(pictures)).mean(axis=(1, 2))):
        return [
            "It does not preprocess: pictures come as 0..255, and this net needs another range.",
            *HINTS[2],
        ]
    return ["The new layer does not read the averages of the preprocessed picture's maps.", *HINTS[2]]


def _all_layers(model: keras.Model) -> list[keras.layers.Layer]:
    """The layers of a model and of the models in it."""
    return [
        one for layer in model.layers for one in (_all_layers(layer) if hasattr(layer, "layers") else [layer])
    ]


def _alike(found: np.ndarray, expected: np.ndarray) -> bool:
    """Equal but for rounding: GPUs multiply with fewer digits."""
    return found.shape == expected.shape and bool(
        np.abs(found - expected).max() < 2e-2 * np.abs(expected).max()
    )


def split_then_mirror(function: Callable[..., tuple]) -> list[str] | None:
    """Grade `split_then_mirror(pictures, labels, shots, seed)`: no copy of a training picture in validation."""
    pictures = np.random.default_rng(0).integers(0, 256, (21, 4, 6, 3)).astype(np.uint8)
    labels = np.random.default_rng(1).permutation(np.repeat([0, 1, 2], 7))
    for shots, seed in ((3, 0), (5, 1)):
        answer = function(pictures.copy(), labels.copy(), shots, seed)
        if unfinished(answer):
            return [UNFINISHED, *HINTS[3]]
        if not isinstance(answer, tuple | list) or len(answer) != 4:
            return ["Return four arrays: x_train, y_train, x_validation, y_validation.", *HINTS[3]]
        if problem := _problem_of_split(pictures, labels, shots, *map(np.asarray, answer)):
            return [problem, *HINTS[3]]
    drawn = [[function(pictures, labels, 3, seed)[2].tobytes() for seed in range(6)] for _ in range(2)]
    if len(set(drawn[0])) == 1:
        return ["Six seeds give the same validation part; draw it with default_rng(seed).", *HINTS[3]]
    if drawn[0] != drawn[1]:
        return [
            "The same seed gives another split the second time; draw with default_rng(seed) alone.",
            *HINTS[3],
        ]
    return None


def _problem_of_split(pictures, labels, shots, x_train, y_train, x_validation, y_validation) -> str | None:
    """What is wrong with a split of these pictures, or None."""
    known = {picture.tobytes(): number for number, picture in enumerate(pictures)}
    mirrored = {picture[:, ::-1].tobytes(): number for number, picture in enumerate(pictures)}
    flipped = {picture[::-1].tobytes() for picture in pictures}

    def of(x):
        return [(known | mirrored).get(np.asarray(picture, pictures.dtype).tobytes()) for picture in x]

    trained, validated = of(x_train), of(x_validation)
    if any(np.asarray(picture, pictures.dtype).tobytes() in flipped for picture in x_train):
        return "Some training pictures are upside down: [:, :, ::-1] mirrors a batch left to right."
    if None in trained or None in validated:
        return "Some pictures are neither those given nor their mirror images, left to right."
    if both := set(trained) & set(validated):
        return f"{len(both)} pictures are on both sides, as they are or mirrored: that is the leak."
    if any(np.asarray(picture, pictures.dtype).tobytes() not in known for picture in x_validation):
        return "The validation part has mirrored copies in it; only training pictures are augmented."
    if len(y_train) != len(x_train) or len(y_validation) != len(x_validation):
        return "Each part needs as many labels as pictures; a mirrored copy keeps its picture's label."
    if (labels[trained] != y_train).any() or (labels[validated] != y_validation).any():
        return "Some labels do not belong to their pictures; a mirrored copy keeps its picture's label."
    copies = np.bincount(trained, minlength=len(pictures))
    as_given = np.bincount(
        [known.get(np.asarray(p, pictures.dtype).tobytes(), len(pictures)) for p in x_train],
        minlength=len(pictures),
    )[: len(pictures)]
    a_class = np.bincount(labels[np.unique(trained)], minlength=3)
    if (a_class != shots).any():
        return f"With shots = {shots} it draws {a_class.tolist()} pictures of the three classes."
    if (copies[copies > 0] != 2).any() or (as_given[copies > 0] != 1).any():
        return "Training needs each drawn picture twice: once as it is, once mirrored."
    if len(validated) != len(pictures) - 3 * shots:
        return f"{len(pictures) - 3 * shots} pictures are left for validation; it returns {len(validated)}."
    return None


Part = tuple[np.ndarray, Sequence[int], float]
"""Features (N, F) of pictures that a head has not met, their labels, and the accuracy asked for."""


def head_for_both(model: object, plain: Part, market: Part) -> list[str] | None:
    """Grade a trained head on features of plain and of market pictures; both scores have to reach their bar."""

    if wrong := not_a_net(model, "both"):
        return [wrong, *HINTS[4]]
    width = np.asarray(plain[0]).shape[1]
    if not model.built:
        return [f"The head does not know its input yet: begin with keras.Input(({width},)).", *HINTS[4]]
    if len(model.inputs) != 1 or tuple(model.input_shape[1:]) != (width,):
        return [
            f"It reads inputs of shape {model.input_shape}; a picture's features are {width} numbers.",
            *HINTS[4],
        ]
    missed = []
    for name, (features, labels, bar) in {"plain": plain, "market": market}.items():
        outputs = np.asarray(model.predict(np.asarray(features), batch_size=256, verbose=0))
        kinds = int(np.max(labels)) + 1
        if outputs.ndim != 2 or outputs.shape[1] < kinds:
            return [
                f"Its outputs have shape {outputs.shape[1:]} per picture; expected one number for each of {kinds} kinds.",
                *HINTS[4],
            ]
        if not np.isfinite(outputs).all():
            return [
                "Its outputs are not finite numbers: the training diverged. Lower the rate.",
                *HINTS[4],
            ]
        answers = outputs.argmax(axis=1)
        accuracy = float((answers == np.asarray(labels)).mean())
        if accuracy < bar:
            same = " It gives all of them the same answer: was it trained?" if len(set(answers)) == 1 else ""
            missed.append(
                f"On {name} test pictures its accuracy is {accuracy:.3f}; at least {bar:.3f} is required.{same}"
            )
    return [" ".join(missed), *HINTS[4]] if missed else None


EXERCISES = {1: unfreeze_block5, 2: retrained_resnet50, 3: split_then_mirror, 4: head_for_both}
