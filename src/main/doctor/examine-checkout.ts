import { lacking, type Examination } from './examination.js';

const SHOWN_MAX = 10;

export const examineCheckout: Examination = {
  id: 'checkout', group: 'repository', title: 'Checkout',
  async examine(facts) {
    const checkout = await facts.checkout();
    if (!checkout.ok) return lacking(checkout.error);
    const { root, subfolder, head, branch, bare, dirty, shallow } = checkout.value;
    const kind = bare ? ', bare' : subfolder === '' ? '' : `, started in ${subfolder}`;
    const words = `${root} at ${head.slice(0, 12)} (${branch ?? 'no branch, HEAD is detached'}${kind})`;
    const credentials = await facts.credentials();
    const details = shallow ? ['The clone is shallow. A run works with that; only the count of commits that the base moved on may be missing from the packet.'] : [];
    if (credentials.length > 0) {
      const shown = [...credentials.slice(0, SHOWN_MAX), ...(credentials.length > SHOWN_MAX ? [`and ${credentials.length - SHOWN_MAX} more`] : [])];
      return {
        standing: 'warning', words, details: ['Credentials lie where programs could read them; a sandbox hides these files:', ...shown, ...(dirty ? ['There are uncommitted changes, which a run does not see.'] : []), ...details],
        next: 'Set `persist-credentials: false` in the checkout step, or take these lines and files away. `heddle work` and `heddle verify` refuse to begin beside them.',
      };
    }
    if (!dirty) return { standing: 'good', words, details };
    return { standing: 'warning', words, details: ['There are uncommitted changes.', ...details], next: 'A run starts from the committed base and does not see them. Commit what it should see.' };
  },
};

export const examineBase: Examination = {
  id: 'base', group: 'repository', title: 'Base branch',
  async examine(facts) {
    const base = await facts.base();
    if (!base.ok) return lacking(base.error);
    const { branch, commit, guessed } = base.value;
    const words = `${branch} at ${commit.slice(0, 12)}; changes go there`;
    if (guessed) return { standing: 'warning', words: `${words}. The forge did not tell its default branch, so this is the checkout's.`, next: 'Mend the forge below, or name the branch with --base.' };
    return { standing: 'good', words };
  },
};
