"use strict";
// A net's forward pass in plain JavaScript: one function per kind of step, channels last, as Keras has it.
// A value is {shape, data}: its shape without the batch axis, and a Float32Array.

const course = (() => {
  const size = shape => shape.reduce((product, one) => product * one, 1);
  const made = shape => ({shape, data: new Float32Array(size(shape))});

  // Keras's padding "same": how many rows of zeros stand before the first, and how many windows there are.
  function windows(length, kernel, stride, dilation, padding) {
    const reach = (kernel - 1) * dilation + 1;
    if (padding === "valid") return {count: Math.floor((length - reach) / stride) + 1, before: 0};
    const count = Math.ceil(length / stride);
    return {count, before: Math.floor(Math.max((count - 1) * stride + reach - length, 0) / 2)};
  }

  function convolution(x, kernel, bias, strides, dilation, padding) {
    const [height, width, channels] = x.shape;
    const [rows, columns, , filters] = kernel.shape;
    const down = windows(height, rows, strides[0], dilation[0], padding);
    const right = windows(width, columns, strides[1], dilation[1], padding);
    const out = made([down.count, right.count, filters]);
    const sums = new Float64Array(filters), inputs = rows * columns * channels, weights = kernel.data;
    const values = new Float64Array(inputs + 3), places = new Int32Array(inputs + 3);  // of what is not 0 in a window
    for (let i = 0; i < down.count; i++) {
      for (let j = 0; j < right.count; j++) {
        let count = 0;
        for (let a = 0; a < rows; a++) {
          const row = i * strides[0] + a * dilation[0] - down.before;
          if (row < 0 || row >= height) continue;
          for (let b = 0; b < columns; b++) {
            const column = j * strides[1] + b * dilation[1] - right.before;
            if (column < 0 || column >= width) continue;
            const from = (row * width + column) * channels;
            for (let c = 0; c < channels; c++) {
              const value = x.data[from + c];
              if (value === 0) continue;
              values[count] = value;
              places[count++] = ((a * columns + b) * channels + c) * filters;
            }
          }
        }
        values.fill(0, count, count + 3);
        if (bias) sums.set(bias.data); else sums.fill(0);
        for (let n = 0; n < count; n += 4) {  // four at a time: the sums are then read and written a quarter as often
          const [u, v, w, z] = [values[n], values[n + 1], values[n + 2], values[n + 3]];
          const [p, q, r, s] = [places[n], places[n + 1], places[n + 2], places[n + 3]];
          for (let f = 0; f < filters; f++) {
            sums[f] += u * weights[p + f] + v * weights[q + f] + w * weights[r + f] + z * weights[s + f];
          }
        }
        out.data.set(sums, (i * right.count + j) * filters);
      }
    }
    return out;
  }

  function pooling(x, settings, largest) {
    const [height, width, channels] = x.shape;
    const down = windows(height, settings.size[0], settings.strides[0], 1, settings.padding);
    const right = windows(width, settings.size[1], settings.strides[1], 1, settings.padding);
    const out = made([down.count, right.count, channels]);
    for (let i = 0; i < down.count; i++) for (let j = 0; j < right.count; j++) for (let c = 0; c < channels; c++) {
      let best = -Infinity, sum = 0, count = 0;
      for (let a = 0; a < settings.size[0]; a++) for (let b = 0; b < settings.size[1]; b++) {
        const row = i * settings.strides[0] + a - down.before, column = j * settings.strides[1] + b - right.before;
        if (row < 0 || row >= height || column < 0 || column >= width) continue;
        const value = x.data[(row * width + column) * channels + c];
        best = Math.max(best, value);
        sum += value;
        count += 1;
      }
      out.data[(i * right.count + j) * channels + c] = largest ? best : sum / count;
    }
    return out;
  }

  // Over all places of each channel; the last axis is that of the channels.
  function overPlaces(x, largest) {
    const channels = x.shape[x.shape.length - 1], places = x.data.length / channels;
    const sums = new Float64Array(channels).fill(largest ? -Infinity : 0);
    for (let p = 0; p < places; p++) for (let c = 0; c < channels; c++) {
      const value = x.data[p * channels + c];
      sums[c] = largest ? Math.max(sums[c], value) : sums[c] + value / places;
    }
    return {shape: [channels], data: Float32Array.from(sums)};
  }

  function softmax(x) {
    const count = x.shape[x.shape.length - 1], out = made(x.shape);
    for (let start = 0; start < x.data.length; start += count) {
      const row = Array.from(x.data.subarray(start, start + count)), top = Math.max(...row);
      const powers = row.map(value => Math.exp(value - top));
      const sum = powers.reduce((a, b) => a + b);
      powers.forEach((power, i) => { out.data[start + i] = power / sum; });
    }
    return out;
  }

  const each = (x, f) => ({shape: x.shape, data: x.data.map(f)});
  const alongWidth = x => ({shape: [1, ...x.shape], data: x.data});

  const kinds = {
    conv2d: ([x], {kernel, bias}, s) => convolution(x, kernel, bias, s.strides, s.dilation, s.padding),
    conv1d: ([x], {kernel, bias}, s) => {
      const out = convolution(alongWidth(x), alongWidth(kernel), bias, [1, s.strides[0]], [1, s.dilation[0]], s.padding);
      return {shape: out.shape.slice(1), data: out.data};
    },
    maxpool1d: ([x], _, s) => {
      const out = pooling(alongWidth(x), {size: [1, s.size[0]], strides: [1, s.strides[0]], padding: s.padding}, true);
      return {shape: out.shape.slice(1), data: out.data};
    },
    maxpool2d: ([x], _, s) => pooling(x, s, true),
    avgpool2d: ([x], _, s) => pooling(x, s, false),
    globalmax1d: ([x]) => overPlaces(x, true),
    globalavg1d: ([x]) => overPlaces(x, false),
    globalmax2d: ([x]) => overPlaces(x, true),
    globalavg2d: ([x]) => overPlaces(x, false),
    dense: ([x], {kernel, bias}) => {
      const [inputs, units] = kernel.shape, rows = x.data.length / inputs;
      const out = made([...x.shape.slice(0, -1), units]), sums = new Float64Array(units);
      for (let r = 0; r < rows; r++) {
        if (bias) sums.set(bias.data); else sums.fill(0);
        for (let i = 0; i < inputs; i++) {
          const value = x.data[r * inputs + i];
          for (let u = 0; u < units; u++) sums[u] += value * kernel.data[i * units + u];
        }
        out.data.set(sums, r * units);
      }
      return out;
    },
    scale: ([x], {factor, summand}) => ({
      shape: x.shape,
      data: x.data.map((value, i) => value * factor.data[i % factor.data.length] + summand.data[i % summand.data.length]),
    }),
    upsample2d: ([x], _, s) => {
      const [height, width, channels] = x.shape, [down, right] = s.size, out = made([height * down, width * right, channels]);
      for (let i = 0; i < height * down; i++) for (let j = 0; j < width * right; j++) {
        const from = (Math.floor(i / down) * width + Math.floor(j / right)) * channels;
        out.data.set(x.data.subarray(from, from + channels), (i * width * right + j) * channels);
      }
      return out;
    },
    embedding: ([x], {table}) => {
      const width = table.shape[1], out = made([...x.shape, width]);
      x.data.forEach((word, i) => out.data.set(table.data.subarray(word * width, (word + 1) * width), i * width));
      return out;
    },
    whole: ([x]) => x,
    less: ([x], _, {value}) => each(x, number => number - value),
    one_hot: ([x], _, {count}) => {
      const out = made([...x.shape, count]);
      x.data.forEach((place, i) => { if (place >= 0 && place < count) out.data[i * count + place] = 1; });
      return out;
    },
    flatten: ([x]) => ({shape: [x.data.length], data: x.data}),
    concat: xs => {
      const widths = xs.map(x => x.shape[x.shape.length - 1]), width = widths.reduce((a, b) => a + b);
      const out = made([...xs[0].shape.slice(0, -1), width]), rows = out.data.length / width;
      for (let r = 0, to = 0; r < rows; r++) xs.forEach((x, i) => {
        out.data.set(x.data.subarray(r * widths[i], (r + 1) * widths[i]), to);
        to += widths[i];
      });
      return out;
    },
    add: xs => ({shape: xs[0].shape, data: xs[0].data.map((_, i) => xs.reduce((sum, x) => sum + x.data[i], 0))}),
    same: ([x]) => x,
    relu: ([x]) => each(x, value => Math.max(value, 0)),
    sigmoid: ([x]) => each(x, value => 1 / (1 + Math.exp(-value))),
    tanh: ([x]) => each(x, Math.tanh),
    softmax: ([x]) => softmax(x),
  };

  function number(half) {
    const exponent = half >> 10 & 31, part = (half & 1023) / 1024;
    return (half >> 15 ? -1 : 1) * (exponent ? (1 + part) * 2 ** (exponent - 15) : part * 2 ** -14);
  }

  // The net of a page: its steps, with weights cut out of two runs in base64, of 32-bit numbers and of 16-bit ones.
  function load(described) {
    const buffer = text => Uint8Array.from(atob(text), one => one.charCodeAt(0)).buffer;
    const numbers = new Float32Array(buffer(described.numbers));
    const halves = Float32Array.from(new Uint16Array(buffer(described.halves ?? "")), number);
    const cut = ({at, shape, half}) => ({shape, data: (half ? halves : numbers).subarray(at, at + size(shape))});
    const steps = described.steps.map(step => ({
      ...step,
      weights: Object.fromEntries(Object.entries(step.weights).map(([name, where]) => [name, cut(where)])),
    }));
    return {...described, steps};
  }

  // All values that the net computes from its input, by the names of its steps; a net for any size is told the shape.
  function run(net, input, shape = net.input.shape) {
    const values = {[net.input.name]: {shape, data: Float32Array.from(input)}};
    for (const step of net.steps) {
      values[step.output] = kinds[step.kind](step.inputs.map(name => values[name]), step.weights, step.settings);
    }
    return values;
  }

  const outputs = (net, values) =>
    Object.fromEntries(Object.entries(net.outputs).map(([name, step]) => [name, values[step].data]));

  // Words of a text, as the course's Python cuts them: letters, digits, inner apostrophes; ! ? and emoji are words.
  const letter = "[\\p{L}\\p{N}]", mark = "(?![\\uFE00-\\uFE0F])\\p{M}";
  const part = `(?:${letter}|${mark}|[\\uFE00-\\uFE0F](?=\\u20E3))`;
  const joiners = "[\\u200c\\u200d\\u00ad]";
  const stretch = `${letter}${part}*(?:${joiners}+${part}+)*`;
  const pictures = "[\\u231a\\u231b\\u23e9-\\u23f3\\u23f8-\\u23fa\\u2600-\\u27bf\\u2b05-\\u2b07\\u2b1b\\u2b1c\\u2b50\\u2b55\\u{1f000}-\\u{1faff}]";
  const look = "[\\ufe0e\\ufe0f\\u{1F3FB}-\\u{1F3FF}\\u{E0020}-\\u{E007F}]*";
  const word = new RegExp(
    `${stretch}(?:['’]${stretch})*|[!?！？؟]|[\\u{1f1e6}-\\u{1f1ff}]{2}|${pictures}${look}(?:\\u200d${pictures}${look})*`, "gu");
  const otherwise = {"’": "'", "！": "!", "？": "?", "؟": "?", "\u00ad": "", "\ufe0e": "", "\ufe0f": ""};

  function wordsOf(text) {
    return [...text.matchAll(word)].map(found => ({
      start: found.index,
      end: found.index + found[0].length,
      word: found[0].toLowerCase().replaceAll("i\u0307", "i").normalize("NFC")
        .replace(/[’！？؟\u00ad\ufe0e\ufe0f]/g, one => otherwise[one]),
    }));
  }

  // The last `length` words as their numbers, with zeros after them; `read` says which words these are.
  function encode(text, numberOf, length) {
    const read = wordsOf(text).slice(-length);
    const ids = new Float32Array(length);
    read.forEach((one, i) => { one.id = ids[i] = numberOf.get(one.word) ?? 1; });
    return {ids, read};
  }

  // Characters of a text as their places in an alphabet, from 1; 0 for what it lacks, and after the text.
  const plain = {"’": "'", "‘": "'", "“": '"', "”": '"', "–": "-", "—": "-"};
  const small = one => plain[one] ?? Array.from(one.toLowerCase())[0];

  function encodeCharacters(text, placeOf, length, backwards) {
    const all = Array.from(text), read = backwards ? all.slice(-length).reverse() : all.slice(0, length);
    const ids = new Float32Array(length);
    read.forEach((one, i) => { ids[i] = placeOf.get(small(one)) ?? 0; });
    return {ids, read};
  }

  return {load, run, outputs, wordsOf, encode, encodeCharacters};
})();
