"""Links of the repository made those of the site: pages by their new names, pictures put in, other files named."""

from __future__ import annotations

import base64
import html
import mimetypes
import posixpath
import re
from collections.abc import Callable, Collection
from pathlib import Path
from urllib.parse import quote, unquote

from course_utils.foundation import config
from course_utils.workshop.instructor import publication

_LINK = re.compile(
    r'<a\b(?P<before>[^>]*?)\bhref="(?P<to>[^"]*)"(?P<after>[^>]*)>(?P<text>.*?)</a>', re.DOTALL
)
_PICTURE = re.compile(r'(?P<before><img\b[^>]*?\bsrc=")(?P<from>[^"]*)(?P<after>")')
_ELSEWHERE = re.compile(r"[a-z][a-z0-9+.-]*:|//", re.IGNORECASE)


def page_of(source: str) -> str:
    """Path of a page in the site, by the path of its source in the repository: `docs/glossary.html`."""
    return posixpath.splitext(source)[0] + ".html"


def targets(source: str, markdown: str) -> set[str]:
    """The Markdown files that a text links to, as paths in the repository."""
    named = re.findall(r"\]\(\s*([^)\s#]+\.md)(?:#[^)\s]*)?\s*\)", markdown)
    return {_resolved(source, one) for one in named if not _ELSEWHERE.match(one)}


def rewritten(source: str, page: str, known: Collection[str]) -> str:
    """The HTML of one page with its links leading to pages of the site.

    source: path of its text in the repository. known: sources of all pages of the site. A link to a file that is no
    page leads to the public address, or, as long as there is none, becomes plain text that names the file.
    """

    def link(match: re.Match) -> str:
        to = html.unescape(match["to"])
        if _ELSEWHERE.match(to) or to.startswith("#"):
            return match[0]
        path, _, anchor = to.partition("#")
        target = _resolved(source, unquote(path))
        if target in known:
            new = relative(page_of(source), page_of(target)) + (f"#{anchor}" if anchor else "")
        elif publication.repository():
            new = (
                f"https://github.com/{publication.repository()}/blob/{publication.release()}/{quote(target)}"
            )
        else:
            return (
                f'<span class="file" title="File of the course: {html.escape(target)}">{match["text"]}</span>'
            )
        return f'<a{match["before"]}href="{html.escape(new)}"{match["after"]}>{match["text"]}</a>'

    return _PICTURE.sub(_put_in(source), _LINK.sub(link, page))


def relative(page: str, target: str) -> str:
    """How one page of the site reaches another one."""
    return posixpath.relpath(target, posixpath.dirname(page) or ".")


def _put_in(source: str) -> Callable[[re.Match], str]:
    """A picture of the repository as data, so that a page is whole by itself."""

    def put(match: re.Match) -> str:
        if _ELSEWHERE.match(match["from"]):
            return match[0]
        path: Path = config.repository_root() / _resolved(source, unquote(match["from"]))
        kind = mimetypes.guess_type(path.name)[0] or "image/png"
        data = base64.b64encode(path.read_bytes()).decode("ascii")
        return f"{match['before']}data:{kind};base64,{data}{match['after']}"

    return put


def _resolved(source: str, to: str) -> str:
    """Path in the repository that a link of a page means. From my-work/ the same links lead to the same places."""
    return posixpath.normpath(posixpath.join(posixpath.dirname(source), to))
