/** The page: what is chosen, dropped, pasted or filmed goes to an engine; what comes back is shown and can be saved. */

import { Browser, Server } from "./engine.js";
import { csv, jsonLines, records, save, stem } from "./export.js";
import { Live } from "./live.js";
import { frames, openPicture, openVideo, seek } from "./media.js";
import { fillTable, peopleButtons, thumbnail } from "./panel.js";
import { drawing, Player } from "./player.js";

const $ = (id) => document.getElementById(id);
const state = { site: null, engine: null, items: [], item: null, person: 0 };

const status = (text) => ($("status").textContent = text);
function failed(text) {
  $("failure").textContent = text;
  $("failure").hidden = !text;
}

const about = () => state.site.models.find((m) => m.name === $("model").value);
const look = () => ({
  palette: state.site.palette, low: Number($("low").value), hide: $("hide").checked, closeUp: $("close-up").checked,
});
const frame = () => state.item?.frames[Number($("time").value)] ?? state.item?.frames[0];

const player = new Player({
  view: $("view"), says: $("says"), bar: $("steps"), glimpses: $("glimpses"), onBox: addPerson,
});

/** Work done one piece after the other: several drops do not run into each other. */
let queue = Promise.resolve();
const enqueue = (work) => (queue = queue.then(work).catch((error) => failed(error.message)));

async function startEngine() {
  const backend = $("backend").value;
  state.engine?.stop();
  state.engine = backend === "server" ? new Server(state.site) : new Browser(status);
  try {
    const { provider, threads } = await state.engine.start(state.site, backend);
    document.body.dataset.provider = provider;
    $("machine").textContent = describe(provider, threads);
    status("Ready");
  } catch (error) {
    if (!state.site.server || backend === "server") throw error;
    failed(`This browser cannot run the model (${error.message}). The server that sent this page can: choose it in Settings; pictures then go there.`);
    status("Not ready");
  }
}

function describe(provider, threads) {
  if (provider === "server") return "Pictures are sent to the server that sent this page.";
  if (provider === "webgpu") return "Runs on this machine's graphics card.";
  const more = threads > 1 ? `${threads} threads` : "one thread; a server that sends COOP and COEP headers gives it more";
  return `Runs on this machine's processor: ${more}.`;
}

async function addPicture(blob, name) {
  status(`${name}: reading`);
  const bitmap = await openPicture(blob, name);
  await addStill(bitmap, name);
}

async function addStill(bitmap, name) {
  const item = { name, width: bitmap.width, height: bitmap.height, video: null, model: about(), frames: [] };
  status(`${name}: looking for the person`);
  const answer = await state.engine.poses(bitmap, { name: item.model.name });
  item.frames.push({ index: 0, time: null, bitmap, poses: answer.poses });
  told(item, answer);
  add(item, true);
}

function told(item, { poses, ms }) {
  const sure = poses.reduce((n, p) => n + p.scores.at(-1).filter((s) => s >= Number($("low").value)).length, 0);
  const people = poses.length === 1 ? "one person" : `${poses.length || "no"} people`;
  const joints = poses.length * item.model.skeleton.joints.length;
  const spent = `${Math.round(ms.find + ms.pose)} ms`;
  document.body.dataset.ms = JSON.stringify(ms);
  status(`${item.name}: ${people}${poses.length ? `, ${sure} of ${joints} joints sure` : ""}, in ${spent}`);
}

async function addVideo(blob, name) {
  const video = await openVideo(blob, name);
  const item = { name, width: video.videoWidth, height: video.videoHeight, video, model: about(), frames: [] };
  let stopped = false;
  const stop = Object.assign(document.createElement("button"), { type: "button", textContent: "Stop the video" });
  stop.addEventListener("click", () => (stopped = true));
  $("status").after(stop);
  try {
    for await (const { index, time, count, bitmap } of frames(video, Number($("per-second").value) || 10, () => stopped)) {
      status(`${name}: frame ${index + 1} of ${count}`);
      const { poses } = await state.engine.poses(bitmap, { name: item.model.name });
      bitmap.close();
      item.frames.push({ index, time, bitmap: null, poses });
    }
  } finally {
    stop.remove();
  }
  if (item.frames.length) await showFrame(item, 0);
  if (item.frames.length) add(item, false);
  status(`${name}: ${item.frames.length} frames${stopped ? ", stopped" : ""}`);
}

/** A video's frames are not kept: the one looked at is taken from the video again. */
async function showFrame(item, index) {
  await seek(item.video, item.frames[index].time);
  item.frames.forEach((f) => f.bitmap?.close());
  item.frames.forEach((f) => (f.bitmap = null));
  item.frames[index].bitmap = await createImageBitmap(item.video);
}

function add(item, play) {
  state.items.push(item);
  $("items").append(thumbnail(item, () => select(item, false)));
  select(item, play);
}

function select(item, play) {
  Object.assign(state, { item, person: 0 });
  $("result").hidden = false;
  const place = state.items.indexOf(item);
  [...$("items").querySelectorAll("button")].forEach((b, i) => b.setAttribute("aria-current", String(i === place)));
  $("time-row").hidden = item.frames.length < 2;
  Object.assign($("time"), { max: item.frames.length - 1, value: item.video ? Math.max(0, item.frames.findIndex((f) => f.bitmap)) : 0 });
  refresh(play);
}

function refresh(play = false) {
  const now = frame();
  if (!now?.bitmap) return;
  const pose = now.poses[state.person] ?? null;
  const others = now.poses.filter((p) => p !== pose);
  $("time-said").textContent = now.time === null ? "" : `${now.index}, ${now.time.toFixed(2)} s`;
  $("low-said").textContent = Number($("low").value).toFixed(2);
  peopleButtons($("people"), now.poses, state.person, (i) => ((state.person = i), refresh(true)));
  fillTable($("joints"), $("table-caption"), pose, state.item.model, look());
  player.show({ bitmap: now.bitmap, pose, others, about: state.item.model, look: look() }, play);
}

async function addPerson(box) {
  const now = frame(), item = state.item;
  if (!now?.bitmap) return;
  enqueue(async () => {
    failed("");
    status(`${item.name}: looking at the box`);
    const answer = await state.engine.poses(now.bitmap, { name: item.model.name, boxes: [box] });
    now.poses.push(...answer.poses);
    told(item, { ...answer, poses: now.poses });
    if (state.item === item) ((state.person = now.poses.length - 1), refresh(true));
  });
}

function take(files) {
  failed("");
  for (const file of files) {
    const name = file.name || "pasted.png";
    enqueue(() => (file.type.startsWith("video/") ? addVideo(file, name) : addPicture(file, name)));
  }
}

function wireInputs() {
  $("files").addEventListener("change", (e) => (take([...e.target.files]), (e.target.value = "")));
  for (const name of ["dragover", "dragleave", "drop"]) {
    document.addEventListener(name, (e) => {
      e.preventDefault();
      $("drop").classList.toggle("over", name === "dragover");
      if (name === "drop") take([...e.dataTransfer.files]);
    });
  }
  document.addEventListener("paste", (e) => take([...(e.clipboardData?.files ?? [])]));
  $("example").addEventListener("click", () => enqueue(async () => {
    failed("");
    const seen = state.items.filter((i) => i.example).length;
    const file = state.site.examples[seen % state.site.examples.length];
    await addPicture(await (await fetch(file)).blob(), file.split("/").at(-1));
    state.item.example = true;
  }));
}

function wireResult() {
  for (const id of ["low", "hide", "close-up"]) $(id).addEventListener("input", () => refresh());
  $("play").addEventListener("click", () => player.play());
  $("time").addEventListener("input", () => enqueue(async () => {
    await showFrame(state.item, Number($("time").value));
    state.person = 0;
    refresh();
  }));
  $("save-csv").addEventListener("click", () => save(`${stem(state.item.name)}.csv`, csv(state.item, state.item.model), "text/csv"));
  $("save-json").addEventListener("click", () =>
    save(`${stem(state.item.name)}.json`, jsonLines(records(state.item, state.item.model)), "application/json"));
  $("save-png").addEventListener("click", () => {
    const canvas = drawing(frame().bitmap, frame().poses, state.item.model, look());
    canvas.toBlob((blob) => save(`${stem(state.item.name)}-pose.png`, blob, "image/png"), "image/png");
  });
  $("box-form").addEventListener("submit", (e) => {
    e.preventDefault();
    const { x, y, w, h } = Object.fromEntries([...new FormData(e.target)].map(([k, v]) => [k, Number(v)]));
    addPerson([x + w / 2, y + h / 2, w, h]);
  });
}

function wireCamera() {
  const live = new Live({
    video: $("preview"), canvas: $("live-canvas"), rate: $("rate"), look, about, engine: () => state.engine,
    onFirst: () => status(about().quick ? "The camera runs: stage 1 alone; take a still for all stages" : "The camera runs"),
    onFailure: (error) => (failed(error.message), live.stop(), camera(false)),
  });
  const camera = (on) => {
    $("camera").setAttribute("aria-pressed", String(on));
    $("camera").textContent = on ? "Stop the camera" : "Use the camera";
    $("live").hidden = !on;
  };
  $("camera").addEventListener("click", () => enqueue(async () => {
    failed("");
    status(live.running ? "Ready" : "Starting the camera");
    if (live.running) live.stop();
    else await live.start().catch((error) => (failed(error.message), status("Ready")));
    camera(live.running);
  }));
  $("still").addEventListener("click", async () => {
    const bitmap = await createImageBitmap($("preview"));
    enqueue(() => addStill(bitmap, `camera-${state.items.length + 1}.png`));
  });
}

async function begin() {
  state.site = await (await fetch("site.json")).json();
  $("model").replaceChildren(...state.site.models.map((m) => new Option(`${m.name} (${m.skeleton.joints.length} joints)`, m.name)));
  if (state.site.server) {
    $("backend").append(new Option("the server that sent this page", "server"));
    $("but-server").hidden = false;
  }
  $("low").value = state.site.low;
  $("version").textContent = `Version ${state.site.version}.`;
  $("backend").addEventListener("change", () => enqueue(() => (failed(""), startEngine())));
  wireInputs();
  wireResult();
  wireCamera();
  await startEngine();
}

enqueue(begin);
window.deeppose = state; // for tests, and for the curious
