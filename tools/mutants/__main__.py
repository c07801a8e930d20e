"""Command line: `python -m tools.mutants` tries a sample of faults; see the package's own words."""

from __future__ import annotations

import argparse
import subprocess
import sys
import time

from tools.mutants import recording, sampling, testing

MACHINE = "from course_utils.foundation import records; print(records.machine())"


def machine() -> str:
    """The machine in the words of the other records, asked in a process of its own: nothing of the course here."""
    answer = subprocess.run([sys.executable, "-c", MACHINE], check=True, stdout=subprocess.PIPE, text=True)
    return answer.stdout.strip()


def commit() -> str:
    """The commit that was tried, with `-dirty` when files had changed since."""
    command = ["git", "describe", "--always", "--dirty", "--exclude", "*"]
    answer = subprocess.run(command, cwd=sampling.ROOT, check=True, stdout=subprocess.PIPE, text=True)
    return answer.stdout.strip()


def try_all(
    mutants: list[sampling.Mutant],
    known: testing.Visits,
    before: dict[tuple[str, str, str], testing.Verdict],
    minutes: float = float("inf"),
) -> list[testing.Verdict]:
    """Try one mutant after the other, and say how each ended; what `before` knows isn't tried again.

    After `minutes` the rest is left to another run, so that fewer verdicts than mutants come back.
    """
    started = time.monotonic()
    verdicts = []
    for number, mutant in enumerate(mutants, start=1):
        verdict = before.get((mutant.where, mutant.was, mutant.became))
        if verdict is None:
            if time.monotonic() - started > 60 * minutes:
                break
            verdict = testing.try_mutant(mutant, known)
            testing.remember(mutant, verdict)
        verdicts.append(verdict)
        said = f"{verdict.ended} {('by ' + verdict.by) if verdict.by else ''}".strip()
        print(f"{number} of {len(mutants)}, {verdict.seconds:.0f} s, {mutant.where}: {said}", flush=True)
        if verdict.ended == testing.SURVIVED:
            print(f"    - {mutant.was}\n    + {mutant.became}", flush=True)
    return verdicts


def survivors_of(content: dict, places: dict) -> list[tuple[dict, sampling.Mutant]]:
    """The record's survivors that no test noticed yet, each with its mutant in today's source."""
    rows = [row for row in content["rows"] if row["verdict"] != "equivalent" and not row["noticed_now_by"]]
    paths = {row["where"].rsplit(":", 1)[0] for row in rows}
    made = [make() for (path, _, _), changes in places.items() if path in paths for make in changes]
    today = {(mutant.path, mutant.was, mutant.became): mutant for mutant in made if mutant}
    keys = [(row["where"].rsplit(":", 1)[0], row["was"], row["became"]) for row in rows]
    return [(row, today[key]) for row, key in zip(rows, keys, strict=True) if key in today]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tools.mutants", description=__doc__)
    parser.add_argument(
        "--seed", type=int, default=time.localtime().tm_year, help="of the sample (this year)"
    )
    parser.add_argument("--size", type=int, default=120, help="mutants in the sample (120)")
    parser.add_argument("--record", action="store_true", help="keep the result in benchmarks/recorded/")
    parser.add_argument(
        "--survivors", action="store_true", help="try the record's real survivors again instead"
    )
    parser.add_argument(
        "--resume",
        action="store_true",
        help="go on with a run that was stopped: what it tried isn't tried again, and only tests that changed are timed",
    )
    parser.add_argument(
        "--minutes", type=float, default=float("inf"), help="stop after so many, and --resume later"
    )
    options = parser.parse_args()
    content = recording.read()
    places = sampling.population()
    again = survivors_of(content, places) if options.survivors else []
    mutants = (
        [m for _, m in again] if options.survivors else sampling.draw(places, options.seed, options.size)
    )
    print(f"{len(mutants)} mutants; there are {len(places)} places for one", flush=True)
    testing.prepare()
    known = testing.visits(known=options.resume)
    print(
        f"{len(known.seconds)} tests visit the rooms, {known.cost(known.seconds):.0f} s without a mutant",
        flush=True,
    )
    if options.survivors or not options.resume:
        testing.TRIED.unlink(missing_ok=True)
    verdicts = try_all(mutants, known, testing.remembered(), options.minutes)
    if len(verdicts) < len(mutants):
        print(f"stopped after {len(verdicts)} of {len(mutants)} mutants; go on with --resume")
        return 0
    if options.survivors:
        for (row, _), verdict in zip(again, verdicts, strict=True):
            row["noticed_now_by"] = verdict.by or (
                "it takes for ever" if verdict.ended == testing.TIMED_OUT else ""
            )
    else:
        content = recording.add_sample(
            content, options.seed, places, commit(), zip(mutants, verdicts, strict=True)
        )
    survived = sum(verdict.ended == testing.SURVIVED for verdict in verdicts)
    print(f"{survived} of {len(mutants)} survived")
    if options.record:
        recording.write(content, machine())
        print(
            f"{recording.RECORD.relative_to(sampling.ROOT)}: judge each survivor there, equivalent or real, and say why"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
