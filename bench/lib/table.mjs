/**
 * A row: what, ours, baseline (may be absent), unit, goal (null: none), of ('ratio' by default, or 'ours'), atLeast.
 * The table is Markdown, so that it can be pasted into docs/performance.md as it is.
 */
export function render(rows) {
  const cells = rows.map((row) => [row.what, amount(row.ours, row.unit), amount(row.baseline, row.unit), ratioOf(row) === undefined ? '' : ratioOf(row).toFixed(2), reachOf(row), verdictOf(row)]);
  return [['what', 'ours', 'baseline', 'ratio', 'reach', 'verdict'], ['---', '---:', '---:', '---:', '---:', '---'], ...cells].map((row) => `| ${row.join(' | ')} |\n`).join('');
}

export function verdictOf(row) {
  if (row.goal === null || row.goal === undefined) return '';
  const value = (row.of ?? 'ratio') === 'ours' ? row.ours : ratioOf(row);
  if (!Number.isFinite(value)) return 'not measured';
  return (row.atLeast === true ? value >= row.goal : value <= row.goal) ? 'reached' : 'MISSED';
}

function ratioOf({ ours, baseline }) {
  return baseline === undefined || !(baseline > 0) ? undefined : ours / baseline;
}

function reachOf(row) {
  if (row.goal === null || row.goal === undefined) return '';
  return `${row.atLeast === true ? '≥' : '≤'} ${(row.of ?? 'ratio') === 'ours' ? amount(row.goal, row.unit) : `${row.goal}x`}`;
}

function amount(value, unit) {
  if (value === undefined || Number.isNaN(value)) return '';
  const digits = Number.isInteger(value) || value >= 100 ? 0 : value >= 10 ? 1 : 2;
  return `${value.toLocaleString('en-US', { maximumFractionDigits: digits })} ${unit}`;
}
