/** The parts beside the picture: who, which joints, how sure. */

/** One row a joint: name, x, y, score; rows of unsure joints faint. */
export function fillTable(body, caption, pose, about, { low, hide }) {
  const points = pose?.stages.at(-1) ?? [];
  const scores = pose?.scores.at(-1) ?? [];
  const sure = scores.filter((s) => s >= low).length;
  caption.textContent = pose ? `${sure} of ${points.length} joints sure; pixels of the picture` : "No pose";
  const rows = points.map((point, k) => row(about.skeleton.joints[k], point, scores[k], scores[k] >= low));
  body.replaceChildren(...rows.filter((r) => !hide || !r.classList.contains("unsure")));
}

function row(name, [x, y], score, sure) {
  const line = document.createElement("tr");
  line.className = sure ? "" : "unsure";
  const head = Object.assign(document.createElement("th"), { scope: "row", textContent: name.replaceAll("_", " ") });
  const said = Object.assign(document.createElement("td"), { textContent: score.toFixed(2) });
  const meter = Object.assign(document.createElement("meter"), { min: 0, max: 1, value: score });
  meter.setAttribute("aria-hidden", "true");
  said.append(meter);
  line.append(head, cell(x), cell(y), said);
  return line;
}

const cell = (v) => Object.assign(document.createElement("td"), { textContent: v.toFixed(1) });

/** A button a person, where there are several. */
export function peopleButtons(group, poses, chosen, choose) {
  group.replaceChildren(...(poses.length < 2 ? [] : poses).map((_, i) => {
    const button = Object.assign(document.createElement("button"), { type: "button", textContent: `Person ${i + 1}` });
    button.setAttribute("aria-pressed", String(i === chosen));
    button.addEventListener("click", () => choose(i));
    return button;
  }));
}

/** A list entry with a small picture of an item. */
export function thumbnail(item, choose) {
  const canvas = document.createElement("canvas");
  const bitmap = item.frames.find((f) => f.bitmap).bitmap;
  Object.assign(canvas, { height: 128, width: Math.max(1, Math.round((128 * bitmap.width) / bitmap.height)) });
  canvas.getContext("2d").drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  const button = Object.assign(document.createElement("button"), { type: "button" });
  button.append(canvas, Object.assign(document.createElement("span"), { textContent: item.name }));
  button.addEventListener("click", choose);
  const entry = document.createElement("li");
  entry.append(button);
  return entry;
}
