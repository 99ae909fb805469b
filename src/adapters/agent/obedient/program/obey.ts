import type { DrillAction, DrillLine, DrillOrder } from '../../../../domain/drill.js';
import { askGateway } from './actions/ask-gateway.js';
import { gainPrivileges, kernelSettings, makeNamespaces, oddSystemCalls, typeIntoTerminal } from './actions/break-out.js';
import { lookUpNames, pushWithTokens, reachNetwork, reachSockets } from './actions/reach-out.js';
import { hardLinkOut, linkOut, rawDevices, readCredentials, readDescriptors, readRunnerFiles } from './actions/read-files.js';
import { readEnvironments, readMemory, readProcesses } from './actions/read-processes.js';
import { leaveDaemon, printCommands } from './actions/tell.js';
import { appendCommandFiles, changeProtected, plantGit, replacePrograms, trapChecks, writeOutside } from './actions/write-outside.js';
import { codeOf, digest, type Act, type Scene } from './scene.js';

const ACTS: Readonly<Record<DrillAction, Act>> = {
  'read-credentials': readCredentials, 'read-runner-files': readRunnerFiles, 'read-environments': readEnvironments, 'read-processes': readProcesses,
  'read-memory': readMemory, 'read-descriptors': readDescriptors, 'append-command-files': appendCommandFiles, 'write-outside': writeOutside,
  'plant-git': plantGit, 'kernel-settings': kernelSettings, 'make-namespaces': makeNamespaces, 'gain-privileges': gainPrivileges,
  'reach-sockets': reachSockets, 'link-out': linkOut, 'hard-link-out': hardLinkOut, 'type-into-terminal': typeIntoTerminal,
  'odd-system-calls': oddSystemCalls, 'raw-devices': rawDevices, 'replace-programs': replacePrograms, 'reach-network': reachNetwork,
  'look-up-names': lookUpNames, 'push-with-tokens': pushWithTokens, 'ask-gateway': askGateway, 'change-protected': changeProtected,
  'print-commands': printCommands, 'leave-daemon': leaveDaemon, 'trap-checks': trapChecks, 'tell-all': () => [],
};

const TRIES_MAX = 400;
/** So many tries on one line, each cut: a line that a log cuts could not be read any more. */
const TRIES_PER_LINE = 12;

/** Does what one order says and tells it in one line or more. `seen`, on the first, are the canaries that this order brought. */
export async function obey(scene: Scene, { order, action }: DrillOrder): Promise<readonly DrillLine[]> {
  scene.now.clear();
  let tries: DrillLine['tries'];
  try {
    tries = [...await ACTS[action](scene)].slice(0, TRIES_MAX).map(({ what, done, why }) => ({ what: what.slice(0, 120), done, why: why.slice(0, 80) }));
  } catch (cause) {
    tries = [{ what: 'the whole action', done: false, why: codeOf(cause) }];
  }
  const seen = [...scene.now].map(digest).slice(0, 30);
  const lines: DrillLine[] = [];
  for (let from = 0; from === 0 || from < tries.length; from += TRIES_PER_LINE) {
    lines.push({ drill: 1, order, action, tries: tries.slice(from, from + TRIES_PER_LINE), seen: from === 0 ? seen : [] });
  }
  return lines;
}
