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
  cpuMsMax: count,
  writtenFileBytesMax: count,
  diskBytesMax: count,
  diffFilesMax: count,
  diffBytesMax: count,
  fileBytesMax: count,
  ticketCharsMax: count,
  openChangesMax: count,
});
export type Limits = z.infer<typeof Limits>;

/** The bounds that hold for agent and checks alike, as the sandbox takes them. */
export function programBounds(limits: Limits): Pick<Limits, 'processesMax' | 'memoryBytesMax' | 'cpuMsMax' | 'writtenFileBytesMax' | 'diskBytesMax'> {
  const { processesMax, memoryBytesMax, cpuMsMax, writtenFileBytesMax, diskBytesMax } = limits;
  return { processesMax, memoryBytesMax, cpuMsMax, writtenFileBytesMax, diskBytesMax };
}
