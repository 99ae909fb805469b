import type { AgentPolicy } from '../../../domain/agent-policy.js';
import { excludedTools, serverSettings } from './fence.js';

/** A name that no file has: the CLI reads no instructions of the repository. They reach the agent in the brief. */
const NO_CONTEXT_FILE = '.heddle-no-instructions';

/**
 * The settings of the home, the only ones that the CLI finds: how it reaches its model, nothing but model calls, and no
 * skills, agents, extensions, hooks or servers. `gemini-api-key` must be said: with a base URL alone the CLI chooses a way
 * that it then refuses.
 */
export function settingsFor(turnsMax: number, policy: AgentPolicy): object {
  return {
    security: {
      auth: { selectedType: 'gemini-api-key' },
      // Commands do not need the gateway's token.
      environmentVariableRedaction: { enabled: true, blocked: ['GEMINI_API_KEY'] },
    },
    privacy: { usageStatisticsEnabled: false },
    telemetry: { enabled: false },
    general: { enableAutoUpdate: false, enableAutoUpdateNotification: false, maxAttempts: 2, checkpointing: { enabled: false }, sessionRetention: { enabled: false } },
    ide: { enabled: false },
    model: { maxSessionTurns: turnsMax },
    ...serverSettings(policy),
    hooksConfig: { enabled: false },
    skills: { enabled: false },
    experimental: { enableAgents: false, extensionManagement: false },
    context: { fileName: NO_CONTEXT_FILE },
    tools: { exclude: excludedTools(policy) },
    advanced: { ignoreLocalEnv: true, autoConfigureMemory: false },
  };
}
