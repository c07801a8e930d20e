"""A button in a notebook that records with the browser's microphone and offers the recording as a WAV file."""

from __future__ import annotations

import html
import re
from pathlib import Path

LONGEST = 10  # seconds, after which it stops by itself


class Recorder:
    """A recorder for a notebook: *Record*, *Stop*, and a link that saves the file. Nothing is sent anywhere.

    `file`: the name under which the browser saves the recording; it ends with .wav. The button appears where the cell
    was run in a browser that has a microphone and may use it. Raises ValueError for another kind of name.
    """

    def __init__(self, file: str = "me.wav") -> None:
        if not re.fullmatch(r"[\w-]+\.wav", file):
            raise ValueError(f"{file!r} is not a plain name that ends with .wav")
        self.file = file

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        name = f"course-recorder-{Path(self.file).stem}"
        script = (Path(__file__).parent / "recorder.js").read_text(encoding="utf-8")
        script = script.replace("#ID", f"#{name}").replace("SECONDS", str(LONGEST))
        file = html.escape(self.file, quote=True)
        page = (
            f'<div id="{name}"><button type="button" hidden>Record</button> '
            f'<a download="{file}" hidden>Save as {file}</a> '
            f'<span role="status">Run this cell to get a recorder.</span></div><script>{script}</script>'
        )
        return {"text/html": page, "text/plain": f"[a recorder for {self.file}]"}
