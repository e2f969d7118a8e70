/** Is anybody there? The twin of `inference/people.py`. */

export const mean = (values) => values.reduce((a, b) => a + b, 0) / Math.max(values.length, 1);

/** The box's score times the mean score of the surer half of the joints. */
export function personScore({ boxScore, scores }) {
  const sorted = [...scores.at(-1)].sort((a, b) => a - b);
  return boxScore * mean(sorted.slice(Math.floor(sorted.length / 2)));
}
