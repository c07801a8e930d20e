"use strict";
// What lies around a detector of centres: a picture as the net gets it, and boxes out of its answers. The same as
// `fitted` and `boxes_from` in course_utils/further/detection/centres.py, to the rounding of a number.

const detection = (() => {
  const STRIDE = 4, COARSEST = 16, GREY = 127, MOST = 100;

  // Python's round: a half goes to the even neighbour.
  const rounded = value => {
    const below = Math.floor(value), rest = value - below;
    return rest > 0.5 || (rest === 0.5 && below % 2) ? below + 1 : below;
  };

  // For each place of a resized row of `length` numbers: where its part of the old row begins, and the part's weights.
  // Shrinking takes the mean of all points within; enlarging takes a mean of the two next ones, weighted by distance.
  function parts(length, wanted, shrinking) {
    const step = length / wanted, reach = shrinking ? Math.max(step, 1) / 2 : 1;
    return Array.from({length: wanted}, (_, place) => {
      const middle = (place + 0.5) * step, weights = [];
      const from = Math.max(0, Math.floor(middle - reach + 0.5)), to = Math.min(length, Math.floor(middle + reach + 0.5));
      for (let i = from; i < to; i++) {
        const away = i + 0.5 - middle;
        weights.push(shrinking ? Number(away > -reach && away <= reach) : Math.max(0, 1 - Math.abs(away)));
      }
      const sum = weights.reduce((a, b) => a + b);
      return {from, weights: weights.map(one => one / sum)};
    });
  }

  // A picture {width, height, data} of four bytes a point, such as ImageData, for the net: resized to `size` on its longer
  // side, and padded with grey until both sides are multiples of 16.
  function fitted(picture, size) {
    const scale = size / Math.max(picture.width, picture.height);
    const [width, height] = [picture.width, picture.height].map(side => Math.max(1, rounded(side * scale)));
    const full = [height, width].map(side => Math.ceil(side / COARSEST) * COARSEST);
    const across = parts(picture.width, width, scale < 1), down = parts(picture.height, height, scale < 1);
    const narrow = new Uint8Array(picture.height * width * 3), input = new Float32Array(full[0] * full[1] * 3).fill(GREY);
    for (let y = 0; y < picture.height; y++) for (let x = 0; x < width; x++) for (let c = 0; c < 3; c++) {
      let sum = 0;
      const {from, weights} = across[x];
      for (let i = 0; i < weights.length; i++) sum += weights[i] * picture.data[4 * (y * picture.width + from + i) + c];
      narrow[(y * width + x) * 3 + c] = Math.floor(sum + 0.5);
    }
    for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) for (let c = 0; c < 3; c++) {
      let sum = 0;
      const {from, weights} = down[y];
      for (let i = 0; i < weights.length; i++) sum += weights[i] * narrow[((from + i) * width + x) * 3 + c];
      input[(y * full[1] + x) * 3 + c] = Math.floor(sum + 0.5);
    }
    return {input, shape: [...full, 3], inside: [width, height], scale};
  }

  const area = ([left, top, right, bottom]) => Math.max(right - left, 0) * Math.max(bottom - top, 0);

  // Intersection over union of two boxes, each left, top, right, bottom.
  function iou(first, second) {
    const shared = area([
      Math.max(first[0], second[0]), Math.max(first[1], second[1]), Math.min(first[2], second[2]), Math.min(first[3], second[3]),
    ]);
    const union = area(first) + area(second) - shared;
    return shared / (union > 0 ? union : 1);
  }

  // Non-maximum suppression: the best stays, and of its own kind nothing that shares more than `overlap` with it.
  function suppressed(found, overlap) {
    const kept = [];
    for (let waiting = found; waiting.length;) {
      const [best, ...others] = waiting;
      kept.push(best);
      waiting = others.filter(one => one.kind !== best.kind || iou(best.box, one.box) <= overlap);
    }
    return kept;
  }

  // Boxes out of the net's answers {shape, data}: peaks of the heat maps, with the distances at their cells; best first.
  function boxesFrom(centres, boxes, threshold, overlap = 0.5) {
    const [rows, columns, kinds] = centres.shape;
    const scores = Float64Array.from(centres.data, value => 1 / (1 + Math.exp(-Math.min(60, Math.max(-60, value)))));
    const peak = (row, column, kind) => {
      const score = scores[(row * columns + column) * kinds + kind];
      for (let r = Math.max(0, row - 1); r <= Math.min(rows - 1, row + 1); r++) {
        for (let c = Math.max(0, column - 1); c <= Math.min(columns - 1, column + 1); c++) {
          if (scores[(r * columns + c) * kinds + kind] > score) return false;
        }
      }
      return true;
    };
    const found = [];
    scores.forEach((score, i) => {
      const kind = i % kinds, cell = Math.floor(i / kinds), row = Math.floor(cell / columns), column = cell % columns;
      if (score < threshold || !peak(row, column, kind)) return;
      const [left, top, right, bottom] = Array.from(
        boxes.data.subarray(4 * cell, 4 * cell + 4), value => Math.max(value, 0) + Math.log1p(Math.exp(-Math.abs(value))));
      const across = place => STRIDE * Math.min(columns, Math.max(0, place)), down = place => STRIDE * Math.min(rows, Math.max(0, place));
      const x = column + 0.5, y = row + 0.5;
      found.push({box: [across(x - left), down(y - top), across(x + right), down(y + bottom)], score, kind});
    });
    found.sort((a, b) => b.score - a.score);
    return suppressed(found.slice(0, MOST), overlap);
  }

  // Boxes {box, score, kind} in a picture of any size, in its own points.
  function detect(net, picture, threshold) {
    const seen = fitted(picture, net.size), values = course.run(net, seen.input, seen.shape);
    const [width, height] = seen.inside;
    const [centres, boxes] = ["centres", "boxes"].map(name => values[net.outputs[name]]);
    return boxesFrom(centres, boxes, threshold).map(one => ({
      ...one, box: one.box.map((value, side) => Math.min(value, side % 2 ? height : width) / seen.scale),
    }));
  }

  return {fitted, iou, boxesFrom, detect};
})();
