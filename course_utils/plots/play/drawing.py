"""A pad to draw a digit on: a canvas where ipycanvas is installed, otherwise a grid of buttons."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from .live import LivePicture

if TYPE_CHECKING:
    from ipywidgets import Widget

    from course_utils.plots import Picture

SIDE, FINE, DARKEST = 8, 32, 16  # cells a side; pixels a side of the canvas; the value of a cell full of ink
PIXEL = 8  # screen pixels for one pixel of the canvas
BRUSH = 2  # pixels to each side of the pointer


class DigitPad(LivePicture):
    """A drawing of 8×8 cells with values 0-16, and the figure that a function makes of it.

    On the canvas one draws in 32×32 pixels, and a cell counts the inked ones of its 4×4: that is how
    scikit-learn's digits were made (Alpaydin and Kaynak, 1998). A button of the grid is full or empty.
    """

    def __init__(self, show: Callable[[np.ndarray], Picture], start: np.ndarray, canvas: bool) -> None:
        self.show, self.canvas = show, canvas
        self.ink = np.zeros((FINE, FINE), dtype=bool)
        self.cells = np.asarray(start, dtype=float)
        self.buttons: list[Widget] = []
        self.paper: Widget | None = None
        self.pressed = False
        super().__init__(show(self.cells))

    def controls(self) -> Widget:
        """The pad and a button that wipes it."""
        import ipywidgets

        clear = ipywidgets.Button(description="clear", tooltip="wipe the pad")
        clear.on_click(self.clear)
        return ipywidgets.VBox([self._canvas() if self.canvas else self._grid(), clear])

    def redraw(self) -> Picture:
        """The figure for what is on the pad now."""
        return self.show(self.cells.copy())

    def clear(self, *_: object) -> None:
        """An empty pad; the figure stays until something is drawn."""
        self.ink[:] = False
        self.cells = np.zeros((SIDE, SIDE))
        if self.paper is not None:
            self._wipe()
        for button in self.buttons:
            button.unobserve(self._toggled, names="value")
            button.value = False
            button.observe(self._toggled, names="value")

    # ------------------------------------------------------------------------------ a grid of buttons

    def _grid(self) -> Widget:
        import ipywidgets

        self.buttons = []  # shown a second time, it gets new ones
        layout = ipywidgets.Layout(width="34px", height="34px", margin="1px", padding="0")
        for row, column in np.ndindex(SIDE, SIDE):
            # One layout for all, so that a saved notebook stays small.
            button = ipywidgets.ToggleButton(
                value=bool(self.cells[row, column] > DARKEST / 2),
                tooltip=f"row {row}, column {column}",
                layout=layout,
            )
            button.observe(self._toggled, names="value")
            self.buttons.append(button)
        columns = ipywidgets.Layout(grid_template_columns=f"repeat({SIDE}, 36px)")
        return ipywidgets.GridBox(self.buttons, layout=columns)

    def _toggled(self, *_: object) -> None:
        pressed = np.array([button.value for button in self.buttons], dtype=float)
        self.cells = DARKEST * pressed.reshape(SIDE, SIDE)
        self.changed()

    # ------------------------------------------------------------------------------ a canvas

    def _canvas(self) -> Widget:
        import ipywidgets
        from ipycanvas import Canvas

        side = FINE * PIXEL
        # Without a layout of its own it is stretched to the width of the page.
        layout = ipywidgets.Layout(width=f"{side}px", height=f"{side}px")
        self.paper = Canvas(width=side, height=side, layout=layout)
        self._wipe()
        self.paper.on_mouse_down(self.pen_down)
        self.paper.on_mouse_move(self.pen_moved)
        self.paper.on_mouse_up(self.pen_up)
        self.paper.on_mouse_out(self.pen_up)
        self.paper.on_touch_start(lambda places: self.pen_down(*places[0]))
        self.paper.on_touch_move(lambda places: self.pen_moved(*places[0]))
        self.paper.on_touch_end(lambda places: self.pen_up())
        return self.paper

    def pen_down(self, x: float, y: float) -> None:
        """A stroke begins at screen pixel (x, y) of the canvas."""
        self.pressed = True
        self.pen_moved(x, y)

    def pen_moved(self, x: float, y: float) -> None:
        """Ink under the pen, while it is down."""
        if not self.pressed:
            return
        row, column = int(y // PIXEL), int(x // PIXEL)
        top, left = max(row - BRUSH, 0), max(column - BRUSH, 0)
        bottom, right = min(row + BRUSH + 1, FINE), min(column + BRUSH + 1, FINE)
        if bottom <= top or right <= left:
            return  # beside the canvas, where a finger may go; a place before 0 would count from the far end
        self.ink[top:bottom, left:right] = True
        if self.paper is not None:
            self.paper.fill_style = "white"
            self.paper.fill_rect(left * PIXEL, top * PIXEL, (right - left) * PIXEL, (bottom - top) * PIXEL)

    def pen_up(self, *_: object) -> None:
        """A stroke ends: count the ink in each cell and draw the figure again."""
        if not self.pressed:
            return
        self.pressed = False
        step = FINE // SIDE
        self.cells = self.ink.reshape(SIDE, step, SIDE, step).sum(axis=(1, 3)).astype(float)
        self.changed()

    def _wipe(self) -> None:
        self.paper.fill_style = "black"
        self.paper.fill_rect(0, 0, FINE * PIXEL, FINE * PIXEL)


def draw_digit(
    show: Callable[[np.ndarray], Picture], start: np.ndarray, canvas: bool | None = None
) -> DigitPad:
    """A pad for a digit: `show` gets what was drawn, float (8, 8) in 0-16, and returns a Picture.

    `start`: the digit shown at first, and the only one where there are no widgets. `canvas`: True draws with
    ipycanvas, False with a grid of buttons, None takes the canvas where it is installed.
    Raises ValueError when `start` is not 8 by 8.
    """
    if np.shape(start) != (SIDE, SIDE):
        raise ValueError(f"The digit to begin with has shape {np.shape(start)}; expected ({SIDE}, {SIDE})")
    if canvas is None:
        canvas = importlib.util.find_spec("ipycanvas") is not None
    return DigitPad(show, start, canvas)
