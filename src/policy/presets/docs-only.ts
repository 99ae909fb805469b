import type { Preset } from './preset.js';

export const docsOnly: Preset = {
  description: 'Nothing but documentation: a change of anything else is refused, a large one is held.',
  default: 'deny',
  rules: [
    { id: 'documents', description: 'Text and the pictures in it.', match: { kinds: ['docs', 'assets'], files: 'every', not: { kinds: ['assets'], except: ['**/*.png', '**/*.jpg', '**/*.jpeg', '**/*.gif', '**/*.webp'] } }, effect: 'allow', labels: ['documentation'], message: 'documentation alone' },
    { id: 'licence', description: 'Terms are not documentation.', match: { paths: ['**/LICENSE*', '**/LICENCE*', '**/COPYING*', '**/NOTICE*'] }, effect: 'deny', message: 'the change touches the licence' },
    { id: 'deleted', description: 'Pages are not taken away without a person.', match: { change: ['deleted'], size: { files: { over: 3 } } }, effect: 'hold', message: 'the change deletes several pages' },
    { id: 'large', description: 'More than a person reads in one go.', match: { size: { lines: { over: 1000 } } }, effect: 'hold', message: 'the change has more than 1000 lines' },
  ],
};
