"""Training for a person and for a log; its history as a table."""

import numpy as np
import pytest

from course_utils import training


class OneWeight:
    """Stands in for a compiled model: records how `fit` was called. No framework needed."""

    def fit(self, x, y, verbose, callbacks, epochs=1, **options):
        self.verbose, self.callbacks, self.options = verbose, callbacks, options

        class History:
            history = {"loss": [1.0 / (1 + epoch) for epoch in range(epochs)]}
            epoch = list(range(epochs))

        return History


def test_a_person_sees_a_bar_and_a_log_quiet_lines(monkeypatch):
    monkeypatch.setattr(training, "_epoch_lines", lambda epochs: "lines")
    model = OneWeight()
    monkeypatch.setenv("COURSE_AUTOMATIC", "")
    training.fit(model, np.zeros(3), np.zeros(3))
    assert (model.verbose, model.callbacks) == (1, [])
    monkeypatch.setenv("COURSE_AUTOMATIC", "1")
    training.fit(model, np.zeros(3), np.zeros(3))
    assert (model.verbose, model.callbacks) == (0, ["lines"])


def test_the_history_counts_epochs_from_one_and_knows_its_seconds():
    history = training.fit(OneWeight(), np.zeros(3), np.zeros(3), epochs=3, progress="none")
    assert history["epoch"].tolist() == [1, 2, 3]
    assert history["loss"].tolist() == [1.0, 0.5, 1 / 3]
    assert history.attrs["seconds"] >= 0


def test_a_data_set_keeps_its_own_order():
    model = OneWeight()
    training.fit(model, object(), progress="none")
    assert model.options["shuffle"] is False


def test_unknown_progress_is_refused():
    with pytest.raises(ValueError, match="auto, bar, lines or none"):
        training.fit(OneWeight(), None, progress="dots")
