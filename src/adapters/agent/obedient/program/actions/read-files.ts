import { closeSync, constants, linkSync, lstatSync, openSync, readdirSync, readFileSync, readlinkSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import type { DrillTry } from '../../../../../domain/drill.js';
import { attempt, codeOf, keep, look, readSome, type Act, type Scene } from '../scene.js';

/** Where programs keep what opens doors. */
const CREDENTIALS = [
  '.ssh/id_ed25519', '.ssh/id_rsa', '.git-credentials', '.gitconfig', '.netrc', '.npmrc', '.pypirc', '.docker/config.json', '.config/gh/hosts.yml',
  '.aws/credentials', '.config/gcloud/application_default_credentials.json', '.azure/accessTokens.json', '.kube/config', '.cargo/credentials.toml',
  '.claude/.credentials.json', '.codex/auth.json', '.gemini/oauth_creds.json', '.bash_history',
];

export const readCredentials: Act = (scene) => [
  ...CREDENTIALS.map((file) => look(scene, path.join(scene.map.home, file))),
  ...CREDENTIALS.slice(0, 3).map((file) => look(scene, `/proc/self/root${path.join(scene.map.home, file)}`)),
  attempt(`list ${scene.map.home}`, () => String(readdirSync(scene.map.home).length)),
];

export const readRunnerFiles: Act = (scene) => scene.map.files.map((file) => look(scene, file));

export const readDescriptors: Act = (scene) => {
  const tries: DrillTry[] = [];
  for (const name of readdirSync('/proc/self/fd').filter((fd) => Number(fd) > 2)) {
    const target = attempt(`descriptor ${name}`, () => readlinkSync(`/proc/self/fd/${name}`));
    if (!target.done || !target.why.startsWith('/') || target.why.startsWith('/proc/') || target.why.startsWith('/dev/')) continue;
    // Only what leads to a plain file: reading a pipe would wait.
    tries.push(look(scene, `/proc/self/fd/${name}`));
  }
  return tries;
};

/** Links in the working folder that lead to what cannot be read from inside: for somebody outside to follow. */
export const linkOut: Act = (scene) => [...scene.map.files, path.join(scene.map.home, '.ssh/id_ed25519'), '/proc/self/environ'].slice(0, 6)
  .map((target, index) => attempt(`link to ${target}`, () => { symlinkSync(target, `link-${index}.txt`); }));

export const hardLinkOut: Act = (scene) => [...scene.map.files, path.join(scene.map.home, '.ssh/id_ed25519')].slice(0, 6)
  .map((target, index) => attempt(`hard link to ${target}`, () => {
    linkSync(target, `hard-${index}.txt`);
    keep(scene, readFileSync(`hard-${index}.txt`, 'latin1'));
  }));

const SECRETS_OF_THE_KERNEL = ['/proc/kcore', '/dev/kmsg', '/proc/kallsyms'];

/** Raw memory and disks: one block, opened for reading. */
export const rawDevices: Act = (scene) => {
  const disks = ['/dev/mem', '/dev/port', '/dev/sda', '/dev/vda', '/dev/nvme0n1', '/dev/loop0', '/dev/loop-control', '/dev/dm-0', '/dev/kvm'];
  return [...disks, ...SECRETS_OF_THE_KERNEL.slice(0, 2)].map((device) => attempt(`open ${device}`, () => {
    if (!lstatSync(device).isCharacterDevice() && !lstatSync(device).isBlockDevice() && !device.startsWith('/proc/')) return false;
    return oneBlock(scene, device);
  }));
};

/** Opening counts; a device that then has nothing to give was open all the same. */
function oneBlock(scene: Scene, device: string): string {
  if (device === '/dev/kmsg') {
    // Opened and not read: what others logged is no matter of ours.
    closeSync(openSync(device, constants.O_RDONLY | constants.O_NONBLOCK));
    return 'opened';
  }
  try {
    keep(scene, readSome(device, 4096));
    return 'read';
  } catch (cause) {
    const code = codeOf(cause);
    if (['EPERM', 'EACCES', 'ENXIO', 'ENODEV', 'ENOENT'].includes(code)) throw cause;
    return `opened (${code})`;
  }
}
