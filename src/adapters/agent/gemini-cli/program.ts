import { existsSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { Fault } from '../../../domain/fault.js';
import { err, ok } from '../../../kit/result.js';
import type { Result } from '../../../kit/result.js';
import type { AgentTask } from '../../../ports/coding-agent.js';
import type { Program } from '../../../ports/sandbox.js';
import type { AgentExecutable } from '../lib/cli-agent.js';
import { writeHomeFile } from '../lib/home-file.js';
import { writeSessionFiles } from '../lib/private-files.js';
import { relaysTo } from '../lib/relay.js';
import { systemSettings, USER_SETTINGS } from './settings.js';

/** The call of the CLI, with its settings written first. `session` is the name that a new session gets. */
export async function programOf(input: { readonly task: AgentTask; readonly found: AgentExecutable; readonly session: string; readonly turnsMax: number }): Promise<Result<Program, Fault>> {
  const { task, found, session, turnsMax } = input;
  const files = await writeSessionFiles(task, { 'system-settings.json': JSON.stringify(systemSettings(turnsMax)) });
  if (!files.ok) return files;
  const system = files.value['system-settings.json'] ?? '';
  if (!isTaken(system, task) && hasOwnSettings(task.workspace)) return err(unfenced(task));
  const user = await writeHomeFile(task.home, '.gemini/settings.json', JSON.stringify({ ...USER_SETTINGS, model: { maxSessionTurns: turnsMax } }));
  if (!user.ok) return user;
  return ok({
    command: found.command,
    args: [
      ...found.args, '--model', task.model, '--output-format', 'stream-json',
      // Without a boundary around it: edits in the folder, no commands.
      '--approval-mode', task.sandbox.rung === 'none' ? 'auto_edit' : 'yolo',
      ...(task.session === undefined ? ['--session-id', session] : ['--resume', task.session]),
    ],
    env: {
      GEMINI_API_KEY: task.gateway.token, GOOGLE_GEMINI_BASE_URL: task.gateway.url, GEMINI_CLI_SYSTEM_SETTINGS_PATH: system,
      // The launcher's second process ignores SIGTERM; the folder is trusted because the settings above hold it down.
      GEMINI_CLI_NO_RELAUNCH: 'true', GEMINI_CLI_TRUST_WORKSPACE: 'true',
      // Said here, because a file of variables in the repository is used where the environment says nothing.
      GEMINI_TELEMETRY_ENABLED: 'false', GEMINI_SANDBOX: 'false', GEMINI_SYSTEM_MD: 'false', GEMINI_CLI_SYSTEM_DEFAULTS_PATH: '/nonexistent/gemini.json',
      NO_COLOR: '1',
    },
    cwd: '',
    stdin: task.prompt,
    relays: relaysTo(task.gateway),
  });
}

/**
 * Whether the CLI will take the settings that stand above the repository's: it does not when anybody may write a folder
 * on the way to them. Where the sandbox shows the home at a place of its own, the way is the sandbox's and closed.
 */
function isTaken(path: string, task: AgentTask): boolean {
  if (task.sandbox.home !== task.home) return true;
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    if ((statSync(folder).mode & 0o022) !== 0) return false;
    if (folder === dirname(folder)) return true;
  }
}

function hasOwnSettings(workspace: string): boolean {
  return existsSync(join(workspace, '.gemini')) || existsSync(join(workspace, '.env'));
}

function unfenced(task: AgentTask): Fault {
  return {
    code: 'unsupported', side: 'setup', retryable: false, source: 'agent/gemini-cli',
    message: `The repository has .gemini or .env, which Gemini CLI would obey: on the rung ${task.sandbox.rung} its home (${basename(task.home)}) lies where others may write, and there the CLI takes no settings that stand above the repository's. Install bubblewrap on the runner, or take another agent.`,
  };
}
