/** Rounds an amount in euros to whole cents; half a cent goes away from zero. */
export function roundToCents(amount) {
  return Math.round(amount * 100) / 100;
}

/** "12,30 €": the way our receipts show an amount. */
export function formatEuros(amount) {
  return `${roundToCents(amount).toFixed(2).replace('.', ',')} €`;
}
