import { z } from 'zod';
import { MicroUsd } from './money.js';

const count = z.number().int().positive();

/** Every bound of a run. The most significant word comes first, the unit and the bound last. All are hard. */
export const Limits = z.strictObject({
  attemptsMax: count,
  runWallMsMax: count,
  attemptWallMsMax: count,
  attemptIdleMsMax: count,
  checkWallMsMax: count,
  costMicroUsdMax: MicroUsd,
  tokensMax: count,
  modelCallsMax: count,
  agentOutputBytesMax: count,
  checkOutputBytesMax: count,
  processesMax: count,
  memoryBytesMax: count,
  diffFilesMax: count,
  diffBytesMax: count,
  fileBytesMax: count,
  ticketCharsMax: count,
  openChangesMax: count,
});
export type Limits = z.infer<typeof Limits>;
