"""What a public address brings: badges, links, and the cell that gets the course on Colab and Kaggle.

All of it is generated from two settings of course.toml, `repository` (owner/name, empty while there is no public
address) and `release`. The notebooks, the README and CITATION.cff carry it; tools/regenerate.py writes them and a
test says when one is stale.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote, urlencode, urlsplit

from course_utils.foundation import addresses, config
from course_utils.workshop import workspace
from course_utils.workshop.instructor import lesson_notes

CELL = "colab"
FOLDER_ON_THE_HUB = "course"  # where instructor/jupyterhub/start-course.sh puts it
BADGES_BEGIN = "<!-- badges: written by tools/regenerate.py from course.toml -->"
BADGES_END = "<!-- end of the badges -->"
# Not the ending of a clone's address, .git, which is not part of the name.
OWNER_AND_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,38})/(?!\.{1,2}$)[A-Za-z0-9._-]{1,100}(?<!\.git)")
SET_IT = "course repository OWNER/NAME"

# Short, because it has to work before the course is there; the rest is course_utils.foundation.hosted. Kaggle's image
# is made from Colab's: it has google.colab too, but not Colab's kernel.
COLAB_CELL = """\
# @title For Colab and Kaggle: gets the course (anywhere else this cell does nothing)
import os

from IPython import get_ipython

keep_in_drive = False  # @param {{type:"boolean"}}
kaggle = "KAGGLE_KERNEL_RUN_TYPE" in os.environ
if kaggle or "google.colab" in str(get_ipython()):
    import subprocess
    import sys
    from pathlib import Path

    repository, release = "{repository}", "{release}"
    if not repository:
        raise RuntimeError("This copy has no public address. Type in a clone: course repository OWNER/NAME")
    folder, address = Path("/kaggle/temp" if kaggle else "."), f"https://github.com/{{repository}}"
    course = folder.resolve() / f"course-{{release}}"
    if not course.exists():
        git = ["git", "clone", "--quiet", "--depth=1", f"--branch={{release}}", address, str(course)]
        if subprocess.call(git, stderr=subprocess.DEVNULL):
            raise RuntimeError(f"git could not get {{release}} of {{address}}. Once online, run this again.")
    sys.path.insert(0, str(course))
    from course_utils import hosted

    hosted.set_up(course, keep_in_drive)"""


class PublicationError(ValueError):
    """An address that can't be used, or one that is missing; the message says what to type."""


def repository() -> str:
    """The public address as owner/name, empty while it is not set."""
    return config.course().get("repository", "")


def release() -> str:
    """The tag of the release that this copy belongs to, such as `v0.1.0`."""
    return f"v{config.course()['release']}"


def set_repository(course_toml: Path, owner_and_name: str) -> bool:
    """Write the public address to course.toml and nothing else; returns whether it changed.

    An empty text takes it away. Raises PublicationError for what isn't owner/name.
    """
    if owner_and_name and not OWNER_AND_NAME.fullmatch(owner_and_name):
        raise PublicationError(
            f"{owner_and_name!r} is not an address: expected OWNER/NAME as it stands in github.com/OWNER/NAME"
        )
    text = course_toml.read_text(encoding="utf-8")
    changed, count = re.subn(
        r'^repository = "[^"]*"', f'repository = "{owner_and_name}"', text, count=1, flags=re.M
    )
    if count != 1:
        raise PublicationError(
            f'{course_toml.name} has no line repository = "...". Put one below its title, then: {SET_IT}'
        )
    if changed != text:
        course_toml.write_text(changed, encoding="utf-8", newline="\n")
    return changed != text


# ---------------------------------------------------------------------------------------------------------
# Links and badges


def badges(path: str) -> list[tuple[str, str, str]]:
    """Alternative text, address of the picture (empty: text only) and target of each badge of a file.

    `path` counts from the repository's root; empty for the course as a whole. Empty while no address is set.
    """
    if not repository():
        return []
    at = f"{repository()}/blob/{release()}/{quote(path)}"
    open_in_binder = f"https://mybinder.org/v2/gh/{repository()}/{release()}"
    opened = f"?{urlencode({'urlpath': f'lab/tree/{path}'})}" if path else ""
    first = path or f"notebooks/{config.notebook_names()[0]}.ipynb"
    colab = f"https://colab.research.google.com/github/{repository()}/blob/{release()}/{quote(first)}"
    kaggle = f"https://kaggle.com/kernels/welcome?src=https://github.com/{repository()}/blob/{release()}/{quote(first)}"
    what = "this notebook" if path else "the first notebook"
    shown = [
        (f"Open {what} in Google Colab", "https://colab.research.google.com/assets/colab-badge.svg", colab),
        (f"Open {what} on Kaggle", "https://kaggle.com/static/images/open-in-kaggle.svg", kaggle),
        (
            f"Open {'this notebook' if path else 'the workshop'} on Binder",
            "https://mybinder.org/badge_logo.svg",
            open_in_binder + opened,
        ),
    ]
    if path:
        shown.insert(1, ("This file on GitHub", "", f"https://github.com/{at}"))
    return shown


def badges_row(path: str) -> str:
    """The badges of a file as one line of Markdown, empty while no address is set."""
    return " · ".join(
        f"[![{text}]({picture})]({target})" if picture else f"[{text}]({target})"
        for text, picture, target in badges(path)
    )


def files_behind(text: str) -> set[str]:
    """The files of the repository that the badges in a text lead to, as paths from its root."""
    found = set()
    for target in re.findall(r"\]\((https?://[^)\s]+)\)", text):
        parts = urlsplit(target.partition("?src=")[2] or target)  # Kaggle's link holds the file's own address
        if inside := re.search(r"/blob/[^/]+/(.+)$", parts.path):
            found.add(inside[1])
        if parts.netloc == "mybinder.org" and "/v2/" in parts.path:
            found.add("environment.yml")  # what Binder builds from
            if opened := re.search(r"urlpath=lab%2Ftree%2F([^&]+)", parts.query):
                found.add(opened[1].replace("%2F", "/"))
    return found


def readme_with_badges(readme: str) -> str:
    """The README with the badges between their marks written anew; raises ValueError when the marks are missing."""
    pattern = re.compile(re.escape(BADGES_BEGIN) + ".*?" + re.escape(BADGES_END), re.DOTALL)
    row = badges_row("")
    new = f"{BADGES_BEGIN}\n\n{row}\n\n{BADGES_END}" if row else f"{BADGES_BEGIN}\n{BADGES_END}"
    text, count = pattern.subn(lambda _: new, readme)
    if count != 1:
        raise ValueError(
            f"README.md needs exactly one pair of lines {BADGES_BEGIN} and {BADGES_END}; it has {count}"
        )
    return text


def citation_with_address(citation: str) -> str:
    """CITATION.cff with the public address, or without one while it is not set."""
    text = re.sub(r"^repository-code: .*\n", "", citation, flags=re.M)
    if not repository():
        return text
    line = f'repository-code: "https://github.com/{repository()}"\n'
    return re.sub(r"^(version: .*\n)", lambda found: found[1] + line, text, count=1, flags=re.M)


# ---------------------------------------------------------------------------------------------------------
# Notebooks


def colab_source() -> str:
    """The code of the cell that gets the course on Colab and Kaggle: the same in every notebook."""
    return COLAB_CELL.format(repository=repository(), release=release())


def notebook_text(text: str, name: str) -> str:
    """The text of a notebook's file with badges and Colab cell as course.toml has them, and the notes' minutes.

    The cell stands right before the first code cell. It shows nothing outside of Colab and Kaggle, so an executed notebook
    stays one: the new cell becomes number 1 and those behind it count one more. Raises PublicationError for a
    notebook without a title or without code.
    """
    notebook = json.loads(text)
    cells = notebook["cells"]
    title = cells[0] if cells else {}
    if title.get("cell_type") != "markdown" or not "".join(title["source"]).startswith("# "):
        raise PublicationError(f"{name} does not begin with its title. Put a Markdown cell `# ...` first")
    title["source"] = _lines(_with_badges("".join(title["source"]), badges_row(f"notebooks/{name}.ipynb")))
    others = [cell for cell in cells if cell.get("id") != CELL]
    first_code = next((i for i, cell in enumerate(others) if cell["cell_type"] == "code"), None)
    if first_code is None:
        raise PublicationError(f"{name} has no code cell; the Colab cell goes before the first one")
    executed = all(
        cell["execution_count"] is not None
        for cell in others
        if cell["cell_type"] == "code" and "".join(cell["source"]).strip()
    )
    cell = {
        "cell_type": "code",
        "execution_count": None,
        "id": CELL,
        "metadata": {
            "cellView": "form",  # folded on Colab
            "jupyter": {"source_hidden": True},  # folded in JupyterLab
            "tags": ["volatile", "bands-skip"],
        },
        "outputs": [],
        "source": _lines(colab_source()),
    }
    notebook["cells"] = [*others[:first_code], cell, *others[first_code:]]
    if executed:
        _number(notebook["cells"])
    lesson_notes.with_minutes(notebook["cells"])
    return json.dumps(notebook, indent=1, ensure_ascii=False) + "\n"


def _with_badges(title: str, row: str) -> str:
    """The title cell's text with this row of badges below the heading, in place of the one it may have."""
    heading, _, rest = title.partition("\n")
    rest = rest.lstrip("\n")
    first_line, _, below = rest.partition("\n")
    if "https://colab.research.google.com/" in first_line:
        rest = below.lstrip("\n")
    return "\n\n".join(part for part in (heading, row, rest) if part)


def _number(cells: list[Mapping]) -> None:
    """Count the executed cells anew: 1, 2, 3, ..."""
    count = 0
    for cell in cells:
        if cell["cell_type"] != "code" or not "".join(cell["source"]).strip():
            continue
        count += 1
        cell["execution_count"] = count
        for output in cell["outputs"]:
            if output["output_type"] == "execute_result":
                output["execution_count"] = count


def _lines(text: str) -> list[str]:
    """A cell's text as its file has it: one item per line."""
    return text.splitlines(keepends=True)


# ---------------------------------------------------------------------------------------------------------
# A hub of one's own


def hub_link(hub: str, notebook: str, branch: str = "") -> str:
    """The link that opens a learner's own copy of a notebook on a JupyterHub: cleared, without our results.

    `hub`: the hub's address. Without `branch`: for a hub with the course's image, which makes the copies. With it: the
    link brings that branch by nbgitpuller, which has to hold the copies (instructor/jupyterhub/README.md says how to
    make one); a tag won't do, because nbgitpuller merges from `origin/BRANCH` at the second click.
    Raises PublicationError for what is not an http address, and for a branch while no public address is set;
    course_utils.foundation.config.ConfigurationError for an unknown notebook.
    """
    path = config.notebook_path(notebook)
    parts = urlsplit("" if addresses.problem_with(hub) else hub)
    if not parts.netloc or parts.query or parts.fragment:
        raise PublicationError(
            f"{addresses.shown(hub)!r} is not a hub: expected an address such as https://hub.example.org"
        )
    if "@" in parts.netloc:
        raise PublicationError(
            "The link is for the whole class: give the hub's address without a name and a password"
        )
    redirect = f"{hub.rstrip('/')}/hub/user-redirect"
    if not branch:
        return f"{redirect}/lab/tree/{FOLDER_ON_THE_HUB}/{workspace.FOLDER}/{path.name}"
    if not repository():
        raise PublicationError(
            f"A hub pulls the course from its public address, and none is set yet. Type: {SET_IT}"
        )
    query = {
        "repo": f"https://github.com/{repository()}",
        "branch": branch,
        "urlpath": f"lab/tree/{repository().split('/')[1]}/{workspace.FOLDER}/{path.name}",
    }
    return f"{redirect}/git-pull?{urlencode(query)}"
