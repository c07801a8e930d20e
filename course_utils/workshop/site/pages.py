"""One page of the site: the template of docs/site/ around a text, with its contents and its neighbours."""

from __future__ import annotations

import functools
import html
import re
from dataclasses import dataclass
from pathlib import Path

from course_utils.foundation import config

from . import links

_MARK = re.compile(r"%%([A-Z]+)%%")
# What every page leads to, where the site has it: source in the repository, words.
ALWAYS = (
    ("docs/glossary.md", "Glossary"),
    ("docs/troubleshooting.md", "Troubleshooting"),
    ("docs/audience-and-design.md", "Who it is for"),
    ("instructor/README.md", "For instructors"),
    ("CODE_OF_CONDUCT.md", "Code of conduct"),
)


@dataclass(frozen=True)
class Neighbour:
    """The page before or after this one: its path in the site and its title."""

    page: str
    title: str


def whole(
    page: str,
    title: str,
    body: str,
    always: list[tuple[str, str]],
    before: Neighbour | None = None,
    after: Neighbour | None = None,
) -> str:
    """A page as one HTML file. page: its path in the site; always: (page, words) of the links on top."""
    course = config.course()["title"]
    home = [("index.html", course), *always]
    values = {
        "TITLE": html.escape(title if title == course else f"{title} · {course}"),
        "DESCRIPTION": html.escape(f"{title}: {course}"),
        "STYLE": _template("style.css"),
        "TOP": "\n".join(_top(page, to, words) for to, words in home),
        "CONTENTS": contents(body),
        "BODY": accessible(body),
        "NEIGHBOURS": neighbours(page, before, after),
    }
    return _MARK.sub(lambda mark: values[mark[1]], _template("page.html"))


def contents(body: str) -> str:
    """Links to the sections of a page, or to what is below them if there are fewer than three; to fewer, nothing."""
    for level in (2, 3):
        found = re.findall(rf'<h{level}[^>]*\bid="([^"]+)"[^>]*>(.*?)</h{level}>', body, re.DOTALL)
        if len(found) >= 3:
            break
    else:
        return ""
    plain = [(name, re.sub(r"</?a\b[^>]*>", "", words).strip()) for name, words in found]
    lines = [f'<li><a href="#{name}">{words}</a></li>' for name, words in plain]
    return (
        '<nav class="contents" aria-label="On this page"><p>On this page</p>\n<ul>\n'
        + "\n".join(lines)
        + "\n</ul></nav>"
    )


def accessible(body: str) -> str:
    """Tables say which cells are headers of what, scroll by themselves on narrow screens; a table without is layout."""

    def table(match: re.Match) -> str:
        text = match[0]
        if not re.search(r"<th[\s>]", text):
            text = text.replace("<table", '<table role="presentation"', 1)
        for part, scope in (("thead", "col"), ("tbody", "row")):
            text = re.sub(
                rf"<{part}.*?</{part}>",
                lambda found, scope=scope: re.sub(r"<th(?=[\s>])", f'<th scope="{scope}"', found[0]),
                text,
                flags=re.DOTALL,
            )
        return f'<div class="wide">{text}</div>'

    return re.sub(r"<table\b.*?</table>", table, body, flags=re.DOTALL)


def neighbours(page: str, before: Neighbour | None, after: Neighbour | None) -> str:
    """Links to the notebook before and the notebook after."""
    parts = [
        f'<a class="{kind}" rel="{kind}" href="{html.escape(links.relative(page, one.page))}">'
        f"<small>{words}</small> {html.escape(one.title)}</a>"
        for kind, words, one in (("prev", "Before", before), ("next", "Next", after))
        if one
    ]
    return (
        '<nav class="neighbours" aria-label="Notebook before and after">' + "\n".join(parts) + "</nav>"
        if parts
        else ""
    )


def _top(page: str, to: str, words: str) -> str:
    here = ' aria-current="page"' if page == to else ""
    return f'<a href="{html.escape(links.relative(page, to))}"{here}>{html.escape(words)}</a>'


@functools.cache
def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def _template(name: str) -> str:
    return _read(config.repository_root() / "docs" / "site" / name)
