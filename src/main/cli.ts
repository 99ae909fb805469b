import { EXIT } from './exit-code.js';
import { parseArguments, type Arguments } from './arguments.js';
import { assertNever } from '../kit/assert-never.js';
import { commandHelp, generalHelp } from './help.js';
import { logText } from '../kit/log-text.js';
import type { Secrets } from './secrets.js';
import { VERSION } from './version.js';

/** The command line: words in, exit code out. People read standard error, programs read standard output. */
export async function runCli(argv: readonly string[]): Promise<number> {
  const parsed = parseArguments(argv);
  if (!parsed.ok) {
    process.stderr.write(`${logText(parsed.error.message)}\n`);
    return EXIT.usage;
  }
  if ('version' in parsed.value) {
    process.stdout.write(`heddle ${VERSION}\n`);
    return EXIT.done;
  }
  if ('help' in parsed.value) {
    process.stdout.write(`${parsed.value.help === undefined ? generalHelp(VERSION) : commandHelp(parsed.value.help)}\n`);
    return EXIT.done;
  }
  return dispatch(parsed.value);
}

async function dispatch(given: Arguments): Promise<number> {
  switch (given.command) {
    case 'run': return withSecrets(async (secrets) => (await import('./commands/run.js')).runCommand(given, secrets));
    case 'admit':
    case 'work':
    case 'verify':
    case 'deliver': {
      const phase = given.command;
      return withSecrets(async (secrets) => (await import('./commands/phase.js')).phaseCommand(phase, given, secrets));
    }
    case 'resume': return withSecrets(async (secrets) => (await import('./commands/resume.js')).resumeCommand(given, secrets));
    case 'explain': return withSecrets(async (secrets) => (await import('./commands/explain.js')).explainCommand(given, secrets));
    case 'doctor': return withSecrets(async (secrets) => (await import('./commands/doctor.js')).doctorCommand(given, secrets));
    case 'redteam': return (await import('./commands/redteam.js')).redteamCommand(given);
    case 'demo': return (await import('./commands/demo.js')).demoCommand(given);
    case 'schema': return (await import('./commands/schema.js')).schemaCommand(given);
    case 'policy': return (await import('./commands/policy.js')).policyCommand(given);
    case 'audit': return (await import('./commands/audit.js')).auditCommand(given);
    default: return assertNever(given.command);
  }
}

/** Commands that need secrets run in a process whose environment has none; this one then only waits for it. */
async function withSecrets(command: (secrets: Secrets) => Promise<number>): Promise<number> {
  const { startClean } = await import('./clean-start.js');
  const start = await startClean();
  return 'exit' in start ? start.exit : command(start.secrets);
}
