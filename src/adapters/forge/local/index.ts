import { access, constants, mkdir } from 'node:fs/promises';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { z } from 'zod';
import type { Fault } from '../../../domain/fault.js';
import { err, ok } from '../../../kit/result.js';
import type { Result } from '../../../kit/result.js';
import type { Forge, ForgeCapabilities, ForgeReader, ForgeWriter } from '../../../ports/forge.js';
import { fetchHeads } from '../lib/fetch-heads.js';
import { allOpenChanges, openChanges, reportCheck, upsertChange } from './changes.js';
import { claimsIn } from './claims.js';
import { codeOf, fault, onDisk } from './files.js';
import { headOf, openRepository, publish } from './repository.js';
import type { Repository } from './repository.js';
import { waitingIn } from './waiting.js';

export const id = 'local';

export const optionSchema = z.strictObject({
  folder: z.string().min(1).describe('Where forge.git, changes/ and claims/ are kept.'),
  repositoryName: z.string().min(1).max(300).describe('Name of the repository, for people.'),
  defaultBranch: z.string().min(1).max(255).describe('The branch that changes go to.'),
  user: z.string().min(1).max(200).describe('The one account: may do everything.'),
  seedFrom: z.string().min(1).describe('Git folder of our own clone of the user\'s repository.'),
  baseCommit: z.string().regex(/^([0-9a-f]{40}|[0-9a-f]{64})$/).describe('The commit that the default branch stands at.'),
});
export type LocalForgeOptions = z.infer<typeof optionSchema>;

/** No people to ask for a review, and no CI to start: those members are absent. */
export const capabilities: ForgeCapabilities = { checkRuns: true, reviews: false, drafts: true, startsCi: false, bodyCharsMax: 1_000_000 };

/** The forge port in a folder: a bare repository and files that people can read. Made on the first call. */
export function create(options: LocalForgeOptions): Forge {
  const folder = resolve(options.folder);
  let opened: Promise<Result<Repository, Fault>> | undefined;
  const repository = async (): Promise<Result<Repository, Fault>> => {
    opened ??= onDisk('make its repository', () => openRepository({ ...options, folder }));
    const result = await opened;
    if (!result.ok) opened = undefined;
    return result;
  };
  const withRepository = <T>(what: string, work: (open: Repository) => Promise<Result<T, Fault>>): Promise<Result<T, Fault>> => onDisk(what, async () => {
    const open = await repository();
    return open.ok ? work(open.value) : open;
  });
  const reader: ForgeReader = {
    id, capabilities,
    repository: async () => ok({ slug: options.repositoryName, defaultBranch: options.defaultBranch, private: true, url: pathToFileURL(folder).href }),
    headOf: (branch) => withRepository('read a branch', async (open) => {
      const head = await headOf(open, branch);
      return head === undefined ? err(fault('not-found', 'setup', `The local forge ${folder} has no branch ${JSON.stringify(branch)}.`)) : ok(head);
    }),
    permissionOf: async (login) => ok(login === options.user ? 'admin' : 'none'),
    openHeddleChanges: () => onDisk('list its changes', () => openChanges(folder)),
    openChanges: () => withRepository('list its changes', (open) => allOpenChanges(folder, open)),
    fetchHeads: (request, signal) => withRepository('hand out its branches', (open) => fetchHeads({ url: open.gitDir, source: 'forge/local', refOf: (head) => `refs/heads/${head.branch}` }, request, signal)),
    missingForDelivery: async () => ok(await missing(folder)),
  };
  const writer: ForgeWriter = {
    publish: (branch, source, message) => withRepository('publish the branch', (open) => publish(open, branch, source, message)),
    upsertChange: (branch, base, text) => withRepository('write the change', (open) => upsertChange(folder, open, { branch, base, text })),
    reportCheck: (commit, report) => onDisk('write the checks', () => reportCheck(folder, commit, report)),
  };
  return { reader, writer, claims: claimsIn(folder), waiting: waitingIn(folder) };
}

async function missing(folder: string): Promise<readonly string[]> {
  try {
    await mkdir(folder, { recursive: true });
    await access(folder, constants.W_OK);
    return [];
  } catch (error) {
    return [`The folder ${folder} cannot be written (${codeOf(error) ?? 'unknown'}). Give another with --forge-dir.`];
  }
}
