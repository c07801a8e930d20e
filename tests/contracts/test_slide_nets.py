"""The nets drawn and counted in the decks have the totals of the papers and talks; the code on slides runs."""

import importlib.util
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def module_of(deck):
    """The nets of a deck."""
    spec = importlib.util.spec_from_file_location(f"nets_{deck}", ROOT / "slides" / "nets" / f"{deck}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("deck", "net", "parameters"),
    [
        ("architectures", "LeNet5", 61_706),  # the Vietnamese talk's worked example
        ("architectures", "LeNet5OfThePaper", 60_000),  # LeCun and others, 1998
        ("architectures", "AlexNet", 62_378_344),
        ("architectures", "AlexNetOnTwoGPUs", 60_965_224),  # '60 million', Krizhevsky and others, 2012
        ("architectures", "GoogLeNet", 6_998_552),
        ("architectures", "GoogLeNetByModule", 6_998_552),
        ("learning", "FirstDenseLayer", 12_289_000),  # the Vietnamese talk
    ],
)
def test_a_net_of_the_decks_has_the_total_it_is_known_for(deck, net, parameters):
    assert getattr(module_of(deck), net)().count_params() == parameters


def test_the_code_of_the_keras_slides_runs_and_builds_the_nets_that_are_counted_there():
    text = (ROOT / "slides" / "03-training.md").read_text(encoding="utf-8")
    names: dict = {}
    totals = []
    for block in re.findall(r"```python\n(.*?)```", text, re.DOTALL):
        exec(block, names)  # our own slides
        totals.append(names["model"].count_params())
    nets = module_of("learning")
    assert totals == [nets.DigitsMLP().count_params()] * 2 + [nets.TwoBranches().count_params()] * 3
    assert names["early"].patience == 8 and names["early"].restore_best_weights
    assert names["shares"].shape == (3, 10)
    assert names["accuracy"] > 0.8  # chance is 0.1
