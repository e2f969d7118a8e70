/** The camera: frame after frame as fast as the engine answers, stage 1 alone. */

import { Pen } from "./draw.js";
import { closeCamera, openCamera } from "./media.js";
import { mean } from "./people.js";

export class Live {
  running = false;

  constructor(parts) {
    Object.assign(this, parts);
  }

  async start() {
    await openCamera(this.video);
    this.running = true;
    this.#loop().catch((error) => this.onFailure(error));
  }

  stop() {
    this.running = false;
    closeCamera(this.video);
  }

  async #loop() {
    const times = [];
    while (this.running) {
      const began = performance.now();
      const bitmap = await createImageBitmap(this.video);
      const { poses } = await this.engine().poses(bitmap, { name: this.about().name, quick: true });
      if (!this.running) return bitmap.close();
      this.#draw(bitmap, poses);
      if (!times.length) this.onFirst();
      bitmap.close();
      times.push(performance.now() - began);
      if (times.length > 10) times.shift();
      this.rate.textContent = `${(1000 / mean(times)).toFixed(1)} pictures a second`;
      await new Promise(requestAnimationFrame);
    }
  }

  #draw(bitmap, poses) {
    const { width, height } = bitmap;
    if (this.canvas.width !== width || this.canvas.height !== height) Object.assign(this.canvas, { width, height });
    const look = { ...this.look(), skeleton: this.about().skeleton };
    const pen = new Pen(this.canvas.getContext("2d"), [0, 0, width, height], look);
    pen.picture(bitmap);
    poses.forEach((p) => pen.pose(p.stages.at(-1), p.scores.at(-1)));
  }
}
