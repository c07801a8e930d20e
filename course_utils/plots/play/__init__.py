"""Pieces of a notebook to play with: sliders and menus that draw a figure again, a pad to draw a digit on.

The maths and the figure stay in the notebook: each piece only calls a function that returns a `Picture`. Where
nobody watches (`course run`, nbval) and where ipywidgets is missing, that picture is all that is shown.
"""

from .drawing import DigitPad, draw_digit
from .sliders import Explorer, explore

__all__ = ["DigitPad", "Explorer", "draw_digit", "explore"]
