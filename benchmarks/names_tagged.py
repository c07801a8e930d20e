"""Names in text: a dictionary, a BiLSTM with a softmax and one with a CRF, on real sentences beside the bundled ones.

    python benchmarks/names_tagged.py                        # two seeds, some 15 minutes on 2 cores
    python benchmarks/names_tagged.py --sets vi --seeds 1    # one of the sets, one seed
    python benchmarks/names_tagged.py --record               # and keep the table in benchmarks/recorded/

Needs WNUT17 and Wikigold (`course data fetch wnut17 wikigold`). Test is met once per seed, at the end.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import logging
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from course_utils.datasets import Names, load_names
from course_utils.foundation import config, records
from course_utils.further.tagging import (
    Dictionary,
    Encoder,
    broken_steps,
    entity_score,
    fit_tagger,
    load_lists,
    seen_and_unseen,
)

log = logging.getLogger("names_tagged")
NAME = "names_tagged"
TITLE = "Names in text: a dictionary, a softmax and a CRF"
NOTE = (
    "F1 of whole names, strictly, on the test part of each set; mean and standard deviation over the seeds. WNUT17 has the "
    "publisher's split. Wikigold has none: every fifth sentence is Test. The nets get flags of the course's lists and "
    "no vectors from elsewhere, learn from the training sentences and a copy of them with other words forgotten (in "
    "the bundled sets also with other names), and read the first 40 tokens of a sentence; what comes later counts as O. "
    "unseen: recall of names that training does not have. forbidden: I- tags that continue nothing, mean per run."
)
SETS = ("vi", "en", "de", "wnut17", "wikigold")
DEFAULT = ("wnut17", "wikigold")
SEEDS = (2018, 2019)
LONGEST = 40
SETTINGS = {"epochs": 6, "copies": 1}
PACKAGES = ("keras", "tensorflow", "numpy")
HEADS = {"BiLSTM, softmax": False, "BiLSTM, CRF": True}


def measured(names: Names, said: Sequence[Sequence[str]]) -> dict:
    """F1, precision, recall, recall of unseen names, and forbidden steps of tags of the test sentences."""
    score = entity_score([one.tags for one in names.test], said)
    return {
        "f1": score.f1,
        "precision": score.precision,
        "recall": score.recall,
        "unseen": seen_and_unseen(names.training, names.test, said)["unseen"].recall,
        "forbidden": sum(map(broken_steps, said)),
    }


def measure(sets: Sequence[str], seeds: Sequence[int]) -> list[dict]:
    """One row per set and option: means over the seeds."""
    rows = []
    for which in sets:
        names = load_names(which)
        encoder = Encoder.fit(names.training, length=LONGEST, lists=load_lists())
        lookup = Dictionary.fit(names.training)
        found = {"dictionary": [measured(names, [lookup.tags(one.words) for one in names.test])]}
        seconds: dict[str, float] = {}
        for seed in seeds:
            for head, crf in HEADS.items():
                begun = time.perf_counter()
                tagger = fit_tagger(names.training, seed=seed, encoder=encoder, crf=crf, **SETTINGS)
                seconds[head] = seconds.get(head, 0) + time.perf_counter() - begun
                found.setdefault(head, []).append(measured(names, tagger.tags(names.test)))
                log.info("%s %s seed %s: F1 %.3f", which, head, seed, found[head][-1]["f1"])
        for option, runs in found.items():
            means = {key: round(float(np.mean([run[key] for run in runs])), 4) for key in runs[0]}
            spread = float(np.std([run["f1"] for run in runs], ddof=1)) if len(runs) > 1 else 0.0
            rows.append(
                {"data": which, "option": option, "runs": len(runs)}
                | means
                | {"f1_sd": round(spread, 4), "f1_runs": [round(run["f1"], 4) for run in runs]}
                | {"seconds": round(seconds.get(option, 0.0) / len(runs), 1), "test names": _count(names)}
            )
    return rows


def _count(names: Names) -> int:
    return sum(span.depth == 0 for one in names.test for span in one.spans)


def digest() -> str:
    """Changes with this script, with the tagger and with the bundled sentences."""
    root = config.repository_root()
    total = hashlib.sha256()
    tagging = root / "course_utils" / "further" / "tagging"
    parts = [
        tagging / f"{name}.py"
        for name in ("crf", "decoding", "encoding", "exchange", "lists", "nets", "scores", "training")
    ]
    for path in (Path(__file__), root / "course_utils" / "datasets" / "names.py", *parts):
        total.update(records.code_of(path).encode())
    for path in sorted(
        [*(root / "data" / "names").glob("*.tsv"), *(root / "data" / "names").glob("lists/*.txt")]
    ):
        total.update(path.name.encode() + path.read_bytes().replace(b"\r\n", b"\n"))
    return total.hexdigest()


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=TITLE)
    parser.add_argument("--record", action="store_true", help="keep the table in benchmarks/recorded")
    parser.add_argument("--sets", nargs="+", default=list(DEFAULT), choices=SETS)
    parser.add_argument("--seeds", type=int, default=len(SEEDS), help="how many of the seeds")
    chosen = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stdout)
    seeds = SEEDS[: chosen.seeds]
    rows = measure(chosen.sets, seeds)
    if chosen.record:
        log.info("%s", records.write(NAME, TITLE, NOTE, rows, digest(), PACKAGES, seeds=list(seeds)))
    else:
        log.info("%s", json.dumps(rows, indent=1))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
