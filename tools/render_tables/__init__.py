"""Draws the tables set: several fruits on one of many grounds, with a box, a mask and key points for each fruit.

Fruits, light and cameras come from tools.render_fruits and tools.render_market. Maintainers only; needs mitsuba:
`python -m tools.render_tables --out data/tables`.
"""
