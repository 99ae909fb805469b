import type { Verdict } from '../domain/verdict.js';

/**
 * Whether a held change may be opened as one that says it is held, instead of waiting for a person first. Only where the team wants
 * that, and never at critical risk.
 */
export function mayPropose(verdict: Verdict, propose: boolean | undefined): boolean {
  return propose === true && verdict.tree.children?.find((child) => child.rule === 'risk')?.values?.['level'] !== 'critical';
}
