import type { RawFinding } from '../fingerprint.js';
import { relativePath } from '../repository-path.js';
import { MessageLines, type LogReader, type ReaderTask } from './log-reader.js';

/** pytest: the short summary names the tests, the lines before it the places. unittest: `FAIL: name (where)` and a traceback. */
export function pythonTests(task: ReaderTask): LogReader {
  const failures: { file: string | undefined; test: string; message: string }[] = [];
  const places = new Map<string, number[]>();
  let lastError = '';
  let unit: { test: string; file: string | undefined; line: number | undefined; message: string } | undefined;
  const closeUnit = (): void => {
    if (unit !== undefined) task.emit({ from: 'log', severity: 'error', file: unit.file, line: unit.line, test: unit.test, message: unit.message || 'the test failed' });
    unit = undefined;
  };
  return {
    line: (line) => {
      const summary = /^(?:FAILED|ERROR) ([^\s:]{1,300}\.py)(::\S{1,400})?(?: - (.{1,900}))?$/.exec(line);
      if (summary !== null) {
        failures.push({ file: relativePath(summary[1] ?? '', task.frame), test: (summary[2] ?? summary[1] ?? '').replace(/^::/, ''), message: summary[3] ?? (lastError || 'the test failed') });
        return;
      }
      if (/^E {3,8}\w/.test(line)) lastError = line.slice(1).trim();
      const place = /^([^\s:]{1,300}\.py):(\d{1,7}): (?:\w{1,80}(?:Error|Exception|Exit|Interrupt|Warning|Failed|Skipped)|in \w)/.exec(line);
      const placed = place === null ? undefined : relativePath(place[1] ?? '', task.frame);
      if (place !== null && placed !== undefined) places.set(placed, [...(places.get(placed) ?? []), Number(place[2])]);
      const head = /^(?:FAIL|ERROR): (\w{1,200}) \(([\w.]{1,300})\)/.exec(line);
      if (head !== null) {
        closeUnit();
        unit = { test: `${head[2] ?? ''} > ${head[1] ?? ''}`, file: undefined, line: undefined, message: '' };
        return;
      }
      if (unit === undefined) return;
      const frame = /^ {2}File "([^"]{1,400})", line (\d{1,7})/.exec(line);
      const file = frame === null ? undefined : relativePath(frame[1] ?? '', task.frame);
      if (frame !== null && file !== undefined) Object.assign(unit, { file, line: Number(frame[2]) });
      else if (/^[\w.]{1,200}(?:Error|Exception|Exit)\b/.test(line)) unit.message = line;
      else if (/^Ran \d/.test(line)) closeUnit();
    },
    end: () => {
      closeUnit();
      for (const failure of failures) task.emit({ from: 'log', severity: 'error', ...failure, line: places.get(failure.file ?? '')?.shift() });
    },
  };
}

/** go test: `--- FAIL: TestName`, the lines below it, and `FAIL package` that closes a package. */
export function goTest(task: ReaderTask): LogReader {
  let open: { test: string; message: MessageLines }[] = [];
  return {
    line: (line) => {
      const head = /^\s{0,24}--- (FAIL|PASS|SKIP): (\S{1,400})/.exec(line);
      if (head !== null) {
        if (head[1] === 'FAIL') open.push({ test: head[2] ?? '', message: new MessageLines() });
        return;
      }
      const done = /^(?:FAIL|ok)\s+(\S{1,300})\s+(?:[\d.]{1,12}s|\[build failed\])/.exec(line);
      if (done !== null) {
        for (const failure of open) {
          // A test that only failed through a sub-test has nothing of its own to say.
          const parent = open.some((other) => other.test.startsWith(`${failure.test}/`));
          if (!parent || !failure.message.isEmpty) task.emit({ from: 'log', severity: 'error', test: `${done[1] ?? ''} > ${failure.test}`, message: failure.message.text() || 'the test failed' });
        }
        open = [];
        return;
      }
      const last = open.at(-1);
      if (last !== undefined && (/^\s{4,40}\S/.test(line) || /^(?:panic: |\s{0,8}Error)/.test(line)) && !/^\s{0,24}===/.test(line)) last.message.add(line);
    },
    end: () => {
      for (const failure of open) task.emit({ from: 'log', severity: 'error', test: failure.test, message: failure.message.text() || 'the test failed' });
    },
  };
}

/** cargo test: `---- name stdout ----`, then where and why it panicked. */
export function cargoTest(task: ReaderTask): LogReader {
  let open: { test: string; file: string | undefined; line: number | undefined; message: MessageLines } | undefined;
  const close = (): void => {
    if (open !== undefined) task.emit({ from: 'log', severity: 'error', test: open.test, file: open.file, line: open.line, message: open.message.text() || 'the test failed' });
    open = undefined;
  };
  return {
    line: (line) => {
      const head = /^---- (\S{1,400}) stdout ----$/.exec(line);
      if (head !== null) {
        close();
        open = { test: head[1] ?? '', file: undefined, line: undefined, message: new MessageLines() };
        return;
      }
      if (open === undefined) return;
      const panic = /panicked at (?:'(.{0,600})', )?([^:'\s]{1,300}):(\d{1,7}):\d{1,7}:?$/.exec(line);
      if (/^stack backtrace:/.test(line)) open.message.close();
      else if (panic !== null) {
        open.file = relativePath(panic[2] ?? '', task.frame);
        open.line = Number(panic[3]);
        if (panic[1] !== undefined) open.message.add(panic[1]);
      } else if (/^(?:failures:|test result:|note: run with)/.test(line)) {
        if (line.startsWith('note:')) open.message.close();
        else close();
      } else open.message.add(line);
    },
    end: close,
  };
}

/** maven surefire's list of failures, and rspec's list of commands to run one example again. */
export function summaryLines(task: ReaderTask): LogReader {
  return {
    line: (line) => {
      const maven = /^\[ERROR\]\s{1,6}([\w$]{1,200}(?:\.[\w$]{1,200}){0,10}):(\d{1,7})(?:->\S{1,300}|»)?\s?(.{0,800})$/.exec(line);
      const rspec = /^rspec (\S{1,300}):(\d{1,7}) # (.{1,600})$/.exec(line);
      let finding: RawFinding | undefined;
      if (maven !== null) finding = { from: 'log', severity: 'error', test: maven[1], message: (maven[3] ?? '').trim() || 'the test failed' };
      else if (rspec !== null) finding = { from: 'log', severity: 'error', test: rspec[3], file: relativePath(rspec[1] ?? '', task.frame), line: Number(rspec[2]), message: 'the example failed' };
      if (finding !== undefined) task.emit(finding);
    },
    end: () => undefined,
  };
}
