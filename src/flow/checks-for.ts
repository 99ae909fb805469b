import type { CommitSha } from '../domain/ids.js';
import type { Fault } from '../domain/fault.js';
import { err, ok, type Result } from '../kit/result.js';
import type { Workspace } from '../ports/workspace.js';
import { deriveChecks, type DerivedChecks } from '../validation/derive-checks.js';
import type { RunSettings } from './run-ports.js';

/** Files that a derivation may ask for are small; anything larger is not a manifest. */
const MANIFEST_BYTES_MAX = 1024 * 1024;

/** The checks that will judge the work: configured, or derived from the files of the base commit. */
export async function checksFor(workspace: Workspace, base: CommitSha, settings: Pick<RunSettings, 'config' | 'limits'>): Promise<Result<DerivedChecks, Fault>> {
  const entries = await workspace.list(base);
  const sizes = new Map(entries.map((entry) => [entry.path, entry.size]));
  const texts = new Map<string, string | undefined>();
  for (;;) {
    // The derivation is pure and asks for what it needs: run it, load what it asked for, run it again until nothing is missing.
    const missing = new Set<string>();
    const derived = deriveChecks({
      files: {
        list: () => entries.map((entry) => entry.path),
        read: (path) => {
          if (!texts.has(path)) missing.add(path);
          return texts.get(path);
        },
      },
      config: settings.config, workdir: settings.config.workdir, checkTimeoutMs: settings.limits.checkWallMsMax,
    });
    if (missing.size === 0) {
      return derived.ok ? ok(derived.value) : err({ code: 'rejected', side: 'setup', retryable: false, source: 'validation', message: derived.error.message });
    }
    for (const path of missing) texts.set(path, (sizes.get(path) ?? Infinity) > MANIFEST_BYTES_MAX ? undefined : await textOf(workspace, base, path));
  }
}

async function textOf(workspace: Workspace, base: CommitSha, path: string): Promise<string | undefined> {
  const bytes = await workspace.read(base, path);
  return bytes === undefined ? undefined : Buffer.from(bytes).toString('utf8');
}
