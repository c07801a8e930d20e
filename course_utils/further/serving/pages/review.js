"use strict";
const net = course.load(JSON.parse(document.getElementById("net").textContent));
const numberOf = new Map(net.vocabulary.map((word, number) => [word, number]));
const at = id => document.getElementById(id);
const percent = share => `${Math.round(100 * share)} %`;

function bars(place, names, shares) {
  const best = shares.indexOf(Math.max(...shares));
  names.forEach((name, i) => {
    const row = place.rows[i] ?? place.insertRow();
    if (!row.cells.length) {
      row.innerHTML = '<th scope="row"></th><td class="bar"><div aria-hidden="true"></div></td><td class="share"></td>';
      row.cells[0].textContent = name;
    }
    row.className = i === best ? "best" : "";
    row.cells[1].firstChild.style.width = `${100 * shares[i]}%`;
    row.cells[2].textContent = percent(shares[i]);
  });
  return names[best];
}

// How much each word that was read moved the sentiment: a filter's share goes to the words of its strongest window.
function pulls(values, count) {
  const fired = values[net.looks.map], kernel = net.steps.find(step => step.output === net.looks.votes).weights.kernel;
  const [places, filters] = fired.shape, found = new Float64Array(count), reach = (net.looks.width - 1) / 2;
  for (let f = 0; f < filters; f++) {
    let best = 0;
    for (let p = 1; p < places; p++) if (fired.data[p * filters + f] > fired.data[best * filters + f]) best = p;
    const share = fired.data[best * filters + f] * kernel.data[f] / net.looks.width;
    for (let p = best - reach; p <= best + reach; p++) if (p >= 0 && p < count) found[p] += share;
  }
  return found;
}

let spoken = 0;
function read() {
  const start = performance.now(), text = at("text").value;
  const {ids, read: found} = course.encode(text, numberOf, net.length);
  if (!found.length) {
    for (const id of ["category", "sentiment", "read", "carried"]) at(id).textContent = "";
    at("said").textContent = "Type a few words.";
    return;
  }
  const values = course.run(net, ids), {category, sentiment} = course.outputs(net, values);
  const kind = bars(at("category"), net.labels.category, Array.from(category));
  const feeling = bars(at("sentiment"), ["positive", "negative"], [sentiment[0], 1 - sentiment[0]]);
  const pull = pulls(values, found.length), most = Math.max(0.05, ...pull.map(Math.abs));
  const unknown = found.filter(one => one.id === 1).length;
  const shown = at("read");
  shown.textContent = "";
  found.forEach((one, i) => {
    const span = document.createElement("span");
    span.textContent = text.slice(one.start, one.end);
    const strength = Math.round(100 * Math.abs(pull[i]) / most);
    if (strength > 15) span.style.background =
      `rgb(var(${pull[i] > 0 ? "--for" : "--against"}) / ${strength}%)`;
    shown.append(span, " ");
  });
  const order = [...pull.keys()].sort((a, b) => Math.abs(pull[b]) - Math.abs(pull[a])).slice(0, 5);
  at("carried").textContent = "Strongest: " + order
    .map(i => `${text.slice(found[i].start, found[i].end)} ${pull[i] < 0 ? "−" : "+"}${Math.abs(pull[i]).toFixed(2)}`).join(", ");
  at("took").textContent = `Computed in ${(performance.now() - start).toFixed(0)} ms.`;
  clearTimeout(spoken);  // a screen reader hears the answer when the typing stops, not at each key
  spoken = setTimeout(() => {
    at("said").textContent = `${kind} ${percent(Math.max(...category))}, ${feeling} ` +
      `${percent(Math.max(sentiment[0], 1 - sentiment[0]))}. Unknown words: ${unknown} of ${found.length}.` +
      (unknown > found.length / 2 ? " That is more than half, so the answer means nothing." : "");
  }, 400);
}

at("length").textContent = net.length;
at("known").textContent = (net.vocabulary.length - 2).toLocaleString("en");
at("text").addEventListener("input", read);
read();
