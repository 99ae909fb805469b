import { chmodSync, linkSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { git, writeFiles } from './workspace-git-fixture.js';

/**
 * What an agent could leave in its folder. `mark(name)` is a command line that leaves a marker file if anything runs it.
 * `refused`: the codes a capture must answer; absent = harmless, the capture goes through.
 */
export interface Trap {
  readonly name: string;
  readonly refused?: readonly string[];
  set(folder: string, mark: (name: string) => string): void;
}

const HOOKS = [
  'applypatch-msg', 'pre-applypatch', 'post-applypatch', 'pre-commit', 'pre-merge-commit', 'prepare-commit-msg', 'commit-msg', 'post-commit',
  'pre-rebase', 'post-checkout', 'post-merge', 'pre-push', 'pre-receive', 'update', 'post-receive', 'post-update', 'reference-transaction',
  'push-to-checkout', 'pre-auto-gc', 'post-rewrite', 'sendemail-validate', 'fsmonitor-watchman', 'post-index-change',
];

function script(file: string, command: string): void {
  mkdirSync(join(file, '..'), { recursive: true });
  writeFileSync(file, `#!/bin/sh\n${command}\nexit 0\n`);
  chmodSync(file, 0o755);
}

/** A real repository where ours was: the agent may write one when its .git is not read-only. */
function owned(folder: string): void {
  execFileSync('rm', ['-rf', join(folder, '.git')]);
  git(folder, 'init', '-q');
  git(folder, 'add', 'README.md');
  git(folder, 'commit', '-q', '-m', 'mine');
}

/** Makes the value of a setting of the agent's own repository run the marker. */
function setting(name: string, key: string, suffix = ''): Trap {
  return { name: `setting ${key}`, set(folder, mark) {
    owned(folder);
    script(join(folder, '.git/trap.sh'), mark(name));
    git(folder, 'config', key, `${join(folder, '.git/trap.sh')}${suffix}`);
  } };
}

function attribute(name: string, attributes: string, keys: readonly string[]): Trap {
  return { name, set(folder, mark) {
    owned(folder);
    script(join(folder, '.git/trap.sh'), `${mark(name)}; cat`);
    for (const key of keys) git(folder, 'config', key, join(folder, '.git/trap.sh'));
    writeFileSync(join(folder, '.gitattributes'), attributes);
    writeFileSync(join(folder, '.git/info/attributes'), attributes);
    writeFileSync(join(folder, 'README.md'), 'changed\r\n');
  } };
}

function named(name: string, code: string): Trap {
  return { name: `a folder named ${JSON.stringify(name)}`, refused: [code], set: (folder) => { writeFiles(join(folder, 'sub', name), { config: '[core]\n\tfsmonitor = x\n' }); } };
}

export const TRAPS: readonly Trap[] = [
  ...HOOKS.map((hook): Trap => ({ name: `hook ${hook}`, set(folder, mark) {
    owned(folder);
    script(join(folder, '.git/hooks', hook), mark(hook));
  } })),
  { name: 'hooksPath in the tree', set(folder, mark) {
    owned(folder);
    for (const hook of HOOKS) script(join(folder, 'hooks', hook), mark('hooksPath'));
    git(folder, 'config', 'core.hooksPath', join(folder, 'hooks'));
  } },
  setting('fsmonitor', 'core.fsmonitor'), setting('sshCommand', 'core.sshCommand'), setting('pager', 'core.pager'), setting('editor', 'core.editor'),
  setting('askpass', 'core.askPass'), setting('credential', 'credential.helper'), setting('external diff', 'diff.external'), setting('gpg', 'gpg.program'),
  setting('gitProxy', 'core.gitProxy'), setting('alternateRefs', 'core.alternateRefsCommand'), setting('packObjectsHook', 'uploadpack.packObjectsHook'),
  setting('alias', 'alias.cat-file'), setting('ext transport', 'remote.origin.url'),
  attribute('filter clean and smudge', '* filter=evil\n', ['filter.evil.clean', 'filter.evil.smudge']),
  attribute('filter process', '* filter=evil\n', ['filter.evil.process']),
  attribute('textconv', '* diff=evil\n', ['diff.evil.textconv']),
  attribute('diff command', '* diff=evil\n', ['diff.evil.command']),
  attribute('merge driver', '* merge=evil\n', ['merge.evil.driver']),
  { name: 'include.path and includeIf', set(folder, mark) {
    owned(folder);
    script(join(folder, '.git/trap.sh'), mark('include'));
    writeFileSync(join(folder, 'evil.config'), `[core]\n\tfsmonitor = ${join(folder, '.git/trap.sh')}\n`);
    git(folder, 'config', 'include.path', join(folder, 'evil.config'));
    git(folder, 'config', `includeIf.gitdir:${folder}/.path`, join(folder, 'evil.config'));
  } },
  { name: 'core.worktree elsewhere', set(folder) {
    owned(folder);
    git(folder, 'config', 'core.worktree', '/');
  } },
  { name: 'alternates to a secret folder', set(folder) {
    owned(folder);
    writeFileSync(join(folder, '.git/objects/info/alternates'), '/root/.ssh\n');
  } },
  { name: 'commondir and worktree config', set(folder) {
    owned(folder);
    writeFileSync(join(folder, '.git/commondir'), '/\n');
  } },
  { name: 'a .git file that leads away', set(folder) {
    execFileSync('rm', ['-rf', join(folder, '.git')]);
    writeFileSync(join(folder, '.git'), 'gitdir: /tmp\n');
  } },
  { name: 'a .git link', set(folder) {
    execFileSync('rm', ['-rf', join(folder, '.git')]);
    symlinkSync('/tmp', join(folder, '.git'));
  } },
  { name: 'replacement objects, grafts, info/exclude', set(folder) {
    owned(folder);
    writeFileSync(join(folder, '.git/info/exclude'), '*\n');
    writeFileSync(join(folder, '.git/info/grafts'), `${'1'.repeat(40)}\n`);
  } },
  { name: 'assume-unchanged and skip-worktree', set(folder) {
    owned(folder);
    git(folder, 'update-index', '--assume-unchanged', 'README.md');
    writeFileSync(join(folder, 'README.md'), 'hidden change\n');
  } },
  { name: 'nested repository', refused: ['nested-repository'], set(folder) {
    mkdirSync(join(folder, 'nested'));
    git(join(folder, 'nested'), 'init', '-q');
  } },
  { name: 'empty nested .git', refused: ['nested-repository'], set: (folder) => { mkdirSync(join(folder, 'src/.git')); } },
  { name: 'nested .git file', refused: ['nested-repository'], set: (folder) => { writeFileSync(join(folder, 'src/.git'), 'gitdir: ../..\n'); } },
  { name: 'bare repository with fsmonitor', refused: ['nested-repository'], set(folder, mark) {
    git(folder, 'init', '-q', '--bare', 'bare');
    script(join(folder, 'bare/trap.sh'), mark('bare'));
    git(join(folder, 'bare'), 'config', 'core.fsmonitor', join(folder, 'bare/trap.sh'));
  } },
  { name: 'submodule with fsmonitor', refused: ['nested-repository'], set(folder, mark) {
    mkdirSync(join(folder, 'vendor/lib'), { recursive: true });
    git(join(folder, 'vendor/lib'), 'init', '-q');
    script(join(folder, 'vendor/lib/.git/trap.sh'), mark('submodule'));
    git(join(folder, 'vendor/lib'), 'config', 'core.fsmonitor', join(folder, 'vendor/lib/.git/trap.sh'));
    writeFileSync(join(folder, '.gitmodules'), '[submodule "lib"]\n\tpath = vendor/lib\n\turl = --upload-pack=evil\n\tupdate = !evil\n');
  } },
  named('.GIT', 'git-path'), named('.git.', 'git-path'), named('.git ', 'git-path'), named('.git. .', 'git-path'), named('git~1', 'git-path'), named('GIT~2', 'git-path'),
  named('.g\u200cit', 'git-path'), named('.gi\ufefft', 'git-path'), named('.git::$INDEX_ALLOCATION', 'git-path'), named('\uff0egit', 'git-path'),
  named('.g\u00adit', 'git-path'), named('x\\.git', 'git-path'), named('.Git', 'git-path'),
  named('a\nb', 'unsafe-name'), named('a\u001b[2J', 'unsafe-name'), named('a\u202egpj', 'unsafe-name'), named('a\u200bb', 'unsafe-name'), named('a\u2066b', 'unsafe-name'),
  named('a\u007f', 'unsafe-name'), named('a\\b', 'unsafe-name'), named('a\u{e0041}', 'unsafe-name'),
  { name: '.git spelling at the top', refused: ['git-path'], set: (folder) => { writeFiles(folder, { '.GIT/config': '' }); } },
  { name: 'a name that is not UTF-8', refused: ['not-utf8'], set: (folder) => { writeFileSync(Buffer.concat([Buffer.from(`${folder}/bad-`), Buffer.from([0xff, 0xfe])]), 'x'); } },
  { name: 'link to an absolute path', refused: ['link-escapes'], set: (folder) => { symlinkSync('/etc/passwd', join(folder, 'l')); } },
  { name: 'link that climbs out', refused: ['link-escapes'], set: (folder) => { symlinkSync('../../..', join(folder, 'src/l')); } },
  { name: 'link that climbs out over another link', refused: ['link-escapes'], set(folder) {
    symlinkSync('../..', join(folder, 'src/deep/up'));
    symlinkSync('src/deep/up/..', join(folder, 'l'));
  } },
  { name: 'link into .git', refused: ['link-escapes'], set: (folder) => { symlinkSync('.git/config', join(folder, 'l')); } },
  { name: 'link into .GIT.', refused: ['link-escapes'], set: (folder) => { symlinkSync('x/.GIT./config', join(folder, 'l')); } },
  { name: 'tracked folder replaced by a link out', refused: ['link-escapes'], set(folder) {
    execFileSync('rm', ['-rf', join(folder, 'src')]);
    symlinkSync('/etc', join(folder, 'src'));
  } },
  { name: 'tracked file replaced by a link out', refused: ['link-escapes'], set(folder) {
    execFileSync('rm', [join(folder, 'README.md')]);
    symlinkSync('/etc/hostname', join(folder, 'README.md'));
  } },
  { name: 'circle of links', set(folder) {
    symlinkSync('b', join(folder, 'a'));
    symlinkSync('a', join(folder, 'b'));
  } },
  { name: 'pipe', refused: ['special-file'], set: (folder) => { execFileSync('mkfifo', [join(folder, 'pipe')]); } },
  { name: 'tracked file replaced by a pipe', refused: ['special-file'], set(folder) {
    execFileSync('rm', [join(folder, 'README.md')]);
    execFileSync('mkfifo', [join(folder, 'README.md')]);
  } },
  { name: 'hard link to a file outside', refused: ['special-file'], set(folder) {
    writeFileSync(`${folder}.secret`, 'secret\n');
    linkSync(`${folder}.secret`, join(folder, 'copy.txt'));
  } },
  { name: 'two names of one file inside', set(folder) {
    writeFileSync(join(folder, 'one.txt'), 'x\n');
    linkSync(join(folder, 'one.txt'), join(folder, 'two.txt'));
  } },
  { name: 'sparse file of 3 GB', refused: ['file-too-large'], set: (folder) => { execFileSync('truncate', ['-s', '3G', join(folder, 'big')]); } },
  { name: 'folders nested 120 deep', refused: ['too-deep'], set: (folder) => { mkdirSync(join(folder, ...Array.from({ length: 120 }, () => 'd')), { recursive: true }); } },
  { name: 'ignore rules of the agent', set(folder) {
    writeFileSync(join(folder, '.gitignore'), '*\n');
    writeFiles(folder, { 'src/.gitignore': '*\n', 'src/hidden.ts': 'x\n' });
  } },
];
