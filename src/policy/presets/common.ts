import type { Preset } from './preset.js';

type Rules = NonNullable<Preset['rules']>;

/** What every golden path for a program has: a person looks at what decides how it is built, stored and shipped. */
export const COMMON_RULES: Rules = [
  {
    id: 'dependencies', description: 'New or changed dependencies are looked at by a person.', match: { kinds: ['dependencies'] }, effect: 'hold',
    message: 'the change touches dependencies or lockfiles', labels: ['dependencies'], reviewers: { owners: true },
  },
  { id: 'migrations', description: 'A change of stored data cannot be undone by reverting.', match: { kinds: ['migrations'] }, effect: 'hold', message: 'the change touches migrations of stored data', labels: ['migration'], reviewers: { owners: true } },
  { id: 'build', description: 'Build files decide what runs on every machine of the team.', match: { kinds: ['build'] }, effect: 'hold', message: 'the change touches build, container or test-runner configuration', reviewers: { owners: true } },
  { id: 'deleted-tests', description: 'Tests are not taken away without a person.', match: { kinds: ['tests'], change: ['deleted'], not_change: ['renamed'] }, effect: 'hold', message: 'the change deletes test files' },
  { id: 'opaque', description: 'What cannot be read cannot be reviewed.', match: { any: [{ change: ['binary'], kinds: ['code', 'other', 'config'] }, { change: ['executable', 'submodule'] }] }, effect: 'hold', message: 'the change adds binary, executable or submodule content' },
];

const LOCKFILES = ['**/package-lock.json', '**/pnpm-lock.yaml', '**/*.lock', '**/go.sum'];

/** Small and finished is easier to review than large. */
export function sizeRule(lines: number, files: number): Rules[number] {
  return {
    id: 'large', description: 'A large change is split or looked at by two people.', effect: 'hold', require: { count: 2 }, labels: ['large'], message: `the change has more than ${lines} lines or ${files} files without lockfiles`,
    match: { any: [{ except: LOCKFILES, size: { lines: { over: lines } } }, { except: LOCKFILES, size: { files: { over: files } } }] },
  };
}
