"""LIME for pictures: switch segments of a picture off at random, ask the net, fit a weighted line to its answers.

The package `lime` is the reference. `engine="lime"` runs it as it is; `engine="fast"` keeps its segments, random
numbers, distances, kernel and regression and replaces one step, the loop that builds the samples and predicts them.
Source: M. T. Ribeiro, S. Singh, C. Guestrin, "'Why should I trust you?' Explaining the predictions of any
classifier", 2016.
"""

from __future__ import annotations

import contextlib
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from course_utils.foundation.assets import progress
from course_utils.foundation.config import someone_is_watching

from .inputs import ReadPicture, read_picture
from .lime_common import Fits, Seconds, dense, explained, need_asked, need_known
from .predictions import PictureClassifier, fill_up, picture_batch

Array = np.ndarray

ENGINES = ("fast", "lime")
SEGMENTERS = {
    "quickshift": {"kernel_size": 4, "max_dist": 200, "ratio": 0.2},  # lime's own choice
    "slic": {"n_segments": 50, "compactness": 10.0, "start_label": 0},
}
"""How a picture can be cut, with the parameters that are used unless others are given."""

_LIME_BATCH = 10  # lime's own


@dataclass(frozen=True, eq=False)
class ImageExplanation:
    """What the segments of one picture weigh for some classes, near that picture.

    segments: int (H, W), 0 to S-1. coefficients: class -> weights (S,), 0 for a segment that was not chosen.
    intercept, score, local_prediction: by class, the line's intercept, its weighted R2 and its answer for the picture.
    prediction: the net's probabilities (classes,). classes: those explained, the most probable (or first asked for)
    first. class_names: one a class, or (). samples, seed, engine, maths: how it was made. seconds: where time went.
    """

    segments: Array = field(repr=False)
    coefficients: dict[int, Array] = field(repr=False)
    intercept: dict[int, float] = field(repr=False)
    score: dict[int, float]
    local_prediction: dict[int, float]
    prediction: Array = field(repr=False)
    classes: tuple[int, ...]
    class_names: tuple[str, ...] = field(repr=False)
    samples: int
    seed: int
    engine: str
    maths: str
    seconds: Seconds

    def weights(self, class_index: int | None = None, count: int | None = None) -> list[tuple[int, float]]:
        """(segment, weight) of one class, the heaviest first, as lime lists them; None is the first class."""
        weights = self.coefficients[self.explained(class_index)]
        order = np.argsort(-np.abs(weights), kind="stable")
        chosen = [(int(segment), float(weights[segment])) for segment in order if weights[segment] != 0]
        return chosen[:count]

    def heat(self, class_index: int | None = None, positive: bool = True) -> Array:
        """Each pixel's weight, that of its segment: float32 (H, W); `positive` keeps only what speaks for the class."""
        weights = self.coefficients[self.explained(class_index)]
        return (np.maximum(weights, 0) if positive else weights)[self.segments].astype(np.float32)

    def explained(self, class_index: int | None = None) -> int:
        """The class itself, or the first one; raises ValueError for one that was not explained."""
        return explained(class_index, self.classes, "explain_image(predict, image")


def superpixels(
    image: Array, method: str = "quickshift", value_range: tuple[int, int] | None = None, **parameters: object
) -> Array:
    """A picture cut into connected segments of similar colour: int (H, W), numbered from 0 without gaps.

    `method`: `quickshift` (lime's choice; parameters kernel_size=4, max_dist=200, ratio=0.2) finds few segments in
    small pictures, one or two at 32 pixels a side, about eight at 96, 30 to 40 at 224. `slic` (n_segments=50,
    compactness=10: higher is squarer) starts from a grid and comes near the number asked for at each size.
    `parameters` go to the function of that name in skimage.segmentation. Raises ValueError for another method or
    parameter, and for pictures as in `explain_image`.
    """
    return _cut(read_picture(image, value_range), method, parameters, seed=0)


def explain_image(
    predict: object,
    image: Array,
    *,
    labels: Sequence[int] | None = None,
    top_labels: int = 5,
    segments: str | Array = "quickshift",
    num_samples: int = 1000,
    num_features: int = 100_000,
    hide_color: float | Sequence[float] | None = None,
    kernel_width: float = 0.25,
    feature_selection: str = "auto",
    seed: int = 0,
    engine: str = "fast",
    batch_size: int | None = None,
    maths: str = "float32",
    value_range: tuple[int, int] | None = None,
    class_names: Sequence[str] = (),
    output: str | int | None = None,
) -> ImageExplanation:
    """Which segments of a picture speak for a class and which against it, by LIME. Names as in the package lime.

    `predict`: a function of pictures (N, H, W, 3), in the values and type of `image`, that gives (N, classes); or a
    `keras.Model`, which gets `image`'s values as float32 and whose softmax is added where it ends in plain scores
    (one output counts as the probability of the second of two classes); or what `pretrained.load(..., top=True)`
    returns, which preprocesses by itself. `model.predict` is taken as the model.
    `image`: uint8, float in 0-1 or float in 0-255, (H, W, 3); a grey one, (H, W) or (H, W, 1), becomes RGB, and a
    net with one input channel gets it grey. `value_range`: (0, 1) or (0, 255) where a float picture leaves it open.
    `labels`: classes to explain; without them the `top_labels` most probable ones. `segments`: `quickshift`, `slic`,
    or an int array (H, W) such as `superpixels(image, "slic", n_segments=80)`. `num_samples`: pictures with
    segments switched off at random, the first one with none. `hide_color`: what a hidden pixel shows, in the
    picture's own values; None is its segment's mean, which hides what a segment shows but not its colour: a plain
    sticker stays as it is, so give a colour. `kernel_width`: how fast a sample with fewer segments counts less.
    `feature_selection`, `num_features`: see lime. `seed` fixes the samples.
    `engine`: `fast` builds and predicts the samples batch by batch, `lime` runs the package as it is; both give the
    same coefficients. `batch_size`: pictures a batch, by default as memory bears (lime: 10). `maths`: `bfloat16`
    predicts with a copy of the net in 16-bit numbers where the processor has them: faster, and a little different
    (for many pictures copy the net once, with `in_bfloat16`). `output`: name or place of the output to explain, of
    a net with several.
    Raises ValueError, with what to type, for pictures, classes or settings that do not fit, and where a picture
    is one segment only.
    """
    if engine not in ENGINES:
        raise ValueError(f"engine is {engine!r}; expected one of {', '.join(ENGINES)}")
    if num_samples < 2:
        raise ValueError(f"num_samples is the number of changed pictures, 2 or more; got {num_samples}")
    need_asked(labels, top_labels)
    start = time.perf_counter()
    picture = read_picture(image, value_range)
    parts = _parts(picture, segments, seed)
    cut = time.perf_counter()
    classifier = PictureClassifier(predict, picture, maths, output)
    shown = progress.bar("LIME", num_samples, shown=someone_is_watching(), unit=" samples")
    explainer = _explainer(engine, kernel_width, feature_selection, seed)
    explainer.base = fits = Fits(explainer.base)
    with contextlib.closing(shown), _without_limes_bar():
        found = explainer.explain_instance(
            picture.pixels,
            _watched(classifier, labels, shown.update),
            labels=tuple(labels) if labels is not None else (),
            hide_color=hide_color,
            top_labels=None if labels is not None else top_labels,
            num_features=num_features,
            num_samples=num_samples,
            batch_size=_LIME_BATCH
            if engine == "lime" and batch_size is None
            else picture_batch(num_samples, *parts.shape, batch_size),
            segmentation_fn=lambda _: parts,
            random_seed=seed,
        )
    classes = tuple(int(one) for one in (labels if labels is not None else found.top_labels))
    segmentation, whole = cut - start, time.perf_counter() - start
    rest = whole - segmentation - classifier.seconds - fits.seconds
    count = int(parts.max()) + 1
    return ImageExplanation(
        segments=parts,
        coefficients={one: dense(found.local_exp[one], count) for one in classes},
        intercept={one: float(found.intercept[one]) for one in classes},
        score={one: fits.score[one] for one in classes},
        local_prediction={one: fits.local_prediction[one] for one in classes},
        prediction=fits.prediction,
        classes=classes,
        class_names=tuple(class_names) or classifier.class_names,
        samples=num_samples,
        seed=seed,
        engine=engine,
        maths=maths,
        seconds=Seconds(segmentation, rest, classifier.seconds, fits.seconds),
    )


def samples(data: Array, image: Array, hidden: Array, segments: Array) -> Array:
    """Pictures (N, H, W, 3) in which the segments that `data` (N, S) switches off (0) show `hidden` instead of `image`."""
    channels = image.shape[2]
    on = data.astype(bool).take(np.repeat(segments.ravel(), channels), axis=1)
    return np.where(on, image.ravel(), hidden.ravel()).reshape(len(data), *image.shape)


def _explainer(engine: str, kernel_width: float, feature_selection: str, seed: int):
    with warnings.catch_warnings():
        # Without ipywidgets, tqdm warns on standard error about a bar that nobody will see.
        warnings.filterwarnings("ignore", message="IProgress not found")
        from lime.lime_image import LimeImageExplainer

    class FastExplainer(LimeImageExplainer):
        """lime's explainer; only the step with the loop over the samples is another."""

        def data_labels(self, image, fudged_image, segments, classifier_fn, num_samples, batch_size=10):
            count = np.unique(segments).shape[0]
            data = self.random_state.randint(0, 2, num_samples * count).reshape((num_samples, count))
            data[0, :] = 1
            found = []
            for first in range(0, num_samples, batch_size):
                rows = data[first : first + batch_size]
                changed = samples(fill_up(rows, batch_size), image, fudged_image, segments)
                found.append(classifier_fn(changed)[: len(rows)])
            return data, np.concatenate(found)

    kind = FastExplainer if engine == "fast" else LimeImageExplainer
    return kind(kernel_width=kernel_width, feature_selection=feature_selection, random_state=seed)


def _watched(
    classifier: Callable[[Array], Array], labels: Sequence[int] | None, update: Callable[[int], object]
) -> Callable[[Array], Array]:
    """A classifier that moves the bar on, and that refuses classes it does not know before the long work."""

    def classify(pictures: Array) -> Array:
        found = classifier(pictures)
        need_known(labels, found.shape[1])
        update(len(pictures))
        return found

    return classify


def _parts(picture: ReadPicture, segments: str | Array, seed: int) -> Array:
    if isinstance(segments, str):
        parts = _cut(picture, segments, {}, seed)
    else:
        given = np.asarray(segments)
        if given.shape != picture.pixels.shape[:2] or not np.issubdtype(given.dtype, np.integer):
            raise ValueError(
                f"segments are {given.dtype} of shape {given.shape}; expected whole numbers of shape "
                f"{picture.pixels.shape[:2]}, such as superpixels(image)"
            )
        parts = _numbered(given)
    if parts.max() == 0:
        raise ValueError(
            "The whole picture is one segment, so there is nothing to compare (quickshift does that to small "
            'pictures). Type: segments="slic"'
        )
    return parts


def _cut(picture: ReadPicture, method: str, parameters: dict[str, object], seed: int) -> Array:
    from lime.wrappers.scikit_image import SegmentationAlgorithm

    if method not in SEGMENTERS:
        raise ValueError(
            f"No way to cut a picture called {method!r}; there are {', '.join(SEGMENTERS)}, or pass an array"
        )
    settings = {**SEGMENTERS[method], **parameters}
    algorithm = SegmentationAlgorithm(method, **settings, random_seed=seed)
    ignored = set(settings) - set(algorithm.target_params)  # lime drops what the function does not know
    if ignored:
        raise ValueError(f"{method} has no parameter {', '.join(sorted(ignored))}")
    # lime numbers features from 0: segments that begin with 1 would be off by one.
    return _numbered(algorithm(picture.unit))


def _numbered(segments: Array) -> Array:
    """The same segments with the numbers 0 to S-1."""
    _, numbers = np.unique(segments, return_inverse=True)
    return numbers.reshape(segments.shape)


@contextlib.contextmanager
def _without_limes_bar() -> Iterator[None]:
    """lime draws a bar on standard error, which notebooks show as a red box, and has no switch for it."""
    from lime import lime_image

    bar = lime_image.tqdm
    lime_image.tqdm = lambda rows: rows
    try:
        yield
    finally:
        lime_image.tqdm = bar
