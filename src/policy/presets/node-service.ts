import { COMMON_RULES, sizeRule } from './common.js';
import type { Preset } from './preset.js';

export const nodeService: Preset = {
  description: 'A service on Node.js: dependencies, migrations, build and deployment are held for a person; small changes of code and tests pass.',
  rules: [
    { id: 'install-scripts', description: 'What npm runs at install time runs everywhere.', match: { paths: ['**/.npmrc', '**/.yarnrc*', '**/binding.gyp', '**/.pnpmfile.cjs'] }, effect: 'deny', message: 'the change touches files that run or redirect the installation of packages' },
    ...COMMON_RULES,
    { id: 'deployment', description: 'How the service is deployed.', match: { paths: ['**/helm/**', '**/k8s/**', '**/deploy/**', '**/terraform/**', '**/*.tf', '**/serverless.yml', '**/app.yaml'] }, effect: 'hold', message: 'the change touches deployment', reviewers: { owners: true } },
    { id: 'secrets-files', description: 'Files that usually hold secrets.', match: { paths: ['**/.env', '**/.env.*', '**/*.pem', '**/*.key'], except: ['**/.env.example', '**/.env.sample'] }, effect: 'deny', message: 'the change touches files that usually hold secrets' },
    sizeRule(600, 40),
    { id: 'docs', description: 'Documentation alone.', match: { kinds: ['docs'], files: 'every' }, effect: 'allow', labels: ['documentation'] },
  ],
};
