"""What computes a net in a page: the course's plain JavaScript, or ONNX Runtime Web?

    npm install --prefix build/onnxruntime-web onnxruntime-web   # 110 MB, once; needs Node.js
    python benchmarks/live_pages.py                              # under a minute, where the nets are trained already
    python benchmarks/live_pages.py --record                     # and keep the table

Both compute the same test inputs in one process of Node.js, which has the JavaScript engine of Chromium; they take turns, one
input a call. A page is one file, so what ONNX Runtime Web needs is counted as a page would have to hold it: its script, its
WebAssembly and the net, both of these in base64. TensorFlow.js was not measured: its converter is the package tensorflowjs,
and version 4.22, the newest, can't be imported beside the versions that pip installs with it (TensorFlow Decision Forests
asks for a later protobuf than TensorFlow 2.19 has), so no net gets into its format.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import logging
import os
import subprocess
import tempfile
from pathlib import Path

import numpy as np

from course_utils.foundation import config, records
from course_utils.further.serving import load, nets, pages
from course_utils.further.serving.steps import plan_of

log = logging.getLogger("live_pages")

NAME = "live_pages"
TITLE = "A net in a page: plain JavaScript and ONNX Runtime Web"
NOTE = (
    "`kilobytes`: of the page as one file; with ONNX Runtime Web it is computed, since no such page was built. `ms`: median of "
    "300 calls with one input, in Node.js, one thread. `largest_difference`: to Keras, over 20 test inputs; where answers go "
    "beyond 1, as the detector's do, as a share of the largest."
)
PLAIN, WEB = "plain JavaScript", "ONNX Runtime Web"
INPUTS, CALLS = 20, 300
FILES = ("ort.wasm.min.mjs", "ort-wasm-simd-threaded.mjs", "ort-wasm-simd-threaded.wasm")
PROGRAM = """
import {readFileSync} from "node:fs";
import {createRequire} from "node:module";
const require = createRequire(process.argv[2] + "/");
const ort = require("onnxruntime-web");
ort.env.wasm.numThreads = 1;
ort.env.logLevel = "error";
const course = new Function(readFileSync(process.argv[3], "utf8") + "; return course;")();
const order = JSON.parse(readFileSync(0, "utf8")), net = course.load(order.described);
const session = await ort.InferenceSession.create(readFileSync(order.onnx), {executionProviders: ["wasm"]});
const names = Object.keys(order.described.outputs), kind = {int32: Int32Array, uint8: Uint8Array}[order.type] ?? Float32Array;
const ways = {
  plain: async x => { const y = course.outputs(net, course.run(net, x, order.shape)); return names.map(name => Array.from(y[name])); },
  web: async x => {
    const y = await session.run({[session.inputNames[0]]: new ort.Tensor(kind.from(x), [1, ...order.shape])});
    return names.map(name => Array.from(y[name].data));
  },
};
const found = {plain: {ms: [], answers: []}, web: {ms: [], answers: []}};
for (let call = 0; call < order.calls; call++) for (const [name, way] of Object.entries(ways)) {
  const x = order.inputs[call % order.inputs.length], before = performance.now(), answer = await way(x);
  found[name].ms.push(performance.now() - before);
  if (call < order.inputs.length) found[name].answers.push(answer);
}
console.log(JSON.stringify(found));
"""


def rows_of(name: str, folder: Path, package: Path) -> list[dict]:
    """The two lines of the table for one net."""
    found = nets.trained(name)
    onnx = found.export(folder, name)
    plan = plan_of(found.model)
    described = pages.described(plan, found.labels, found.preprocessing)
    x = found.x_test[:INPUTS]
    order = {
        "described": described, "onnx": str(onnx), "shape": list(x.shape[1:]), "calls": CALLS,
        "type": str(x.dtype), "inputs": [one.ravel().tolist() for one in x],
    }  # fmt: skip
    (program := folder / "program.mjs").write_text(PROGRAM, encoding="utf-8")
    command = ["node", str(program), str(package), str(pages.HERE / "forward.js")]
    done = subprocess.run(command, input=json.dumps(order), capture_output=True, text=True, check=True)
    measured = json.loads(done.stdout.splitlines()[-1])
    answers = found.model.predict_on_batch(x)
    keras = [np.asarray(one) for one in (answers if isinstance(answers, list | tuple) else [answers])]
    page = len(pages.page_of(name, plan, found.labels, found.preprocessing).encode())
    parts = package / "node_modules" / "onnxruntime-web" / "dist"
    script, glue, wasm = (parts / one for one in FILES)
    larger = sum(one.stat().st_size for one in (script, glue)) + sum(
        len(base64.b64encode(one.read_bytes())) for one in (wasm, load(onnx).path)
    )
    smaller = (
        len(described["numbers"])
        + len(described.get("halves", ""))
        + (pages.HERE / "forward.js").stat().st_size
    )
    sizes = {PLAIN: page, WEB: page - smaller + larger}
    return [
        {
            "net": name, "way": way, "kilobytes": round(sizes[way] / 1e3),
            "ms": round(float(np.median(measured[key]["ms"][INPUTS:])), 2),
            "largest_difference": float(f"{farthest(measured[key]['answers'], keras):.1e}"),
        }
        for way, key in ((PLAIN, "plain"), (WEB, "web"))
    ]  # fmt: skip


def farthest(answers: list, keras: list[np.ndarray]) -> float:
    """The largest difference of any output, as a share of its largest answer where that is beyond 1."""
    return max(
        float(np.abs(np.reshape([one[number] for one in answers], expected.shape) - expected).max())
        / max(1.0, float(np.abs(expected).max()))
        for number, expected in enumerate(keras)
    )


def digest() -> str:
    """sha256 over this script, the forward pass of the pages, and what writes them."""
    room = Path(pages.__file__).parent
    files = (Path(__file__), room / "__init__.py", room.parent / "steps.py")
    state = hashlib.sha256("\n".join(map(records.code_of, files)).encode())
    state.update((room / "forward.js").read_text(encoding="utf-8").encode())
    return state.hexdigest()


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--package", type=Path, help="folder with node_modules/onnxruntime-web; default build/onnxruntime-web"
    )
    parser.add_argument("--record", action="store_true", help=f"keep the table as {NAME}")
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    package = (options.package or config.repository_root() / "build" / "onnxruntime-web").resolve()
    about = package / "node_modules" / "onnxruntime-web" / "package.json"
    if not about.is_file():
        parser.error(
            f"{about} is not there. Type: npm install --prefix build/onnxruntime-web onnxruntime-web"
        )
    busy = os.getloadavg()[0] if hasattr(os, "getloadavg") else None
    with tempfile.TemporaryDirectory(prefix="course-pages-") as folder:
        table = [row for name in pages.TITLES for row in rows_of(name, Path(folder), package)]
    for line in table:
        log.info("%s", line)
    if options.record:
        node = subprocess.run(
            ["node", "--version"], capture_output=True, text=True, check=True
        ).stdout.strip()
        web = json.loads(about.read_text(encoding="utf-8"))["version"]
        path = records.write(
            NAME, TITLE, NOTE, table, digest(), ("keras", "tensorflow"), node=node, onnxruntime_web=web, load=busy
        )  # fmt: skip
        log.info("kept in %s", path)


if __name__ == "__main__":
    main()
