"""docs/headline.md: the figures of the talks that the course grew out of, and what the course reaches beside them.

Nothing is typed in here but the talks' own figures, with their source. Ours come from the recorded tables of
benchmarks/, from the results that the executed notebooks hold, and from the rows that GPU runs left in
benchmarks/status/.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from course_utils.datasets import FRUIT_CLASSES
from course_utils.foundation import config, records
from course_utils.training import evaluation
from course_utils.workshop.instructor import status
from course_utils.workshop.runner.evidence import notebook_results

NOT_RUN = "not yet run"
GLANDER = "Glander (2018), slides and notebooks of the workshop"
RAZA = "Raza, *Deep neural networks for images and text*"
DELTEIL = "Delteil, *CNNs and NLP*"


@dataclass(frozen=True)
class Ours:
    """One measured figure of the course, with where it comes from."""

    value: str
    chance: str
    data: str
    seconds: str
    device: str
    source: str


@dataclass(frozen=True)
class Headline:
    """A figure of a talk, and the one that stands beside it.

    `full`: notebook and result that hold it in the full profile, looked for among the kept runs.
    """

    what: str
    talk: str
    source: str
    ours: Callable[[], Ours]
    full: tuple[str, str] | None = None
    remark: str = ""


def from_record(
    name: str, option: str, key: str, chance: float | None, **more: str | int
) -> Callable[[], Ours]:
    """A figure of a recorded table: the row with this `option`, its column `key`, as a share with its spread.

    kinds: of Fruits-360, when its test part is what the row is about; their films are then the clusters.
    """

    def look() -> Ours:
        record = records.load(name)
        row = _row(record, option, more.get("column", "option"), more.get("among", ""))
        parts = [_measured(row, key, more.get("repeats", "seeds"))]
        if "kinds" in more:
            parts.append(_of_films(row[key], more["kinds"]))
        return Ours(
            "; ".join(parts),
            "none" if chance is None else f"{chance:.4g}",
            more["data"],
            f"{row['seconds']:.0f}",
            f"CPU: {record.machine}",
            f"`benchmarks/{name}.py`, *{option}*, {record.recorded}",
        )

    return look


def _measured(row: Mapping, key: str, repeats: str) -> str:
    """Mean ± standard deviation of several runs; of one run its value, with the interval of its test items if known."""
    digits, unit = (1, " s") if key == "seconds" else (4, "")
    runs = row.get(f"{key}_runs", [])
    if len(runs) > 1:
        return f"{row[key]:.{digits}f} ± {row[f'{key}_sd']:.{digits}f}{unit}, {len(runs)} {repeats}"
    interval = f"; 95 % interval {row['low']:.3f} to {row['high']:.3f}" if "low" in row else ""
    return f"{row[key]:.{digits}f}{unit}, one run{interval}"


def _of_films(share: float, kinds: int) -> str:
    """How many films of a turning fruit the test photographs of so many kinds come from, and the interval if each counts once.

    Raises ValueError where films_as_clusters has another number of films for some kinds than for others.
    """
    (films,) = {row["clusters"] for row in records.load("films_as_clusters").rows if row["views"] == "films"}
    each, more = divmod(films, len(FRUIT_CLASSES))
    if more:
        raise ValueError(f"{films} films are not equally many of each of {len(FRUIT_CLASSES)} kinds")
    low, high = evaluation.wilson_interval(share, each * kinds)
    return f"95 % interval {low:.2f} to {high:.2f}, each of {each * kinds} films counted once"


def from_notebook(name: str, result: str, data: str) -> Callable[[], Ours]:
    """A result that the executed notebook holds, beside its kept runs. Raises ValueError when it holds none."""

    def look() -> Ours:
        path = config.repository_root() / "notebooks" / f"{name}.ipynb"
        said = notebook_results(json.loads(path.read_text(encoding="utf-8"))) or {"results": {}}
        if result not in said["results"]:
            raise ValueError(f"{name} holds no result {result}. Type: make notebooks NAMES={name}")
        found = said["results"][result]
        of_notebook = config.course()["notebooks"][name]
        seconds = of_notebook.get("seconds", {}).get(said["profile"], {}).get(said["data"])
        kept = of_notebook.get("expected", {}).get(said["profile"], {}).get(said["data"], {}).get(result)
        beside = (
            "one run"
            if kept is None
            else f"{kept['mean']:.4f} ± {kept['sd']:.4f} in {kept['runs']} kept runs"
        )
        return Ours(
            f"{found['value']:.4f}; {beside}",
            "none" if found.get("chance") is None else f"{found['chance']:.4g}",
            f"{data}, {said['data']}, profile {said['profile']}",
            "" if seconds is None else f"{seconds:.0f} (the notebook)",
            str(said["device"]),
            f"`notebooks/{name}.ipynb`, *{result}*",
        )

    return look


VIEWS = (
    "The pictures of a film show one fruit that turns, and tend to be right or wrong together. "
    "Training holds other views of the same films: the score says nothing about other fruits."
)
WINDOWS = "windows of 1 to 3 words, started from counts"
HEADLINES = (
    Headline(
        "Fruit CNN, accuracy on 16 kinds of fruit",
        "0.9959 (validation, after 3 epochs)",
        GLANDER,
        from_record(
            "fruit_cnn_2018", "today", "accuracy_16", 1 / 16, data="Fruits-360 (real), Test split, 16 classes",
            kinds=16,
        ),
        ("05-fruit-cnn", "test_accuracy"),
        VIEWS,
    ),
    Headline(
        "The same on the 15 classes that it was judged on",
        "0.9959",
        GLANDER,
        from_record(
            "fruit_cnn_2018", "today", "accuracy_15", 1 / 15, data="Fruits-360 (real), Test split, 15 classes",
            kinds=15,
        ),
        ("05-fruit-cnn", "test_accuracy_15"),
        VIEWS,
    ),
    Headline(
        "Its recipe, run again by us",
        "0.9959",
        GLANDER,
        from_record(
            "fruit_cnn_2018", "2018, as it ran", "accuracy_15", 1 / 15,
            data="Fruits-360 (real), Test split, 15 classes", kinds=15,
        ),
        None,
        VIEWS,
    ),
    Headline(
        "IMDB reviews by a CNN",
        "0.8800 (2 epochs)",
        GLANDER,
        from_record("imdb_cnn_2018", "today: CNN, 20,000 words", "accuracy", 0.5, data="IMDB (real), 25,000 test reviews"),
        ("06-text-cnn", "test_accuracy"),
    ),
    Headline(
        "The same by one filter over one-hot words, started from counts",
        "0.8800 (2 epochs)",
        GLANDER,
        from_record("imdb_windows", WINDOWS, "accuracy", 0.5, data="IMDB (real), 25,000 test reviews"),
        None,
        "The filter is a table: each window of 1 to 3 words has a weight, and the weights are added up.",
    ),
    Headline(
        "Its recipe, run again by us",
        "0.8800",
        GLANDER,
        from_record("imdb_cnn_2018", "2018: CNN, 5,000 words", "accuracy", 0.5, data="IMDB (real), 25,000 test reviews"),
    ),
    Headline(
        "IMDB reviews by a simple recurrent net",
        "0.8226 (validation)",
        RAZA,
        from_record(
            "imdb_recurrent", "SimpleRNN of the talks, 500 words", "accuracy", 0.5,
            data="IMDB (real), 25,000 test reviews",
        ),
        ("07-text-lstm", "rnn_accuracy"),
    ),
    Headline(
        "IMDB reviews by an LSTM",
        "up to 0.89 (validation)",
        RAZA,
        from_record("imdb_recurrent", "LSTM, 200 words", "accuracy", 0.5, data="IMDB (real), 25,000 test reviews"),
        ("07-text-lstm", "lstm_accuracy"),
        "Ours reads 200 words of each review, not all of them.",
    ),
    Headline(
        "The same by an LSTM that reads counts beside the words",
        "up to 0.89 (validation)",
        RAZA,
        from_record("imdb_counted", "LSTM, words and counts", "accuracy", 0.5, data="IMDB (real), 25,000 test reviews"),
        None,
        "With each word it reads how much more often the word, and the two and three words that end with it, stand in praise.",
    ),
    Headline(
        "The same by a simple recurrent net",
        "0.8226 (validation)",
        RAZA,
        from_record(
            "imdb_counted", "SimpleRNN, words and counts", "accuracy", 0.5, data="IMDB (real), 25,000 test reviews"
        ),
    ),
    Headline(
        "The best net of its family here",
        "up to 0.89 (validation)",
        RAZA,
        from_record(
            "imdb_recurrent", "bidirectional GRU, 300 words", "accuracy", 0.5, data="IMDB (real), 25,000 test reviews"
        ),
    ),
    Headline(
        "Movie-review sentences, CNN learned from scratch",
        "0.761 (ten folds)",
        f"Kim (2014), whose net {DELTEIL} shows",
        from_record(
            "mr_tenfold", "CNN-rand, ours", "accuracy", 0.5, data="MR (real), ten folds of 10,662", repeats="folds"
        ),
    ),
    Headline(
        "The same by one filter over one-hot words, started from counts",
        "0.761 (ten folds)",
        f"Kim (2014), whose net {DELTEIL} shows",
        from_record("mr_windows", WINDOWS, "accuracy", 0.5, data="MR (real), ten folds of 10,662", repeats="folds"),
    ),
    Headline(
        "The same, with weights that IMDB's labelled reviews gave",
        "0.815 (ten folds, Google's vectors)",
        "Kim (2014), CNN-non-static",
        from_record(
            "mr_from_imdb", "counts of MR and of IMDB", "accuracy", 0.5, data="MR (real), ten folds of 10,662",
            repeats="folds",
        ),
    ),
    Headline(
        "Who recommends a dress: the score that is only the majority's share",
        "0.8284 in both epochs",
        GLANDER,
        from_notebook("06-text-cnn", "skewed_counts_accuracy", "reviews"),
        ("06-text-cnn", "skewed_counts_accuracy"),
        "Shown as a pitfall: the chance column is the majority's share.",
    ),
    Headline(
        "One LIME explanation of a picture, 1,000 samples",
        "5 min 11 s (InceptionV3)",
        GLANDER,
        from_record(
            "lime_speed", "ours", "seconds", None, data="one picture, 1,000 samples, VGG16 at 224×224",
            among="VGG16, 224",
        ),
        None,
        "The net and the machine are different, so a ratio between the two means nothing.",
    ),
)  # fmt: skip

# Figures of the talks that nothing here is measured against, and why.
WITHOUT = (
    ("AlexNet's top-5 error, from 25 % to 16 %", DELTEIL, "history of ImageNet; its million pictures are not used here"),
    ("error of CNNs on letters, 4.93 to 45.95 % on eight sets", DELTEIL, "the sets have up to 3.6 million texts; notebook 12 shows the figures as published"),
    ("a banana called with 99.99985694885254 %", GLANDER, "the probability of one picture is not a measure of a net"),
    ("61,706 parameters of a LeNet", "deck on CNN architectures (in Vietnamese)", "not a score: deck 04 computes the same total from a Keras model"),
)  # fmt: skip


def page(headlines: Iterable[Headline] = HEADLINES, known: Mapping | None = None) -> str:
    """docs/headline.md. `known`: rows of runs by platform, as `status.recorded()` gives them."""
    known = status.recorded() if known is None else known
    lines = [
        "# Headline figures",
        "",
        "Generated from recorded tables and executed notebooks by `make regenerate`; not edited by hand. Accuracies are",
        "shares of correct answers; chance is what a guess reaches. After ± stands the standard deviation over the runs named.",
        "What was run once says so, with the 95 % interval of its test items where the table has one. Seconds are those of",
        "training on the machine named, or of the whole notebook where it says so. What the talks report was measured",
        "elsewhere, on other data splits: it is a landmark, not an opponent; ratios of speed are only ever taken within one",
        "run, in `benchmarks/`.",
        "",
        "| what | the talk | source | ours | chance | data, profile | seconds | device | measured by | full profile |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    remarks = []
    for headline in headlines:
        ours = headline.ours()
        mark = ""
        if headline.remark:
            if headline.remark not in remarks:
                remarks.append(headline.remark)
            mark = f" [{remarks.index(headline.remark) + 1}]"
        cells = [
            headline.what + mark, headline.talk, headline.source, ours.value, ours.chance, ours.data, ours.seconds,
            ours.device, ours.source, in_full(headline.full, known),
        ]  # fmt: skip
        lines.append(f"| {' | '.join(cells)} |")
    lines += ["", *(f"[{number}] {remark}  " for number, remark in enumerate(remarks, start=1))]
    lines += ["", "## Figures of the talks without a counterpart", ""]
    lines += ["| figure | source | why |", "|---|---|---|"]
    lines += [f"| {' | '.join(row)} |" for row in WITHOUT]
    return "\n".join(lines) + "\n"


def in_full(full: tuple[str, str] | None, known: Mapping) -> str:
    """The figure of the newest run in the full profile, on a GPU where there is one; or that there is none."""
    if full is None:
        return ""
    notebook, result = full
    found = [
        (platform.device == "gpu", row["date"], row)
        for platform, rows in known.items()
        for row in rows
        if row["notebook"] == notebook and row["profile"] == "full" and result in row.get("results", {})
    ]
    if not found:
        return NOT_RUN
    on_gpu, _, row = max(found, key=lambda one: one[:2])
    device = row["device"] if on_gpu else f"CPU: {row['machine']}"
    spread = f" ± {row['results'][f'{result}_sd']:.4f}" if f"{result}_sd" in row["results"] else ""
    shown = f"{row['results'][result]:.4f}{spread}, {row['data']} data, {row['seconds']:.0f} s the notebook, {device}, {row['date']}"
    return shown + ("" if row["ok"] else ", outside of its band")


def _row(record: records.Record, option: str, column: str, among: str) -> Mapping:
    """The row of a table; `among` is its net where options repeat. Raises ValueError when there is none."""
    for row in record.rows:
        if row.get(column) == option and (not among or row.get("net") == among):
            return row
    raise ValueError(
        f"{record.title}: no row {option!r}. Correct tools/headline.py, or record the table again"
    )
