"""The registered digests are those of the real files: needs an instructor's mirror folder in COURSE_MIRROR."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from course_utils.foundation import config
from course_utils.foundation.assets import Store, load_registry, serve

MIRROR = config.mirror()
pytestmark = pytest.mark.skipif(
    not MIRROR or "://" in MIRROR or not (Path(MIRROR) / "fruits-360-16.zip").is_file(),
    reason="COURSE_MIRROR names no folder with the real files",
)
SERVE = (
    "import typer; from course_utils.workshop.cli import data; app = typer.Typer(); data.register(app); app()"
)


def store_in(folder: Path, mirror: str) -> Store:
    root = config.repository_root()
    return Store(load_registry(root / "data" / "registry.toml"), folder, mirror, root)


@pytest.fixture(scope="module")
def instructor(tmp_path_factory) -> Store:
    """Has fetched Fruits-360 from the mirror folder."""
    store = store_in(tmp_path_factory.mktemp("instructor"), MIRROR)
    found = store.resolve("fruits-360")
    assert found.origin == "mirror" and found.verified, found.message
    return store


def test_fruits_360_unpacks_to_sixteen_classes_and_its_tree_digest(instructor):
    folder = instructor.folder(instructor.registry["fruits-360"])
    counts = {
        split: {path.name: len(list(path.glob("*.jpg"))) for path in (folder / split).iterdir()}
        for split in ("Training", "Test")
    }
    assert [len(counts[split]) for split in counts] == [16, 16]
    assert [sum(counts[split].values()) for split in counts] == [7709, 2592]
    assert counts["Test"]["Peach"] == 164
    assert (folder / "LICENSE").is_file()
    assert instructor.verify("fruits-360").status == "whole"


def test_every_file_of_the_mirror_is_the_registered_one(instructor):
    offer = serve.offer(instructor.registry, [Path(MIRROR)], may_redistribute=True)
    registered = {file.name for asset in instructor.registry for file in asset.addresses[0].files}
    assert not offer.left_out
    assert set(offer.files) == {name for name in registered if (Path(MIRROR) / name).is_file()}


@pytest.mark.parametrize(
    "name",
    ["mr", "mobilenetv2-imagenet", "womens-clothing", "sarcasm", "ag-news", "stackoverflow", "sent-conv"],
)
def test_the_smaller_assets_arrive_verified(instructor, name):
    if name not in instructor.mirror_offers()[0]:
        pytest.skip(f"the mirror has no {name}")
    assert instructor.fetch(name, progress=False).verified
    assert instructor.verify(name).status == "whole"


def test_a_learner_gets_fruits_360_from_the_instructors_laptop(instructor, tmp_path):
    command = [sys.executable, "-c", SERVE, "serve-mirror", "--folder", str(instructor.cache / "files")]
    server = subprocess.Popen(
        [*command, "--host", "127.0.0.1", "--port", "0"], stdout=subprocess.PIPE, text=True, encoding="utf-8"
    )
    try:
        address = next(
            word for line in server.stdout for word in line.split() if word.startswith("COURSE_MIRROR=")
        )
        learner = store_in(tmp_path, address.removeprefix("COURSE_MIRROR="))
        assert learner.mirror_offers()[0] >= {"fruits-360"}
        assert "imdb" not in learner.mirror_offers()[0]
        found = learner.resolve("fruits-360")
        assert found.origin == "mirror" and found.verified, found.message
        assert (tmp_path / "files" / "fruits-360-16.zip").stat().st_size == 53_988_359
    finally:
        server.terminate()
        server.wait()
