"use strict";
const net = course.load(JSON.parse(document.getElementById("net").textContent));
const at = id => document.getElementById(id);
const kinds = net.labels.centres, LARGEST = 1024, QUIET = 1500, STEP = 1 / 12, TRAIL = 50;
const frame = document.createElement("canvas");  // the picture in its own points, or in fewer if it is large
let camera = null, film = "", last = null, boxes = [], times = [], told = {words: "", at: 0, later: 0}, counting = null;

// The source drawn into `frame`; gives its points.
function taken(source, width, height) {
  const scale = Math.min(1, LARGEST / Math.max(width, height));
  frame.width = Math.max(1, Math.round(width * scale));
  frame.height = Math.max(1, Math.round(height * scale));
  const context = frame.getContext("2d", {willReadFrequently: true});
  context.fillStyle = "#fff";
  context.fillRect(0, 0, frame.width, frame.height);
  context.imageSmoothingQuality = "high";
  context.drawImage(source, 0, 0, frame.width, frame.height);
  return context.getImageData(0, 0, frame.width, frame.height);
}

const percent = score => `${Math.round(100 * score)} %`;

function where([left, top, right, bottom]) {
  const third = (place, whole) => Math.min(2, Math.floor(3 * place / whole));
  const row = third((top + bottom) / 2, frame.height), column = third((left + right) / 2, frame.width);
  if (row === 1 && column === 1) return "centre";
  return [["top", "", "bottom"][row], ["left", "", "right"][column]].filter(Boolean).join(" ");
}

// Drawn in as many points as the screen has there, so that a small picture gets sharp boxes and letters.
function draw(found) {
  const canvas = at("shown"), fine = window.devicePixelRatio || 1, letters = 15 * fine, context = canvas.getContext("2d");
  const wide = Math.min(canvas.parentElement.clientWidth, 0.8 * innerHeight * frame.width / frame.height);
  const zoom = wide * fine / frame.width, narrow = wide < 480;  // no room for scores there; the table has them
  canvas.style.width = `${wide}px`;
  canvas.width = Math.round(frame.width * zoom);
  canvas.height = Math.round(frame.height * zoom);
  context.drawImage(frame, 0, 0, canvas.width, canvas.height);
  context.font = `bold ${letters}px system-ui, sans-serif`;
  context.textBaseline = "middle";
  const edges = found.map(({box}) => box.map(one => one * zoom));
  for (const [color, width] of [["#ffffff", letters / 3], ["#00598c", letters / 6]]) {
    context.strokeStyle = color;
    context.lineWidth = width;
    for (const [left, top, right, bottom] of edges) context.strokeRect(left, top, right - left, bottom - top);
    if (!at("count").checked) continue;
    context.beginPath();
    for (const end of line()) context.lineTo(...end.map(one => one * zoom));
    context.stroke();
  }
  found.forEach(({box, kind, score, id}, number) => {
    const words = `${id ?? number + 1} ${kinds[kind]}${narrow ? "" : ` ${percent(score)}`}`, width = context.measureText(words).width + letters / 2;
    const x = Math.max(0, Math.min(box[0] * zoom, canvas.width - width)), y = Math.max(0, box[1] * zoom - 1.3 * letters);
    context.fillStyle = "#00598c";
    context.fillRect(x, y, width, 1.3 * letters);
    context.fillStyle = "#ffffff";
    context.fillText(words, x + letters / 4, y + 0.7 * letters);
  });
}

function fill(table, rows, middle = "") {
  table.replaceChildren(...rows.map(texts => {
    const row = document.createElement("tr");
    row.innerHTML = `<th scope="row"></th><td class="${middle}"></td><td class="share"></td>`;
    texts.forEach((text, number) => { row.cells[number].textContent = text; });
    return row;
  }));
}

function list(found) {
  const rows = found.map(({box, kind, score, id}, number) => [`${id ?? number + 1} ${kinds[kind]}`, where(box), percent(score)]);
  fill(at("answer"), rows);
  const each = rows.map(([name, place]) => `${name}, ${place}`);
  at("shown").setAttribute("aria-label", `The picture with ${found.length} boxes${each.length ? `: ${each.join("; ")}` : ""}`);
}

function summed(found) {
  if (!found.length) return `Nothing found with a score of ${percent(net.threshold)} or more.`;
  const counts = kinds.map((name, kind) => [name, found.filter(one => one.kind === kind).length]).filter(([, count]) => count);
  return `Found ${found.length}: ${counts.map(([name, count]) => `${name} ${count}`).join(", ")}.`;
}

// How long one picture took, and where they move how many frames a second there were, over the last ten.
function timed(start) {
  const now = performance.now(), took = now - start;
  times = moving() ? [...times.slice(-9), now] : [];
  const rate = times.length > 1 ? 1000 * (times.length - 1) / (now - times[0]) : 1000 / took;
  at("took").textContent = `Computed in ${took.toFixed(0)} ms, ${moving() ? "" : "enough for "}${rate.toFixed(1)} frames a second. `
    + `The net sees ${net.size} points on the longer side.`;
}

function answer(source, width, height) {
  const start = performance.now();
  last = taken(source, width, height);
  again(start);
}

// Look once more at the last picture.
function again(start = performance.now()) {
  if (!last) return;
  boxes = detection.detect(net, last, net.threshold);
  if (moving() && at("count").checked) follow();
  draw(boxes);
  list(boxes);
  timed(start);
  say(counting ? counting.words : summed(boxes), moving() ? QUIET : 0);
}

const moving = () => Boolean(camera || film);

// The line from edge to edge of the picture, in its points.
function line() {
  const share = at("place").value / 100, {width, height} = frame;
  return at("level").checked ? [[0, share * height], [width, share * height]] : [[share * width, 0], [share * width, height]];
}

// Begins to count anew, as whenever the line, the least score or the source is another one.
function recount() {
  counting = null;
  at("counted").hidden = true;
  if (last && !moving()) draw(boxes);
}

// Gives what is found in this frame its number, and counts what crossed the line.
function follow() {
  if (!counting || counting.size !== `${frame.width} ${frame.height}`) {
    const tracker = following.tracker({high: net.threshold}), ways = at("level").checked ? ["up", "down"] : ["left", "right"];
    counting = {
      tracker, passed: following.counter(line()), ways, counts: new Map(), size: `${frame.width} ${frame.height}`,
      words: "Nothing has crossed the line yet.",
    };
  }
  const {tracker, passed, ways, counts} = counting, found = boxes;
  const seen = tracker.update(found);
  for (const {id, direction} of passed(tracker.tracks)) {
    const kind = following.kindOf(tracker.tracks.find(track => track.id === id));
    const row = counts.get(kind) ?? counts.set(kind, [0, 0]).get(kind);
    row[ways.indexOf(direction)] += 1;
    counting.words = `${kinds[kind]} crossed the line: ${row[0]} ${ways[0]}, ${row[1]} ${ways[1]}.`;
  }
  boxes = seen.map(track => {
    const {box} = track.trail.at(-1);
    return {...found.find(one => one.box === box), kind: following.kindOf(track), id: track.id};
  });
  tracker.ended = [];  // a camera may run for hours
  for (const track of tracker.tracks) if (track.trail.length > TRAIL) track.trail.splice(0, track.trail.length - TRAIL);
  [at("one-way").textContent, at("other-way").textContent] = ways;
  fill(at("counts"), [...counts].sort(([a], [b]) => a - b).map(([kind, row]) => [kinds[kind], ...row]), "share");
  at("counted").hidden = false;
}

// What a screen reader says: where pictures move only what is new, and never faster than it can be spoken.
function say(words, pause = 0) {
  clearTimeout(told.later);
  if (words === told.words) return;
  told.later = setTimeout(() => {
    told = {words, at: performance.now(), later: 0};
    at("said").textContent = words;
  }, Math.max(0, told.at + pause - performance.now()));
}

function stop() {
  if (camera) for (const track of camera.getTracks()) track.stop();
  if (film) URL.revokeObjectURL(film);
  camera = null;
  film = "";
  times = [];
  at("video").srcObject = null;
  at("video").removeAttribute("src");
  at("camera").textContent = "Use the camera";
}

async function look(file) {
  if (!file) return;
  stop();
  recount();
  try {
    if (file.type.startsWith("video/")) return await play(file);
    const picture = await createImageBitmap(file, {imageOrientation: "from-image"});
    answer(picture, picture.width, picture.height);
  } catch {
    stop();
    say("That file is no picture and no film that a browser can read. Choose a JPEG, a PNG, a WebP or an MP4.");
  }
}

// A film is looked at twelve times for each of its seconds, however long that takes.
async function play(file) {
  const video = at("video"), source = film = URL.createObjectURL(file);
  const happens = name => new Promise((done, failed) => {
    video[`on${name}`] = done;
    video.onerror = failed;
  });
  at("camera").textContent = "Stop the film";
  video.src = source;
  await happens("loadeddata");
  for (let frames = 0; film === source && frames * STEP < video.duration; frames++) {
    const there = happens("seeked");
    video.currentTime = frames * STEP;
    await there;
    if (film !== source || video.ended) break;  // a film that doesn't say how long it is ends by itself
    answer(video, video.videoWidth, video.videoHeight);
    await new Promise(done => setTimeout(done));
  }
  if (film === source) stop();
}

at("file").addEventListener("change", () => look(at("file").files[0]));
document.addEventListener("dragover", event => event.preventDefault());
document.addEventListener("drop", event => {
  event.preventDefault();
  look(event.dataTransfer.files[0]);
});

at("camera").addEventListener("click", async () => {
  if (moving()) return stop();
  recount();
  try {
    camera = await navigator.mediaDevices.getUserMedia({video: {facingMode: "environment"}});
  } catch {
    return say("There is no camera here, or this page may not use it. Choose a picture instead.");
  }
  const source = camera, video = at("video");
  video.srcObject = camera;
  at("camera").textContent = "Stop the camera";
  await video.play();
  const next = () => {
    if (camera !== source) return;
    if (video.videoWidth) answer(video, video.videoWidth, video.videoHeight);
    setTimeout(next, 20);
  };
  next();
});

function least() {
  net.threshold = Number(at("least").value) / 100;
  at("least-said").textContent = percent(net.threshold);
  at("least").setAttribute("aria-valuetext", percent(net.threshold));
}

at("least").value = 100 * net.threshold;
at("least").addEventListener("input", () => {
  least();
  recount();
  if (!moving()) again();
});
for (const name of ["count", "level", "place"]) at(name).addEventListener("input", recount);
window.addEventListener("resize", () => { if (last) draw(boxes); });
least();
at("known").textContent = kinds.join(", ");
say("Choose a picture.");
