import type { Fault } from '../../../domain/fault.js';
import { ok } from '../../../kit/result.js';
import type { Result } from '../../../kit/result.js';
import type { AgentPolicy } from '../../../domain/agent-policy.js';
import type { AgentTask } from '../../../ports/coding-agent.js';
import type { Program } from '../../../ports/sandbox.js';
import { writeHomeFile } from '../lib/home-file.js';
import { relaysTo } from '../lib/relay.js';
import type { FoundProgram } from '../lib/supply/program-source.js';
import { policyFile } from './fence.js';
import { settingsFor } from './settings.js';

const POLICY_FILE = '.gemini/heddle-policy.toml';

/** The call of the CLI, with its settings written first. `session` is the name that a new session gets. */
export async function programOf(input: { readonly task: AgentTask; readonly found: FoundProgram; readonly session: string; readonly turnsMax: number; readonly policy: AgentPolicy }): Promise<Result<Program, Fault>> {
  const { task, found, session, turnsMax, policy } = input;
  const user = await writeHomeFile(task.home, '.gemini/settings.json', JSON.stringify(settingsFor(turnsMax, policy)));
  if (!user.ok) return user;
  const rules = await writeHomeFile(task.home, POLICY_FILE, policyFile(policy, task.sandbox.workdir));
  if (!rules.ok) return rules;
  return ok({
    command: found.command,
    args: [
      ...found.args, '--model', task.model, '--output-format', 'stream-json', '--policy', `${task.sandbox.home}/${POLICY_FILE}`,
      // Without a boundary around it: edits in the folder, no commands.
      '--approval-mode', task.sandbox.rung === 'none' ? 'auto_edit' : 'yolo',
      ...(task.session === undefined ? ['--session-id', session] : ['--resume', task.session]),
    ],
    env: {
      GEMINI_API_KEY: task.gateway.token, GOOGLE_GEMINI_BASE_URL: task.gateway.url,
      // The launcher's second process ignores SIGTERM; the folder is trusted because its configuration was taken out.
      GEMINI_CLI_NO_RELAUNCH: 'true', GEMINI_CLI_TRUST_WORKSPACE: 'true',
      // Said here, because a file of variables in the repository is used where the environment says nothing.
      GEMINI_TELEMETRY_ENABLED: 'false', GEMINI_SANDBOX: 'false', GEMINI_SYSTEM_MD: 'false',
      NO_COLOR: '1',
    },
    cwd: '',
    stdin: task.prompt,
    relays: relaysTo(task.gateway),
  });
}
