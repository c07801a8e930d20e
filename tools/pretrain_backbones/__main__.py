"""Command line: `python -m tools.pretrain_backbones bank`, then `VGG16 --minutes 180`, `pack`, `accuracy`."""

from __future__ import annotations

import argparse
import logging
import os
from pathlib import Path

from tools.pretrain_backbones import networks

log = logging.getLogger("pretrain_backbones")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tools.pretrain_backbones", description=__doc__)
    parser.add_argument("what", choices=["bank", *networks.NETS, "pack", "accuracy"])
    parser.add_argument("--bank", type=Path, default=Path("build/pretrain/bank"), help="folder of cut-outs")
    parser.add_argument("--out", type=Path, default=Path("build/pretrain"), help="folder of checkpoints")
    parser.add_argument(
        "--nets", nargs="*", choices=networks.NETS, default=networks.NETS, help="which to pack or to score"
    )
    parser.add_argument("--packed", type=Path, default=Path("data/weights"), help="folder of packed weights")
    parser.add_argument("--minutes", type=float, help="budget in minutes of wall clock")
    parser.add_argument("--steps", type=int, help="budget in steps, for a run that can be repeated")
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--rate", type=float, default=1e-3)
    parser.add_argument("--seed", type=int, default=2018)
    parser.add_argument("--float32", action="store_true", help="for processors without bfloat16 arithmetic")
    parser.add_argument("--resume", action="store_true")
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    os.environ.setdefault("KERAS_BACKEND", "tensorflow")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    if options.what == "bank":
        _bank(options.bank)
    elif options.what == "pack":
        from tools.pretrain_backbones import packing

        for net in options.nets:
            log.info("%s", packing.pack_net(net, options.out, options.bank, options.packed))
    elif options.what == "accuracy":
        from tools.pretrain_backbones import accuracy, bank

        for net in options.nets:
            for name, shares in accuracy.top_accuracies(net, bank.load(options.bank, "Test")).items():
                log.info("%s, %s: top 1 %.3f, top 3 %.3f", net, name, *shares)
    else:
        _train(parser, options)


def _bank(folder: Path) -> None:
    """Cut the fruits out of the asset `fruits-360-more`."""
    from course_utils.foundation import assets
    from tools.pretrain_backbones import bank

    found = assets.fetch("fruits-360-more")
    bank.build(Path(found.path), folder)


def _train(parser: argparse.ArgumentParser, options: argparse.Namespace) -> None:
    from tools.pretrain_backbones import bank, training

    if (options.minutes is None) == (options.steps is None):
        parser.error("Give the budget: either --minutes or --steps.")
    plan = training.Plan(
        net=options.what,
        minutes=options.minutes,
        steps=options.steps,
        batch=options.batch,
        rate=options.rate,
        seed=options.seed,
        float32=options.float32,
    )
    training.train(plan, bank.load(options.bank), options.out, options.resume)


if __name__ == "__main__":
    main()
