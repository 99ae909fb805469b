/** A name that no file has: the CLI reads no instructions of the repository. They reach the agent in the brief. */
const NO_CONTEXT_FILE = '.heddle-no-instructions';

/**
 * The settings of the home: how the CLI finds its model, and nothing but model calls. `gemini-api-key` must be said: with a
 * base URL alone the CLI chooses a way that it then refuses.
 */
export const USER_SETTINGS = {
  security: {
    auth: { selectedType: 'gemini-api-key' },
    // Commands do not need the gateway's token.
    environmentVariableRedaction: { enabled: true, blocked: ['GEMINI_API_KEY'] },
  },
  privacy: { usageStatisticsEnabled: false },
  telemetry: { enabled: false },
  general: { enableAutoUpdate: false, enableAutoUpdateNotification: false, maxAttempts: 2, checkpointing: { enabled: false }, sessionRetention: { enabled: false } },
  ide: { enabled: false },
} as const;

/**
 * Settings above those of the repository: its servers, hooks, skills, extensions, agents, tool programs, variables and
 * instructions are not used. The CLI takes them only from a place that nobody else can write.
 */
export function systemSettings(turnsMax: number): object {
  return {
    ...USER_SETTINGS,
    model: { maxSessionTurns: turnsMax },
    admin: { mcp: { enabled: false }, extensions: { enabled: false }, skills: { enabled: false } },
    mcp: { allowed: [], serverCommand: '' },
    hooksConfig: { enabled: false },
    skills: { enabled: false },
    experimental: { enableAgents: false, extensionManagement: false },
    context: { fileName: NO_CONTEXT_FILE, includeDirectories: [], loadMemoryFromIncludeDirectories: false },
    tools: { sandbox: false, discoveryCommand: '', callCommand: '', exclude: ['web_fetch', 'google_web_search', 'ask_user', 'save_memory'] },
    advanced: { ignoreLocalEnv: true, autoConfigureMemory: false },
    policyPaths: [],
  };
}
