"""Markdown to HTML as JupyterLab and GitHub read it: GFM, formulas as MathML, code in colours."""

from __future__ import annotations

import html
import re
import subprocess

from course_utils.workshop.slides import pandoc

_READER = "gfm-emoji-yaml_metadata_block-alerts"
_OPTIONS = ("--to", "html5", "--mathml", "--wrap=preserve", "--no-highlight", "--eol=lf")
_MARK = "<!-- course: next piece -->"
# An anchor that only repeats its heading's own: JupyterLab needs it, a page of the site would have the name twice.
_REPEATED = re.compile(r'<p><a id="([^"]+)"></a></p>\s*(?=<h[1-6] id="\1")')
_CODE = re.compile(r'<pre(?: class="(?P<language>[\w-]+)")?><code>(?P<code>.*?)</code></pre>', re.DOTALL)


def to_html(pieces: list[str]) -> list[str]:
    """The HTML of each piece of Markdown; headings of all pieces together have different ids.

    Raises course_utils.workshop.slides.ToolMissing without pandoc, ValueError with pandoc's words.
    """
    answer = subprocess.run(
        [pandoc.find(), "--from", _READER, *_OPTIONS],
        input=f"\n\n{_MARK}\n\n".join(pieces),
        capture_output=True,
        text=True,
        encoding="utf-8",
    )
    found = [part.strip() for part in answer.stdout.split(_MARK)]
    if answer.returncode:
        raise ValueError(f"pandoc: {answer.stderr.strip()}")
    if len(found) != len(pieces):
        raise ValueError("A piece of Markdown has a block of code that never ends")
    return [_CODE.sub(_coloured, _REPEATED.sub("", part)) for part in found]


def code(text: str, language: str = "") -> str:
    """A block of code; with a language known to Pygments its words carry classes that the style colours."""
    from pygments import highlight
    from pygments.formatters import HtmlFormatter
    from pygments.lexers import get_lexer_by_name
    from pygments.util import ClassNotFound

    try:
        lexer = get_lexer_by_name(language)
    except ClassNotFound:
        return f"<pre><code>{html.escape(text, quote=False)}</code></pre>"
    marked = highlight(text, lexer, HtmlFormatter(nowrap=True)).rstrip("\n")
    return f'<pre class="{html.escape(language)}"><code>{marked}</code></pre>'


def _coloured(block: re.Match) -> str:
    return code(html.unescape(block["code"]).rstrip("\n"), block["language"] or "")
