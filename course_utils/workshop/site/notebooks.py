"""An executed notebook as HTML: text, code and outputs in their order, each cell with its name as an anchor."""

from __future__ import annotations

import html
import re
from typing import Any

from . import markdown

# A grey that outputs use for what is not in use; in the site it is the style's, which has one for the dark too.
_OUTPUT_GREY = re.compile(r"(?<![\w-])color:\s*#595959")


def body(notebook: dict[str, Any]) -> str:
    """The cells of a notebook. Solutions and answers stay folded; a cell whose code JupyterLab hides is folded too."""
    cells = notebook["cells"]
    texts = iter(
        markdown.to_html(["".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown"])
    )
    parts = []
    for cell in cells:
        if cell["cell_type"] == "markdown":
            parts.append(_section(cell, "text", next(texts)))
        elif cell["cell_type"] == "code" and "".join(cell["source"]).strip():
            parts.append(_section(cell, "code", _code_cell(cell)))
    return "\n".join(parts)


def _section(cell: dict[str, Any], kind: str, inner: str) -> str:
    return f'<div class="cell {kind}" id="cell-{html.escape(cell["id"])}">\n{inner}\n</div>'


def _code_cell(cell: dict[str, Any]) -> str:
    source = "".join(cell["source"])
    shown = markdown.code(source, "ipython3" if re.search(r"^\s*[%!]", source, re.MULTILINE) else "python")
    if cell["metadata"].get("jupyter", {}).get("source_hidden"):
        title = re.match(r"# @title (.+)", source)
        summary = html.escape(title[1]) if title else "Code"
        shown = f"<details><summary>{summary}</summary>\n{shown}\n</details>"
    outputs = [one for one in map(_output, cell["outputs"]) if one]
    return "\n".join(
        [f'<div class="input">{shown}</div>', *(f'<div class="output">{one}</div>' for one in outputs)]
    )


def _output(output: dict[str, Any]) -> str:
    """The richest form of an output that needs no script: HTML, else plain text."""
    data = output.get("data", {})
    rich = "".join(data.get("text/html", ""))
    if rich and "<script" not in rich:
        return tidy(rich)
    text = "".join(output.get("text", data.get("text/plain", "")))
    if output["output_type"] == "error":
        text = "\n".join(output["traceback"])
    text = re.sub(r"\x1b\[[0-9;]*m", "", text).rstrip("\n")
    return f"<pre>{html.escape(text, quote=False)}</pre>" if text.strip() else ""


def tidy(output: str) -> str:
    """HTML of an output without styles that hold for the whole page and without colours that the dark swallows."""
    output = re.sub(r"<style\b.*?</style>", "", output, flags=re.DOTALL)
    output = output.replace(' border="1"', "")
    return _OUTPUT_GREY.sub("color:var(--quiet)", output).strip()
