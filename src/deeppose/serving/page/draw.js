/** Drawing on a 2D canvas: the overlay's language (right warm, left cold, unsure hollow and faded) and the stages. */

/** What to draw with: colours by side, the skeleton, and the score below which a joint is unsure. */
export class Pen {
  /** @param {CanvasRenderingContext2D} context @param {number[]} region x, y, w, h of the picture to show. */
  constructor(context, region, { palette, skeleton, low, hide }) {
    Object.assign(this, { context, region, palette, skeleton, low, hide });
    this.zoom = context.canvas.width / region[2];
    this.width = Math.max(2, Math.min(context.canvas.width, context.canvas.height) / 130);
  }

  at([x, y]) {
    return [(x - this.region[0]) * this.zoom, (y - this.region[1]) * this.zoom];
  }

  picture(bitmap, shade = 0) {
    const { context, region } = this;
    const { width, height } = context.canvas;
    context.fillStyle = "rgb(128, 128, 128)";
    context.fillRect(0, 0, width, height);
    context.drawImage(bitmap, ...region, 0, 0, width, height);
    if (shade) {
      context.fillStyle = `rgba(15, 17, 22, ${shade})`;
      context.fillRect(0, 0, width, height);
    }
  }

  /** A box cx, cy, w, h, dark under light so that it shows on anything. */
  box([cx, cy, w, h], colour = "#ffffff", width = this.width * 0.6) {
    const [x, y] = this.at([cx - w / 2, cy - h / 2]);
    const sides = [x, y, w * this.zoom, h * this.zoom];
    this.#stroke(this.palette.casing, width + 2, (c) => c.strokeRect(...sides));
    this.#stroke(colour, width, (c) => c.strokeRect(...sides));
  }

  /** One pose: limbs between sure joints solid, others faded or, if so wished, left out. */
  pose(points, scores, alpha = 1) {
    const { skeleton, context } = this;
    const sure = scores.map((s) => s >= this.low);
    context.globalAlpha = alpha;
    const solid = ([a, b]) => sure[a] && sure[b];
    if (!this.hide) {
      context.globalAlpha = alpha * 0.5;
      skeleton.edges.filter((e) => !solid(e)).forEach((e) => this.#limb(points, e, this.#colour(e), this.width / 2));
      context.globalAlpha = alpha;
    }
    const limbs = skeleton.edges.filter(solid);
    limbs.forEach((e) => this.#limb(points, e, this.palette.casing, this.width * 1.35 + 2));
    limbs.forEach((e) => this.#limb(points, e, this.#colour(e), this.width));
    points.forEach((p, k) => (sure[k] || !this.hide) && this.#joint(p, this.#colour([k, k]), sure[k]));
    context.globalAlpha = 1;
  }

  /** Where the pose was before: thin and white. */
  ghost(points) {
    this.context.globalAlpha = 0.6;
    this.skeleton.edges.forEach((e) => this.#limb(points, e, "#ffffff", this.width / 3));
    this.context.globalAlpha = 1;
  }

  /** From where a joint was to where the stage puts it. */
  arrow(from, to, colour = "#ffffff") {
    const [x0, y0] = this.at(from), [x1, y1] = this.at(to);
    const length = Math.hypot(x1 - x0, y1 - y0);
    if (length < 0.5) return;
    const head = Math.min(length, this.width * 2.2);
    const turn = Math.atan2(y1 - y0, x1 - x0);
    const draw = (c) => {
      c.beginPath();
      c.moveTo(x0, y0);
      c.lineTo(x1, y1);
      for (const side of [-0.5, 0.5]) {
        c.moveTo(x1, y1);
        c.lineTo(x1 - head * Math.cos(turn + side), y1 - head * Math.sin(turn + side));
      }
      c.stroke();
    };
    this.#stroke(this.palette.casing, this.width * 0.7 + 2, draw);
    this.#stroke(colour, this.width * 0.7, draw);
  }

  joint(point, k) {
    this.#joint(point, this.#colour([k, k]), true);
  }

  #colour([a, b]) {
    const [one, two] = [this.skeleton.sides[a], this.skeleton.sides[b]];
    return this.palette[one === two ? one : "middle"];
  }

  #limb(points, [a, b], colour, width) {
    this.#stroke(colour, width, (c) => {
      c.beginPath();
      c.moveTo(...this.at(points[a]));
      c.lineTo(...this.at(points[b]));
      c.stroke();
    });
  }

  #joint(point, colour, sure) {
    const { context, palette, width } = this;
    const circle = (c) => {
      c.beginPath();
      c.arc(...this.at(point), width * 0.9 + 1, 0, 2 * Math.PI);
    };
    circle(context);
    if (sure) {
      context.fillStyle = colour;
      context.fill();
      this.#stroke(palette.casing, width / 3, (c) => c.stroke());
    } else {
      this.#stroke(palette.casing, width / 3 + 2, (c) => c.stroke());
      this.#stroke(colour, width / 3, (c) => c.stroke());
    }
  }

  #stroke(colour, width, draw) {
    const { context } = this;
    Object.assign(context, { strokeStyle: colour, lineWidth: width, lineCap: "round", lineJoin: "round" });
    draw(context);
  }
}
