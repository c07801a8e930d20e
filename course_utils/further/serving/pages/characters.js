"use strict";
const net = course.load(JSON.parse(document.getElementById("net").textContent));
const alphabet = Array.from(net.alphabet), placeOf = new Map(alphabet.map((one, i) => [one, i + 1]));
const [name, labels] = Object.entries(net.labels)[0], known = net.words && new Set(net.words);
const at = id => document.getElementById(id);
const percent = share => `${Math.round(100 * share)} %`;
let spoken = 0, before = null;  // the text before the slips, and what the net said to it

function bars(place, names, shares) {
  const best = shares.indexOf(Math.max(...shares));
  names.forEach((label, i) => {
    const row = place.rows[i] ?? place.insertRow();
    if (!row.cells.length) {
      row.innerHTML = '<th scope="row"></th><td class="bar"><div aria-hidden="true"></div></td><td class="share"></td>';
      row.cells[0].textContent = label;
    }
    row.className = i === best ? "best" : "";
    row.cells[1].firstChild.style.width = `${100 * shares[i]}%`;
    row.cells[2].textContent = percent(shares[i]);
  });
  return `${names[best]} ${percent(shares[best])}`;
}

// Spaces at the ends and several in a row count once, as in Python's CharacterClassifier.
const tidied = text => text.split(/\s+/u).filter(Boolean).join(" ");
const encoded = text => course.encodeCharacters(text, placeOf, net.length, net.backwards);

// How the net gets it, in the order of reading: a dot for each zero.
function readable({ids, read}) {
  const seen = Array.from(ids.subarray(0, read.length), id => id ? alphabet[id - 1] : "·");
  return (net.backwards ? seen.reverse() : seen).join("");
}

function unknownWords(text) {
  const words = course.wordsOf(text), unknown = words.filter(({word}) => !known.has(word));
  const shown = unknown.slice(0, 8).map(({start, end}) => text.slice(start, end)).join(", ");
  return `A list of the ${known.size.toLocaleString("en")} words in its training texts lacks ${unknown.length} of your ` +
    `${words.length}${unknown.length ? `: ${shown}${unknown.length > 8 ? " ..." : ""}` : ""}.`;
}

let said = "";
function read() {
  const start = performance.now(), text = tidied(at("text").value), found = encoded(text);
  if (!/\p{L}/u.test(text)) {
    for (const id of ["category", "letters", "known"]) at(id).textContent = "";
    at("said").textContent = "Type a few words.";
    clearTimeout(spoken);
    return;
  }
  const shares = Array.from(course.outputs(net, course.run(net, found.ids))[name]);
  said = bars(at("category"), labels, shares);
  at("letters").textContent = readable(found);
  at("known").textContent = known ? unknownWords(text) : "";
  at("took").textContent = `Computed in ${(performance.now() - start).toFixed(0)} ms.`;
  const letters = found.read.filter(one => one.trim()).length, seen = found.ids.filter(id => id).length;
  clearTimeout(spoken);  // a screen reader hears the answer when the typing stops, not at each key
  spoken = setTimeout(() => {
    at("said").textContent = `${said}.${before ? ` Before the slips: ${before.said}.` : ""}` +
      (letters - seen > 0.4 * letters ? " More than 40 % of it is not in the alphabet, so the answer means nothing." : "");
  }, 400);
}

// One slip, as in the course's misspell: two letters swapped, one left out, one doubled, or the next key.
function slip(word) {
  const letters = Array.from(word), place = 1 + Math.floor(Math.random() * (letters.length - 3));
  const [one, next] = letters.slice(place, place + 2), kind = Math.floor(Math.random() * 4);
  const row = ["qwertyuiop", "asdfghjkl", "zxcvbnm"].find(keys => keys.includes(one.toLowerCase())) ?? "";
  const key = row.indexOf(one.toLowerCase()), beside = row ? row[key + 1] ?? row[key - 1] : "e";
  if (kind === 0 && one !== next) letters.splice(place, 2, next, one);
  else if (kind === 1) letters.splice(place, 1);
  else if (kind === 2) letters.splice(place, 1, one, one);
  else letters[place] = beside;
  return letters.join("");
}

at("misspell").addEventListener("click", () => {
  before ??= {text: at("text").value, said};
  at("text").value = at("text").value.replace(/\p{L}{5,}/gu, slip);
  at("back").hidden = false;
  read();
});
at("back").addEventListener("click", () => {
  at("text").value = before.text;
  forget();
  at("misspell").focus();
});

function forget() {
  before = null;
  at("back").hidden = true;
  read();
}

at("length").textContent = net.length;
at("alphabet").textContent = alphabet.length;
at("text").addEventListener("input", forget);
read();
