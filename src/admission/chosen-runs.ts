import type { Booking } from '../domain/booking.js';

/** Whether a run is one of those that a budget or breaker is about. What the configuration leaves out chooses nothing away. */
export function isChosen(by: { readonly labels?: readonly string[] | undefined; readonly who?: readonly string[] | undefined; readonly targets?: readonly string[] | undefined }, row: Pick<Booking, 'labels' | 'requestedBy' | 'target'>): boolean {
  const { login, id } = row.requestedBy;
  if (by.labels !== undefined && !by.labels.some((label) => row.labels.includes(label))) return false;
  if (by.who !== undefined && !by.who.some((name) => name === id || name.toLowerCase() === login.toLowerCase())) return false;
  return by.targets === undefined || by.targets.includes(row.target);
}
