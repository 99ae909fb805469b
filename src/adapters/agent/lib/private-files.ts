import { chmod, mkdtemp, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Fault } from '../../../domain/fault.js';
import { err, ok } from '../../../kit/result.js';
import type { Result } from '../../../kit/result.js';
import type { AgentTask } from '../../../ports/coding-agent.js';

/**
 * Writes files for one session into a new folder of the agent's home; answers their paths as the agent sees them. The
 * home was in the hands of the attempt before: a name chosen by us could be a link of its making, a folder that is made
 * new with a random name and files that must not exist yet cannot.
 */
export async function writeSessionFiles(task: AgentTask, files: Readonly<Record<string, string>>): Promise<Result<Readonly<Record<string, string>>, Fault>> {
  try {
    const folder = await mkdtemp(join(task.home, 'heddle-session-'));
    // Some rungs run the agent under another uid, which must be able to read them.
    await chmod(folder, 0o755);
    const seen: Record<string, string> = {};
    for (const [name, content] of Object.entries(files)) {
      await writeFile(join(folder, name), content, { flag: 'wx', mode: 0o644 });
      seen[name] = `${task.sandbox.home}/${basename(folder)}/${name}`;
    }
    return ok(seen);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return err({ code: 'io', side: 'ours', retryable: false, source: 'agent', message: `The prompt could not be written into the agent's home: ${reason}` });
  }
}
