/** The worker: models and arithmetic live here, so that the page stays awake. Talks to `engine.js`. */

import { Cascade } from "./cascade.js";
import { Detector } from "./detector.js";
import { certain, find } from "./finders.js";
import { distinct, personScore } from "./people.js";

const state = { site: null, ort: null, provider: null, finder: null, models: new Map() };

const say = (text) => postMessage({ status: text });
const megabytes = (n) => (n / 1e6).toFixed(1);

/** Start the runtime: with WebGPU where the browser has it, unless told otherwise. Answers what runs, on what. */
async function start({ site, base, backend, threads }) {
  state.site = { ...site, base };
  const wish = backend === "auto" ? await bestBackend() : backend;
  try {
    const running = await begin(wish, threads);
    if (wish === "webgpu" && backend === "auto" && (await timed()) > SLOW) throw new Error("it is slow at this");
    return running;
  } catch (error) {
    if (wish !== "webgpu") throw error;
    say(`The graphics card cannot be used (${error.message}); the processor does the work`);
    return begin("wasm", threads);
  }
}

const SLOW = 400; // milliseconds a person, more than an ordinary processor needs

/** Milliseconds of one run of the first model, the first one not counted. */
async function timed() {
  const cascade = await model(state.site.models[0].name);
  const blank = new Uint8Array(cascade.about.canvas ** 2 * 3).fill(128);
  const box = [0.5, 0.5, 0.8, 0.8].map((v) => v * cascade.about.canvas);
  await cascade.run(blank, box);
  const began = performance.now();
  await cascade.run(blank, box);
  return performance.now() - began;
}

/** WebGPU needs an adapter that is real hardware, and a browser in which WebAssembly can wait for it. */
async function bestBackend() {
  if (!self.navigator.gpu || !("Suspending" in WebAssembly)) return "wasm";
  const adapter = await navigator.gpu.requestAdapter().catch(() => null);
  return adapter && !(adapter.info?.isFallbackAdapter ?? adapter.isFallbackAdapter) ? "webgpu" : "wasm";
}

async function begin(provider, threads) {
  const { runtime, base } = state.site;
  say("Loading the runtime");
  const ort = await import(new URL(runtime[provider], base).href);
  ort.env.wasm.wasmPaths = new URL(runtime.folder, base).href;
  ort.env.wasm.numThreads = threads || (self.crossOriginIsolated ? Math.min(4, navigator.hardwareConcurrency || 1) : 1);
  ort.env.logLevel = "error";
  Object.assign(state, { ort, provider, finder: null, models: new Map() });
  if (state.site.finder) state.finder = await load(state.site.finder, state.site.finder.file, "the person finder");
  await model(state.site.models[0].name);
  return { provider, threads: ort.env.wasm.numThreads };
}

async function load(about, file, what) {
  const { site, ort, provider } = state;
  const told = (n) => say(`Loading ${what}: ${megabytes(n)} MB`);
  if (about.kind === "detected") return Detector.load(ort, about, new URL(file, site.base), provider, told);
  return Cascade.load(ort, about, new URL(file, site.base), provider, site.outside, told);
}

/** A model by name, loaded once and checked; `quick` is the file with stage 1 alone. */
async function model(name, quick = false) {
  const about = state.site.models.find((m) => m.name === name);
  const file = quick && about.quick ? about.quick : about.file;
  if (!state.models.has(file)) {
    const cascade = await load(about, file, file === about.file ? name : `${name}, stage 1`);
    if (file === about.file) await check(cascade);
    state.models.set(file, cascade);
  }
  return state.models.get(file);
}

/** The first run answers a question whose answer Python gave when the page was made: a device that errs is not used. */
async function check(cascade) {
  const { check: known, canvas } = cascade.about;
  if (!known) return;
  say("Checking the model against known answers");
  const picture = await decoded(new URL(known.picture, state.site.base));
  const pixels = rgb(picture.rows(0, 0, canvas, canvas));
  const { joints } = await cascade.run(pixels, known.box);
  const off = known.joints.reduce((most, v, i) => Math.max(most, Math.abs(v - joints[i])), 0);
  if (!(off <= known.tolerance)) throw new Error(`its answers are ${off.toFixed(2)} pixels off`);
}

async function decoded(url) {
  const blob = await (await fetch(url)).blob();
  return readable(await createImageBitmap(blob, { colorSpaceConversion: "none", premultiplyAlpha: "none" }));
}

function rgb(rgba) {
  const out = new Uint8Array((rgba.length / 4) * 3);
  for (let i = 0, j = 0; i < rgba.length; i += 4) {
    out[j++] = rgba[i];
    out[j++] = rgba[i + 1];
    out[j++] = rgba[i + 2];
  }
  return out;
}

/** A bitmap as `canvas.js` reads it: parts of it as RGBA, transparency laid on mid-grey. */
function readable(bitmap) {
  const { width, height } = bitmap;
  const rows = (x, y, w, h) => {
    const pen = new OffscreenCanvas(w, h).getContext("2d", { willReadFrequently: true });
    pen.fillStyle = "rgb(128, 128, 128)";
    pen.fillRect(0, 0, w, h);
    pen.drawImage(bitmap, x, y, w, h, 0, 0, w, h);
    return pen.getImageData(0, 0, w, h).data;
  };
  return { width, height, rows };
}

/** Whom a model knows, where nobody says it: the whole picture, people, or nobody before a box is drawn. */
async function sought({ whole, sought: people }, picture) {
  if (!whole && !people) return [];
  return find(whole ? null : state.site.finder?.kind, state.finder, picture);
}

/** The poses of one picture: in the boxes given, or of whom the finder finds. */
async function poses({ name, bitmap, boxes, quick }) {
  const picture = readable(bitmap);
  const cascade = await model(name, quick);
  const started = performance.now();
  const { whole } = cascade.about; // such a model takes a picture for one individual
  const likely = ({ score }) => score >= state.site.least; // nobody scores above their box
  const people = boxes?.map(certain) ?? (await sought(cascade.about, picture)).filter(likely);
  const found = performance.now();
  const answers = [];
  for (const { box, score } of people) {
    answers.push({ ...(await cascade.predict(picture, box, quick ? 1 : undefined)), boxScore: score });
  }
  bitmap.close();
  const sure = answers.filter((pose) => personScore(pose) >= state.site.least);
  const there = boxes || whole ? answers : distinct(sure, cascade.about.skeleton.sigmas, state.site.alike);
  return { poses: there, ms: { find: found - started, pose: performance.now() - found } };
}

const JOBS = { start, poses };
let last = Promise.resolve();

onmessage = ({ data: { id, job, ...rest } }) => {
  const work = () => JOBS[job](rest);
  last = last.then(work).then(
    (value) => postMessage({ id, value }),
    (error) => postMessage({ id, error: error?.message ?? String(error) }),
  );
};
