import { forgeContract } from '../contract/forge-contract.js';
import { waitingStoreContract } from '../contract/waiting-store-contract.js';
import type { Forge } from '../../src/ports/forge.js';
import type { WaitingStore } from '../../src/ports/waiting-store.js';
import { makeGiteaHarness } from './forge-gitea-harness.js';

forgeContract('gitea', () => makeGiteaHarness());

function waitingOf(forge: Forge): WaitingStore {
  if (forge.waiting === undefined) throw new Error('this forge keeps no waiting runs');
  return forge.waiting;
}

// On the other of the two servers: where they differ is not here.
waitingStoreContract('forgejo', async () => {
  const harness = await makeGiteaHarness({ flavour: 'forgejo' });
  return {
    store: waitingOf(harness.forge), connect: async () => waitingOf(await harness.connect()),
    connectReadOnly: async () => waitingOf(await (harness.connectReadOnly?.() ?? harness.connect())), close: async () => harness.close(),
  };
});
