/** What the probe program is told: where things are that it must not reach, and one that it must. Paths as seen inside. */
export interface ProbeTask {
  readonly canary: string;
  readonly secretFile: string;
  readonly outsideFile: string;
  readonly insideFile: string;
  /** A loopback port of ours, outside. */
  readonly port: number;
  /** A port inside that must lead to our unix socket. */
  readonly relayPort: number;
}

/** What it could do. */
export interface ProbeReport {
  readonly secret: boolean;
  readonly environment: boolean;
  readonly outside: boolean;
  readonly system: boolean;
  readonly kernel: boolean;
  readonly network: boolean;
  readonly inside: boolean;
  readonly relay: boolean;
}

/**
 * A Node program as data, run with `node -e`: it TRIES, and writes what it could do as one JSON line. Nothing it tries
 * does harm where there is no sandbox: the file of the kernel is opened and closed, never written.
 */
export const PROBE_PROGRAM = `
const fs = require('node:fs'), net = require('node:net');
const task = JSON.parse(process.argv[1]);
const could = (act) => { try { return act() !== false; } catch { return false; } };
const reach = (port, needs) => new Promise((resolve) => {
  const socket = net.connect({ host: '127.0.0.1', port });
  const end = (answer) => { socket.destroy(); resolve(answer); };
  socket.on('error', () => end(false)).on('close', () => end(false)).on('data', (data) => end(String(data) === task.canary)).setTimeout(2000, () => end(false));
  if (!needs) socket.on('connect', () => end(true));
});
const report = {
  secret: could(() => fs.readFileSync(task.secretFile, 'utf8').includes(task.canary)),
  environment: could(() => fs.readdirSync('/proc').filter((name) => /^[0-9]+$/.test(name))
    .some((name) => could(() => fs.readFileSync('/proc/' + name + '/environ', 'latin1').includes(task.canary)))),
  outside: could(() => fs.writeFileSync(task.outsideFile, 'written')),
  system: could(() => fs.accessSync('/usr', fs.constants.W_OK)),
  kernel: could(() => fs.closeSync(fs.openSync('/proc/sys/kernel/core_pattern', 'r+'))),
  inside: could(() => fs.writeFileSync(task.insideFile, task.canary)),
};
Promise.all([reach(task.port, false), reach(task.relayPort, true)]).then(([network, relay]) => {
  process.stdout.write('\\n' + JSON.stringify({ ...report, network, relay }) + '\\n');
});
`;
