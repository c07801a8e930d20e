"""Captions, retrieval, enlarged pictures and the parts of a flow on fixed inputs: as a whole what was approved."""

from types import SimpleNamespace

import approvals
import numpy as np
import pandas as pd

from course_utils.further.beyond import captions, clips, encoder, generating, retrieval, upscaling


def random(seed=0):
    return np.random.default_rng(seed)


def pictures(count=3, height=24, width=28, seed=0):
    return random(seed).uniform(size=(count, height, width, 3)).astype(np.float32)


KINDS = ("plum", "orange", "lime")


def test_captions_are_written_read_and_scored_as_approved():
    chance = random(1)
    scenes, said = [], []
    for number in range(30):
        things = [
            captions.Thing(KINDS[chance.integers(3)], *sorted(chance.random(2)), *(0.5 + chance.random(2)))
            for _ in range(number % 4)
        ]
        scenes.append(captions.describe(things, ["wood", "tiles", "plastic", "grass"][number % 4]))
        said.append(captions.describe(things[:1], "wood"))
        approvals.see(caption=scenes[-1], slots=captions.slots(scenes[-1]), pair=captions.pair(scenes[-1]))
    for truth, answers in ((scenes, said), (scenes, scenes), (scenes, scenes[:1] * 30)):
        scores = captions.score_captions(answers, truth)
        approvals.see(scores=scores, row=scores.row())
    words = captions.Words.of(scenes)
    numbers = words.encode(scenes)
    approvals.see(
        words=words,
        numbers=numbers[:5].tolist(),
        all=numbers,
        shifted=captions.shifted(numbers),
        back=words.decode(numbers)[:4],
    )
    maps = chance.normal(size=(6, 2, 2, 4 + 2 + 8)).astype(np.float32)
    made, texts = captions.swap_kinds(maps, scenes[1:7], KINDS, random(2))
    approvals.see(made=made, texts=texts, kinds=[captions.kind_word(kind) for kind in ("Limes", "Plum")])
    fruits = pd.DataFrame(
        {
            "path": ["a", "a", "b"],
            "kind": ["Limes", "Plum", "Kiwi"],
            "left": [0, 90, 10],
            "top": [10, 10, 5],
            "right": [30, 120, 60],
            "bottom": [40, 44, 70],
        }
    )
    table = pd.DataFrame({"path": ["a", "b", "c"], "ground_name": ["wood", "marble", "newspaper"]})
    for size in ((), (240,)):
        approvals.see(said=captions.captions_of(fruits, table, *size), mirrored=captions.mirrored(fruits, *size))  # fmt: skip


def test_maps_become_things_as_approved():
    maps = random(3).normal(size=(2, 8, 8, 6)).astype(np.float32)
    approvals.see(placed=encoder.with_places(maps, 3), corner=list(encoder.with_places(maps, 3)[0, 0, 1]))
    kinds = np.repeat(np.repeat(random(4).normal(size=(2, 4, 4, 4)), 2, axis=1), 2, axis=2)
    one = encoder.Encoder(None, KINDS, ("wood", "stone"))
    for map_of_kinds in kinds:
        approvals.see(things=[tuple(thing) for thing in one.things(map_of_kinds)])
    approvals.see(
        said=one.describe({"kinds": kinds, "ground": np.array([[0.2, 0.8], [0.7, 0.3]])}),
        words=encoder.words_of(("Limes", "Kiwi")),
    )


def test_pictures_are_halved_and_enlarged_as_approved():
    given = pictures()
    half = upscaling.halved(given)
    approvals.see(
        half=half,
        back=upscaling.bicubic(half),
        three=upscaling.bicubic(half, 3),
        psnr=upscaling.psnr(upscaling.bicubic(half), given),
    )
    approvals.see(flat=upscaling.flat_pictures(4), usual=upscaling.flat_pictures().shape)
    approvals.see(ripple=[upscaling.ripple(given), upscaling.ripple(given, 3), upscaling.ripple(given, 2, 4)])
    approvals.see(
        other=upscaling.other_with_the_same_half(given), strong=upscaling.other_with_the_same_half(given, 0.4)
    )


def test_similar_pictures_are_found_as_approved():
    images = random(5).integers(0, 256, (7, 6, 6, 3)).astype("uint8")
    for bins in ((), (2,)):
        approvals.see(
            histogram=retrieval.colour_histogram(images, *bins),
            one=list(retrieval.colour_histogram(images, *bins)[2]),
        )
    vectors = retrieval.unit(random(6).normal(size=(60, 5)))
    approvals.see(unit=retrieval.unit(np.array([[3, 4], [0, 0]])), vectors=vectors)
    queries, out = vectors[:6], np.eye(6, 60, dtype=bool)
    approvals.see(
        one=retrieval.nearest(queries, vectors), three=retrieval.nearest(queries, vectors, 3, out).tolist()
    )
    approvals.see(share=retrieval.precision_at_1([1, 2, 3, 3], [1, 2, 1, 3]))
    for options in ({"cells": 5}, {"cells": 9, "rounds": 2, "seed": 3}):
        index = retrieval.InvertedLists(vectors, **options)
        approvals.see(centres=index.centres, lists=[one.tolist() for one in index.lists])
        approvals.see(
            found=[index.search(query, 4, probes).tolist() for query in queries for probes in (1, 3)]
        )
        recall, spent, _ = retrieval.recall_and_time(index, queries, (1, 2, 5), 4)
        approvals.see(recall=recall, spent=len(spent))


class Part:
    """Stands in for one of the flow's nets."""

    def __init__(self, weights):
        self.weights = weights

    def predict(self, given, **_):
        first = given[0] if isinstance(given, list) else given
        more = sum(one.sum(axis=1, keepdims=True) for one in given[1:]) if isinstance(given, list) else 0
        return np.tanh(np.asarray(first).reshape(len(first), -1)[:, :192] * self.weights + 0.1 * more).astype(
            np.float32
        )


def test_a_flow_goes_its_way_as_approved():
    flow = SimpleNamespace(velocity=Part(0.7), decoder=Part(0.5), judge=Part(1.0), kinds=generating.KINDS)
    approvals.see(times=[list(row) for row in generating.time_numbers(np.array([0, 0.25, 0.5, 1]))])
    kinds = np.array([0, 3, 7])
    for options in ({}, {"steps": 4, "seed": 2}, {"steps": 5, "keep": 3}):
        found = generating.sample_flow(flow, kinds, **options)
        made, way = found if isinstance(found, tuple) else (found, [])
        approvals.see(made=made, way=way)
    approvals.see(named=generating.named_as_asked(flow, pictures(), np.array([1, 2, 3])))
    among = pictures(5, 8, 8, 9)
    asked = np.concatenate([among[:2, :, ::-1] + 0.01, pictures(2, 8, 8, 3)])
    distance, best = generating.nearest(asked, among)
    approvals.see(
        distance=distance, best=best, skipped=list(generating.nearest(asked, among, np.eye(4, 5, dtype=bool)))
    )
    approvals.see(rounded=list(generating._rounded(np.linspace(-2, 2, 13) / 7).astype(float)))


def test_losses_of_a_variational_autoencoder_are_as_approved():
    from keras import ops

    ranges = random(7).normal(size=(3, 24)).astype("float32")
    given, made = pictures(2, 4, 4), pictures(2, 4, 4, 5)
    approvals.see(
        divergence=np.asarray(
            ops.convert_to_numpy(generating.divergence(None, ops.convert_to_tensor(ranges)))
        )
    )
    approvals.see(
        error=np.asarray(
            ops.convert_to_numpy(
                generating.picture_error(ops.convert_to_tensor(given), ops.convert_to_tensor(made))
            )
        )
    )


def test_clips_are_turned_and_shuffled_as_approved():
    films = random(8).integers(0, 9, (3, 4, 2, 3, 1))
    turned, labels = clips.turned_round(films, np.array([0, 2, 3]))
    approvals.see(
        turned=turned,
        labels=labels,
        mixed=clips.shuffled_frames(films),
        other=clips.shuffled_frames(films, 4),
    )
