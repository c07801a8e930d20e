"""Pieces to play with: their controls draw the figure again, and without widgets the figure alone is shown."""

import importlib.util
import json
import sys
import types

import numpy as np
import pytest

from course_utils import play, plots

THREE = np.zeros((8, 8))
THREE[1:7, 3:5] = 16


def figure(text):
    with plots.canvas() as (drawn, _):
        return plots.Picture(drawn, f"A figure that shows {text}")


class Page:
    """Stands in for the page of a notebook: what was displayed, and what took its place later."""

    def __init__(self):
        self.shown, self.updates = [], []

    def display(self, shown, **options):
        self.shown.append(shown)
        return self if options.get("display_id") else None

    def update(self, shown):
        self.updates.append(shown)


@pytest.fixture
def page(monkeypatch):
    """A page in front of somebody."""
    monkeypatch.setenv("COURSE_AUTOMATIC", "")
    found = Page()
    monkeypatch.setattr("IPython.display.display", found.display)
    return found


@pytest.fixture
def ipywidgets():
    return pytest.importorskip("ipywidgets")


def pieces():
    return {
        "sliders": play.explore(lambda row: figure(f"row {row}"), row=range(4)),
        "pad": play.draw_digit(lambda cells: figure(f"{cells.sum():g} of ink"), THREE, canvas=False),
    }


# ------------------------------------------------------------------------------------- what is shown


@pytest.mark.parametrize("name", pieces())
def test_in_an_automatic_run_only_the_figure_is_shown(name, page, monkeypatch):
    monkeypatch.setenv("COURSE_AUTOMATIC", "1")
    piece = pieces()[name]
    piece._ipython_display_()
    assert page.shown == [piece.picture]


@pytest.mark.parametrize("name", pieces())
def test_without_ipywidgets_only_the_figure_is_shown(name, page, monkeypatch):
    found = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda module: None if module == "ipywidgets" else found(module)
    )
    piece = pieces()[name]
    piece._ipython_display_()
    assert page.shown == [piece.picture]


@pytest.mark.parametrize("name", pieces())
def test_the_figure_is_an_output_of_its_own_above_the_controls(name, page, ipywidgets):
    piece = pieces()[name]
    piece._ipython_display_()
    picture, controls = page.shown
    assert isinstance(picture, plots.Picture), "so that it keeps its alt text, without a kernel too"
    assert isinstance(controls, ipywidgets.VBox)


@pytest.mark.parametrize("name", pieces())
def test_a_saved_notebook_does_not_swell_with_the_state_of_the_controls(name, page, ipywidgets):
    pieces()[name]._ipython_display_()
    from ipywidgets.embed import dependency_state

    state = dependency_state([page.shown[1]], drop_defaults=False)
    assert len(json.dumps(state)) < 100_000


# ------------------------------------------------------------------------------------- sliders and menus


def test_a_slider_draws_the_figure_again(page, ipywidgets):
    piece = play.explore(lambda row, name: figure(f"{name} at {row}"), row=range(2, 9, 3), name=["a", "b"])
    piece._ipython_display_()
    slider, menu = piece.widgets["row"], piece.widgets["name"]
    assert isinstance(slider, ipywidgets.IntSlider) and isinstance(menu, ipywidgets.Dropdown)
    assert (slider.min, slider.max, slider.step, slider.value) == (2, 8, 3, 2)
    assert piece.picture.alt == "A figure that shows a at 2"
    slider.value = 5
    menu.value = "b"
    assert [picture.alt[20:] for picture in page.updates] == ["a at 5", "b at 5"]


def test_a_control_has_its_name_in_words(page, ipywidgets):
    piece = play.explore(lambda **chosen: figure("a row"), learning_rate=range(3), kind_of_net=["a", "b"])
    labels = [control.description for control in piece.controls().children]
    assert labels == ["learning rate", "kind of net"]


def test_an_error_of_the_function_is_said_below_and_goes_away_again(page, ipywidgets):
    def draw(row):
        if row == 1:
            raise ValueError("no <row> 1")
        return figure(f"row {row}")

    piece = play.explore(draw, row=range(3))
    piece._ipython_display_()
    piece.widgets["row"].value = 1
    assert "ValueError: no &lt;row&gt; 1" in piece.said.value and page.updates == []
    piece.widgets["row"].value = 2
    assert piece.said.value == "" and page.updates[-1].alt.endswith("row 2")


@pytest.mark.parametrize(("choices", "said"), [({}, "any argument"), ({"row": range(0)}, "row")])
def test_nothing_to_choose_is_refused(choices, said):
    with pytest.raises(ValueError, match=f"Nothing to choose for {said}"):
        play.explore(lambda **_: figure("nothing"), **choices)


# ------------------------------------------------------------------------------------- a pad for digits


def pad(canvas, page):
    seen = []

    def show(cells):
        seen.append(cells)
        return figure(f"{cells.sum():g} of ink")

    piece = play.draw_digit(show, THREE, canvas=canvas)
    piece._ipython_display_()
    return piece, seen


def test_the_buttons_begin_with_the_digit_and_each_fills_a_cell(page, ipywidgets):
    piece, seen = pad(False, page)
    assert [button.value for button in piece.buttons] == (THREE.reshape(-1) > 0).tolist()
    grid = next(child for child in piece.controls().children if isinstance(child, ipywidgets.GridBox))
    assert grid.layout.grid_template_columns == "repeat(8, 36px)", "eight buttons in a row"
    piece.buttons[0].value = True
    np.testing.assert_array_equal(seen[-1] - THREE, np.eye(8)[:, :1] @ np.eye(8)[:1] * 16)
    piece.buttons[0].value = False
    np.testing.assert_array_equal(seen[-1], THREE)


def test_clear_wipes_the_buttons_without_sixty_four_figures(page, ipywidgets):
    piece, seen = pad(False, page)
    drawn = len(seen)
    piece.clear()
    assert not any(button.value for button in piece.buttons) and len(seen) == drawn
    piece.buttons[9].value = True
    assert seen[-1].sum() == 16 and seen[-1][1, 1] == 16


def test_a_stroke_on_the_canvas_fills_cells_with_the_share_of_ink(page, ipywidgets):
    pytest.importorskip("ipycanvas")
    piece, seen = pad(True, page)
    piece.pen_moved(100, 100)  # the pen is still up
    assert not piece.ink.any()
    piece.pen_down(8 * 18 + 1, 8 * 18 + 1)  # pixel (18, 18) of 32, with two to each side: rows 16 to 20
    piece.pen_up()
    expected = np.zeros((8, 8))
    expected[4:6, 4:6] = [[16, 4], [4, 1]]
    np.testing.assert_array_equal(seen[-1], expected)
    assert page.updates[-1].alt.endswith("25 of ink")


def test_a_figure_is_drawn_once_a_stroke_and_never_for_passing_by(page, ipywidgets):
    pytest.importorskip("ipycanvas")
    piece, seen = pad(True, page)
    drawn = len(seen)
    piece.pen_down(0, 0)
    for x in range(0, 260, 20):
        piece.pen_moved(x, 300)  # below the canvas
        piece.pen_moved(x, 10)
    piece.pen_up()
    piece.pen_up()  # the mouse leaves the canvas with the button up
    assert len(seen) == drawn + 1
    assert seen[-1][0].min() > 0 and seen[-1][2:].sum() == 0
    piece.clear()
    assert not piece.ink.any()


class Paper:
    """Stands in for ipycanvas's Canvas: keeps what was asked of it, by name of the event."""

    def __init__(self, **options):
        self.heard, self.options = {}, options

    def __getattr__(self, name):
        return lambda *told: self.heard.__setitem__(name.removeprefix("on_"), told[0] if told else None)


@pytest.mark.parametrize(
    ("down", "move", "up"),
    [("mouse_down", "mouse_move", "mouse_up"), ("mouse_down", "mouse_move", "mouse_out")]
    + [("touch_start", "touch_move", "touch_end")],
)
def test_mouse_and_finger_draw_on_the_canvas(page, ipywidgets, monkeypatch, down, move, up):
    monkeypatch.setitem(sys.modules, "ipycanvas", types.SimpleNamespace(Canvas=Paper))
    monkeypatch.setattr(ipywidgets, "VBox", lambda children: children)
    seen = []
    piece = play.draw_digit(lambda cells: seen.append(cells) or figure("ink"), np.zeros((8, 8)), canvas=True)
    piece.controls()
    event = piece.paper.heard
    places = [(20.0, 20.0), (60.0, 20.0)]
    for name, place in ((down, places[0]), (move, places[1])):
        event[name]([place]) if name.startswith("touch") else event[name](*place)
    event[up]([]) if up.startswith("touch") else event[up](0, 0)
    assert seen[-1][0, 0] > 0 and seen[-1][0, 1] > 0, "ink where the pen was, and where it moved to"


def test_the_canvas_has_a_pixel_for_each_of_the_page(page, ipywidgets, monkeypatch):
    monkeypatch.setitem(sys.modules, "ipycanvas", types.SimpleNamespace(Canvas=Paper))
    monkeypatch.setattr(ipywidgets, "VBox", lambda children: children)
    piece = play.draw_digit(lambda cells: figure("ink"), np.zeros((8, 8)), canvas=True)
    piece.controls()
    asked = piece.paper.options
    assert (asked["width"], asked["height"]) == (256, 256)
    assert (asked["layout"].width, asked["layout"].height) == ("256px", "256px")


@pytest.mark.parametrize(("x", "y"), [(100, 60), (0, 0), (250, 250)])
def test_the_canvas_shows_white_where_the_ink_is(page, ipywidgets, monkeypatch, x, y):
    class Painted(Paper):
        def fill_rect(self, left, top, width, height):
            self.painted = (left, top, width, height)

    monkeypatch.setitem(sys.modules, "ipycanvas", types.SimpleNamespace(Canvas=Painted))
    monkeypatch.setattr(ipywidgets, "VBox", lambda children: children)
    piece = play.draw_digit(lambda cells: figure("ink"), np.zeros((8, 8)), canvas=True)
    piece.controls()
    piece.pen_down(x, y)
    rows, columns = np.nonzero(piece.ink)
    side = 256 // len(piece.ink)  # screen pixels per pixel of ink
    extent = (np.ptp(columns) + 1, np.ptp(rows) + 1)
    assert piece.paper.painted == tuple(side * int(each) for each in (columns.min(), rows.min(), *extent))
    assert piece.paper.fill_style == "white"


@pytest.mark.parametrize(("x", "y"), [(100, -80), (-80, 100), (-500, -500), (100, 400)])
def test_a_finger_beside_the_canvas_leaves_no_ink(x, y):
    piece = play.draw_digit(lambda cells: figure(f"{cells.sum():g} of ink"), THREE, canvas=True)
    piece.pen_down(x, y)
    assert not piece.ink.any()


def test_shown_a_second_time_the_buttons_still_draw(page, ipywidgets):
    piece, seen = pad(False, page)
    piece._ipython_display_()
    assert len(piece.buttons) == 64
    piece.buttons[0].value = True
    assert seen[-1][0, 0] == 16 and piece.said.value == ""


def test_the_canvas_is_taken_where_it_is_installed(monkeypatch):
    found = importlib.util.find_spec
    for there in (True, False):
        monkeypatch.setattr(
            importlib.util,
            "find_spec",
            lambda module, there=there: (
                (object() if there else None) if module == "ipycanvas" else found(module)
            ),
        )
        assert play.draw_digit(lambda cells: figure("a digit"), THREE).canvas is there


def test_a_digit_of_another_size_is_refused():
    with pytest.raises(ValueError, match=r"shape \(28, 28\); expected \(8, 8\)"):
        play.draw_digit(lambda cells: figure("a digit"), np.zeros((28, 28)))


# ------------------------------------------------------------------------------------- how they look


def test_a_slider_waits_for_the_hand_and_a_menu_has_its_choices(page, ipywidgets):
    piece = play.explore(lambda **chosen: figure(f"{chosen}"), row=range(3, 10, 3), kind=("a", "b"))
    assert piece.values == {"row": 3, "kind": "a"} and piece.widgets == {}
    box = piece.controls()
    slider, menu = box.children
    assert isinstance(box, ipywidgets.HBox) and slider.continuous_update is False
    assert (slider.min, slider.max, slider.step, slider.value, slider.description) == (3, 9, 3, 3, "row")
    assert (menu.options, menu.value, menu.description) == (("a", "b"), "a", "kind")
    menu.value = "b"
    assert piece.values == {"row": 3, "kind": "b"} and piece.picture.alt.endswith("{'row': 3, 'kind': 'b'}")


def test_the_pad_has_a_button_that_wipes_it_below_the_others(page, ipywidgets):
    piece, seen = pad(False, page)
    grid, clear = piece.controls().children
    assert (clear.description, clear.tooltip) == ("clear", "wipe the pad")
    assert isinstance(grid, ipywidgets.GridBox) and len(grid.children) == 64
    assert [piece.buttons[place].tooltip for place in (0, 7, 8, 63)] == [
        "row 0, column 0", "row 0, column 7", "row 1, column 0", "row 7, column 7",
    ]  # fmt: skip
    layouts = {
        (one.layout.width, one.layout.height, one.layout.margin, one.layout.padding) for one in piece.buttons
    }
    assert layouts == {("34px", "34px", "1px", "0")} and len({id(one.layout) for one in piece.buttons}) == 1
    clear.click()
    assert (
        piece.cells.shape == (8, 8) and not piece.cells.any() and not any(one.value for one in piece.buttons)
    )


def test_a_cell_that_is_half_full_is_not_pressed(page, ipywidgets):
    start = np.zeros((8, 8))
    start[0, :3] = 8, 9, 16
    piece = play.draw_digit(lambda cells: figure("a digit"), start, canvas=False)
    piece.controls()
    assert [one.value for one in piece.buttons[:4]] == [False, True, True, False]


class Brushed(Paper):
    """A canvas that keeps each rectangle with its colour."""

    def __init__(self, **options):
        super().__init__(**options)
        self.__dict__["painted"] = []

    def fill_rect(self, *rectangle):
        self.painted.append((self.fill_style, *rectangle))


@pytest.fixture
def brushed(page, ipywidgets, monkeypatch):
    monkeypatch.setitem(sys.modules, "ipycanvas", types.SimpleNamespace(Canvas=Brushed))
    monkeypatch.setattr(ipywidgets, "VBox", lambda children: children)
    seen = []
    piece = play.draw_digit(lambda cells: seen.append(cells) or figure("ink"), THREE, canvas=True)
    piece.controls()
    return piece, seen


def test_a_canvas_is_black_and_is_black_again_when_it_is_wiped(brushed):
    piece, _ = brushed
    assert piece.paper.painted == [("black", 0, 0, 256, 256)]
    piece.clear()
    assert piece.paper.painted == [("black", 0, 0, 256, 256)] * 2


@pytest.mark.parametrize(
    ("x", "y", "inked"),
    [
        (100, 60, (10, 15, 5, 10)),
        (0, 0, (0, 3, 0, 3)),
        (255, 255, (29, 32, 29, 32)),
        (100, -8, (10, 15, 0, 2)),
    ]
    + [(-16, 100, (0, 1, 10, 15)), (100, 271, (10, 15, 31, 32))],
)
def test_the_brush_covers_five_pixels_and_no_more_than_the_canvas(brushed, x, y, inked):
    piece, _ = brushed
    piece.pen_down(x, y)
    left, right, top, bottom = inked
    rows, columns = np.nonzero(piece.ink)
    assert (columns.min(), columns.max() + 1, rows.min(), rows.max() + 1) == inked
    assert piece.ink.sum() == (right - left) * (bottom - top)
    assert piece.paper.painted[1:] == [("white", 8 * left, 8 * top, 8 * (right - left), 8 * (bottom - top))]


def test_a_pen_that_was_lifted_draws_nothing_more(brushed):
    piece, seen = brushed
    piece.pen_down(100, 100)
    piece.pen_up()
    drawn, ink = len(seen), piece.ink.copy()
    piece.pen_moved(10, 10)
    piece.pen_up()
    assert len(seen) == drawn and (piece.ink == ink).all() and piece.pressed is False


def test_what_is_shown_first_is_the_start_as_numbers(page):
    seen = []
    piece = play.draw_digit(lambda cells: seen.append(cells) or figure("ink"), THREE.astype(int), canvas=True)
    assert seen[0].dtype == float and (piece.buttons, piece.paper, piece.pressed) == ([], None, False)
    assert (
        piece.ink.shape == (32, 32) and piece.ink.dtype == bool and (piece.handle, piece.said) == (None, None)
    )
    assert piece.redraw() is not None and seen[-1] is not piece.cells, "a copy: what is drawn may be changed"


def test_a_piece_leaves_what_to_show_to_those_made_of_it():
    from course_utils.plots.play.live import LivePicture

    bare = LivePicture(figure("nothing"))
    for part in (bare.controls, bare.redraw):
        with pytest.raises(NotImplementedError):
            part()


def test_an_error_before_the_first_showing_is_no_error(page):
    piece = play.explore(lambda row: figure(f"row {row}"), row=range(2))
    before = piece.picture
    piece.redraw = lambda: 1 / 0
    piece.changed()
    assert piece.picture is before
