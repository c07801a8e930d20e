"""Figures of explanations: what speaks for an answer and what against it, in a picture and in a text."""

from __future__ import annotations

import html
from collections.abc import Sequence

import numpy as np

from .maps import _hottest_place
from .picture import COLOURS, Picture, canvas

FOR, AGAINST = COLOURS[0], COLOURS[1]
_STRONGEST = 3


class Html:
    """A piece of HTML that shows itself in a notebook, and its meaning in plain words.

    `page`: HTML without scripts. `alt`: what it says, for who reads plain text.
    """

    def __init__(self, page: str, alt: str) -> None:
        self.page = page
        self.alt = " ".join(alt.split())

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        return {"text/html": self.page, "text/plain": f"[text: {self.alt}]"}


def explanation(
    image: np.ndarray,
    explanation: object,
    class_index: int | None = None,
    mask: np.ndarray | None = None,
    class_names: Sequence[str] = (),
    title: str = "",
    alt: str = "",
    size: float = 2.6,
) -> Picture:
    """A picture beside what speaks for an answer (blue) and what against it (orange).

    `image`: (H, W, 3), or grey (H, W) or (H, W, 1); uint8, or float in 0-1 or 0-255. `explanation`: what
    `explain.explain` or `explain.explain_image` gave for it. With LIME, left the borders of all segments; right the
    three heaviest ones, framed by a line (for) or dots (against). `class_index`: one of the classes explained by
    LIME. `mask`: bool (H, W), the object, a thin dashed line on white; the alt text then says how much of what speaks for
    the class lies on it. Raises ValueError when sizes do not match or the class was not explained.
    """
    shown = _bytes(image)
    lime = explanation if hasattr(explanation, "segments") else explanation.lime
    if lime is not None:
        label = lime.explained(class_index)
        heat, segments = lime.heat(label, positive=False), lime.segments
        probability, names = float(lime.prediction[label]), class_names or lime.class_names
    else:
        label, heat, segments = explanation.class_index, np.asarray(explanation.heat, dtype=float), None
        if class_index not in (None, label):
            raise ValueError(f"The explanation is one of class {label}, not of class {class_index}")
        probability, names = explanation.probability, class_names or explanation.class_names
    for what, one in (("explanation", heat), ("mask", mask)):
        if one is not None and np.shape(one) != shown.shape[:2]:
            raise ValueError(f"The picture has {shown.shape[:2]} pixels, the {what} {np.shape(one)}")
    name = names[label] if names else f"class {label}"
    limit = max(float(np.abs(heat).max()), 1e-12)
    with canvas(1, 2, width=2 * size + 1.5, height=size + 0.45 + (0.3 if title else 0)) as (figure, axes):
        left, right = axes[0]
        left.imshow(shown, interpolation="nearest")
        fit = f" · R2 of the line {lime.score[label]:.2f}" if lime is not None else ""
        left.set_title(f"{name}: {probability:.2f}{fit}", fontsize=9, weight="normal")
        if segments is not None:
            for horizontal, vertical in _borders(segments):
                left.plot(horizontal, vertical, color="white", linewidth=1.6)
                left.plot(horizontal, vertical, color="black", linewidth=0.6)
        grey = shown.mean(axis=-1)
        right.imshow(0.55 * grey + 110, cmap="gray", vmin=0, vmax=255, interpolation="nearest")
        strength = 0.15 + 0.75 * np.abs(heat) / limit
        drawn = right.imshow(
            heat, cmap=_colours(), vmin=-limit, vmax=limit, alpha=np.where(heat == 0, 0, strength), interpolation="nearest"
        )  # fmt: skip
        heavy = [] if segments is None else lime.weights(label, _STRONGEST)
        for segment, weight in heavy:
            _outline(right, segments == segment, colour="black", style="-" if weight > 0 else ":")
        if mask is not None:
            mask = np.asarray(mask, dtype=bool)
            _outline(right, mask, colour="white", style="-", width=2.6)
            _outline(right, mask, colour="black", style="--", width=1.0)
        right.set_title("blue: speaks for it, orange: against", fontsize=9, weight="normal")
        for axis in (left, right):
            axis.set(xlim=(-0.5, shown.shape[1] - 0.5), ylim=(shown.shape[0] - 0.5, -0.5))
            axis.set_axis_off()
        bar = figure.colorbar(drawn, ax=right, fraction=0.05, pad=0.02)
        bar.set_label(_unit(explanation, lime), fontsize=8)
        bar.ax.tick_params(labelsize=8)
        bar.solids.set_alpha(1)
        if title:
            figure.suptitle(title, fontsize=11, weight="bold", x=0.01, ha="left")
    summary = (
        f"A picture of {shown.shape[1]} by {shown.shape[0]} pixels that the net calls {name} with probability "
        f"{probability:.2f}, and the same in grey, blue where it speaks for {name} and orange where against. "
    )
    summary += (
        _about_segments(lime, label, heat) if lime is not None else f"{_hottest_place(heat).capitalize()}. "
    )
    if mask is not None:
        speaks = np.maximum(heat, 0)
        if lime is not None:  # a segment's weight counts once, however large it is
            speaks = speaks / np.bincount(segments.ravel())[segments]
        share = speaks[mask].sum() / speaks.sum() if speaks.any() else 0.0
        summary += f"{share:.0%} of what speaks for {name} lies on the object, which covers {mask.mean():.0%} of the picture."
    return Picture(figure, alt or (f"{title}: {summary}" if title else summary))


def word_weights(
    explanation: object, class_index: int | None = None, title: str = "", alt: str = "", count: int = 10
) -> Picture:
    """The heaviest words of a text explanation as bars: blue to the right for the class, orange to the left against.

    `explanation`: what `explain.explain_text` gave. Raises ValueError when the class was not explained or no word
    has a weight.
    """
    label = explanation.explained(class_index)
    found = explanation.as_list(label, count)
    if not found:
        raise ValueError("No word of this text has a weight; explain with more num_samples")
    words, weights = [one for one, _ in found], np.array([weight for _, weight in found])
    name = _name(explanation, label)
    with canvas(width=6.2, height=1.0 + 0.27 * len(words)) as (figure, axes):
        axis = axes[0, 0]
        drawn = axis.barh(
            range(len(words)), weights, color=[FOR if weight > 0 else AGAINST for weight in weights]
        )
        for bar, weight in zip(drawn, weights, strict=True):
            if weight < 0:  # to be told apart without colours too
                bar.set_hatch("///")
                bar.set_edgecolor("white")
        axis.bar_label(drawn, [f"{weight:+.2f}" for weight in weights], padding=3, fontsize=8)
        axis.axvline(0, color="black", linewidth=0.8)
        axis.set_yticks(range(len(words)), words)
        axis.invert_yaxis()
        axis.margins(x=0.16)
        axis.set(xlabel=f"weight for {name} · R2 of the line {explanation.score[label]:.2f}", title=title)
    summary = (
        f"Bars of {len(words)} words by their weight for {name}, which the net gives probability "
        f"{explanation.prediction[label]:.2f}: {_told(found)}. R2 of the line {explanation.score[label]:.2f}."
    )
    return Picture(figure, alt or (f"{title}: {summary}" if title else summary))


def highlighted_words(
    explanation: object, class_index: int | None = None, title: str = "", count: int = 10
) -> Html:
    """A text with its heaviest words marked, shown as HTML: what speaks for the class bold over a solid line, what
    speaks against it italic over dots, each with its weight as a small number, so that it needs no colours.

    `explanation`: what `explain.explain_text` gave; `count`: how many words are marked.
    Raises ValueError when the class was not explained.
    """
    label = explanation.explained(class_index)
    name = _name(explanation, label)
    weights = explanation.by_piece(label)
    found = explanation.as_list(label, count)
    limit = max((abs(weight) for _, weight in found), default=1.0)
    least = min((abs(weight) for _, weight in found), default=np.inf)
    shown, end = [], 0
    for (start, stop), weight in zip(explanation.spans, weights, strict=True):
        shown.append(html.escape(explanation.text[end:start]))
        word, end = html.escape(explanation.text[start:stop]), stop
        marked = weight != 0 and abs(weight) >= least
        shown.append(_marked(word, float(weight), limit) if marked else word)
    shown.append(html.escape(explanation.text[end:]))
    summary = (
        f"{name}: probability {explanation.prediction[label]:.2f}. Words that speak for it are bold and underlined, "
        f"words against it italic and dotted; small numbers are weights. R2 of the line {explanation.score[label]:.2f}."
    )
    heading = f"<strong>{html.escape(title)}</strong><br>" if title else ""
    style = "color:#000;background:#fff;padding:0.6em;margin:0;max-width:50em;line-height:2"
    page = (
        f'<figure role="group" aria-label="{html.escape(summary, quote=True)}" style="{style}">'
        f'<figcaption style="font-size:90%;line-height:1.4">{heading}{html.escape(summary)}</figcaption>'
        f'<div style="white-space:pre-wrap">{"".join(shown)}</div></figure>'
    )
    return Html(page, f"{title + ': ' if title else ''}{summary} {_told(found)}.")


def _marked(word: str, weight: float, limit: float) -> str:
    strength = 0.12 + 0.33 * min(1.0, abs(weight) / limit)
    colour = FOR if weight > 0 else AGAINST
    red, green, blue = (int(colour[place : place + 2], 16) for place in (1, 3, 5))
    look = (
        "font-weight:bold;border-bottom:3px solid"
        if weight > 0
        else "font-style:italic;border-bottom:3px dotted"
    )
    background = f"background:rgba({red},{green},{blue},{strength:.2f})"
    number = f'<small style="font-weight:normal;font-style:normal"> {weight:+.2f}</small>'
    return f'<span style="{look} {colour};{background};padding:0 2px">{word}{number}</span>'


def _signed(weight: float) -> str:
    return f"{weight:+.2f}" if abs(weight) >= 0.005 else f"{weight:+.1e}"


def _told(found: Sequence[tuple[str, float]]) -> str:
    speaks = [f"{word!r} {weight:+.2f}" for word, weight in found if weight > 0]
    against = [f"{word!r} {weight:+.2f}" for word, weight in found if weight < 0]
    return f"for it {', '.join(speaks) or 'no word'}; against it {', '.join(against) or 'no word'}"


def _about_segments(lime: object, label: int, heat: np.ndarray) -> str:
    weights = lime.coefficients[label]
    text = f"Of {len(weights)} segments {int((weights > 0).sum())} speak for it and {int((weights < 0).sum())} against. "
    if (weights > 0).any():
        heaviest = int(weights.argmax())
        share = weights[heaviest] / weights[weights > 0].sum()
        place = _hottest_place((lime.segments == heaviest) * _towards_middle(lime.segments == heaviest))
        text += (
            f"The heaviest, {_signed(weights[heaviest])}, is {place.removeprefix('hottest ')} and has {share:.0%} of all "
            "positive weight. "
        )
    return f"{text}R2 of the line {lime.score[label]:.2f}. "


def _towards_middle(segment: np.ndarray) -> np.ndarray:
    """A map whose highest value within a segment is the pixel nearest to the segment's mean place."""
    rows, columns = np.indices(segment.shape)
    row, column = rows[segment].mean(), columns[segment].mean()
    return 1 / (1 + (rows - row) ** 2 + (columns - column) ** 2)


def _unit(explanation: object, lime: object) -> str:
    if lime is not None:
        return "weight of the segment"
    return {"occlusion": "fall of the probability"}.get(explanation.method, "heat")


def _name(explanation: object, label: int) -> str:
    return str(explanation.class_names[label]) if explanation.class_names else f"class {label}"


def _colours():
    from matplotlib.colors import LinearSegmentedColormap

    return LinearSegmentedColormap.from_list("for_and_against", [AGAINST, "#FFFFFF", FOR])


def _borders(segments: np.ndarray) -> list[tuple[np.ndarray, np.ndarray]]:
    """Lines (x, y), broken by nan, between neighbouring pixels of different segments: the upright and the level ones."""
    rows, columns = np.nonzero(segments[:, 1:] != segments[:, :-1])
    upright = _broken(columns + 0.5, columns + 0.5, rows - 0.5, rows + 0.5)
    rows, columns = np.nonzero(segments[1:] != segments[:-1])
    level = _broken(columns - 0.5, columns + 0.5, rows + 0.5, rows + 0.5)
    return [upright, level]


def _outline(axis: object, mask: np.ndarray, colour: str, style: str, width: float = 1.8) -> None:
    """A line along the pixels' edges around a mask, one path per region, so that dots and dashes come out."""
    finer = max(1, 512 // max(mask.shape))
    padded = np.kron(np.pad(mask, 1), np.ones((finer, finer)))  # also closed where the mask meets the border
    vertical, horizontal = ((np.arange(length) + 0.5) / finer - 1.5 for length in padded.shape)
    axis.contour(
        horizontal, vertical, padded, levels=[0.5], colors=colour, linewidths=width, linestyles=style
    )


def _broken(x0: np.ndarray, x1: np.ndarray, y0: np.ndarray, y1: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    gap = np.full(len(x0), np.nan)
    return np.stack([x0, x1, gap], axis=1).ravel(), np.stack([y0, y1, gap], axis=1).ravel()


def _bytes(image: np.ndarray) -> np.ndarray:
    """A picture as uint8 (H, W, 3), to be shown."""
    image = np.asarray(image)
    if image.ndim == 2:
        image = image[..., None]
    if image.ndim != 3 or image.shape[2] not in (1, 3):
        raise ValueError(f"A picture is (H, W, 3), or grey (H, W) or (H, W, 1); got shape {image.shape}")
    if image.dtype != np.uint8:
        image = image * 255 if image.max() <= 1 else image
        image = np.clip(np.round(image), 0, 255).astype(np.uint8)
    return np.repeat(image, 3, axis=2) if image.shape[2] == 1 else image
