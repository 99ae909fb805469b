import { z } from 'zod';

/** Millionths of a US dollar, a whole number: sums of prices never drift. */
export const MicroUsd = z.number().int().nonnegative().brand<'MicroUsd'>();
export type MicroUsd = z.infer<typeof MicroUsd>;

export const ZERO_USD = 0 as MicroUsd;

/** Rounds up: what was spent is never understated. */
export function microUsd(usd: number): MicroUsd {
  return MicroUsd.parse(Math.ceil(usd * 1_000_000 - 1e-6));
}

export function addMicroUsd(...amounts: readonly MicroUsd[]): MicroUsd {
  return MicroUsd.parse(amounts.reduce((sum, amount) => sum + amount, 0));
}

/** `$0.0123`: four digits, because one model call often costs less than a cent. */
export function formatUsd(amount: MicroUsd): string {
  return `$${(amount / 1_000_000).toFixed(4)}`;
}
