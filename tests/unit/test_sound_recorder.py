"""The recorder is a button with a text, the same in each run, and takes plain file names only."""

from __future__ import annotations

import pytest

from course_utils.further.sound import Recorder


def test_a_recorder_is_a_button_a_link_and_a_text_for_who_has_not_run_it() -> None:
    found = Recorder("me.wav")._repr_mimebundle_()
    assert found == Recorder("me.wav")._repr_mimebundle_()
    assert found["text/plain"] == "[a recorder for me.wav]"
    page, _, script = found["text/html"].partition("<script>")
    assert 'download="me.wav"' in page and "Run this cell" in page and 'role="status"' in page
    assert "#course-recorder-me" in script and "1000 * 10" in script
    assert "http" not in found["text/html"]


@pytest.mark.parametrize("name", ["me.mp3", "../me.wav", '"><b>.wav', ""])
def test_other_names_are_refused(name: str) -> None:
    with pytest.raises(ValueError, match="ends with .wav"):
        Recorder(name)
