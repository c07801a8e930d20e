"""A figure with its alt text, and the look that all figures of the course share."""

from __future__ import annotations

import base64
import contextlib
import html
import io
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# Okabe and Ito (2008), 'Color Universal Design': eight colours told apart in every kind of colour vision.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000", "#B3A500")
SEQUENTIAL = "cividis"
DIVERGING = "PuOr"

_STYLE = {
    "figure.dpi": 100,
    "figure.facecolor": "white",
    "figure.constrained_layout.use": True,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlelocation": "left",
    "axes.titlesize": 11,
    "axes.titleweight": "bold",
    "axes.labelsize": 10,
    "axes.grid": False,
    "font.size": 10,
    "legend.frameon": False,
}


# Twice the pixels that a figure is shown with: sharp on screens of high density.
SHARP = 200
CHART_COLOURS = 64
PICTURE_QUALITY = 80


class Picture:
    """A finished figure and its alt text; shows itself as an HTML image.

    Pictures keep their colours as WebP, which a palette would posterise; charts are PNG, whose lines stay crisp.

    `figure`: a matplotlib Figure. `alt`: sentences that say what a person would see in it.
    Raises ValueError when the alt text is empty or too short to say anything.
    """

    def __init__(self, figure: Figure, alt: str) -> None:
        if len(alt.strip()) < 20:
            raise ValueError(
                f"Alt text {alt!r} says too little: describe in a sentence what the figure shows"
            )
        self.figure = figure
        self.alt = " ".join(alt.split())

    def png(self, dpi: int = 100, colours: int | None = 256) -> bytes:
        """The figure as PNG bytes; `colours` reduces it to a palette, which keeps notebooks small."""
        if colours is None:
            return self._drawn(dpi).getvalue()
        from PIL import Image

        image = Image.open(self._drawn(dpi, 0)).convert("RGB").quantize(colours, dither=Image.Dither.NONE)
        small = io.BytesIO()
        image.save(small, format="PNG", optimize=True)
        return small.getvalue()

    def webp(self, dpi: int = SHARP, quality: int = PICTURE_QUALITY) -> bytes:
        """The figure as WebP bytes in full colour; `quality` 0-100 as in Pillow."""
        from PIL import Image

        buffer = io.BytesIO()
        with Image.open(self._drawn(dpi, 0)) as image:
            image.convert("RGB").save(buffer, format="WEBP", quality=quality, method=6)
        return buffer.getvalue()

    def _drawn(self, dpi: int, compression: int = 6) -> io.BytesIO:
        """The figure as a PNG; without compression, 0, where it is read again at once: that takes a third of the time."""
        buffer = io.BytesIO()
        with _course_style():
            self.figure.savefig(
                buffer,
                format="png",
                dpi=dpi,
                metadata={"Software": None},
                pil_kwargs={"compress_level": compression},
            )
        buffer.seek(0)
        return buffer

    @property
    def holds_pictures(self) -> bool:
        """Whether the figure shows coloured pictures, not only lines, bars and maps of one number per place."""
        from matplotlib.image import AxesImage, BboxImage

        found = self.figure.findobj(lambda artist: isinstance(artist, AxesImage | BboxImage))
        return any(np.ndim(image.get_array()) == 3 for image in found)

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        kind, shown = (
            ("webp", self.webp()) if self.holds_pictures else ("png", self.png(SHARP, CHART_COLOURS))
        )
        encoded = base64.b64encode(shown).decode("ascii")
        alt = html.escape(self.alt, quote=True)
        width = int(self.figure.get_figwidth() * 100)
        image = f'<img alt="{alt}" width="{width}" src="data:image/{kind};base64,{encoded}">'
        return {"text/html": image, "text/plain": f"[figure: {self.alt}]"}


@contextlib.contextmanager
def canvas(
    rows: int = 1, columns: int = 1, width: float = 7.0, height: float = 3.2, **options: object
) -> Iterator[tuple[Figure, np.ndarray]]:
    """A figure in the course's style and its axes, shape (rows, columns); nothing is shown by itself.

    `width`, `height` in inches. `options` go to `Figure.subplots`. For a figure of your own:
    `with plots.canvas() as (figure, axes): ...; plots.Picture(figure, alt="...")`.
    """
    from matplotlib.figure import Figure

    with _course_style():
        # Not pyplot: a figure outside of pyplot's list is neither shown twice nor kept alive.
        figure = Figure(figsize=(width, height))
        axes = figure.subplots(rows, columns, squeeze=False, **options)
        yield figure, axes


@contextlib.contextmanager
def _course_style() -> Iterator[None]:
    """The course's look on matplotlib's own, whatever a matplotlibrc says: `image.origin: lower` turns pictures over."""
    import matplotlib

    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(_STYLE)
        yield


def apart(values: np.ndarray, gap: float) -> np.ndarray:
    """Nearly the same values, moved so that any two are at least `gap` apart (for labels in a column)."""
    order = np.argsort(values)
    placed = values[order].astype(float)
    for index in range(1, len(placed)):
        placed[index] = max(placed[index], placed[index - 1] + gap)
    placed -= (placed - values[order]).mean()
    moved = np.empty_like(placed)
    moved[order] = placed
    return moved
