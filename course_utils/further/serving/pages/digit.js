"use strict";
const net = course.load(JSON.parse(document.getElementById("net").textContent));
const at = id => document.getElementById(id);
const SIDE = 32, CELLS = 8, BLOCK = SIDE / CELLS;
const ink = new Float32Array(SIDE * SIDE);  // 1 where there is ink; the net reads how much is in each block of 4 x 4
const pad = at("pad"), cursor = {row: 3, column: 3, shown: false};
let drawing = null, spoken = 0;

function paint(canvas, width, height, shade, zoom) {
  canvas.width = width;
  canvas.height = height;
  canvas.style.width = `${width * zoom}px`;
  const context = canvas.getContext("2d"), image = context.createImageData(width, height);
  for (let i = 0; i < width * height; i++) {
    const value = Math.round(255 * Math.min(1, Math.max(0, shade(i % width, Math.floor(i / width)))));
    image.data.set([value, value, value, 255], 4 * i);
  }
  context.putImageData(image, 0, 0);
  return context;
}

// What the net reads: the drawing, scaled to the full height or width if that is wanted, in 8 x 8 blocks.
function blocks() {
  let top = SIDE, bottom = -1, left = SIDE, right = -1;
  for (let i = 0; i < ink.length; i++) if (ink[i]) {
    const row = Math.floor(i / SIDE), column = i % SIDE;
    top = Math.min(top, row); bottom = Math.max(bottom, row);
    left = Math.min(left, column); right = Math.max(right, column);
  }
  const values = new Float32Array(CELLS * CELLS);
  if (bottom < 0) return values;
  const fit = at("fit").checked, scale = fit ? SIDE / Math.max(bottom - top + 1, right - left + 1) : 1;
  const from = fit ? [(top + bottom + 1) / 2, (left + right + 1) / 2] : [SIDE / 2, SIDE / 2];
  for (let row = 0; row < SIDE; row++) for (let column = 0; column < SIDE; column++) {
    const y = Math.floor((row + 0.5 - SIDE / 2) / scale + from[0]);
    const x = Math.floor((column + 0.5 - SIDE / 2) / scale + from[1]);
    if (y >= 0 && y < SIDE && x >= 0 && x < SIDE && ink[y * SIDE + x]) {
      values[Math.floor(row / BLOCK) * CELLS + Math.floor(column / BLOCK)] += 1 / (BLOCK * BLOCK);
    }
  }
  return values;
}

function showMaps(values) {
  net.maps.forEach((name, number) => {
    const [height, width, count] = values[name].shape, data = values[name].data;
    let figure = at("maps").children[number];
    if (!figure) {
      figure = document.createElement("section");
      figure.innerHTML = '<p></p><canvas role="img"></canvas>';
      figure.firstChild.textContent = `${name.split("/")[0].replace("_", " ")}: ${count} maps of ${height} × ${width}`;
      at("maps").append(figure);
    }
    const columns = innerWidth < 600 ? 8 : 16;  // on a telephone two lines of maps, so that each can be seen
    const most = Math.max(...data) || 1, rows = Math.ceil(count / columns);
    paint(figure.lastChild, columns * (width + 1), rows * (height + 1), (x, y) => {
      const map = Math.floor(y / (height + 1)) * columns + Math.floor(x / (width + 1));
      const i = y % (height + 1), j = x % (width + 1);
      if (map >= count || i === height || j === width) return 0.5;
      return data[(i * width + j) * count + map] / most;
    }, 24 / (width + 1) * 1.6);
    let best = 0;
    const sums = Array.from({length: count}, (_, map) => {
      let sum = 0;
      for (let p = map; p < data.length; p += count) sum += data[p];
      return sum;
    });
    sums.forEach((sum, map) => { if (sum > sums[best]) best = map; });
    figure.lastChild.setAttribute("aria-label", `${count} feature maps; number ${best + 1} is the brightest`);
  });
}

function read() {
  const shown = paint(pad, SIDE, SIDE, (x, y) => ink[y * SIDE + x], 0);
  pad.style.width = "";
  if (cursor.shown) {
    shown.strokeStyle = "#4db3ff";
    shown.strokeRect(cursor.column * BLOCK + 0.5, cursor.row * BLOCK + 0.5, BLOCK - 1, BLOCK - 1);
  }
  const input = blocks(), values = course.run(net, input);
  const shares = Array.from(course.outputs(net, values).digit), best = shares.indexOf(Math.max(...shares));
  paint(at("input"), CELLS, CELLS, (x, y) => input[y * CELLS + x], 12);
  shares.forEach((share, digit) => {
    const row = at("answer").rows[digit] ?? at("answer").insertRow();
    if (!row.cells.length) {
      row.innerHTML = `<th scope="row">${digit}</th><td class="bar"><div aria-hidden="true"></div></td><td class="share"></td>`;
    }
    row.className = digit === best ? "best" : "";
    row.cells[1].firstChild.style.width = `${100 * share}%`;
    row.cells[2].textContent = `${Math.round(100 * share)} %`;
  });
  showMaps(values);
  clearTimeout(spoken);
  spoken = setTimeout(() => {
    const empty = ink.every(one => !one) ? "The pad is empty, and the net still says: " : "";
    at("said").textContent = `${empty}${best}, ${Math.round(100 * shares[best])} %`;
  }, 300);
}

function dot(x, y) {
  for (let row = Math.floor(y - 2); row <= y + 2; row++) for (let column = Math.floor(x - 2); column <= x + 2; column++) {
    const inside = (row + 0.5 - y) ** 2 + (column + 0.5 - x) ** 2 <= 3.3;
    if (inside && row >= 0 && row < SIDE && column >= 0 && column < SIDE) ink[row * SIDE + column] = 1;
  }
}

function stroke(event) {
  const box = pad.getBoundingClientRect();
  const to = [(event.clientX - box.left) / box.width * SIDE, (event.clientY - box.top) / box.height * SIDE];
  const from = drawing ?? to, steps = Math.ceil(Math.hypot(to[0] - from[0], to[1] - from[1])) || 1;
  for (let i = 0; i <= steps; i++) dot(from[0] + (to[0] - from[0]) * i / steps, from[1] + (to[1] - from[1]) * i / steps);
  drawing = to;
  read();
}

// A second finger, the palm beside the pen and the right button of a mouse draw nothing.
pad.addEventListener("pointerdown", event => {
  if (!event.isPrimary || event.button) return;
  cursor.shown = false;
  pad.setPointerCapture(event.pointerId);
  stroke(event);
});
pad.addEventListener("pointermove", event => { if (drawing && event.isPrimary) stroke(event); });
for (const end of ["pointerup", "pointercancel"]) pad.addEventListener(end, event => { if (event.isPrimary) drawing = null; });

function clear() {
  ink.fill(0);
  read();
}

const cell = () => ink[cursor.row * BLOCK * SIDE + cursor.column * BLOCK];
const moves = {ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1]};
pad.addEventListener("keydown", event => {
  if (moves[event.key]) {
    cursor.row = Math.min(CELLS - 1, Math.max(0, cursor.row + moves[event.key][0]));
    cursor.column = Math.min(CELLS - 1, Math.max(0, cursor.column + moves[event.key][1]));
  } else if (event.key === " ") {
    const value = cell() ? 0 : 1;
    for (let i = 0; i < BLOCK; i++) for (let j = 0; j < BLOCK; j++) {
      ink[(cursor.row * BLOCK + i) * SIDE + cursor.column * BLOCK + j] = value;
    }
  } else if (event.key === "Delete") {
    clear();
  } else return;
  event.preventDefault();
  cursor.shown = true;
  at("place").textContent = `Row ${cursor.row + 1}, column ${cursor.column + 1}, ${cell() ? "ink" : "empty"}`;
  read();
});
at("clear").addEventListener("click", clear);
at("fit").addEventListener("change", read);
window.addEventListener("resize", read);
read();
