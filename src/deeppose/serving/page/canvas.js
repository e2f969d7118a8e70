/**
 * The canvas: `data/canvas.py` once more, for the browser. A person's region is laid on a square of `size` pixels, at
 * native resolution or reduced by averaging, never enlarged; what lies outside the picture is mid-grey.
 *
 * Conventions as everywhere in this project: the picture's corner is (0, 0), pixel centres lie at +0.5, a box is
 * [cx, cy, w, h].
 */

export const FILL = 128;

/**
 * Lay a region of a picture on a canvas, centred.
 *
 * @param {{width: number, height: number, rows: function(number, number, number, number): Uint8ClampedArray}} picture
 *   `rows(x, y, w, h)` gives RGBA bytes of a part; it is asked for a few rows at a time.
 * @param {number[]} region cx, cy, w, h in pixels; may reach outside the picture.
 * @param {number} size side of the canvas.
 * @returns {{pixels: Uint8Array, origin: number[], scale: number}} RGB bytes; canvas = (picture - origin) * scale.
 */
export function cut(picture, region, size) {
  const extent = Math.max(region[2], region[3], 1);
  const scale = Math.min(1, size / extent);
  const origin = [0, 1].map((i) => Math.floor(region[i] - size / scale / 2));
  const high = origin.map((v) => Math.ceil(v + size / scale));
  const x0 = Math.max(origin[0], 0), y0 = Math.max(origin[1], 0);
  const x1 = Math.min(high[0], picture.width), y1 = Math.min(high[1], picture.height);
  const pixels = new Uint8Array(size * size * 3).fill(FILL);
  if (x1 > x0 && y1 > y0) {
    const corner = [(x0 - origin[0]) * scale, (y0 - origin[1]) * scale];
    paste(pixels, size, picture, [x0, y0, x1 - x0, y1 - y0], corner, scale);
  }
  return { pixels, origin, scale };
}

/**
 * A whole picture at `zoom` times its size: averaged where it gets smaller, between its pixels where it gets larger.
 *
 * @returns {{width: number, height: number, rgb: Uint8Array}}
 */
export function resized(picture, zoom) {
  const width = Math.max(1, halfEven(picture.width * zoom)), height = Math.max(1, halfEven(picture.height * zoom));
  const part = [0, 0, picture.width, picture.height];
  const rgb = zoom < 1 ? reduce(picture, part, width, height) : enlarge(picture, width, height);
  return { width, height, rgb };
}

function enlarge(picture, width, height) {
  const small = { width: picture.width, height: picture.height };
  small.rgb = reduce(picture, [0, 0, small.width, small.height], small.width, small.height);
  const rgb = new Uint8Array(width * height * 3);
  const at = (i, to, from) => Math.min(Math.max(((i + 0.5) * from) / to - 0.5, 0), from - 1);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      blend(rgb, (y * width + x) * 3, small, at(x, width, small.width), at(y, height, small.height));
    }
  }
  return rgb;
}

/** Picture pixels of a point in canvas pixels. */
export function toPicture(canvas, x, y) {
  return [x / canvas.scale + canvas.origin[0], y / canvas.scale + canvas.origin[1]];
}

/** A box in canvas pixels of one in picture pixels. */
export function boxToCanvas(canvas, box) {
  const { origin, scale } = canvas;
  return [(box[0] - origin[0]) * scale, (box[1] - origin[1]) * scale, box[2] * scale, box[3] * scale];
}

function paste(pixels, size, picture, part, corner, scale) {
  const [, , width, height] = part;
  const small = {
    width: scale === 1 ? width : Math.max(1, halfEven(width * scale)),
    height: scale === 1 ? height : Math.max(1, halfEven(height * scale)),
  };
  small.rgb = reduce(picture, part, small.width, small.height);
  if (scale === 1) copy(pixels, size, small, corner);
  else place(pixels, size, small, corner, [(scale * width) / small.width, (scale * height) / small.height]);
}

/** Python's round: a half goes to the even neighbour. */
function halfEven(value) {
  const low = Math.floor(value);
  const rest = value - low;
  if (rest !== 0.5) return Math.round(value);
  return low % 2 === 0 ? low : low + 1;
}

const STRIP = 1 << 20; // pixels read at a time: a 100-megapixel picture never lies in memory as RGBA

/**
 * Every target pixel is the mean of the source pixels under it, edges by their share: OpenCV's INTER_AREA, in its order
 * and in 32-bit floats, so that no pixel comes out different.
 */
function reduce(picture, [left, top, width, height], toWidth, toHeight) {
  const columns = shares(width, toWidth);
  const sums = new Float32Array(toWidth * toHeight * 3);
  const line = new Float32Array(toWidth * 3);
  const step = Math.max(1, Math.floor(STRIP / width));
  let rgba, from = 0, until = 0;
  for (const [to, y, share] of entries(shares(height, toHeight))) {
    if (y >= until) {
      [from, until] = [y, Math.min(y + step, height)];
      rgba = picture.rows(left, top + from, width, until - from);
    }
    reduceLine(rgba, (y - from) * width * 4, columns, line);
    addLine(sums, to * line.length, line, share);
  }
  return Uint8Array.from(sums, halfEven);
}

function reduceLine(rgba, start, { to, from, share }, line) {
  line.fill(0);
  for (let i = 0; i < to.length; i++) {
    const at = start + from[i] * 4, into = to[i] * 3;
    line[into] += Math.fround(rgba[at] * share[i]);
    line[into + 1] += Math.fround(rgba[at + 1] * share[i]);
    line[into + 2] += Math.fround(rgba[at + 2] * share[i]);
  }
}

function addLine(sums, at, line, share) {
  for (let i = 0; i < line.length; i++, at++) sums[at] += Math.fround(line[i] * share);
}

const NOTHING = 1e-3; // a share of a source cell below which OpenCV leaves it out

/** Which source cells each target cell is the mean of, and their shares: three arrays of one length. */
function shares(length, target) {
  const ratio = 1 / (target / length);
  const to = [], from = [], share = [];
  const add = (t, s, part) => (to.push(t), from.push(s), share.push(Math.fround(part)));
  for (let t = 0; t < target; t++) {
    const low = t * ratio, high = low + ratio;
    const cell = Math.min(ratio, length - low);
    const last = Math.min(Math.floor(high), length - 1);
    const first = Math.min(Math.ceil(low), last);
    if (first - low > NOTHING) add(t, first - 1, (first - low) / cell);
    for (let s = first; s < last; s++) add(t, s, 1 / cell);
    if (high - last > NOTHING) add(t, last, Math.min(high - last, 1, cell) / cell);
  }
  return { to: Int32Array.from(to), from: Int32Array.from(from), share: Float32Array.from(share) };
}

function* entries({ to, from, share }) {
  for (let i = 0; i < to.length; i++) yield [to[i], from[i], share[i]];
}

function copy(pixels, size, small, corner) {
  for (let y = 0; y < small.height; y++) {
    const line = small.rgb.subarray(y * small.width * 3, (y + 1) * small.width * 3);
    pixels.set(line, ((y + corner[1]) * size + corner[0]) * 3);
  }
}

/** Put the reduced part at its sub-pixel place, bilinearly; at its rim it fades into the grey. */
function place(pixels, size, small, corner, zoom) {
  const inverse = zoom.map((z) => Math.fround(1 / z));
  const shift = zoom.map((z, i) => Math.fround(-(1 / z) * (corner[i] + 0.5 * z - 0.5)));
  for (let y = 0; y < size; y++) {
    const row = Math.fround(y * inverse[1] + shift[1]);
    if (row <= -1 || row >= small.height) continue;
    for (let x = 0; x < size; x++) {
      const column = Math.fround(x * inverse[0] + shift[0]);
      if (column > -1 && column < small.width) blend(pixels, (y * size + x) * 3, small, column, row);
    }
  }
}

function blend(pixels, to, small, column, row) {
  const x = Math.floor(column), y = Math.floor(row);
  const fx = Math.fround(column - x), fy = Math.fround(row - y);
  for (let c = 0; c < 3; c++) {
    const above = mixed(value(small, x, y, c), value(small, x + 1, y, c), fx);
    const below = mixed(value(small, x, y + 1, c), value(small, x + 1, y + 1, c), fx);
    pixels[to + c] = halfEven(mixed(above, below, fy));
  }
}

const mixed = (a, b, share) => Math.fround(a + share * Math.fround(b - a));

function value(small, x, y, channel) {
  if (x < 0 || y < 0 || x >= small.width || y >= small.height) return FILL;
  return small.rgb[(y * small.width + x) * 3 + channel];
}
