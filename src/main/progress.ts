import type { Writable } from 'node:stream';
import type { RunEvent } from '../flow/event.js';
import { assertNever } from '../kit/assert-never.js';
import { liveLine } from '../report/live-line.js';

/** Where the live log goes: plain lines in CI, a moving last line on a terminal. The only sink that prints while a run works. */
export interface Progress {
  event(event: RunEvent): void;
  /** A line of our own words, already harmless. */
  say(text: string): void;
  close(): void;
}

const FRAMES = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
const FRAME_MS = 120;

export function plainProgress(print: (line: string) => void): Progress {
  return {
    event(event) {
      const line = liveLine(event);
      if (line !== undefined) print(line);
    },
    say: print,
    close: () => undefined,
  };
}

export function terminalProgress(stream: Writable & { columns?: number }): Progress {
  let doing = '';
  let since = Date.now();
  let frame = 0;
  const clear = (): void => { stream.write('\r\x1b[2K'); };
  const paint = (): void => {
    if (doing === '') return;
    const seconds = Math.floor((Date.now() - since) / 1000);
    clear();
    stream.write(`${FRAMES[frame % FRAMES.length] ?? ''} ${doing}${seconds > 0 ? ` ${seconds} s` : ''}`.slice(0, (stream.columns ?? 80) - 1));
    frame += 1;
  };
  const timer = setInterval(paint, FRAME_MS);
  timer.unref();
  const say = (line: string): void => {
    clear();
    stream.write(`${line}\n`);
    paint();
  };
  return {
    event(event) {
      const line = liveLine(event);
      if (line !== undefined) say(line);
      const next = doingAfter(event);
      if (next !== doing) since = Date.now();
      doing = next;
      if (doing === '') clear();
    },
    say,
    close() {
      clearInterval(timer);
      doing = '';
      clear();
    },
  };
}

/** What the run is busy with after an event; empty at rest. */
function doingAfter(event: RunEvent): string {
  const { fact } = event;
  switch (fact.type) {
    case 'requested':
    case 'resumed':
    case 'reconsidered':
    case 'command-used':
    case 'readiness-scored':
    case 'routed':
    case 'override-granted': return 'asking who may do this';
    case 'admitted': return 'writing the brief';
    case 'briefed': return 'running the checks on the base commit';
    case 'check-started': return fact.attempt === 0 ? `base commit: ${fact.check}` : `attempt ${fact.attempt}: ${fact.check}`;
    case 'check-finished': return 'running checks';
    case 'tests-replayed': return 'comparing the tests of both sides';
    case 'findings-collected': return fact.attempt === 0 ? 'making the agent\'s folder' : 'judging the change';
    case 'attempt-started': return `attempt ${fact.attempt}: ${fact.agent} is working`;
    case 'agent-reported': return 'capturing the candidate';
    case 'candidate-captured': return 'checking out the candidate';
    case 'bundle-received': return 'looking at the change';
    case 'verification-confirmed': return 'judging the change';
    case 'repair-planned': return `preparing attempt ${fact.attempt}`;
    case 'gate-evaluated': return 'looking at what happened meanwhile';
    case 'surroundings-seen':
    case 'evidence-renewed': return 'deciding';
    case 'evidence-expired': return 'running stale checks again';
    case 'packet-sealed': return 'delivering';
    case 'approval-given':
    case 'human-answered': return 'going on';
    case 'follow-up-filed': return 'filing follow-ups';
    case 'human-asked':
    case 'delivered':
    case 'declined':
    case 'exhausted':
    case 'cancelled':
    case 'superseded':
    case 'faulted': return '';
    default: return assertNever(fact);
  }
}
