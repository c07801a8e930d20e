"""What notebook 16 and its deck say in words holds in the recorded runs, in the kept runs and in the service."""

from __future__ import annotations

import inspect
import json
import math
import re
from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace

import pytest
from benchmarks_support import load
from claims_support import Told
from scipy import stats

from course_utils.checks import serving
from course_utils.checks.expected import expected
from course_utils.datasets import KINDS, load_fruits
from course_utils.foundation import config, records
from course_utils.further.serving import balancer, batching, handlers, nets, pages, runtime
from course_utils.training.evaluation import wilson_interval
from course_utils.workshop import workspace

NAME = "16-serving"
said = Told(NAME).said


# ------------------------------------------------------------------------------------------ recorded


def test_eight_bits_are_smaller_about_as_accurate_and_quicker_where_much_is_computed() -> None:
    rows = {(row["net"], row["bits"]): row for row in records.load("serving_sizes").rows}
    said("eight-saw", "Less than four times smaller")
    said(
        "eight-saw",
        "The less a net has to compute, the less time it gains: the digit net even loses some, and the detector gains most",
    )
    gains = {}
    for net in ("fruit", "review", "digit", "detector"):
        whole, small = rows[net, "32 bits"], rows[net, "8 bits"]
        assert 1.5 < whole["kilobytes"] / small["kilobytes"] < 4
        gains[whole["ms_for_one"]] = whole["ms_for_one"] / small["ms_for_one"]
        for name in (one for one in whole if one.startswith("accuracy_")):
            assert abs(whole[name] - small[name]) < 0.01
        assert whole["largest_difference"] < (1e-4 if net == "detector" else 1e-5)
    assert [gains[one] for one in sorted(gains)] == sorted(gains.values())
    assert min(gains.values()) < 1 and max(gains.values()) > 1.25
    assert (
        max(gains) == rows["detector", "32 bits"]["ms_for_one"]
        and min(gains) == rows["digit", "32 bits"]["ms_for_one"]
    )


def measured() -> dict[tuple[str, int], dict]:
    """The rows of the service's benchmark by option and clients."""
    return {(row["option"], row["clients"]): row for row in records.load("serving").rows}


def answered(option: str, clients: int = 64) -> float:
    return measured()[option, clients]["answered_a_second"]


HELD, HALF = ", a core per copy", ", half a core per copy"
CORES = 2  # of the machine of the record, as a test below says
BAR = 1.6


def copies(number: int, on: str = "") -> str:
    return f"{number} {'copy' if number == 1 else 'copies'} behind nginx, TLS{on}"


def gained(on: str = "") -> float:
    """What the second copy brings, as a multiple of what one answers."""
    return answered(copies(2, on)) / answered(copies(1, on))


def shares(row: dict) -> list[float]:
    """Milliseconds of a core that a request takes: of the copies, of nginx, of the clients."""
    return [row["cpu_ms"], row["front_cpu_ms"], row["clients_cpu_ms"]]


PREDICT, ON_BATCH = "Keras, `predict` for each request", "Keras, `predict_on_batch`"
RUNTIME, BATCHES = "ONNX Runtime", "ONNX Runtime, batches"
RAY, RAY_BATCHES = "Ray Serve, 1 replica", "Ray Serve, 1 replica, Ray's batches"


def test_the_record_reaches_the_bars() -> None:
    """Ten times predict at 64 clients, no failed request in 10,000, and two copies 1.6 times as much as one."""
    assert answered(BATCHES) >= 10 * answered(PREDICT)
    assert all(row["failed"] == 0 for row in measured().values())
    assert measured()["3 copies, killed and renewed", 64]["requests"] >= 10_000
    assert gained() >= BAR
    for option in (PREDICT, ON_BATCH, RUNTIME, BATCHES):
        assert {clients for one, clients in measured() if one == option} == {1, 8, 64}


def test_two_copies_reach_the_bar_where_clients_and_balancer_ask_from_another_core() -> None:
    assert gained(HALF) >= BAR
    for number in (1, 2):  # the copies took what they might, and the other core was never full
        row = measured()[copies(number, HALF), 64]
        ours, *others = (each * row["answered_a_second"] / 1e3 for each in shares(row))
        assert 0.85 * number / 2 < ours < 1.1 * number / 2
        assert sum(others) < 0.9


def test_copies_held_on_a_core_each_reach_the_bar_too() -> None:
    assert gained(HELD) >= BAR


def test_the_shares_of_copies_balancer_and_clients_add_up_to_the_cores_that_were_busy() -> None:
    rows = [row for (_, clients), row in measured().items() if clients == 64 and "front_cpu_ms" in row]
    assert len(rows) == 7
    for row in rows:
        assert sum(shares(row)) * row["answered_a_second"] / 1e3 == pytest.approx(row["cores_busy"], rel=0.05)
        assert row["cores_busy"] <= 1.03 * CORES


def test_the_record_holds_ray_serve_and_its_queue_in_the_same_run() -> None:
    for option in (RAY, RAY_BATCHES):
        rows = {clients: row for (one, clients), row in measured().items() if one == option}
        assert set(rows) == {1, 8, 64}
        for row in rows.values():
            columns = ("answered_a_second", "p50_ms", "p99_ms", "cpu_ms", "memory_mb", "times_predict")
            assert all(row[name] > 0 for name in columns) and row["p50_ms"] <= row["p99_ms"]
            assert row["memory_mb"] > 2 * measured()[BATCHES, 64]["memory_mb"]
    said(
        "recorded-saw",
        "on one machine its processes between client and net cost time and memory, and gain nothing",
    )
    for clients in (1, 8, 64):
        assert answered(RAY, clients) < answered(RUNTIME, clients)
        assert answered(RAY_BATCHES, clients) < answered(BATCHES, clients)


def test_without_ray_its_rows_are_left_out_and_nothing_is_recorded(monkeypatch, tmp_path, capsys) -> None:
    module = load("serving")
    monkeypatch.setattr(module, "missing", lambda: {"Ray Serve": "pip"})
    options = set(module.OPTIONS) - set(module.ON_RAY)
    assert f"round 1, {len(options)} options" in module.pieces(tmp_path, module.Sizes(1, 1.0, 10))
    monkeypatch.setattr("sys.argv", ["serving.py", "--record"])
    with pytest.raises(SystemExit):
        module.main()
    assert "install what is missing" in capsys.readouterr().err
    monkeypatch.setattr(module, "missing", dict)
    assert f"round 1, {len(module.OPTIONS)} options" in module.pieces(tmp_path, module.Sizes(1, 1.0, 10))


def test_the_deck_asks_for_ray_serve() -> None:
    deck = (config.repository_root() / "slides" / "16-serving.md").read_text(encoding="utf-8")
    for option in (RAY, RAY_BATCHES):
        assert f'recorded serving "option={option}" clients=64 answered_a_second' in deck
    assert load("serving").OPTIONS.keys() > set(load("serving").ON_RAY)
    assert {RAY, RAY_BATCHES} == {load("serving").OPTIONS[one] for one in load("serving").ON_RAY}


def test_the_crowd_waits_as_recorded() -> None:
    one, many = (measured()[PREDICT, clients] for clients in (1, 64))
    said("crowd-saw", "64 clients got hardly more answers than one")
    assert many["answered_a_second"] < 1.3 * one["answered_a_second"]
    said("crowd-saw", "each of them waited more than thirty times as long")
    assert many["p50_ms"] > 30 * one["p50_ms"]
    said("crowd-saw", "two cores")
    assert "2 cores" in records.load("serving").machine


def test_each_way_to_run_the_net_brings_what_is_recorded() -> None:
    many = [answered(option) for option in (PREDICT, ON_BATCH, RUNTIME, BATCHES)]
    assert many == sorted(many)
    said("recorded-saw", "in this order each answers 64 clients faster than the one before")
    said("batches-saw", "Most of the gain comes from leaving `model.predict`")
    assert many[1] / many[0] > many[3] / many[1]
    alone = answered(RUNTIME, 1), answered(BATCHES, 1)
    said("recorded-saw", "A lone client gets fewer answers with batches than without")
    assert alone[1] < alone[0]


def test_receiving_and_decoding_cost_more_than_the_net() -> None:
    said("batches-saw", "receiving and decoding the picture cost more than the net")
    net = next(row for row in records.load("serving_sizes").rows if (row["net"], row["bits"]) == ("fruit", "32 bits"))  # fmt: skip
    assert net["ms_for_one"] < measured()[RUNTIME, 64]["cpu_ms"] / 2


def test_copies_bring_what_is_recorded() -> None:
    said("fleet-saw", "more than ten thousand requests came meanwhile, and none failed")
    more = answered(copies(3)) / answered(copies(2)) - 1
    said(
        "fleet-saw",
        f"two copies answered about twice as many as one, and three {more:.0%} more than two".replace(
            "%", " %"
        ),
    )
    second = answered(copies(2)) / answered(copies(1)) - 1
    assert round(second) == 1
    said("fleet-saw", "on one machine copies pay until its cores are used up")
    assert more < second / 5
    said(
        "fleet-saw",
        f"With each copy held on a core of its own, two answered {gained(HELD):.1f} times as many",
    )
    said("fleet-saw", "both cores were full by then")
    assert measured()[copies(2, HELD), 64]["cores_busy"] >= 0.97 * CORES
    said(
        "fleet-saw",
        f"With half a core each and the clients on the other core, it was {gained(HALF):.1f} times",
    )
    for on in ("", HELD):
        one = measured()[copies(1, on), 64]
        assert 0.8 < one["cpu_ms"] * one["answered_a_second"] / 1e3 < 1.2
    assert records.load("serving").machine.count("2 cores")


def test_the_notes_of_the_deck_tell_the_recorded_figures() -> None:
    deck = (config.repository_root() / "slides" / "16-serving.md").read_text(encoding="utf-8")
    assert "which is about twice as many" in deck
    for option in (PREDICT, ON_BATCH, RUNTIME, BATCHES):
        assert f'recorded serving "option={option}" clients=64 answered_a_second' in deck
    for number in (1, 2, 3):
        assert f'recorded serving "option={copies(number)}" answered_a_second' in deck


# ------------------------------------------------------------------------------------------ kept runs


def kept(name: str, profile: str) -> dict:
    found = expected(NAME, profile, "bundled")
    if name not in found:
        pytest.skip(f"{name} is not measured yet. Type: course bands {NAME} --profile {profile}")
    return found[name]


def clearly(higher: str, lower: str, profile: str) -> None:
    one, other = kept(higher, profile), kept(lower, profile)
    assert one["mean"] - other["mean"] > 2 * math.hypot(one["sd"], other["sd"])


PROFILES = pytest.mark.parametrize("profile", ["smoke", "class"])


@PROFILES
def test_a_second_division_ruins_it_without_a_word(profile: str) -> None:
    said("twice-saw", "hardly more than one answer")
    clearly("test_accuracy", "scaled_twice_accuracy", profile)
    said("comparison-saw", "a wrong division leaves hardly more than chance, without an error")
    assert kept("scaled_twice_accuracy", profile)["mean"] < 2 / 16


@PROFILES
def test_another_kind_of_pictures_costs_most_of_the_accuracy(profile: str) -> None:
    said("comparison-saw", "A change of the pictures costs most of the accuracy too")
    assert kept("market_accuracy", profile)["mean"] < kept("test_accuracy", profile)["mean"] / 2


@PROFILES
def test_nets_of_other_seeds_differ(profile: str) -> None:
    said("comparison-saw", "A short training ends at another place with each seed")
    assert kept("test_accuracy", profile)["sd"] > 0


@PROFILES
def test_eight_bits_are_about_as_accurate(profile: str) -> None:
    said("eight-saw", "about as accurate")
    said("comparison-saw", "eight bits change almost nothing")
    whole, small = kept("test_accuracy", profile), kept("int8_accuracy", profile)
    assert abs(whole["mean"] - small["mean"]) < 0.02


@PROFILES
def test_the_market_is_where_it_fails_and_where_more_answers_are_unsure(profile: str) -> None:
    said("drift-saw", "on market pictures the net is wrong most of the time")
    assert kept("market_accuracy", profile)["mean"] < 0.5
    clearly("test_accuracy", "market_accuracy", profile)
    said("drift-saw", "is higher on the market than on the test pictures")
    market, studio = kept("unsure_market", profile), kept("unsure_studio", profile)
    assert market["mean"] - studio["mean"] > max(market["sd"], studio["sd"])


@PROFILES
def test_the_alarm_rings_on_the_market_and_is_quiet_in_the_studio_with_every_seed(profile: str) -> None:
    runs = [run for run in kept_runs() if run["profile"] == profile]
    assert len({run["seed"] for run in runs}) >= 5
    for run in runs:
        over = {name: run["results"][f"{name}_over_usual"]["value"] for name in ("studio", "market")}
        assert over["market"] > 0 >= over["studio"], (run["seed"], over)


@PROFILES
def test_chance_hardly_ever_rings_the_alarm_and_a_drift_hardly_ever_escapes_it(profile: str) -> None:
    """With answers that don't hang together, of nets as unsure as those of the kept runs."""
    said("alarm-say", "three standard errors wide")
    said("monitor", "z=3")
    said("monitor", ".iloc[::2]")
    said("drift-cure", "In 320 answers chance rings it once in 200 looks or less")
    said("drift-cure", "in 80 it would miss drifts like this one more often")
    notes = (config.repository_root() / "instructor" / "teaching-notes.md").read_text(encoding="utf-8")
    assert "in fewer than one of 200 looks" in notes
    assert len(load_fruits("studio").table("Test")) / 2 == len(load_fruits("market").table("Test")) / 2 == 320
    for run in (run for run in kept_runs() if run["profile"] == profile):
        usual, drifted = (run["results"][f"unsure_{name}"]["value"] for name in ("studio", "market"))
        assert rings(320, usual, usual) < 1 / 200
        assert rings(320, usual, drifted) > 0.99
        assert rings(80, usual, drifted) < rings(320, usual, drifted)


def kept_runs() -> list[dict]:
    path = config.repository_root() / "benchmarks" / "bands" / f"{NAME}.json"
    return json.loads(path.read_text(encoding="utf-8"))["runs"]


def rings(count: int, usual: float, share: float) -> float:
    """How often the alarm rings for so many answers of which each is unsure with probability `share`."""
    fewest = next(low for low in range(count + 1) if wilson_interval(low / count, count, z=3)[0] > usual)
    return float(stats.binom.sf(fewest - 1, count, share))


def test_photographs_on_white_are_a_smaller_drift() -> None:
    said("drift-cure", "On real *photographs* on white the drift is smaller")
    rows = {
        row["tested on"].split()[0]: row["accuracy"]
        for row in records.load("fruit_realism").rows
        if row["trained on"].startswith("studio")
    }
    assert rows["studio"] > rows["Fruits-360"] > rows["market"] + 0.2


# ------------------------------------------------------------------------------------------ in the code


def test_the_balancer_may_ask_again_and_the_page_holds_two_hundred_lines() -> None:
    said("fleet-saw", "`proxy_next_upstream ... non_idempotent`")
    assert "non_idempotent" in balancer.CONFIGURATION
    said("page-say", "some two hundred lines of JavaScript")
    lines = (pages.HERE / "forward.js").read_text(encoding="utf-8").splitlines()
    assert 150 <= len(lines) <= 250


def test_a_page_is_small_and_quick_as_recorded() -> None:
    rows = {(row["net"], row["way"]): row for row in records.load("live_pages").rows}
    plain, web = (rows["review", way] for way in ("plain JavaScript", "ONNX Runtime Web"))
    said("page-saw", f"the page that reads has {plain['kilobytes']:,} kB and answers in {plain['ms']:.1f} ms")
    said("page-saw", f"it would have {web['kilobytes'] / 1e3:.0f} MB and answer in {web['ms']:.1f} ms")
    assert plain["ms"] <= 30
    for (net, way), row in rows.items():
        assert row["largest_difference"] < 1e-5, (net, way)
        assert rows[net, "plain JavaScript"]["kilobytes"] < row["kilobytes"] / 10 or way == "plain JavaScript"


def test_the_queue_of_the_notebook_waits_as_the_batcher_does() -> None:
    said("collect", "most=32, deadline=0.002")
    assert (batching.MOST, batching.DEADLINE) == (32, 0.002)
    assert list(inspect.signature(batching.full_or_late).parameters) == "waiting waited most deadline".split()


def test_the_exercise_asks_for_what_its_check_looks_at() -> None:
    said("exercise-3", f"at least **{serving.GAIN:.2f}** more often")
    said("exercise-3", f"at most {serving.LOSS:.2f} on the studio's")


def test_the_paths_of_the_text_are_those_of_the_service() -> None:
    paths = {"fruit": "/fruit", "review": "/review", "tags": "/tags", "detector": "/detect"}
    said("service-say", "`course serve` starts it in a terminal with four nets")
    for path in paths.values():
        said("service-say", f"- `{path}` takes")
    assert set(handlers.MAKERS) == set(paths) == set(nets.SERVED) <= set(nets.NETS)


def test_what_the_detector_cannot_do_follows_from_its_card() -> None:
    root = config.repository_root()
    said("service-say", "(../data/detectors/README.md) says what escapes it")
    card = " ".join((root / "data" / "detectors" / "README.md").read_text(encoding="utf-8").split())
    page = " ".join((root / "deploy" / "README.md").read_text(encoding="utf-8").split())
    least = int(re.search(r"things of (\d+) to \d+ pixels", card)[1])
    assert (
        f"It looks at {nets.SCENE_SIZE} pixels on the longer side, so in a photograph of 4,000 a fruit of 300"
        in page
    )
    assert 300 * nets.SCENE_SIZE / 4_000 < least
    assert "eight kinds of fruit" in card and "It knows eight kinds of fruit" in page and len(KINDS) == 8
    rows = records.load("pasted_fruits").table().dropna(subset="map50").set_index("fruit")["map50"]
    assert f"a mAP50 of {rows['photographed']:.3f} when photographed fruit" in card
    assert "Whole photographs were not measured" in card and "nobody has measured it on photographs" in page


@pytest.mark.parametrize(
    ("place", "names"),
    [
        ("README.md", ("review", "digit", "fruit", "characters", "detector")),
        ("notebooks/12-characters.ipynb", ("characters",)),
        ("notebooks/10-detection.ipynb", ("detector",)),
        ("data/detectors/README.md", ("detector",)),
        ("slides/12-characters.md", ("characters",)),
        ("instructor/teaching-notes.md", ("digit", "characters", "detector")),
        ("slides/02-convolution.md", ("digit",)),
        ("slides/07-transfer.md", ("fruit",)),
        ("slides/08-text.md", ("review",)),
        ("slides/16-serving.md", ()),
        ("slides/18-detection.md", ("detector",)),
        (".github/workflows/slides.yml", ()),
    ],
)
def test_the_live_pages_are_told_of(place: str, names: tuple[str, ...]) -> None:
    text = (config.repository_root() / place).read_text(encoding="utf-8")
    assert "course page" in text
    for name in names:
        assert f"course page {name}" in text or f"pages/{name}.html" in text
    assert set(names) <= set(pages.TITLES)


def test_the_map_of_the_workshop_names_each_live_page() -> None:
    text = workspace.index_text()
    for name in pages.TITLES:
        assert f"pages/{name}.html" in text


@pytest.mark.parametrize(
    ("name", "answer", "told"),
    [
        ("plum.jpg", {"fruits": {"Lemon": 0.25, "Plum": 0.75}}, ["Plum        0.75", "Lemon       0.25"]),
        ("notes.jpg", {"problem": "The body is not a picture."}, ["The body is not a picture."]),
        ("none.jpg", {}, ["There is no file", "whole path"]),
    ],
)
def test_an_own_picture_is_answered_and_what_is_none_gets_a_sentence(
    name: str, answer: dict, told: list[str], tmp_path, capsys
) -> None:
    for file in ("plum.jpg", "notes.jpg"):
        (tmp_path / file).write_bytes(file.encode())
    source, sent = Told(NAME).cells()["own"], {}

    def post(address: str, data: bytes, **how: float) -> SimpleNamespace:
        sent[address] = data
        return SimpleNamespace(json=lambda: answer)

    namespace = {
        "Path": Path,
        "folder": None,
        "service": lambda folder: nullcontext("http://here"),
        "requests": SimpleNamespace(post=post),
    }
    assert 'own_picture = ""' in source
    exec(source.replace('own_picture = ""', f"own_picture = {(tmp_path / name).as_posix()!r}"), namespace)
    said_then = capsys.readouterr().out
    assert all(words in said_then for words in told)
    assert sent == ({} if name == "none.jpg" else {"http://here/fruit": name.encode()})


def test_telemetry_is_turned_off_by_the_name_that_the_text_says() -> None:
    said("privacy-say", f"`{runtime.TELEMETRY_OFF}=1`")
