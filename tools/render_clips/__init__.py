"""Render the bundled clips: fruits that roll over a table, eight frames of 32×32 each, drawn by mitsuba 3.

`python -m tools.render_clips --out data/clips` draws them again from seeds; an interrupted run goes on where it was.
Only maintainers need it (`pip install mitsuba scipy`). Fruits are those of `tools.render_fruits`.
"""
