/** Where people are, when nobody says it: the twins of `inference/finders`, by the `kind` that `site.json` names. */

const fullImage = ({ width, height }) => [width / 2, height / 2, width, height];

/** A box of somebody who is there for certain. */
export const certain = (box) => ({ box, score: 1 });

/** The most prominent person, by a cascade whose four joints are the middles of the box's edges; always somebody. */
async function regressed(cascade, picture) {
  const untold = (box) => [{ box, score: cascade.about.score }];
  const pose = await cascade.predict(picture, fullImage(picture));
  const [top, bottom, left, right] = pose.stages.at(-1);
  const clip = (v, high) => Math.min(Math.max(v, 0), high);
  const x0 = clip(left[0], picture.width), x1 = clip(right[0], picture.width);
  const y0 = clip(top[1], picture.height), y1 = clip(bottom[1], picture.height);
  if (x1 - x0 < 1 || y1 - y0 < 1) return untold(fullImage(picture));
  return untold([(x0 + x1) / 2, (y0 + y1) / 2, x1 - x0, y1 - y0]);
}

/** Everybody, by a detector. */
const detected = (detector, picture) => detector.find(picture);

const KINDS = { regressed, detected };

/** { box: [cx, cy, w, h], score } of the people in a picture, best first; the full image where nothing can be sought. */
export async function find(kind, model, picture) {
  const finder = KINDS[kind];
  return finder && model ? finder(model, picture) : [certain(fullImage(picture))];
}
