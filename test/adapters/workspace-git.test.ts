import { makePlace, openAt } from './workspace-git-fixture.js';
import { workspaceContract } from '../contract/workspace-contract.js';

workspaceContract('git', async () => {
  const place = makePlace();
  const { workspace } = await openAt(place);
  return { workspace, close: async () => { place.close(); } };
});
