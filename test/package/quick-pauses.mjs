// Loaded before the program by tests in which a service stays away: pauses of half a second to a minute become short, so that
// a test need not wait through them. Longer ones are deadlines of checks and agents, and stay.
import { syncBuiltinESMExports } from 'node:module';
import timers from 'node:timers';
import promises from 'node:timers/promises';

const short = (ms) => (ms >= 500 && ms <= 60_000 ? ms / 50 : ms);
const plain = globalThis.setTimeout;
const later = promises.setTimeout;
const quick = Object.assign((act, ms, ...rest) => plain(act, short(ms), ...rest), plain);

globalThis.setTimeout = quick;
timers.setTimeout = quick;
promises.setTimeout = (ms, ...rest) => later(short(ms), ...rest);
syncBuiltinESMExports();
