"use strict";
const net = course.load(JSON.parse(document.getElementById("net").textContent));
const at = id => document.getElementById(id);
const [name, labels] = Object.entries(net.labels)[0], SIDE = net.input.shape[0], FINE = 8;
const large = document.createElement("canvas");
large.width = large.height = SIDE * FINE;
let camera = null, spoken = -Infinity;

// A picture as the net gets it: padded with white to a square, each of its points the mean of FINE x FINE finer ones.
function prepared(source, width, height) {
  const context = large.getContext("2d", {willReadFrequently: true}), scale = large.width / Math.max(width, height);
  context.fillStyle = "#fff";
  context.fillRect(0, 0, large.width, large.width);
  context.imageSmoothingQuality = "high";
  const size = [width * scale, height * scale];
  context.drawImage(source, (large.width - size[0]) / 2, (large.width - size[1]) / 2, ...size);
  const fine = context.getImageData(0, 0, large.width, large.width).data, input = new Float32Array(SIDE * SIDE * 3);
  for (let y = 0; y < large.width; y++) for (let x = 0; x < large.width; x++) for (let c = 0; c < 3; c++) {
    const to = (Math.floor(y / FINE) * SIDE + Math.floor(x / FINE)) * 3 + c;
    input[to] += fine[4 * (y * large.width + x) + c] / (FINE * FINE);
  }
  return input;
}

function show(input) {
  const image = new ImageData(SIDE, SIDE);
  for (let i = 0; i < SIDE * SIDE; i++) image.data.set([input[3 * i], input[3 * i + 1], input[3 * i + 2], 255], 4 * i);
  at("seen").getContext("2d").putImageData(image, 0, 0);
}

function answer(source, width, height) {
  const start = performance.now(), input = prepared(source, width, height);
  const shares = Array.from(course.outputs(net, course.run(net, input))[name]);
  show(input);
  const best = [...shares.keys()].sort((a, b) => shares[b] - shares[a]).slice(0, 5);
  best.forEach((kind, i) => {
    const row = at("answer").rows[i] ?? at("answer").insertRow();
    if (!row.cells.length) {
      row.innerHTML = '<th scope="row"></th><td class="bar"><div aria-hidden="true"></div></td><td class="share"></td>';
    }
    row.className = i === 0 ? "best" : "";
    row.cells[0].textContent = labels[kind];
    row.cells[1].firstChild.style.width = `${100 * shares[kind]}%`;
    row.cells[2].textContent = `${Math.round(100 * shares[kind])} %`;
  });
  at("took").textContent = `Computed in ${(performance.now() - start).toFixed(0)} ms.`;
  if (camera && start - spoken < 2000) return;  // a screen reader needs time to speak
  spoken = start;
  say(`${labels[best[0]]}, ${Math.round(100 * shares[best[0]])} %`);
}

function say(words) {
  if (at("said").textContent !== words) at("said").textContent = words;
}

function stop() {
  if (camera) for (const track of camera.getTracks()) track.stop();
  camera = null;
  at("video").hidden = true;
  at("camera").textContent = "Use the camera";
}

at("file").addEventListener("change", async () => {
  const [file] = at("file").files;
  if (!file) return;
  stop();
  try {
    const picture = await createImageBitmap(file, {imageOrientation: "from-image"});
    answer(picture, picture.width, picture.height);
  } catch {
    say("That file is no picture that a browser can read. Choose a JPEG, a PNG or a WebP.");
  }
});

at("camera").addEventListener("click", async () => {
  if (camera) return stop();
  try {
    camera = await navigator.mediaDevices.getUserMedia({video: {facingMode: "environment"}});
  } catch {
    return say("There is no camera here, or this page may not use it. Choose a picture instead.");
  }
  at("video").srcObject = camera;
  at("video").hidden = false;
  at("camera").textContent = "Stop the camera";
  await at("video").play();
  const look = () => {
    if (!camera) return;
    if (at("video").videoWidth) answer(at("video"), at("video").videoWidth, at("video").videoHeight);
    setTimeout(look, 200);
  };
  look();
});

at("known").textContent = labels.length;
say("Choose a picture.");
