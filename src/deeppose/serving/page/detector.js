/** People by a detector's file: the twin of `inference/finders/detector_file.py` for the plain layout, RGB bytes in. */

import { resized } from "./canvas.js";
import { download } from "./cascade.js";

const PAD = 114, STEP = 32;

export class Detector {
  constructor(ort, session, about) {
    Object.assign(this, { ort, session, about });
  }

  static async load(ort, about, file, provider, onBytes) {
    const bytes = await download(file, onBytes);
    const options = { executionProviders: [provider], graphOptimizationLevel: "all", logSeverityLevel: 3 };
    return new Detector(ort, await ort.InferenceSession.create(bytes, options), about);
  }

  /** { box: [cx, cy, w, h], score } in the cascade's convention, best first. */
  async find(picture) {
    const box = letterbox(picture, this.about.side);
    const image = new this.ort.Tensor("uint8", box.pixels, [1, box.rows, box.columns, 3]);
    const { boxes, scores, ...rest } = await this.session.run({ [this.session.inputNames[0]]: image });
    const classes = (rest.classes ?? rest.labels).data;
    const raw = Array.from(scores.data, (score, i) => ({ score, corners: [...boxes.data.subarray(4 * i, 4 * i + 4)], kind: Number(classes[i]) }));
    const people = suppressed(raw.filter((r) => r.kind === this.about.person && sound(r, this.about.least)), this.about.overlap);
    return people
      .map(({ corners, score }) => ({ corners: inPicture(corners, box, picture), score: Math.min(1, score) }))
      .filter(({ corners: [x0, y0, x1, y1] }) => x1 - x0 >= 1 && y1 - y0 >= 1)
      .map(({ corners, score }) => ({ box: withMargin(corners, this.about.margin, picture), score }))
      .sort((a, b) => b.score - a.score || area(b.box) - area(a.box) || a.box[0] - b.box[0] || a.box[1] - b.box[1])
      .slice(0, this.about.people);
  }
}

/** The picture in the upper left corner of a grey rectangle whose sides a detector's strides divide. */
function letterbox(picture, side) {
  const zoom = side / Math.max(picture.height, picture.width);
  const small = resized(picture, zoom);
  const rows = Math.ceil(small.height / STEP) * STEP, columns = Math.ceil(small.width / STEP) * STEP;
  const pixels = new Uint8Array(rows * columns * 3).fill(PAD);
  for (let y = 0; y < small.height; y++) {
    pixels.set(small.rgb.subarray(y * small.width * 3, (y + 1) * small.width * 3), y * columns * 3);
  }
  return { pixels, rows, columns, zoom: [small.width / picture.width, small.height / picture.height] };
}

const sound = ({ score, corners: [x0, y0, x1, y1] }, least) =>
  score >= least && [x0, y0, x1, y1].every(Number.isFinite) && x1 > x0 && y1 > y0;

/** Of two boxes that overlap by more only the surer. */
function suppressed(people, overlap) {
  const kept = [];
  for (const one of [...people].sort((a, b) => b.score - a.score)) {
    if (kept.every((other) => shared(one.corners, other.corners) <= overlap)) kept.push(one);
  }
  return kept;
}

function shared(a, b) {
  const side = (i) => Math.max(0, Math.min(a[i + 2], b[i + 2]) - Math.max(a[i], b[i]));
  const inner = side(0) * side(1);
  const whole = ([x0, y0, x1, y1]) => (x1 - x0) * (y1 - y0);
  return inner / (whole(a) + whole(b) - inner);
}

const clip = (v, high) => Math.min(Math.max(v, 0), high);
const area = ([, , w, h]) => w * h;

function inPicture(corners, { zoom }, { width, height }) {
  return corners.map((v, i) => clip(v / zoom[i % 2], i % 2 ? height : width));
}

function withMargin([x0, y0, x1, y1], { top, bottom, side }, { width, height }) {
  const longer = Math.max(x1 - x0, y1 - y0);
  const left = clip(x0 - longer * side, width), right = clip(x1 + longer * side, width);
  const high = clip(y0 - longer * top, height), low = clip(y1 + longer * bottom, height);
  return [(left + right) / 2, (high + low) / 2, right - left, low - high];
}
