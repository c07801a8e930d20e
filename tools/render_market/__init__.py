"""The market as shops and kitchens show it: crates, bags, plates, hands, cut fruit, many kinds at once.

`python -m tools.render_market --workers 2` draws 2,560 pictures of 160×160 with masks and the box of every fruit in
view into `build/market`, 0.8 s a picture and core (`pip install mitsuba scipy`). They are to take the place of the
bundled *market* pictures, together with the bands that are measured on them. Fruits, meshes and sky are those of
`tools.render_fruits`.
"""
