"""Draws the road set: a short film of traffic with its truth, and stills of other streets to train a detector on.

Maintainers only; needs mitsuba: `python -m tools.render_road --out data/road`.
"""
