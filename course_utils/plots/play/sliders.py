"""Sliders and menus whose values go to a drawing function."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from .live import LivePicture

if TYPE_CHECKING:
    from ipywidgets import Widget

    from course_utils.plots import Picture


class Explorer(LivePicture):
    """A figure with one control for each argument of the function that draws it."""

    def __init__(self, draw: Callable[..., Picture], choices: dict[str, Sequence]) -> None:
        self.draw, self.choices = draw, choices
        self.values = {name: options[0] for name, options in choices.items()}
        self.widgets: dict[str, Widget] = {}
        super().__init__(draw(**self.values))

    def controls(self) -> Widget:
        """A slider for each range, a menu for any other sequence."""
        import ipywidgets

        for name, options in self.choices.items():
            label = name.replace("_", " ")
            if isinstance(options, range):
                self.widgets[name] = ipywidgets.IntSlider(
                    value=options[0],
                    min=options[0],
                    max=options[-1],
                    step=options.step,
                    description=label,
                    continuous_update=False,  # a figure takes a moment; one for each pixel of the way is too many
                )
            else:
                self.widgets[name] = ipywidgets.Dropdown(
                    options=list(options), value=options[0], description=label
                )
            self.widgets[name].observe(self.changed, names="value")
        return ipywidgets.HBox(list(self.widgets.values()))

    def redraw(self) -> Picture:
        """The figure for the present values of the controls."""
        self.values = {name: widget.value for name, widget in self.widgets.items()}
        return self.draw(**self.values)


def explore(draw: Callable[..., Picture], **choices: Sequence) -> Explorer:
    """A figure to play with: `explore(draw, row=range(4), name=["sharpen", "Sobel"])`.

    `draw`: takes the names of `choices` as keywords and returns a Picture. A range of whole numbers gets a
    slider, any other sequence a menu; each begins with its first value, and so does the picture that is shown
    where there are no widgets. Raises ValueError without choices or for an empty one.
    """
    empty = [name for name, options in choices.items() if len(options) == 0]
    if not choices or empty:
        raise ValueError(
            f"Nothing to choose for {', '.join(empty) or 'any argument'}; pass a range or a list"
        )
    return Explorer(draw, choices)
