import { z } from 'zod';

/** Where the memory across runs is kept. */
export const LedgerConfig = z.strictObject({
  store: z.enum(['auto', 'branch', 'folder', 'none']).default('auto').describe('`auto`: a branch of the repository on a forge, a folder beside the local forge. `none`: nothing is remembered, and nothing that needs a memory works.'),
  branch: z.string().regex(/^(?!.*\.\.)(?!.*\.lock(?:\/|$))[A-Za-z0-9][\w./-]{0,200}[\w-]$/, 'the name of a branch').default('heddle/ledger').describe('For `branch`: an orphan branch that holds nothing of the repository.'),
  folder: z.string().min(1).max(1000).optional().describe('For `folder`: where it is, below the folder that Heddle was started in, or an absolute path. The default is `ledger` in the folder of the local forge.'),
  url: z.string().max(1000).regex(/^(?:https?:\/\/|file:\/\/\/|\/)/, 'an https or file address, or an absolute path').optional().describe('For `branch`: another git address than the repository\'s own. The token is sent there only when it is on the forge\'s own host.'),
}).superRefine((ledger, context) => {
  // What stands under `heddle/` with eight digits at its end is the branch of a change.
  if (/^heddle\/.*-[0-9a-f]{8}$/.test(ledger.branch)) context.addIssue({ code: 'custom', path: ['branch'], message: 'must not look like the branch of a change' });
});
export type LedgerConfig = z.infer<typeof LedgerConfig>;
