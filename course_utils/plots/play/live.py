"""A picture with controls below it."""

from __future__ import annotations

import html
import importlib.util
from typing import TYPE_CHECKING

from course_utils.foundation.config import someone_is_watching

if TYPE_CHECKING:
    from ipywidgets import Widget

    from course_utils.plots import Picture


class LivePicture:
    """A picture that is drawn again when a control changes.

    The picture is an output of its own and not part of the widget: it keeps its alt text, and a notebook that is
    opened later, without kernel or widgets, still shows the last one.
    """

    def __init__(self, picture: Picture) -> None:
        self.picture = picture
        self.handle = None  # where the picture stands in the page, once it is shown
        self.said: Widget | None = None  # a line for what went wrong

    def controls(self) -> Widget:
        """The widgets to show below the picture."""
        raise NotImplementedError

    def redraw(self) -> Picture:
        """The picture for the present state of the controls."""
        raise NotImplementedError

    def changed(self, *_: object) -> None:
        """A control was moved: draw again. An error is shown below the picture, for callbacks have no cell."""
        try:
            self.picture = self.redraw()
            problem = ""
        except Exception as error:  # noqa: BLE001 - the function is the learner's
            problem = f"<code>{html.escape(f'{type(error).__name__}: {error}')}</code>"
        if self.said is not None:
            self.said.value = problem
        if self.handle is not None and not problem:
            self.handle.update(self.picture)

    def _ipython_display_(self) -> None:
        from IPython.display import display

        if not playable():
            display(self.picture)
            return
        import ipywidgets

        self.said = ipywidgets.HTML()
        controls = ipywidgets.VBox([self.controls(), self.said])
        self.handle = display(self.picture, display_id=True)
        display(controls)


def playable() -> bool:
    """True where controls make sense: somebody is watching, and ipywidgets is there."""
    return someone_is_watching() and importlib.util.find_spec("ipywidgets") is not None
