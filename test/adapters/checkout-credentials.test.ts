import { mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { findCredentials } from '../../src/adapters/workspace/git/credentials/find-credentials.js';
import { readConfig } from '../../src/adapters/workspace/git/credentials/read-config.js';
import { credentialWarning, refusedCredentials } from '../../src/main/checkout-credentials.js';

const TOKEN = 'ghs_Canary5f0c1aCanary5f0c1aCanary';
const BASIC = Buffer.from(`x-access-token:${TOKEN}`).toString('base64');

/** A checkout, a home and a folder for temporary files, with the given files; `$ROOT` stands for where they are. */
function machine(files: Readonly<Record<string, string>>): { readonly root: string; readonly found: ReturnType<typeof findCredentials> } {
  const root = mkdtempSync(join(tmpdir(), 'heddle-cr-'));
  const all = { 'repo/.git/HEAD': 'ref: refs/heads/main\n', 'repo/.git/config': '[core]\n\tbare = false\n', ...files };
  for (const folder of ['repo/.git/objects', 'repo/.git/refs', 'home', 'temp']) mkdirSync(join(root, folder), { recursive: true });
  for (const [name, text] of Object.entries(all)) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), text.replaceAll('$ROOT', root));
  }
  return { root, found: findCredentials({ repository: join(root, 'repo'), home: join(root, 'home'), temp: join(root, 'temp') }) };
}

describe('credentials around a checkout', () => {
  it.each<[string, Readonly<Record<string, string>>, string, number]>([
    ['the header of a checkout step', { 'repo/.git/config': `[core]\n\tbare = false\n[http "https://github.com/"]\n\textraheader = AUTHORIZATION: basic ${BASIC}\n` }, 'repo/.git/config', 4],
    ['a header on the line of its section, in capitals', { 'repo/.git/config': `[HTTP] ExtraHeader = "Authorization: Bearer ${TOKEN}" # x\n` }, 'repo/.git/config', 1],
    ['a file that newer checkout steps include', { 'repo/.git/config': '[includeIf "gitdir:/elsewhere/.git"]\n\tpath = $ROOT/temp/x.config\n', 'temp/x.config': `[http "https://github.com/"]\n\textraheader = AUTHORIZATION: basic ${BASIC}\n` }, 'temp/x.config', 2],
    ['such a file that nothing includes any more', { 'temp/git-credentials-1-2.config': `[http]\nextraheader = AUTHORIZATION: basic ${BASIC}\n` }, 'temp/git-credentials-1-2.config', 2],
    ['a relative include of an include', { 'repo/.git/config': '[include]\npath = a/b\n', 'repo/.git/a/b': '[include]\npath = ../c\n', 'repo/.git/c': `[remote "origin"]\nurl = https://x:${TOKEN}@h/r\n` }, 'repo/.git/c', 2],
    ['an include in the home', { 'repo/.git/config': '[include]\npath = ~/c\n', 'home/c': `[remote "origin"]\nurl = https://x:${TOKEN}@h/r\n` }, 'home/c', 2],
    ['a password in the address of a remote', { 'repo/.git/config': `[remote "origin"]\n\tpushurl = https://gitlab-ci-token:${TOKEN}@gitlab.example/a/b.git\n` }, 'repo/.git/config', 2],
    ['a token as the user name', { 'repo/.git/config': `[remote "origin"]\n\turl = https://${TOKEN}@github.com/a/b\n` }, 'repo/.git/config', 2],
    ['insteadOf', { 'repo/.git/config': `[url "https://oauth2:${TOKEN}@gitlab.example/"]\n\tinsteadOf = https://gitlab.example/\n` }, 'repo/.git/config', 2],
    ['a helper with the password in it', { 'repo/.git/config': `[credential]\n\thelper = "!f() { echo username=x; echo password=${TOKEN}; }; f"\n` }, 'repo/.git/config', 2],
    ['a store that a helper names', { 'repo/.git/config': '[credential]\n\thelper = store --file=$ROOT/temp/store\n', 'temp/store': `https://x:${TOKEN}@github.com\n` }, 'temp/store', 1],
    ['a submodule', { 'repo/.git/modules/a/modules/b/config': `[remote "origin"]\nurl = https://x:${TOKEN}@h/r\n` }, 'repo/.git/modules/a/modules/b/config', 2],
    ['the configuration of a worktree', { 'repo/.git/config.worktree': `[http]\nextraheader = AUTHORIZATION: basic ${BASIC}\n` }, 'repo/.git/config.worktree', 2],
    ['a value that goes on in the next line', { 'repo/.git/config': `[remote "origin"]\nurl = https://x:\\\n${TOKEN}@h/r\n` }, 'repo/.git/config', 2],
    ['the store of the home', { 'home/.git-credentials': `\nhttps://x:${TOKEN}@github.com\n` }, 'home/.git-credentials', 2],
    ['netrc', { 'home/.netrc': `machine github.com\n  login x\n  password ${TOKEN}\n` }, 'home/.netrc', 3],
  ])('%s is found, its place is named and its value is for the redactor alone', (_, files, file, line) => {
    const { root, found } = machine(files);
    expect(found.places.map((place) => [place.file, place.line])).toEqual([[join(root, file), line]]);
    expect(found.values).toContain(TOKEN);
    const told = `${refusedCredentials(found.places)?.message ?? ''}${credentialWarning(found.places) ?? ''}`;
    expect(told).toContain(`${join(root, file)}:${line}`);
    for (const value of found.values) expect(told).not.toContain(value);
  });

  it.each<[string, Readonly<Record<string, string>>]>([
    ['an ordinary checkout', { 'repo/.git/config': '[remote "origin"]\n\turl = https://github.com/a/b\n\tfetch = +refs/heads/*:refs/remotes/origin/*\n[url "git@github.com:"]\n\tinsteadOf = https://github.com/\n' }],
    ['a user name', { 'repo/.git/config': '[remote "origin"]\n\turl = https://mila@bitbucket.example/a/b\n\tpushurl = git@github.com:a/b\n' }],
    ['helpers without a secret', { 'repo/.git/config': '[credential]\n\thelper = cache\n\thelper = !gh auth git-credential\n' }],
    ['a header without a credential', { 'repo/.git/config': '[http]\n\textraheader = X-Trace: 1\n' }],
    ['a comment', { 'repo/.git/config': `# url = https://x:${TOKEN}@h/r\n` }],
    ['an include of itself, and of what is not there', { 'repo/.git/config': '[include]\npath = config\npath = missing\n' }],
  ])('%s is none', (_, files) => {
    expect(machine(files).found).toEqual({ places: [], values: [] });
  });

  it('a folder, a device or a link to one in the way of a file is passed over', () => {
    const { root } = machine({});
    mkdirSync(join(root, 'home/.netrc'));
    symlinkSync('/dev/zero', join(root, 'home/.git-credentials'));
    expect(findCredentials({ repository: join(root, 'repo'), home: join(root, 'home'), temp: undefined }).places).toEqual([]);
    expect(findCredentials({ repository: join(root, 'nowhere'), home: undefined, temp: undefined }).places).toEqual([]);
  });

  it('any text is read to its end, with lines that are there', () => {
    fc.assert(fc.property(fc.array(fc.oneof(fc.constantFrom('[a]', '[a "b"]', 'k = v', '\\', '"', '\n', '#', '[', 'url = https://a:b@c'), fc.string({ maxLength: 6 })), { maxLength: 40 }), (parts) => {
      const text = parts.join('');
      for (const entry of readConfig(text)) expect(entry.line >= 1 && entry.line <= text.split('\n').length).toBe(true);
    }), { numRuns: 1000 });
  });
});
