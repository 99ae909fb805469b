import type { Examination } from './examination.js';

const NODE_MIN = [20, 12] as const;
/** `rev-parse --end-of-options`, which keeps a name from outside from being read as an option, works everywhere we use it from 2.34 on, the oldest version the tests are kept for. */
const GIT_MIN = [2, 34] as const;

export const examineNode: Examination = {
  id: 'node', group: 'machine', title: 'Node',
  async examine({ node }) {
    const version = node.replace(/^v/, '');
    if (atLeast(version, NODE_MIN)) return { standing: 'good', words: version };
    return { standing: 'missing', words: `${version} is too old.`, next: `Install Node ${NODE_MIN.join('.')} or later.` };
  },
};

export const examineGit: Examination = {
  id: 'git', group: 'machine', title: 'git',
  async examine(facts) {
    const said = await facts.gitVersion();
    const next = `Install git ${GIT_MIN.join('.')} or later and put it on the PATH.`;
    if (said === undefined) return { standing: 'missing', words: 'git could not be started.', next };
    const version = /^git version (\d{1,6}\.\d{1,6}\S{0,40})/.exec(said)?.[1];
    if (version === undefined) return { standing: 'warning', words: `git is there, but its version is not understood: ${said.slice(0, 100)}`, next: `Git ${GIT_MIN.join('.')} or later is needed.` };
    if (atLeast(version, GIT_MIN)) return { standing: 'good', words: version };
    return { standing: 'missing', words: `${version} is too old: before ${GIT_MIN.join('.')} git cannot be told safely where options end and names begin.`, next };
  },
};

function atLeast(version: string, min: readonly [number, number]): boolean {
  const [major = 0, minor = 0] = version.split('.').map((part) => Number.parseInt(part, 10));
  return major > min[0] || (major === min[0] && minor >= min[1]);
}
