"""The recorder of notebook 15 in a browser with a made-up microphone: it saves a WAV file that the course reads."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from course_utils.further.sound import Recorder, read_wave
from course_utils.workshop.slides import browser as slide_browser

expect = pytest.importorskip("playwright.sync_api").expect
ADDRESS = "http://localhost/recorder"  # a page may use a microphone only there or with https


@pytest.fixture
def opened(browser):
    """Opens the recorder in a Chromium of its own, whose microphone beeps; `allowed`: the page may use it."""
    made = []

    def open_page(allowed: bool):
        fake = ["--use-fake-device-for-media-stream"]
        chromium = browser.browser_type.launch(
            executable_path=slide_browser.find(), headless=True, args=["--no-sandbox", *fake]
        )
        made.append(chromium)
        context = chromium.new_context(permissions=["microphone"] if allowed else [], accept_downloads=True)
        page = context.new_page()
        body = "<!doctype html><title>recorder</title>" + Recorder("me.wav")._repr_mimebundle_()["text/html"]
        page.route(ADDRESS, lambda route: route.fulfill(content_type="text/html", body=body))
        page.goto(ADDRESS)
        return page

    yield open_page
    for chromium in made:
        chromium.close()


def test_a_recording_is_saved_as_a_wave_file_that_the_course_reads(opened, tmp_path: Path) -> None:
    page = opened(allowed=True)
    expect(page.get_by_role("link")).to_be_hidden()
    page.get_by_role("button", name="Record").click()
    page.wait_for_timeout(1_500)
    page.get_by_role("button", name="Stop").click()
    link = page.get_by_role("link", name="Save as me.wav")
    expect(link).to_be_visible()
    with page.expect_download() as download:
        link.click()
    assert download.value.suggested_filename == "me.wav"
    download.value.save_as(tmp_path / "me.wav")
    samples = read_wave(tmp_path / "me.wav")
    assert 0.5 * 8_000 < len(samples) < 10 * 8_000
    assert np.abs(samples).max() > 0.01
    expect(page.get_by_role("button", name="Record")).to_be_visible()


def test_without_a_microphone_it_says_so(opened) -> None:
    page = opened(allowed=False)
    page.get_by_role("button", name="Record").click()
    expect(page.get_by_role("status")).to_contain_text("Record with another program")
