"""Measuring bands: repeat a notebook with several seeds, keep every run, keep what is usual."""

from __future__ import annotations

import ast
import hashlib
import json
import os
import platform
import statistics
import tomllib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from course_utils.checks.expected import own_source, source_of_bands
from course_utils.foundation import config, records
from course_utils.workshop.runner import bands
from course_utils.workshop.runner.evidence import code_cells, judge, notebook_results, tags
from course_utils.workshop.runner.execution import Run, Settings, read_notebook, run_notebook

DEFAULT_BACKEND = "tensorflow"
# Seeds of checking runs lie far from those that make bands.
FIRST_CHECK_SEED = 4036
NOT_COUNTED = {"bands-skip", "exercise-stub", "exercise-check", "exercise-solution"}
BUNDLED_SUFFIXES = {".jpg", ".jpeg", ".png", ".csv", ".txt", ".gz", ".npz", ".wav", ".webp"}


def record_path(notebook: str) -> Path:
    """Where the runs of a notebook are kept."""
    return config.repository_root() / "benchmarks" / "bands" / f"{notebook}.json"


def read_record(path: Path) -> list[dict]:
    """The runs kept so far, oldest first."""
    return json.loads(path.read_text(encoding="utf-8"))["runs"] if path.is_file() else []


def measure(
    path: Path,
    settings: Settings,
    seeds: list[int],
    role: str = "band",
    on_run: Callable[[int, dict, bool], None] | None = None,
    on_cell: Callable[[int, int, str], None] | None = None,
) -> tuple[list[dict], list[str]]:
    """Run a notebook once a seed and keep each run; returns the kept runs of these seeds and the problems.

    A run kept with the same code, data, profile, backend and seed is not repeated. The first seed runs the
    whole notebook (its seconds count), later ones leave out the cells tagged `bands-skip`. `on_run(seed,
    record, resumed)` is told each run. `role` is what the runs are for: `band`; `check`, which never make one; or `own`,
    a band that is another backend's own. A run that fails is not kept and ends the measuring.
    """
    name, kept_in = path.stem, record_path(path.stem)
    notebook = read_notebook(path)
    measured: list[dict] = []
    problems: list[str] = []
    made_of = digest(notebook, str(settings.data), name, settings.profile)
    for position, seed in enumerate(seeds):
        whole = position == 0 and role == "band"
        wanted = {
            "role": role,
            "profile": settings.profile,
            "data": settings.data,
            "backend": settings.backend or DEFAULT_BACKEND,
            "seed": seed,
            "digest": made_of,
        }
        record = next((kept for kept in read_record(kept_in) if _same(kept, wanted)), None)
        resumed = record is not None
        if record is None:
            seeded = Settings(settings.profile, settings.data, wanted["backend"], seed, settings.cpu_only)
            run = run_notebook(
                path, seeded, prepare=None if whole else leave_out_skipped_cells, on_cell=on_cell
            )
            if failure := _unusable(run, settings):
                return measured, [*problems, f"seed {seed}: {failure}"]
            record = {**wanted, **_facts(run, whole)}
            _keep(kept_in, name, record)
        measured.append(record)
        if role == "check":
            problems += _outside(record, name)
        if on_run:
            on_run(seed, record, resumed)
    return measured, problems


def bands_of(runs: list[Mapping]) -> dict[str, bands.Band]:
    """Bands of the results that every run reports, by the rule of `course_utils.workshop.runner.bands`."""
    if not runs:
        return {}
    names = [name for name in runs[0]["results"] if all(name in run["results"] for run in runs)]
    made = {}
    for name in names:
        entries = [run["results"][name] for run in runs]
        # The effective number of clustered items differs a little between runs.
        items = [entry["n"] for entry in entries if entry.get("n")]
        n = statistics.median_low(items) if items else None
        band = bands.band_of(entries[0]["kind"], [entry["value"] for entry in entries], n)
        if band:
            made[name] = band
    return made


def write(
    path: Path, settings: Settings, runs: list[Mapping], own: Sequence[str] = ()
) -> dict[str, bands.Band]:
    """Keep the bands, and on the reference machine seconds where there are none yet; returns the bands.

    Runs with ImageNet's weights make bands of their own, where `judge` looks for them. With `own`, only these results'
    bands are kept, as those of the runs' backend. Raises ValueError for fewer than five runs, which is not what is usual
    yet, for runs with different weights, and for an `own` that is no result.
    """
    if len(runs) < bands.MINIMUM_RUNS:
        raise ValueError(
            f"A band needs at least {bands.MINIMUM_RUNS} runs; got {len(runs)}. "
            f"`course bands {path.stem} --seeds {bands.MINIMUM_RUNS}` measures the missing ones"
        )
    weights = sorted({str(run.get("weights")) for run in runs})
    if len(weights) > 1:
        raise ValueError(
            f"These runs had different weights ({', '.join(weights)}), so they make no band. Take the runs with the "
            f"ones that are not wanted out of {record_path(path.stem)}, and measure again"
        )
    root = config.repository_root()
    made = bands_of(list(runs))
    source = source_of_bands(str(settings.data), *weights)
    if own:
        if unknown := sorted(set(own) - set(made)):
            raise ValueError(f"{path.stem} has no result {', '.join(unknown)}; it has {', '.join(made)}")
        made = {name: band for name, band in made.items() if name in own}
        source = own_source(source, settings.backend or DEFAULT_BACKEND)
    bands.write_bands(root, path.stem, settings.profile, source, made)
    _write_first_seconds(root, path.stem, settings, [run["seconds"] for run in runs if run.get("whole")])
    config.course.cache_clear()
    return made


def _write_first_seconds(root: Path, notebook: str, settings: Settings, whole: Sequence[float]) -> None:
    # Bands take hours in which the machine does other things too; `course run --record-seconds` has a quiet one. Seconds
    # of another machine than the reference say nothing beside the others, so they are not taken at all.
    course = config.course()
    known = course["notebooks"].get(notebook, {}).get("seconds", {}).get(settings.profile, {})
    reference = course.get("reference", {}).get("machine", records.machine())
    if whole and str(settings.data) not in known and reference == records.machine():
        bands.write_seconds(root, notebook, settings.profile, str(settings.data), statistics.median(whole))


def leave_out_skipped_cells(notebook: Mapping) -> None:
    """Drop the cells that are not needed to make results (tagged `bands-skip`), in place."""
    notebook["cells"] = [cell for cell in notebook["cells"] if "bands-skip" not in tags(cell)]


def digest(notebook: Mapping, data: str, name: str, profile: str) -> str:
    """Short digest of the code that makes the results in a profile and of the data source it runs on.

    Exercises make no results, as a notebook has to work for who skips them: their cells do not count, and neither do
    comments and the places of the course's helpers.
    """
    state = hashlib.sha256()
    for cell in code_cells(notebook):
        if not NOT_COUNTED & set(tags(cell)):
            code = _code_of_profile(cell["source"].strip(), profile)
            state.update(records.essential_code(code).encode() + b"\0")
    state.update(_data_digest(data, name).encode())
    return state.hexdigest()[:16]


def _code_of_profile(source: str, profile: str) -> str:
    """A cell's code without what `session.settings(...)` says about the other profiles.

    They change nothing in this one, and measuring `class` anew because `smoke` got longer costs half an hour.
    Cut out of the text by position rather than written anew, which differs between Python versions.
    """
    try:
        calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    except SyntaxError:  # a magic or a shell line
        return source
    chosen = f"{profile}_" if profile == "class" else profile
    others = {"smoke", "class_", "full"} - {chosen}
    cuts = [
        (keyword.lineno, keyword.col_offset, keyword.end_lineno, keyword.end_col_offset)
        for call in calls
        if isinstance(call.func, ast.Attribute) and call.func.attr == "settings"
        for keyword in call.keywords
        if keyword.arg in others
    ]
    lines = source.encode().splitlines(keepends=True)
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line))
    code = source.encode()
    for line, column, end_line, end_column in sorted(cuts, reverse=True):
        code = code[: starts[line - 1] + column] + code[starts[end_line - 1] + end_column :]
    return code.decode()


def _data_digest(data: str, name: str) -> str:
    """Digest of the bundled files of a notebook, which runs on real data read too, and of the real ones' own.

    Its table in course.toml may name the folders of data/ that it reads, as `bundled`; else they follow from `data`.
    """
    root = config.repository_root()
    registry = root / "data" / "registry.toml"
    known = tomllib.loads(registry.read_text(encoding="utf-8")) if registry.is_file() else {}
    listed = config.course()["notebooks"].get(name, {})
    tables = _tables_named(known, set(listed.get("data", [])))
    folders = [root / "data" / folder for folder in sorted(listed.get("bundled", []))]
    weights = [root / "data" / "weights" / f"{net}.npz" for net in listed.get("weights", [])]
    suffixes = BUNDLED_SUFFIXES | ({".tsv"} if folders else set())
    state = hashlib.sha256()
    for place in [*(folders or _bundled_folders(root, tables)), *weights]:
        for file in sorted(place.rglob("*")) if place.is_dir() else [place]:
            if file.suffix in suffixes and file.is_file():
                state.update(file.relative_to(root).as_posix().encode() + b"\0")
                state.update(hashlib.sha256(file.read_bytes()).digest())
    if data == "real" and known:
        state.update(json.dumps([_digests(table.get("tree", table)) for table in tables]).encode())
    return state.hexdigest()


def _bundled_folders(root: Path, tables: list[Mapping]) -> list[Path]:
    """The folders right below data/ with the stand-ins of these data sets; all but weights where there are none.

    The whole of data/fruits, say, because the market pictures belong to no data set of the registry. Only
    these: bundled texts that arrive later leave the bands of the picture notebooks as they are.
    """
    folders = {Path(table["bundled"]).parts[:2] for table in tables if "bundled" in table}
    if not folders:
        return [place for place in sorted(root.glob("data/*")) if place.name != "weights"]
    return [root.joinpath(*parts) for parts in sorted(folders)]


def _tables_named(table: Mapping, names: set[str]) -> list[Mapping]:
    """Tables of the registry that have one of these names, wherever they stand in it."""
    found = []
    for key, value in table.items():
        if isinstance(value, Mapping):
            found += [value] if key in names else _tables_named(value, names)
        elif isinstance(value, list):
            found += [item for item in value if isinstance(item, Mapping) and item.get("name") in names]
    return found


def _digests(value: object) -> list:
    """Every sha256 inside a registry entry."""
    if isinstance(value, Mapping):
        own = [value["sha256"]] if isinstance(value.get("sha256"), str) else []
        return own + [inner for item in value.values() for inner in _digests(item)]
    return [inner for item in value for inner in _digests(item)] if isinstance(value, list) else []


def _unusable(run: Run, settings: Settings) -> str | None:
    """Why a run cannot be kept; a result outside of an older band is not a reason, it is what measuring is for."""
    if run.failure:
        return run.failure
    if not run.report["results"]:
        return "; ".join(run.report["problems"]) or "no results were reported; call session.result(...)"
    if run.report["data"] != settings.data:
        return (
            f"asked for {settings.data} data, but the notebook ran on {run.report['data']}. "
            "`course data list` shows what is there"
        )
    return None


def _outside(record: Mapping, name: str) -> list[str]:
    """One line for each result of a checking run that lies outside of its band now."""
    kept = ("profile", "data", "weights", "backend", "results")
    payload = {"notebook": name, **{key: record[key] for key in kept}}
    _, problems = judge(payload, config.course(), name)
    return [f"seed {record['seed']}, {record['backend']}: {problem}" for problem in problems]


def _same(run: Mapping, wanted: Mapping) -> bool:
    return all(run.get(key) == value for key, value in wanted.items())


def _facts(run: Run, whole: bool) -> dict:
    said = (notebook_results(run.notebook) or {})["results"]
    return {
        "whole": whole,
        **{key: run.report[key] for key in ("seconds", "peak_mb", "device", "weights")},
        "machine": f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}",
        "results": {
            name: {"value": entry["value"], "kind": entry.get("kind", "share"), "n": entry.get("n")}
            for name, entry in said.items()
        },
    }


def _keep(path: Path, name: str, record: dict) -> None:
    """Add a run to the kept ones; runs whose code or data changed since give way, whatever their seed."""
    keys = ("role", "profile", "data", "backend")
    others = [
        run
        for run in read_record(path)
        if any(run.get(key) != record[key] for key in keys)
        or (run["seed"] != record["seed"] and run["digest"] == record["digest"])
    ]
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps({"notebook": name, "runs": [*others, record]}, indent=1, ensure_ascii=False) + "\n"
    scratch = path.with_name(f".{path.name}.{os.getpid()}")
    scratch.write_text(text, encoding="utf-8", newline="\n")
    scratch.replace(path)
