/**
 * One `.onnx` file run in this thread: the JavaScript twin of `inference/onnx_model.py` and `inference/predictor.py`.
 *
 * A pose is `{ box, stages, scores }`, from the worker with its `boxScore`: the box cx, cy, w, h; for each stage K points [x, y] in pixels of the picture;
 * for each stage K scores in [0, 1].
 */

import { boxToCanvas, cut, toPicture } from "./canvas.js";

/** Fetch a file with progress. @param {function(number)} onBytes is told how many bytes have come so far. */
export async function download(url, onBytes) {
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(`${url}: the server answers ${answer.status} ${answer.statusText}`);
  const parts = [];
  let size = 0;
  for (const reader = answer.body.getReader(); ; ) {
    const { done, value } = await reader.read();
    if (done) break;
    parts.push(value);
    onBytes((size += value.length));
  }
  return new Uint8Array(await new Blob(parts).arrayBuffer());
}

/** A model and what `site.json` says of it: canvas, context, stages, skeleton. */
export class Cascade {
  constructor(ort, session, about, outside) {
    Object.assign(this, { ort, session, about, outside });
  }

  static async load(ort, about, file, provider, outside, onBytes) {
    const bytes = await download(file, onBytes);
    const session = await ort.InferenceSession.create(bytes, {
      executionProviders: [provider],
      graphOptimizationLevel: "all",
      logSeverityLevel: 3,
    });
    return new Cascade(ort, session, about, outside);
  }

  /** The raw answer for one canvas: joints (S x K x 2) in canvas pixels and scores (S x K), flat. */
  async run(pixels, box) {
    const side = this.about.canvas;
    const feeds = {
      canvases: new this.ort.Tensor("uint8", pixels, [1, side, side, 3]),
      boxes: new this.ort.Tensor("float32", Float32Array.from(box), [1, 4]),
    };
    const { joints, scores } = await this.session.run(feeds, ["joints", "scores"]);
    return { joints: joints.data, scores: scores.data };
  }

  /** The pose in a box of a picture; `stages` keeps only so many (a file pruned to stage 1 repeats it). */
  async predict(picture, box, stages = this.about.stages) {
    const { canvas: side, context } = this.about;
    const canvas = cut(picture, [box[0], box[1], box[2] * context, box[3] * context], side);
    const raw = await this.run(canvas.pixels, boxToCanvas(canvas, box));
    const joints = this.about.skeleton.joints.length;
    const pose = { box, stages: [], scores: [] };
    for (let s = 0; s < stages; s++) {
      const points = Array.from({ length: joints }, (_, k) => {
        const at = (s * joints + k) * 2;
        return toPicture(canvas, raw.joints[at], raw.joints[at + 1]);
      });
      pose.stages.push(points);
      pose.scores.push(points.map((p, k) => this.#seen(picture, p, raw.scores[s * joints + k])));
    }
    return pose;
  }

  /** A joint outside the picture may score little: nobody can see it there. */
  #seen(picture, [x, y], score) {
    const inside = x >= 0 && y >= 0 && x <= picture.width && y <= picture.height;
    return inside ? score : Math.min(score, this.outside);
  }
}
