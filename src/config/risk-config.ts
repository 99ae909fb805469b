import { z } from 'zod';
import { DEFAULT_WEIGHTS, RiskWeights } from '../domain/risk-weights.js';

const globs = z.array(z.string().min(1).max(500)).max(500);
const share = z.number().int().min(1).max(100);
const action = z.enum(['allow', 'hold', 'deny']);

/** `gates.risk`: how risky a change is, and what follows from it. */
export const RiskConfig = z.strictObject({
  levels: z.strictObject({
    medium: share.default(35), high: share.default(60), critical: share.default(85),
  }).prefault({}).refine((levels) => levels.medium <= levels.high && levels.high <= levels.critical, 'medium, high and critical must not fall').describe('Lowest score of each level, of 100.'),
  actions: z.strictObject({
    low: action.default('allow'), medium: action.default('allow'), high: action.default('allow'), critical: action.default('hold'),
  }).prefault({}).describe('What each level does to the delivery.'),
  services: z.record(z.string().min(1).max(200), z.strictObject({
    paths: globs.describe('Files that belong to it.'), tier: z.string().max(100).optional().describe('`critical`, `tier-1`, … count as the top; `low`, `tier-3`, … as the bottom.'), dependents: z.array(z.string().max(200)).max(500).default([]).describe('Services that call it.'),
  })).default({}).describe('Services, beside those of catalog-info.yaml files and of `policy.services`.'),
  regulated: globs.default([]).describe('Paths that a law, a contract or an auditor looks at. A change there is high risk at least.'),
  incidents: z.array(z.strictObject({
    name: z.string().min(1).max(200), paths: globs, at: z.iso.date().describe('Day, as 2026-01-31.'), severity: z.enum(['low', 'medium', 'high']).default('medium'),
  })).max(1_000).default([]).describe('What went wrong where; its weight halves every 90 days.'),
  weights: RiskWeights.default(DEFAULT_WEIGHTS).describe('The weights of the score. `heddle policy calibrate` prints some that fit this repository.'),
});
export type RiskConfig = z.infer<typeof RiskConfig>;
