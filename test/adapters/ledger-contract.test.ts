import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { create as createFolder } from '../../src/adapters/ledger-store/ledger-folder/index.js';
import { ledgerContract } from '../contract/ledger-contract.js';
import { temporaryFolder } from '../temporary-folder.js';
import { gitRemote } from './ledger-git-remote.js';

ledgerContract('a branch of a remote that can leave files out', () => Promise.resolve(gitRemote(true)));
ledgerContract('a branch of a plain repository', () => Promise.resolve(gitRemote(false)));
ledgerContract('a folder', () => {
  const folder = join(temporaryFolder('heddle-ledger-'), 'ledger');
  const place = (path: string): string => join(folder, path);
  return Promise.resolve({
    connect: () => Promise.resolve(createFolder({ folder }, { pause: (ms) => new Promise((resolve) => { setTimeout(resolve, ms); }), random: Math.random })),
    file: (path) => Promise.resolve(existsSync(place(path)) ? readFileSync(place(path), 'utf8') : undefined),
    tamper: (path, content) => {
      mkdirSync(dirname(place(path)), { recursive: true });
      writeFileSync(place(path), content);
      return Promise.resolve();
    },
    close: () => Promise.resolve(rmSync(folder, { recursive: true, force: true })),
  });
});
