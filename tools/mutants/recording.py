"""The record of all samples: how many faults the tests noticed, and each one that they did not.

A survivor is *equivalent* when nobody could tell it from the course (another order, a quicker way, a default said
aloud), and *real* when a test should have noticed. Somebody has to judge, and say why, in the record itself; until
then it is *open*. A later run over the same survivors adds the test that notices it now.
"""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterable
from pathlib import Path

from tools.mutants.sampling import LEAST, ROOMS, ROOT, Mutant, Place, by_room, room_of
from tools.mutants.testing import KILLED, SURVIVED, TIMED_OUT, Verdict

RECORD = ROOT / "benchmarks" / "recorded" / "mutants.json"
REAL_SHARE_BAR = 0.05
NOTE = (
    "Small faults put into the learners' rooms one at a time, each tried with the unit tests that visit it. "
    "'survived' is what the first run of a sample found; a real survivor that a test notices since names that test. "
    "Of a sample at most 5 % may be real survivors in that first run. Verdicts and reasons are written by hand."
)
JUDGEMENTS = ("equivalent", "real", "open")


def read(path: Path = RECORD) -> dict:
    if path.is_file():
        return json.loads(path.read_text(encoding="utf-8"))
    return {"title": "Faults that unit tests notice", "note": NOTE, "samples": [], "rows": []}


def write(content: dict, machine: str, path: Path = RECORD) -> None:
    """Keep the record, with today's day and the machine."""
    content = {**content, "recorded": datetime.date.today().isoformat(), "machine": machine}
    order = ("title", "note", "recorded", "machine", "samples", "rows")
    text = json.dumps({key: content[key] for key in order}, indent=2, ensure_ascii=False) + "\n"
    path.write_text(text, encoding="utf-8", newline="\n")


def add_sample(
    content: dict,
    seed: int,
    places: Iterable[Place],
    commit: str,
    verdicts: Iterable[tuple[Mutant, Verdict]],
) -> dict:
    """The record with one more sample, or with that of the same seed replaced; judgements of the same fault stay.

    `places` are all those of the population: how many each room has says what its mutants stand for.
    """
    verdicts = list(verdicts)
    judged = {(row["was"], row["became"]): row for row in content["rows"]}
    rows = [row for row in content["rows"] if row["seed"] != seed]
    for mutant, verdict in verdicts:
        if verdict.ended == SURVIVED:
            old = judged.get((mutant.was, mutant.became), {})
            rows.append(
                {
                    "seed": seed,
                    "where": mutant.where,
                    "was": mutant.was,
                    "became": mutant.became,
                    "tests": verdict.tests,
                    "verdict": old.get("verdict", "open"),
                    "reason": old.get("reason", ""),
                    "noticed_now_by": "",
                }
            )
    counts = {ended: sum(v.ended == ended for _, v in verdicts) for ended in (KILLED, TIMED_OUT, SURVIVED)}
    sample = {
        "seed": seed,
        "day": datetime.date.today().isoformat(),
        "commit": commit,
        "mutants": len(verdicts),
        "killed": counts[KILLED],
        "timed_out": counts[TIMED_OUT],
        "survived": counts[SURVIVED],
        "minutes": round(sum(verdict.seconds for _, verdict in verdicts) / 60, 1),
        "rooms": {
            room: {
                "places": len(there),
                "mutants": sum(room_of(m.path) == room for m, _ in verdicts),
                "survived": sum(room_of(m.path) == room and v.ended == SURVIVED for m, v in verdicts),
            }
            for room, there in by_room(places).items()
        },
    }
    samples = [each for each in content["samples"] if each["seed"] != seed] + [sample]
    return {**content, "samples": samples, "rows": rows}


def real_share(content: dict, seed: int, now: bool = False) -> float:
    """Share of a sample's mutants that survive and should not; `now`: without those that a test notices since."""
    (sample,) = (each for each in content["samples"] if each["seed"] == seed)
    real = [row for row in content["rows"] if row["seed"] == seed and row["verdict"] == "real"]
    return sum(not (now and row["noticed_now_by"]) for row in real) / sample["mutants"]


def problems(content: dict) -> list[str]:
    """What is wrong with a record.

    Counts that do not add up, rooms that were left out, survivors that nobody judged, and in the newest sample more
    real ones in the first run than may be: a test that was written afterwards for one of them does not change what
    was found. Only another sample shows what the tests notice by then.
    """
    found = [problem for sample in content["samples"] for problem in _miscounted(sample, content["rows"])]
    for row in content["rows"]:
        if row["verdict"] not in JUDGEMENTS[:2]:
            found.append(f"{row['where']}: judge it equivalent or real")
        elif len(row["reason"].split()) < 3:
            found.append(f"{row['where']}: say why it is {row['verdict']}")
    for sample in content["samples"][-1:] if not found else ():
        share = real_share(content, sample["seed"])
        if share > REAL_SHARE_BAR:
            found.append(f"seed {sample['seed']}: {share:.1%} real survivors, more than {REAL_SHARE_BAR:.0%}")
    return found


def _miscounted(sample: dict, rows: list[dict]) -> list[str]:
    """What does not add up in one sample."""
    seed, rooms, found = sample["seed"], sample["rooms"], []
    survivors = [room_of(row["where"].rsplit(":", 1)[0]) for row in rows if row["seed"] == seed]
    if sample["killed"] + sample["timed_out"] + sample["survived"] != sample["mutants"]:
        found.append(f"seed {seed}: the counts do not add up")
    if len(survivors) != sample["survived"]:
        found.append(f"seed {seed}: {len(survivors)} survivors are listed of {sample['survived']}")
    if sum(each["mutants"] for each in rooms.values()) != sample["mutants"]:
        found.append(f"seed {seed}: the rooms' mutants do not add up")
    for room in ROOMS:
        if (tried := rooms.get(room, {"mutants": 0})["mutants"]) < LEAST:
            found.append(f"seed {seed}: {tried} mutants in {room}, fewer than {LEAST}")
        elif survivors.count(room) != rooms[room]["survived"]:
            found.append(
                f"seed {seed}: {survivors.count(room)} survivors of {room} are listed of {rooms[room]['survived']}"
            )
    return found
