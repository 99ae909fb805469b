import type { Configuration } from '../config/configuration.js';
import type { Order } from '../domain/order.js';

/** The rules of the work, in words for the agent. `workdir` is a clean folder name, '' for all. Each one is enforced elsewhere; saying it saves a failed attempt. */
export function constraintsOf(order: Order, config: Configuration, workdir: string): string[] {
  const { limits } = order;
  const reach = config.sandbox.network.allow;
  return [
    'Do what the ticket asks and nothing else; leave unrelated code as it is.',
    'Tests must not be weakened: none is deleted, skipped, focused or loosened to make a check pass. New behaviour gets a test.',
    'Add no dependency and change no version unless the ticket asks for it.',
    'The files in the working folder are the result. Do not commit, push or change git settings; what git ignores is not delivered.',
    'The checks run on a fresh checkout of exactly these files, without anything left over from the session.',
    `The change has at most ${limits.diffFilesMax} files and ${Math.floor(limits.diffBytesMax / 1024)} KiB of patch; no file is larger than ${Math.floor(limits.fileBytesMax / 1_048_576)} MiB.`,
    ...(reach.length === 0 ? [] : [`Over the network, through the proxy that HTTPS_PROXY names, you may reach: ${reach.join(', ')}. Every other attempt is refused and shown to the reviewer.`]),
    ...bounds(order.assignment?.folders, workdir).map((folders) => `Change files below ${folders} only.`),
    ...(config.gates.hold.length === 0 ? [] : [`A person must agree to changes of: ${config.gates.hold.join(', ')}. Avoid them when there is another way.`]),
  ];
}

/** Areas that the change must not touch, as globs or in words. */
export function outOfScopeOf(config: Configuration, workdir: string, folders: readonly string[] = []): string[] {
  return [
    ALWAYS_PROTECTED,
    ...config.gates.protected,
    ...bounds(folders, workdir).map((bound) => `everything outside of ${bound}`),
  ];
}

/** In words only: the list itself, in all its spellings, is the gates' own. */
const ALWAYS_PROTECTED = 'CI configuration, git\'s own files, CODEOWNERS, instruction files for agents, Heddle\'s configuration, and folders at the top whose name begins with a dot';

/** The folders that the change is bound to, in words; nothing for the whole repository. */
function bounds(folders: readonly string[] | undefined, workdir: string): readonly string[] {
  if (folders !== undefined && folders.length > 0) return [folders.slice(0, 20).map((folder) => `${folder}/`).join(', ')];
  return workdir === '' ? [] : [`${workdir}/`];
}
