/** Is anybody there? The twin of `inference/people.py`. */

export const mean = (values) => values.reduce((a, b) => a + b, 0) / Math.max(values.length, 1);

/** The box's score times the root of the mean score of the surer half of the joints. */
export function personScore({ boxScore, scores }) {
  const sorted = [...scores.at(-1)].sort((a, b) => a - b);
  return boxScore * Math.sqrt(mean(sorted.slice(Math.floor(sorted.length / 2))));
}

/** Everyone once, the twin of `inference/likeness.py`, whose constants `alike` holds: who is like someone surer is out. */
export function distinct(poses, sigmas, alike) {
  const kept = [];
  const bySureness = [...poses].sort((a, b) => personScore(b) - personScore(a));
  for (const pose of bySureness) {
    if (!kept.some((other) => likeness(other, pose, sigmas, alike.areaOfBox) >= alike.same)) kept.push(pose);
  }
  return poses.filter((pose) => kept.includes(pose));
}

/** OKS of two poses' last stages, each joint weighed by the less sure of its two scores; the first one's size counts. */
export function likeness(one, other, sigmas, areaOfBox) {
  const [a, b] = [one.stages.at(-1), other.stages.at(-1)];
  const size = areaOfBox * area(a);
  let sum = 0;
  let weights = 0;
  a.forEach(([x, y], k) => {
    const gap = (x - b[k][0]) ** 2 + (y - b[k][1]) ** 2;
    const weight = Math.min(one.scores.at(-1)[k], other.scores.at(-1)[k]) + 1e-3;
    sum += weight * Math.exp(-gap / (2 * size * (2 * sigmas[k]) ** 2));
    weights += weight;
  });
  return sum / weights;
}

/** Of the box around points; someone seen end-on counts as a third as wide as long. */
function area(points) {
  const sides = [0, 1].map((axis) => {
    const values = points.map((point) => point[axis]);
    return Math.max(...values) - Math.min(...values);
  });
  const longer = Math.max(...sides, 1);
  return longer * Math.max(Math.min(...sides), longer / 3);
}
