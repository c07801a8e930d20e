"""Readers of the bundled sets and of files of one's own: what they give as a whole is what was approved."""

import approvals
import numpy as np
import pytest
from PIL import Image

from course_utils import datasets
from course_utils.datasets import names, read_image, read_marked, reviews, topics
from course_utils.datasets.fruits import load_fruits, pick_per_class

MARKED = (
    "<ORG>Google IO <PROVINCE>Hà Nội</PROVINCE></ORG> 12.50 am 03/04", "<PERSON>Ann</PERSON><LOC>Ulm</LOC> o'clock_7:30", "no names, 500k!",
    "x<DATE>Mon</DATE>day", "<LOC>a</LOC> <LOC>b c</LOC>",
)  # fmt: skip
WRONG = (
    "<ORG>open", "close</ORG>", "<FOO>x</FOO>", "<ORG></ORG>", "<ORG><LOC><DATE>x</DATE></LOC></ORG>", "<ORG>a<LOC>b</ORG></LOC>",
)  # fmt: skip


def test_marked_sentences_are_read_as_approved():
    for marked in MARKED:
        one = read_marked(marked, "news", "en")
        approvals.see(
            sentence=one,
            tags=one.tags,
            joint=one.joint_tags,
            surfaces=[one.surface(span) for span in one.spans],
        )
    for marked in WRONG:
        with pytest.raises(ValueError):
            read_marked(marked)
    for tags in ("B-LOC I-LOC O B-ORG", "I-LOC I-LOC I-ORG O", "B-LOC B-LOC I-LOC B-LOC", "O O O O"):
        approvals.see(spans=names.sentence_of_tags("a bb ccc d".split(), tags.split()).spans)
    for which in ("vi", "en", "de", "bundled"):
        found = names.load_names(which)
        approvals.see(
            name=found.name,
            source=found.source,
            types=found.types,
            sizes=(len(found.training), len(found.test)),
        )
        approvals.see(first=found.training[0].text, last=found.sentences("Test")[-1].spans)


def test_files_of_words_and_tags_are_read_as_approved(tmp_path):
    (tmp_path / "wnut17train.conll").write_text(
        "Ann\tB-person\nmet\tO\n\nUlm\tB-location\n", encoding="utf-8"
    )
    (tmp_path / "emerging.test.annotated").write_text(
        "-DOCSTART-\tO\n\nBBC\tB-corporation\nof\tI-corporation\n", encoding="utf-8"
    )
    found = names._read_wnut17(tmp_path)
    approvals.see(
        training=found.training, test=found.test, types=found.types, name=found.name, source=found.source
    )
    lines = "\n\n".join(f"w{number} I-LOC" for number in range(12))
    (tmp_path / "wikigold.conll.txt").write_text(f"-DOCSTART- O\n\n{lines}\n", encoding="utf-8")
    found = names._read_wikigold(tmp_path)
    approvals.see(
        training=[one.text for one in found.training],
        test=[one.text for one in found.test],
        types=found.types,
    )
    (tmp_path / "vi-train.tsv").write_text("news\tgood\n\nno tab\n", encoding="utf-8")
    for path in (tmp_path / "vi-train.tsv", tmp_path / "missing.tsv"):
        with pytest.raises(datasets.DataError):
            names._marked_file(path, "vi")


SAVED = {
    "grey.png": lambda v: Image.fromarray((v * 255).astype("uint8")),
    "bits16.png": lambda v: Image.fromarray((v * 65535).astype("uint16")),
    "bits12.png": lambda v: Image.fromarray((v * 4095).astype("uint16")),
    "floats.tif": lambda v: Image.fromarray(v.astype("float32")),
    "large.tif": lambda v: Image.fromarray((v * 900 - 300).astype("float32")),
    "colour.png": lambda v: Image.fromarray(np.stack([v * 255, v[::-1] * 255, 40 + 0 * v], -1).astype("uint8")),
    "glass.png": lambda v: Image.fromarray(np.stack([v * 255, v[::-1] * 255, 40 + 0 * v, v.T[: len(v), : v.shape[1]] * 255 if v.shape[0] == v.shape[1] else v * 255], -1).astype("uint8")),
    "palette.gif": lambda v: Image.fromarray((v * 255).astype("uint8")).convert("P"),
    "grey-glass.png": lambda v: Image.fromarray(np.stack([v * 255, v[:, ::-1] * 255], -1).astype("uint8"), "LA"),
}  # fmt: skip


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", SAVED)
def test_pictures_of_many_kinds_are_read_as_approved(tmp_path, name):
    values = np.random.default_rng(0).random((6, 9))
    SAVED[name](values).save(tmp_path / name)
    for size in (None, 4, 9):
        approvals.see(picture=read_image(tmp_path / name, size))
    approvals.see(row=read_image(tmp_path / name)[1].reshape(-1).tolist())


FILES = {
    "missing.jpg": None, "._hidden.jpg": b"x", "text.png": b"not a picture", "phone.heic": b"0000ftypheic0000", "new.avif": b"0000ftypavif0000",
    "cut.jpg": b"\xff\xd8\xff\xe0 cut",
}  # fmt: skip


@pytest.mark.parametrize("name", FILES)
def test_files_that_are_no_pictures_are_refused_as_approved(tmp_path, name):
    if FILES[name] is not None:
        (tmp_path / name).write_bytes(FILES[name])
    with pytest.raises(datasets.DataError):
        read_image(tmp_path / name)


def test_own_photographs_are_found_as_approved(tmp_path):
    from course_utils.datasets.pictures import own_photographs

    for number in range(10):
        Image.new("RGB", (8, 6), (20 * number, 0, 100)).save(tmp_path / f"p{number}.png")
    (tmp_path / "p3.png").write_bytes(b"broken")
    approvals.see(found=own_photographs(tmp_path, 4), few=list(own_photographs(tmp_path, 4, 2)))
    (tmp_path / "empty").mkdir()
    approvals.see(
        empty=own_photographs(tmp_path / "empty", 4), nowhere=own_photographs(tmp_path / "nowhere", 4)
    )


def test_fruits_are_listed_and_chosen_as_approved():
    for which in ("studio", "market"):
        fruits = load_fruits(which)
        for split in ("Training", "Test"):
            table = fruits.table(split)
            approvals.see(
                rows=len(table),
                first=table.iloc[0].tolist(),
                last=table.iloc[-1].tolist(),
                angles=int(table["angle"].sum()),
            )
            for seed in (0, 3):
                approvals.see(picked=pick_per_class(table, 2, seed)["path"].tolist()[:8])
    market = load_fruits("market")
    for every in (False, True):
        boxes = market.boxes("Test", every)
        approvals.see(columns=list(boxes), rows=len(boxes), first=[str(one) for one in boxes.iloc[0]])
    paths = market.table("Test")["path"].tolist()[:6]
    approvals.see(
        cameras=market.cameras(paths), mask=market.mask(paths[0]), pictures=market.read(paths[:2], 16)
    )
    x, y = load_fruits().images("Test", 8, per_class=1, seed=2)
    approvals.see(x=x, y=y)
    for wrong in (
        lambda: load_fruits("pears"),
        lambda: load_fruits("studio").boxes("Test"),
        lambda: load_fruits("studio").cameras([]),
    ):
        with pytest.raises(datasets.DataError):
            wrong()
    with pytest.raises(datasets.DataError):
        load_fruits("studio").mask("Training/no.jpg")
    with pytest.raises(ValueError):
        load_fruits("studio").table("Validation")


def test_reviews_and_topics_are_read_and_parted_as_approved():
    for which in ("bundled", "understated", "controlled"):
        found = reviews.load_reviews(which)
        approvals.see(
            sizes=(len(found.training), len(found.test)), columns=list(found.test), labels=found.label_names
        )
        approvals.see(majority=found.majority_share(), duplicates=found.duplicates(), dropped=found.dropped)
        for count in (3, 10):
            approvals.see(part=found.part("Test", count, 1)["text"].tolist())
    bundled = reviews.load_reviews("bundled")
    skewed = bundled.skewed("Training")
    approvals.see(
        skewed=(len(skewed), skewed["label"].mean(), skewed["text"].iloc[0]),
        less=len(bundled.skewed("Test", 0.7, 2)),
    )
    for text in ("a<br/>b<BR >c", "&amp;lt; &quot;x&quot;", " two  blanks\n", "caf\x92s \x96 \x85"):
        approvals.see(clean=reviews.clean(text))
    for which in ("bundled", "written"):
        found = topics.load_topics(which)
        approvals.see(sizes=(len(found.training), len(found.test)), labels=found.label_names)
        approvals.see(part=found.part("Test", 2, 1)["text"].tolist(), all=len(found.part("Training", None)))
    for text in ("St. Bears #39; win", "lt;b gt;bold lt;/b gt; amp; more", "a\\b <i>c</i>", "x quot;y"):
        approvals.see(plain=topics._plain(text))
    for wrong in (lambda: reviews.load_reviews("films"), lambda: topics.load_topics("sport")):
        with pytest.raises(datasets.DataError):
            wrong()
