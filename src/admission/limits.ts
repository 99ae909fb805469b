import type { Configuration } from '../config/configuration.js';
import { durationMs } from '../config/duration.js';
import { Limits } from '../domain/limits.js';
import { microUsd } from '../domain/money.js';

const KIB = 1024;
const MIB = 1024 * 1024;

/** The hard bounds of a run, in the units of the domain. Defaults are the configuration's own. */
export function limitsFrom(config: Configuration): Limits {
  const { limits } = config;
  return Limits.parse({
    attemptsMax: limits.attempts,
    runWallMsMax: durationMs(limits.run_time),
    attemptWallMsMax: durationMs(limits.attempt_time),
    attemptIdleMsMax: durationMs(limits.idle_time),
    checkWallMsMax: durationMs(limits.check_time),
    costMicroUsdMax: microUsd(limits.cost_usd),
    tokensMax: limits.tokens,
    modelCallsMax: limits.model_calls,
    agentOutputBytesMax: limits.agent_output_mb * MIB,
    checkOutputBytesMax: limits.check_output_mb * MIB,
    processesMax: limits.processes,
    memoryBytesMax: limits.memory_mb * MIB,
    cpuMsMax: durationMs(limits.cpu_time),
    writtenFileBytesMax: limits.written_file_mb * MIB,
    diskBytesMax: limits.disk_mb * MIB,
    diffFilesMax: limits.diff_files,
    diffBytesMax: limits.diff_kb * KIB,
    fileBytesMax: limits.file_mb * MIB,
    ticketCharsMax: limits.ticket_chars,
    openChangesMax: limits.open_changes,
  });
}
