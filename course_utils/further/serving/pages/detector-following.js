"use strict";
// Numbers for things that move, and who crosses a line: the same as `Tracker` and `count_crossings` in
// course_utils/further/detection/tracking.py, box by box.

const following = (() => {
  const UNREST = 0.05;  // how much a steady motion changes from frame to frame, beside the error of a box, which is 1
  const centred = ([left, top, right, bottom]) => [(left + right) / 2, (top + bottom) / 2, right - left, bottom - top];

  // Where a box will be next: a Kalman filter with constant speed, the same for its centre, width and height.
  function motion(box) {
    let place = centred(box), speed = [0, 0, 0, 0], doubt = {place: 1, both: 0, speed: 10};
    return {
      predict() {
        place = place.map((value, i) => value + speed[i]);
        doubt = {
          place: doubt.place + 2 * doubt.both + doubt.speed + UNREST / 4,
          both: doubt.both + doubt.speed + UNREST / 2,
          speed: doubt.speed + UNREST,
        };
      },
      correct(measured) {
        const [one, two] = [doubt.place, doubt.both].map(value => value / (doubt.place + 1));
        const away = centred(measured).map((value, i) => value - place[i]);
        place = place.map((value, i) => value + one * away[i]);
        speed = speed.map((value, i) => value + two * away[i]);
        doubt = {
          place: doubt.place - one * doubt.place, both: doubt.both - one * doubt.both, speed: doubt.speed - two * doubt.both,
        };
      },
      box() {
        const [x, y] = place, width = Math.max(place[2], 1), height = Math.max(place[3], 1);
        return [x - width / 2, y - height / 2, x + width / 2, y + height / 2];
      },
    };
  }

  // The assignment of rows to columns with the largest sum, no more rows than columns: for each row its column.
  // The Hungarian method in the form of shortest paths: row by row, with a price for each row and column.
  function assigned(gains) {
    const rows = gains.length, columns = gains[0].length;
    const ofRow = new Float64Array(rows + 1), ofColumn = new Float64Array(columns + 1);
    const owner = new Int32Array(columns + 1), way = new Int32Array(columns + 1);
    for (let row = 1; row <= rows; row++) {
      const least = new Float64Array(columns + 1).fill(Infinity), used = new Uint8Array(columns + 1);
      let column = 0;
      owner[0] = row;
      do {
        used[column] = 1;
        let step = Infinity, next = 0;
        for (let j = 1; j <= columns; j++) if (!used[j]) {
          const cost = -gains[owner[column] - 1][j - 1] - ofRow[owner[column]] - ofColumn[j];
          if (cost < least[j]) { least[j] = cost; way[j] = column; }
          if (least[j] < step) { step = least[j]; next = j; }
        }
        for (let j = 0; j <= columns; j++) {
          if (used[j]) { ofRow[owner[j]] += step; ofColumn[j] -= step; } else least[j] -= step;
        }
        column = next;
      } while (owner[column]);
      for (; column; column = way[column]) owner[column] = owner[way[column]];
    }
    const found = new Array(rows);
    owner.forEach((row, j) => { if (j && row) found[row - 1] = j - 1; });
    return found;
  }

  // Pairs [row, column] with the largest sum, whatever there is more of; only those with a gain.
  function paired(gains) {
    if (!gains.length || !gains[0].length) return [];
    const wide = gains[0].length >= gains.length;
    const table = wide ? gains : gains[0].map((_, column) => gains.map(row => row[column]));
    return assigned(table).map((other, one) => (wide ? [one, other] : [other, one])).filter(([row, column]) => gains[row][column] > 0);
  }

  // Follows boxes {box, score, kind} from frame to frame. `high`: the score from which a box begins a track; `low`: from which
  // a weak one continues a track, or null; the others as in Python. A track's `id` is 0 until it is confirmed.
  function tracker({high = 0.4, low = null, overlap = 0.2, patience = 12, minimumAge = 3} = {}) {
    const self = {tracks: [], ended: [], frame: -1, confirmed: 0, update};

    function see(track, found) {
      track.motion.correct(found.box);
      track.trail.push({frame: self.frame, box: found.box});
      track.sightings += 1;
      track.votes.set(found.kind, (track.votes.get(found.kind) ?? 0) + found.score);
      track.missed = 0;
    }

    function match(tracks, found) {
      const gains = tracks.map(track => found.map(one => {
        const shared = detection.iou(track.motion.box(), one.box);
        return shared < overlap ? 0 : shared;
      }));
      const pairs = paired(gains), seen = new Set(pairs.map(([row]) => row)), used = new Set(pairs.map(([, column]) => column));
      for (const [row, column] of pairs) see(tracks[row], found[column]);
      return {waiting: tracks.filter((_, row) => !seen.has(row)), left: found.filter((_, column) => !used.has(column))};
    }

    function update(found) {
      self.frame += 1;
      for (const track of self.tracks) track.motion.predict();
      let {waiting, left} = match(self.tracks, found.filter(one => one.score >= high));
      if (low !== null) {
        const lately = waiting.filter(track => track.missed === 0);  // a lost one is not woken by a weak box
        const still = match(lately, found.filter(one => one.score < high && one.score >= low)).waiting;
        waiting = waiting.filter(track => track.missed > 0 || still.includes(track));
      }
      for (const track of waiting) track.missed += 1;
      for (const one of left) {
        const track = {motion: motion(one.box), trail: [], votes: new Map(), id: 0, missed: 0, sightings: 0};
        see(track, one);
        self.tracks.push(track);
      }
      const going = [];
      for (const track of self.tracks) {
        if (!track.id && track.missed === 0 && track.sightings >= minimumAge) track.id = ++self.confirmed;
        if (track.missed === 0 || (track.id && track.missed <= patience)) going.push(track);
        else if (track.id) self.ended.push(track);
      }
      self.tracks = going;
      return self.tracks.filter(track => track.id && track.missed === 0);
    }

    return self;
  }

  // The kind with the largest sum of scores over all sightings.
  function kindOf(track) {
    let best = null;
    for (const [kind, votes] of track.votes) if (best === null || votes > track.votes.get(best)) best = kind;
    return best;
  }

  // Counts tracks over a line [[x, y], [x, y]]: gives what crossed since it last looked, {frame, id, direction}. Within `margin`
  // points of the line a thing is on neither side, so that one that stops there is not counted again and again.
  function counter(line, margin = 2) {
    let [first, second] = line;
    const steep = Math.abs(second[1] - first[1]) >= Math.abs(second[0] - first[0]);
    if (steep ? second[1] < first[1] : second[0] < first[0]) [first, second] = [second, first];
    const along = [second[0] - first[0], second[1] - first[1]], length = Math.hypot(...along);
    const names = steep ? ["right", "left"] : ["up", "down"], states = new WeakMap();
    return tracks => tracks.filter(track => track.id).flatMap(track => {
      const state = states.get(track) ?? {last: null, until: -1}, crossed = [];
      for (const {frame, box} of track.trail) {
        if (frame <= state.until) continue;
        state.until = frame;
        const away = [(box[0] + box[2]) / 2 - first[0], (box[1] + box[3]) / 2 - first[1]];
        const distance = (along[1] * away[0] - along[0] * away[1]) / length;  // points right of the line
        const place = (away[0] * along[0] + away[1] * along[1]) / length ** 2;  // 0 at its start, 1 at its end
        if (Math.abs(distance) <= margin) continue;
        const side = distance > 0, last = state.last;
        if (last && side !== last.side) {
          const part = Math.abs(last.distance) / (Math.abs(last.distance) + Math.abs(distance));
          const at = last.place + part * (place - last.place);
          if (at >= 0 && at <= 1) crossed.push({frame, id: track.id, direction: names[side ? 0 : 1]});
        }
        state.last = {side, distance, place};
      }
      states.set(track, state);
      return crossed;
    });
  }

  return {tracker, counter, kindOf, paired};
})();
