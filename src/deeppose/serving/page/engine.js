/**
 * Who answers "where are the joints?": this browser (a worker), or the server that sent the page.
 * Both have `poses(picture, options)` -> { poses, ms }.
 */

/** The cascade in a worker of this page. */
export class Browser {
  #worker = new Worker(new URL("./worker.js", import.meta.url), { type: "module" });
  #waiting = new Map();
  #count = 0;

  /** @param {function(string)} onStatus is told what is being loaded. */
  constructor(onStatus) {
    this.#worker.onmessage = ({ data }) => (data.status ? onStatus(data.status) : this.#settle(data));
    this.#worker.onerror = (event) => {
      const error = event.message || "the worker could not start: is the page's folder complete?";
      for (const id of [...this.#waiting.keys()]) this.#settle({ id, error });
    };
  }

  /** Load the runtime, the finder and the first model. @returns {Promise<{provider: string, threads: number}>} */
  start(site, backend, threads = 0) {
    return this.#ask({ job: "start", site, base: document.baseURI, backend, threads });
  }

  /** @param {{name: string, boxes: ?number[][], quick: ?boolean}} options boxes null: look for people first. */
  poses(bitmap, { name, boxes = null, quick = false }) {
    return this.#ask({ job: "poses", name, boxes, quick, bitmap });
  }

  stop() {
    this.#worker.terminate();
  }

  #ask(message) {
    const id = ++this.#count;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#worker.postMessage({ id, ...message });
    });
  }

  #settle({ id, value, error }) {
    const asked = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (error === undefined) asked?.resolve(value);
    else asked?.reject(new Error(error));
  }
}

/** The server this page came from, by its HTTP API: the fallback where the browser cannot do it. */
export class Server {
  constructor(site) {
    this.site = site;
  }

  async start() {
    return { provider: "server", threads: 0 };
  }

  async poses(bitmap, { name, boxes = null }) {
    const started = performance.now();
    const query = new URLSearchParams({ model: name, stages: "true" });
    for (const [cx, cy, w, h] of boxes ?? []) query.append("boxes", [cx - w / 2, cy - h / 2, w, h].join(","));
    const body = await encoded(bitmap);
    const headers = { "content-type": body.type };
    const answer = await fetch(`${this.site.server}/poses?${query}`, { method: "POST", body, headers });
    const said = await answer.json();
    if (!answer.ok) throw new Error([said.title, said.detail].filter(Boolean).join(": "));
    const { joints } = this.site.models.find((m) => m.name === name).skeleton;
    return { poses: said.people.map((p) => pose(p, joints)), ms: { find: 0, pose: performance.now() - started } };
  }

  stop() {}
}

function pose({ box: { x, y, w, h }, box_score: boxScore = 1, stages }, joints) {
  return {
    boxScore,
    box: [x + w / 2, y + h / 2, w, h],
    stages: stages.map((stage) => joints.map((j) => [stage[j].x, stage[j].y])),
    scores: stages.map((stage) => joints.map((j) => stage[j].score)),
  };
}

async function encoded(bitmap) {
  const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
  canvas.getContext("2d").drawImage(bitmap, 0, 0);
  return canvas.convertToBlob({ type: "image/png" });
}
