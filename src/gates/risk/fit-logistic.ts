/** A weight for each column and a bias. */
export interface Fit { readonly bias: number; readonly weights: readonly number[] }

const ROUNDS_MAX = 50;
const STEP_MIN = 1e-8;

/**
 * Logistic regression with a ridge penalty on the weights (not on the bias), by Newton's method (iteratively reweighted least
 * squares; Hastie, Tibshirani, Friedman, "The Elements of Statistical Learning", 4.4). Deterministic. `rows` are of one length.
 */
export function fitLogistic(rows: readonly (readonly number[])[], labels: readonly boolean[], ridge: number): Fit {
  const size = (rows[0]?.length ?? 0) + 1;
  const data = rows.map((row) => [1, ...row]);
  let beta = new Array<number>(size).fill(0);
  for (let round = 0; round < ROUNDS_MAX; round += 1) {
    const gradient = beta.map((value, index) => (index === 0 ? 0 : -ridge * value));
    const curvature = beta.map((_, index) => beta.map((__, other) => (index === other ? (index === 0 ? 1e-9 : ridge) : 0)));
    data.forEach((row, at) => {
      const p = logistic(dot(row, beta));
      const error = (labels[at] === true ? 1 : 0) - p;
      const weight = Math.max(p * (1 - p), 1e-9);
      row.forEach((value, index) => {
        gradient[index] = (gradient[index] ?? 0) + error * value;
        const line = curvature[index];
        if (line !== undefined) row.forEach((other, column) => { line[column] = (line[column] ?? 0) + weight * value * other; });
      });
    });
    const step = solve(curvature, gradient);
    beta = beta.map((value, index) => value + (step[index] ?? 0));
    if (Math.max(...step.map(Math.abs)) < STEP_MIN) break;
  }
  return { bias: beta[0] ?? 0, weights: beta.slice(1) };
}

export function logistic(x: number): number {
  return 1 / (1 + Math.exp(-x));
}

export function dot(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, value, index) => sum + value * (b[index] ?? 0), 0);
}

/** Gaussian elimination with pivots. The ridge keeps the matrix regular. */
function solve(matrix: readonly (readonly number[])[], right: readonly number[]): number[] {
  const rows = matrix.map((row, index) => [...row, right[index] ?? 0]);
  for (let at = 0; at < rows.length; at += 1) {
    let best = at;
    for (let row = at + 1; row < rows.length; row += 1) if (Math.abs(rows[row]?.[at] ?? 0) > Math.abs(rows[best]?.[at] ?? 0)) best = row;
    const [pivot, other] = [rows[best], rows[at]];
    if (pivot === undefined || other === undefined) break;
    [rows[at], rows[best]] = [pivot, other];
    const head = pivot[at] ?? 1;
    if (Math.abs(head) < 1e-12) continue;
    rows.forEach((row, index) => {
      if (index === at) return;
      const factor = (row[at] ?? 0) / head;
      if (factor !== 0) pivot.forEach((value, column) => { row[column] = (row[column] ?? 0) - factor * value; });
    });
  }
  return rows.map((row, index) => (row.at(-1) ?? 0) / (Math.abs(row[index] ?? 0) < 1e-12 ? 1 : row[index] ?? 1));
}

/**
 * The share of pairs, one bad and one good, in which the bad one has the higher score; ties count half. 0.5 is chance. By ranks,
 * so that 10,000 samples cost no 100 million pairs.
 */
export function areaUnderCurve(scores: readonly number[], labels: readonly boolean[]): number | undefined {
  const order = scores.map((score, index) => ({ score, bad: labels[index] === true })).sort((a, b) => a.score - b.score);
  const bad = order.filter((one) => one.bad).length;
  const good = order.length - bad;
  if (bad === 0 || good === 0) return undefined;
  let ranks = 0;
  for (let from = 0; from < order.length;) {
    let to = from;
    while (to < order.length && order[to]?.score === order[from]?.score) to += 1;
    const middle = (from + 1 + to) / 2;
    for (let at = from; at < to; at += 1) if (order[at]?.bad === true) ranks += middle;
    from = to;
  }
  return (ranks - (bad * (bad + 1)) / 2) / (bad * good);
}
