import { COMMON_RULES, sizeRule } from './common.js';
import type { Preset } from './preset.js';

export const library: Preset = {
  description: 'A library that others depend on: its public face, its version and its dependencies are held for the owners.',
  rules: [
    ...COMMON_RULES,
    { id: 'public-face', description: 'What users of the library import.', match: { paths: ['index.*', 'src/index.*', 'src/lib.rs', 'src/*/__init__.py', '**/*.d.ts', '**/api/**'], change: ['modified', 'deleted', 'renamed'] }, effect: 'hold', message: 'the change touches the public face of the library', labels: ['api'], reviewers: { owners: true } },
    { id: 'release', description: 'Version and change log belong to a release.', match: { paths: ['VERSION', '**/version.*', '**/_version.py', '.changeset/config.json'] }, effect: 'hold', message: 'the change touches the version' },
    { id: 'licence', description: 'Terms of the library.', match: { paths: ['LICENSE*', 'LICENCE*', 'COPYING*', 'NOTICE*'] }, effect: 'deny', message: 'the change touches the licence' },
    sizeRule(400, 25),
    { id: 'docs', description: 'Documentation alone.', match: { kinds: ['docs'], files: 'every' }, effect: 'allow', labels: ['documentation'] },
  ],
};
