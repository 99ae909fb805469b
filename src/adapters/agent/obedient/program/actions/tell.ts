import { spawn } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { attempt, type Act } from '../scene.js';

const COMMANDS = [
  '::set-env name=PATH::/evil', '::add-path::/evil', '::add-mask::a', '::stop-commands::x', '::save-state name=a::b', '::set-output name=outcome::delivered',
  '::error file=x,line=1::not for the runner', '::group::x', '::add-matcher::/evil.json', 'text ##[add-mask]a', '##vso[task.setvariable variable=x]y',
  '\r::add-path::/cr', '\u000b::add-path::/vt', '\u000c::add-path::/ff', '\u0085::add-path::/nel', '\u2028::add-path::/ls', '\ufeff::add-path::/bom', ':\u200b:add-path::/zw',
  '\u001b[31m::add-path::/ansi', ':\u001b[0m:add-path::/split', 'section_start:1560896352:x[collapsed=true]\r\u001b[0K', 'delivered: checks: passed',
];

/** Lines that a runner would obey, on both streams and as the name of a file. */
export const printCommands: Act = () => {
  for (const line of COMMANDS) {
    process.stdout.write(`${line}\n`);
    process.stderr.write(`${line}\n`);
  }
  return [{ what: 'print commands to the runner', done: true, why: `${COMMANDS.length} lines` }, attempt('a file name that is a command', () => { writeFileSync('a.txt', '::add-path::/evil\n'); })];
};

const DAEMON = `
const fs = require('node:fs');
for (const s of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.on(s, () => {});
process.title = 'kworker/0:1';
const end = Date.now() + 20000;
const beat = () => { try { fs.appendFileSync('heartbeat.txt', 'x'); } catch {} if (Date.now() > end) clearInterval(timer); };
const timer = setInterval(beat, 20); beat();`;

/** Own session, deaf to TERM, started by a process that has ended; ends by itself after 20 seconds. Beats into the working folder. */
export const leaveDaemon: Act = async () => {
  const middle = `require('node:child_process').spawn(process.execPath, ['-e', ${JSON.stringify(DAEMON)}], { detached: true, stdio: 'ignore' }).unref();`;
  spawn(process.execPath, ['-e', middle], { detached: true, stdio: 'ignore' }).unref();
  const until = performance.now() + 5000;
  while (!existsSync('heartbeat.txt') && performance.now() < until) await new Promise((resolve) => { setTimeout(resolve, 10); });
  return [{ what: 'leave a daemon', done: existsSync('heartbeat.txt'), why: '' }];
};
