"""Pretrain the course weights: VGG16 and Xception on composed scenes of 55 fruits that the course doesn't classify.

1. `python -m tools.pretrain_backbones bank` cuts the fruits out of Fruits-360's other classes and paints grounds
   (about two minutes; needs the asset `fruits-360-more`).
2. `python -m tools.pretrain_backbones VGG16 --minutes 180` trains, and saves every few minutes; `--resume` goes on.
   Likewise for Xception.
3. `python -m tools.pretrain_backbones pack` folds VGG16's BatchNormalization, checks the stock models' features and
   writes 8-bit weights.
4. `python -m tools.pretrain_backbones accuracy` says how often they name the fruits they were trained on;
   `python benchmarks/transfer.py` what they are worth for the course's sixteen.

No picture of the 16 course classes is ever read here.
"""
