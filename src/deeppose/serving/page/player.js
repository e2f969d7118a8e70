/** The big picture: shows one step of a pose's story, plays them one after the other, and lets a box be dragged. */

import { Pen } from "./draw.js";
import { glimpse, steps } from "./story.js";

const MOVE = 700, REST = 900; // milliseconds a step takes, and is left standing
const still = matchMedia("(prefers-reduced-motion: reduce)");
const LONG_SIDE = [700, 1400];

/** The canvas with its step buttons. `shown` = { bitmap, pose, others, about, look } or null. */
export class Player {
  #list = [];
  #timer = 0;
  #at = 0;

  constructor({ view, says, bar, glimpses, onBox }) {
    Object.assign(this, { view, says, bar, glimpses, shown: null });
    this.#letDrag(onBox);
  }

  /** Show a pose: from its first step, played, or at its last. */
  show(shown, play) {
    this.shown = shown;
    this.#list = shown.pose ? steps(shown.pose, shown.about) : [];
    this.bar.replaceChildren(...this.#list.map((step, i) => this.#button(step, i)));
    if (play && this.#list.length && !still.matches) this.play();
    else this.go(this.#list.length - 1);
  }

  play() {
    this.#run(0);
  }

  get playing() {
    return this.#timer !== 0;
  }

  /** Stand still at a step; without a pose, show the picture. */
  go(index) {
    cancelAnimationFrame(this.#timer);
    this.#timer = 0;
    this.#draw(index, 1);
  }

  redraw() {
    if (this.shown && !this.playing) this.#draw(this.#at, 1);
  }

  #run(index) {
    cancelAnimationFrame(this.#timer);
    const began = performance.now();
    const frame = (now) => {
      const t = Math.min(1, Math.max(0, (now - began) / MOVE));
      this.#draw(index, ease(t));
      if (now - began < MOVE + REST) this.#timer = requestAnimationFrame(frame);
      else if (index + 1 < this.#list.length) this.#run(index + 1);
      else this.#timer = 0;
    };
    this.#timer = requestAnimationFrame(frame);
  }

  #draw(index, t) {
    const fresh = index !== this.#at || t === 1;
    this.#at = index;
    const { bitmap, others = [] } = this.shown;
    const region = this.#region();
    resize(this.view, region);
    const pen = this.#pen(this.view.getContext("2d"), region);
    const step = this.#list[index];
    if (step) step.draw(pen, bitmap, t);
    else pen.picture(bitmap);
    if (!step || index === this.#list.length - 1) others.forEach((p) => pen.pose(p.stages.at(-1), p.scores.at(-1), 0.6));
    if (fresh) this.#tell(step, index);
  }

  #tell(step, index) {
    this.says.textContent = step?.says ?? "Nobody was found in this picture. Drag a box around a person.";
    [...this.bar.querySelectorAll("button")].forEach((b, i) => {
      if (i === index) b.setAttribute("aria-current", "step");
      else b.removeAttribute("aria-current");
    });
    this.#glimpse(step?.glimpses);
  }

  #glimpse(seen) {
    this.glimpses.hidden = !seen;
    if (!seen) return this.glimpses.replaceChildren();
    const { bitmap, about } = this.shown;
    const tiles = about.skeleton.joints.map((name, k) => {
      const canvas = Object.assign(document.createElement("canvas"), { width: 120, height: 120 });
      glimpse(canvas, bitmap, seen, k, (context, region) => this.#pen(context, region));
      return tile(canvas, name.replaceAll("_", " "), seen.from[k], seen.to[k]);
    });
    this.glimpses.replaceChildren(...tiles);
  }

  #pen(context, region) {
    const { about, look } = this.shown;
    return new Pen(context, region, { ...look, skeleton: about.skeleton });
  }

  /** x, y, w, h of the picture that is shown: all of it, or the person and some air. */
  #region() {
    const { bitmap, pose, look } = this.shown;
    if (!pose || !look.closeUp) return [0, 0, bitmap.width, bitmap.height];
    return around(pose, bitmap);
  }

  #button(step, i) {
    const item = document.createElement("li");
    const button = Object.assign(document.createElement("button"), { type: "button", textContent: step.label });
    button.addEventListener("click", () => (still.matches ? this.go(i) : this.#once(i)));
    item.append(button);
    return item;
  }

  #once(index) {
    this.go(index);
    const began = performance.now();
    const frame = (now) => {
      const t = Math.min(1, Math.max(0, (now - began) / MOVE));
      this.#draw(index, ease(t));
      this.#timer = t < 1 ? requestAnimationFrame(frame) : 0;
    };
    this.#timer = requestAnimationFrame(frame);
  }

  #letDrag(onBox) {
    let from = null;
    const place = (e) => {
      const region = this.#region(), r = this.view.getBoundingClientRect();
      return [region[0] + ((e.clientX - r.left) / r.width) * region[2], region[1] + ((e.clientY - r.top) / r.height) * region[3]];
    };
    const box = (to) => [(from[0] + to[0]) / 2, (from[1] + to[1]) / 2, Math.abs(to[0] - from[0]), Math.abs(to[1] - from[1])];
    this.view.addEventListener("pointerdown", (e) => {
      if (!this.shown || e.button || e.pointerType === "touch") return;
      from = place(e);
      this.view.setPointerCapture(e.pointerId);
    });
    this.view.addEventListener("pointermove", (e) => {
      if (!from) return;
      this.go(this.#at);
      this.#pen(this.view.getContext("2d"), this.#region()).box(box(place(e)));
    });
    this.view.addEventListener("pointerup", (e) => {
      const drawn = from && box(place(e));
      from = null;
      if (drawn && Math.min(drawn[2], drawn[3]) >= 8) onBox(drawn);
      else this.redraw();
    });
    this.view.addEventListener("pointercancel", () => (from = null));
  }
}

/** The whole picture with everyone's final pose, at a size within `LONG_SIDE`, as a canvas of its own. */
export function drawing(bitmap, poses, about, look) {
  const canvas = document.createElement("canvas");
  const region = [0, 0, bitmap.width, bitmap.height];
  resize(canvas, region);
  const pen = new Pen(canvas.getContext("2d"), region, { ...look, skeleton: about.skeleton });
  pen.picture(bitmap);
  poses.forEach((p) => pen.pose(p.stages.at(-1), p.scores.at(-1)));
  return canvas;
}

function around(pose, bitmap) {
  const points = pose.stages.at(-1);
  const [cx, cy, w, h] = pose.box;
  const xs = [cx - w / 2, cx + w / 2, ...points.map((p) => p[0])], ys = [cy - h / 2, cy + h / 2, ...points.map((p) => p[1])];
  const air = 0.08 * Math.max(w, h);
  const x0 = Math.max(0, Math.min(...xs) - air), x1 = Math.min(bitmap.width, Math.max(...xs) + air);
  const y0 = Math.max(0, Math.min(...ys) - air), y1 = Math.min(bitmap.height, Math.max(...ys) + air);
  return x1 - x0 >= 1 && y1 - y0 >= 1 ? [x0, y0, x1 - x0, y1 - y0] : [0, 0, bitmap.width, bitmap.height];
}

function resize(canvas, [, , w, h]) {
  const zoom = Math.min(LONG_SIDE[1], Math.max(LONG_SIDE[0], Math.max(w, h))) / Math.max(w, h);
  const size = [Math.max(1, Math.round(w * zoom)), Math.max(1, Math.round(h * zoom))];
  if (canvas.width !== size[0] || canvas.height !== size[1]) [canvas.width, canvas.height] = size;
}

function tile(canvas, name, from, to) {
  const figure = document.createElement("figure");
  const moved = Math.hypot(to[0] - from[0], to[1] - from[1]).toFixed(1);
  const caption = Object.assign(document.createElement("figcaption"), { textContent: `${name}: ${moved} px` });
  figure.append(canvas, caption);
  return figure;
}

const ease = (t) => (t < 0.5 ? 2 * t * t : 1 - (2 - 2 * t) ** 2 / 2);
