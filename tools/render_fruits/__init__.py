"""Render the bundled fruit pictures: numpy meshes and colours, lit and drawn by mitsuba 3.

`python -m tools.render_fruits --set studio --out data/fruits` draws one of the two sets again, bit for bit
on the same machine and mitsuba release. Only maintainers need it (`pip install mitsuba scipy`).
"""
