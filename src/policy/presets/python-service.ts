import { COMMON_RULES, sizeRule } from './common.js';
import type { Preset } from './preset.js';

export const pythonService: Preset = {
  description: 'A service in Python: dependencies, migrations, build and deployment are held for a person; small changes of code and tests pass.',
  rules: [
    { id: 'import-hooks', description: 'Files that Python runs without being asked to.', match: { paths: ['**/sitecustomize.py', '**/usercustomize.py', '**/*.pth', '**/pip.conf'] }, effect: 'deny', message: 'the change touches files that Python runs at every start, or that redirect the installation of packages' },
    ...COMMON_RULES,
    { id: 'test-setup', description: 'conftest.py runs before every test.', match: { paths: ['**/conftest.py'] }, effect: 'hold', message: 'the change touches conftest.py, which runs before every test' },
    { id: 'settings', description: 'Settings of frameworks decide who may do what.', match: { paths: ['**/settings.py', '**/settings/**', '**/wsgi.py', '**/asgi.py'] }, effect: 'hold', message: 'the change touches settings of the service', reviewers: { owners: true } },
    { id: 'deployment', description: 'How the service is deployed.', match: { paths: ['**/helm/**', '**/k8s/**', '**/deploy/**', '**/terraform/**', '**/*.tf', '**/gunicorn*.py'] }, effect: 'hold', message: 'the change touches deployment', reviewers: { owners: true } },
    { id: 'secrets-files', description: 'Files that usually hold secrets.', match: { paths: ['**/.env', '**/.env.*', '**/*.pem', '**/*.key'], except: ['**/.env.example', '**/.env.sample'] }, effect: 'deny', message: 'the change touches files that usually hold secrets' },
    sizeRule(600, 40),
    { id: 'docs', description: 'Documentation alone.', match: { kinds: ['docs'], files: 'every' }, effect: 'allow', labels: ['documentation'] },
  ],
};
