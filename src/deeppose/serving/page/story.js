/**
 * The paper's story of one person as steps: the box; stage 1; then for every later stage the joint boxes, the arrows
 * out of them, and the pose they lead to. A step draws itself at a time from 0 to 1.
 */

/** b_i(y; sigma), eq. (7): the side of the joint boxes about a pose. */
export function jointBoxSide(points, { torso, fallback, floor }, sigma) {
  const xs = points.map((p) => p[0]), ys = points.map((p) => p[1]);
  const extent = Math.max(Math.max(...xs) - Math.min(...xs), Math.max(...ys) - Math.min(...ys));
  const [a, b] = torso[0] ?? [];
  const diameter = torso.length ? distance(points[a], points[b]) : fallback * extent;
  return sigma * Math.max(diameter, floor * extent, 1);
}

const distance = ([ax, ay], [bx, by]) => Math.hypot(ax - bx, ay - by);
const between = (from, to, t) => from.map((p, k) => p.map((v, i) => v + (to[k][i] - v) * t));
const shown = (k, pen, scores) => !pen.hide || scores[k] >= pen.low;

/** The steps of one pose: { label, says, draw(pen, bitmap, t) }. `about` is the model in `site.json`. */
export function steps(pose, about) {
  const list = [boxStep(pose), firstStage(pose)];
  for (let s = 1; s < pose.stages.length; s++) list.push(joints(pose, about, s), arrows(pose, about, s), after(pose, s));
  list.push(final(pose));
  return list;
}

const boxStep = (pose) => ({
  label: "Box",
  says: "The person's box: all that stage 1 looks at.",
  draw(pen, bitmap, t) {
    const [cx, cy, w, h] = pose.box;
    pen.picture(bitmap);
    pen.box([cx, cy, w * (1.3 - 0.3 * t), h * (1.3 - 0.3 * t)]);
  },
});

const firstStage = (pose) => ({
  label: "Stage 1",
  says: "Stage 1 regresses all joints at once, from the whole person.",
  draw(pen, bitmap, t) {
    const [cx, cy] = pose.box;
    pen.picture(bitmap);
    pen.box(pose.box);
    pen.pose(between(pose.stages[0].map(() => [cx, cy]), pose.stages[0], t), pose.scores[0]);
  },
});

const joints = (pose, { skeleton, sigma }, s) => ({
  label: "Joint boxes",
  says: `Stage ${s + 1} looks again, closer: into a small box around each joint that stage ${s} found.`,
  draw(pen, bitmap, t) {
    const points = pose.stages[s - 1];
    const side = jointBoxSide(points, skeleton, sigma) * (1.4 - 0.4 * t);
    pen.picture(bitmap, 0.35);
    points.forEach(([x, y], k) => shown(k, pen, pose.scores[s - 1]) && pen.box([x, y, side, side], "#ffffff", 1.5));
    points.forEach((p, k) => shown(k, pen, pose.scores[s - 1]) && pen.joint(p, k));
  },
});

/** Refinements move joints little: arrows are drawn so many times as long that the longest can be seen. */
function stretch(from, to, side) {
  const longest = Math.max(...from.map((p, k) => distance(p, to[k])));
  return longest > 0 ? Math.min(16, 2 ** Math.max(0, Math.floor(Math.log2((0.6 * side) / longest)))) : 1;
}

function arrows(pose, { skeleton, sigma }, s) {
  const [from, to] = [pose.stages[s - 1], pose.stages[s]];
  const side = jointBoxSide(from, skeleton, sigma);
  const times = stretch(from, to, side);
  const tips = between(from, to, times);
  return {
    label: "Arrows",
    says: `In each box stage ${s + 1} regresses the way from where the joint was to where it is.` +
      (times > 1 ? ` The arrows are drawn ${times} times as long.` : ""),
    glimpses: { from, to, side },
    draw(pen, bitmap, t) {
      const now = between(from, tips, t);
      pen.picture(bitmap, 0.35);
      pen.ghost(from);
      from.forEach((p, k) => shown(k, pen, pose.scores[s]) && pen.joint(p, k));
      from.forEach((p, k) => shown(k, pen, pose.scores[s]) && pen.arrow(p, now[k]));
    },
  };
}

const after = (pose, s) => ({
  label: `Stage ${s + 1}`,
  says: `The pose after stage ${s + 1}; where it was before shows through in white.`,
  draw(pen, bitmap, t) {
    pen.picture(bitmap);
    pen.ghost(pose.stages[s - 1]);
    pen.pose(pose.stages[s], pose.scores[s], 0.3 + 0.7 * t);
  },
});

const final = (pose) => ({
  label: "Final pose",
  says: "The final pose. Hollow joints are those the model is unsure of.",
  draw(pen, bitmap) {
    pen.picture(bitmap);
    pen.pose(pose.stages.at(-1), pose.scores.at(-1));
  },
});

/** What a later stage sees: each joint's box enlarged, with the arrow inside; drawn into a small canvas each. */
export function glimpse(canvas, bitmap, { from, to, side }, k, makePen) {
  const [x, y] = from[k];
  const pen = makePen(canvas.getContext("2d"), [x - side / 2, y - side / 2, side, side]);
  pen.width = 3;
  pen.picture(bitmap);
  pen.arrow(from[k], to[k]);
  pen.joint(to[k], k);
}
