import { lstat, mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Fault } from '../../../domain/fault.js';
import { err, ok } from '../../../kit/result.js';
import type { Result } from '../../../kit/result.js';

/**
 * Writes a file at a fixed place below the agent's home, where its program looks for it. The home was in the hands of the
 * attempt before, which is dead: whatever stands in the way and is no plain folder (a link that leads elsewhere) is
 * removed first, and the file itself is made new.
 */
export async function writeHomeFile(home: string, path: string, content: string): Promise<Result<void, Fault>> {
  try {
    let folder = home;
    for (const part of dirname(path).split('/').filter((name) => name !== '.')) {
      folder = join(folder, part);
      const facts = await lstat(folder).catch(() => undefined);
      if (facts?.isDirectory() === true) continue;
      if (facts !== undefined) await rm(folder);
      await mkdir(folder, { mode: 0o755 });
    }
    const file = join(home, path);
    await rm(file, { recursive: true, force: true });
    await writeFile(file, content, { flag: 'wx', mode: 0o644 });
    return ok(undefined);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return err({ code: 'io', side: 'ours', retryable: false, source: 'agent', message: `${path} could not be written into the agent's home: ${reason}` });
  }
}
