/** What leaves the page, onto this machine's disk: records as `deeppose predict` writes them, CSV, and pictures. */

const round = (v, digits) => Number(v.toFixed(digits));

import { mean, personScore } from "./people.js";

/** A JSON record a person and frame: schema 1, the same that `deeppose predict --json` prints. */
export function records(item, about) {
  return item.frames.flatMap((frame) => {
    const common = {
      schema: 1, model: about.identity, file: item.name, frame: frame.index, time: frame.time,
      width: item.width, height: item.height,
    };
    if (!frame.poses.length) return [{ ...common, people: 0 }];
    return frame.poses.map((pose, person) => ({
      ...common, person, people: frame.poses.length, skeleton: about.skeleton.name,
      box: corner(pose.box), box_score: round(pose.boxScore, 4), score: round(personScore(pose), 4),
      joints: named(pose, pose.stages.length - 1, about),
      stages: pose.stages.map((_, s) => named(pose, s, about)),
    }));
  });
}

/** One line a person and frame, under a heading. */
export function csv(item, about) {
  const names = about.skeleton.joints;
  const heading = ["file", "frame", "time", "person", "box_x", "box_y", "box_w", "box_h"];
  const lines = [[...heading, ...names.flatMap((n) => [`${n}_x`, `${n}_y`, `${n}_score`])]];
  for (const frame of item.frames) {
    frame.poses.forEach((pose, person) => {
      const values = pose.stages.at(-1).flatMap(([x, y], k) => [round(x, 3), round(y, 3), round(pose.scores.at(-1)[k], 4)]);
      lines.push([item.name, frame.index, frame.time ?? "", person, ...Object.values(corner(pose.box)), ...values]);
    });
  }
  return lines.map((line) => line.map(quoted).join(",")).join("\n") + "\n";
}

/** Hand a file to the browser's downloads. */
export function save(name, content, type) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(content instanceof Blob ? content : new Blob([content], { type }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

/** A picture's name without its ending. */
export const stem = (name) => name.replace(/\.[^.]+$/, "") || name;

/** One record a line: a JSON array that a diff can read. */
export const jsonLines = (list) => `[\n${list.map((r) => JSON.stringify(r)).join(",\n")}\n]\n`;

function corner([cx, cy, w, h]) {
  return { x: round(cx - w / 2, 3), y: round(cy - h / 2, 3), w: round(w, 3), h: round(h, 3) };
}

function named(pose, s, about) {
  const one = ([x, y], k) => ({ x: round(x, 3), y: round(y, 3), score: round(pose.scores[s][k], 4) });
  return Object.fromEntries(pose.stages[s].map((p, k) => [about.skeleton.joints[k], one(p, k)]));
}

/** A field of CSV; a name that a spreadsheet would take for a formula is disarmed. */
function quoted(value) {
  const text = /^[=+@\t\r-]/.test(value) && typeof value === "string" ? `'${value}` : String(value);
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
