"""Training within a time budget: learning rate and image size follow the share of the budget that is spent."""

from __future__ import annotations

import json
import logging
import math
import queue
import threading
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from course_utils.pretrained import packed
from tools.pretrain_backbones import networks
from tools.pretrain_backbones.bank import Bank
from tools.pretrain_backbones.scenes import Scenes

log = logging.getLogger("pretrain_backbones")
Array = np.ndarray

SIZES = {"VGG16": ((0.0, 48), (0.7, 64)), "Xception": ((0.0, 56), (0.75, 72))}
"""(share of the budget, image size from there on), measured to give most pictures seen in an hour."""


@dataclass
class Plan:
    """What a run does; `minutes` of wall clock or, repeatable, `steps`."""

    net: str
    minutes: float | None = None
    steps: int | None = None
    batch: int = 64
    rate: float = 1e-3
    decay: float = 0.02
    smoothing: float = 0.1
    warm_up: float = 0.06
    seed: int = 2018
    float32: bool = False

    def spent(self, step: int, seconds: float) -> float:
        """Share of the budget that is used up, 0..1 and beyond."""
        return step / self.steps if self.steps else seconds / (60 * (self.minutes or 1))

    def rate_at(self, spent: float) -> float:
        """Linear warm-up, then half a cosine down to a hundredth."""
        if spent < self.warm_up:
            return self.rate * (0.02 + 0.98 * spent / self.warm_up)
        along = min(1.0, (spent - self.warm_up) / (1 - self.warm_up))
        return self.rate * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * along)))

    def size_at(self, spent: float) -> int:
        """Image size in pixels."""
        return [size for start, size in SIZES[self.net] if spent >= start][-1]


class Feeder:
    """Composes the next batches in a thread while the net computes; reproducible order, any size at any time."""

    def __init__(self, scenes: Scenes, batch: int, size: int, ahead: int = 3) -> None:
        self.size, self._ready, self._stop = size, queue.Queue(maxsize=ahead), False
        self._thread = threading.Thread(target=self._fill, args=(scenes, batch), daemon=True)
        self._thread.start()

    def _fill(self, scenes: Scenes, batch: int) -> None:
        while not self._stop:
            made = scenes.batch(batch, self.size)
            while not self._stop:
                try:
                    self._ready.put(made, timeout=1)
                    break
                except queue.Full:
                    continue

    def __iter__(self) -> Iterator[tuple[Array, Array]]:
        while True:
            yield self._ready.get()

    def stop(self) -> None:
        """End the thread."""
        self._stop = True


def train(plan: Plan, bank: Bank, folder: Path, resume: bool = False, save_every: float = 240) -> Path:
    """Train `plan.net` on scenes from `bank`; leaves <net>.weights.npz, <net>.state.npz and <net>.json in `folder`.

    `resume` goes on from there: with a larger budget the schedule is stretched, so the rate rises again.
    """
    import keras

    if not plan.float32:
        keras.mixed_precision.set_global_policy("mixed_bfloat16")
    keras.utils.set_random_seed(plan.seed)
    model = networks.training_model(plan.net, len(bank.class_names))
    optimizer = keras.optimizers.AdamW(plan.rate, weight_decay=plan.decay, beta_2=0.99)
    optimizer.exclude_from_weight_decay(var_names=["gamma", "beta", "bias"])
    loss = keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=plan.smoothing)
    model.compile(optimizer, loss, metrics=["accuracy"])
    optimizer.build(model.trainable_variables)
    step, before = 0, 0.0
    if resume:
        step, before = _restore(model, folder)
        log.info("%s resumes at step %d, after %.1f minutes", plan.net, step, before / 60)
    started = saved = time.monotonic()
    names = np.eye(len(bank.class_names), dtype=np.float32)
    feeder = Feeder(Scenes(bank, plan.seed + step), plan.batch, plan.size_at(plan.spent(step, before)))
    average = None
    try:
        for pictures, labels in feeder:
            seconds = before + time.monotonic() - started
            spent = plan.spent(step, seconds)
            if spent >= 1:
                break
            feeder.size = plan.size_at(spent)
            optimizer.learning_rate = plan.rate_at(spent)
            result = model.train_on_batch(networks.preprocess(plan.net, pictures), names[labels])
            now = np.array([float(r) for r in result])
            model.reset_metrics()
            average = now if average is None else 0.97 * average + 0.03 * now
            step += 1
            if step % 25 == 0:
                log.info(
                    "%s step %d · %.1f min (%.0f %%) · %d px · rate %.5f · loss %.3f · accuracy %.3f",
                    *(plan.net, step, seconds / 60, 100 * spent, pictures.shape[1], plan.rate_at(spent)),
                    *average,
                )
            if time.monotonic() - saved > save_every:
                _save(model, plan, folder, step, before + time.monotonic() - started, average)
                saved = time.monotonic()
    finally:
        feeder.stop()
    return _save(model, plan, folder, step, before + time.monotonic() - started, average)


def _save(model, plan: Plan, folder: Path, step: int, seconds: float, average: Array | None) -> Path:
    """Weights, optimizer state and progress, each under its final name only when whole."""
    folder.mkdir(parents=True, exist_ok=True)
    moments = {f"m{i:04d}": np.asarray(v.value) for i, v in enumerate(model.optimizer.variables)}
    report = {**asdict(plan), "step": step, "seconds": seconds, "pictures": step * plan.batch}
    if average is not None:
        report |= {"loss": float(average[0]), "running_accuracy": float(average[1])}
    for name, arrays in (("weights", networks.trained_weights(model)), ("state", moments)):
        part = folder / f"{plan.net}.{name}.part.npz"
        np.savez(part, **arrays)
        part.replace(folder / f"{plan.net}.{name}.npz")
    (folder / f"{plan.net}.json").write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    log.info("saved %s at step %d", plan.net, step)
    return folder / f"{plan.net}.weights.npz"


def _restore(model, folder: Path) -> tuple[int, float]:
    with np.load(folder / f"{model.name}.weights.npz", allow_pickle=False) as weights:
        packed.set_weights(model, dict(weights))
    with np.load(folder / f"{model.name}.state.npz", allow_pickle=False) as moments:
        for i, variable in enumerate(model.optimizer.variables):
            variable.assign(moments[f"m{i:04d}"])
    report = json.loads((folder / f"{model.name}.json").read_text(encoding="utf-8"))
    return report["step"], report["seconds"]
