import { relativePath } from '../repository-path.js';
import { MessageLines, type LogReader, type ReaderTask } from './log-reader.js';

interface OpenTest { readonly test: string; file: string | undefined; line: number | undefined; column: number | undefined; readonly message: MessageLines }

/** jest: `FAIL file`, then `● suite › name` with its message. vitest: `FAIL file > suite > name`, then its message. */
export function jestAndVitest(task: ReaderTask): LogReader {
  let file: string | undefined;
  let open: OpenTest | undefined;
  const close = (): void => {
    emit(task, open);
    open = undefined;
  };
  return {
    line: (line) => {
      const head = /^\s{0,2}FAIL\s{1,3}(\|[^|]{1,60}\| )?(\S{1,400})(.{0,600})$/.exec(line);
      if (head !== null) {
        close();
        file = relativePath(head[2] ?? '', task.frame);
        const rest = (head[3] ?? '').trim();
        if (rest.startsWith('> ')) open = begin(rest.slice(2), file);
        else if (rest.startsWith('[ ')) open = begin('the file could not be loaded', file);
        return;
      }
      if (/^\s{0,2}(?:PASS\s|Test Suites:|Test Files\s|⎯{3,})/.test(line)) {
        close();
        return;
      }
      const bullet = /^ {2}● (.{1,800})$/.exec(line);
      if (bullet !== null) {
        close();
        if (bullet[1] !== 'Console' && file !== undefined) open = begin(bullet[1] ?? '', file);
        return;
      }
      if (open !== undefined) within(line, open, task);
    },
    end: close,
  };
}

/** node --test, both of its writings: TAP with its YAML block, and the list of failing tests at the end of `spec`. */
export function nodeTest(task: ReaderTask): LogReader {
  const readers = [nodeTap(task), nodeSpec(task)];
  return {
    line: (line) => { for (const reader of readers) reader.line(line); },
    end: () => { for (const reader of readers) reader.end(); },
  };
}

function nodeTap(task: ReaderTask): LogReader {
  let open: (OpenTest & { parent: boolean; block: boolean; gathering: boolean }) | undefined;
  const close = (): void => {
    // A suite that failed because of a test inside it says nothing of its own.
    if (open?.parent === false) emit(task, open);
    open = undefined;
  };
  return {
    line: (line) => {
      const head = /^\s{0,40}not ok \d{1,7}(?: - (.{1,800}))?$/.exec(line);
      if (head !== null) {
        close();
        const name = (head[1] ?? '').replace(/ # (?:SKIP|TODO)\b.*$/i, '');
        if (name === head[1]) open = { ...begin(name, undefined), parent: false, block: false, gathering: false };
        return;
      }
      if (open === undefined) return;
      const text = line.trim();
      if (text === '---') open.block = true;
      else if (text === '...') close();
      else if (!open.block) return;
      else if (/^failureType: '?subtestsFailed/.test(text)) open.parent = true;
      else if (text.startsWith('location: ')) place(open, unquoted(text.slice(10)), task);
      else if (/^error: [|>]-?$/.test(text)) open.gathering = true;
      else if (text.startsWith('error: ')) open.message.add(unquoted(text.slice(7)));
      else if (/^(?:code|name|expected|actual|operator|stack|failureType|duration_ms|type|exitCode|signal|diff): /.test(text)) open.gathering = false;
      else if (open.gathering) open.message.add(line);
    },
    end: close,
  };
}

function nodeSpec(task: ReaderTask): LogReader {
  let inSummary = false;
  let location: string | undefined;
  let open: OpenTest | undefined;
  const close = (): void => {
    emit(task, open);
    open = undefined;
  };
  return {
    line: (line) => {
      if (/^✖ failing tests:$/.test(line)) inSummary = true;
      if (!inSummary) return;
      const at = /^test at (.{1,500})$/.exec(line);
      const name = /^✖ (.{1,700}?)(?: \(\d[\d.]{0,20}m?s\))?( # (?:TODO|SKIP)\b.{0,300})?$/.exec(line);
      if (at !== null) {
        close();
        location = at[1];
      } else if (name?.[2] !== undefined) {
        // A test that its author marked as still to do does not fail the run.
        close();
        location = undefined;
      } else if (name !== null && location !== undefined) {
        close();
        open = begin(name[1] ?? '', undefined);
        place(open, location, task);
        location = undefined;
      } else if (open !== undefined && /^\s/.test(line)) within(line, open, task);
    },
    end: close,
  };
}

function begin(test: string, file: string | undefined): OpenTest {
  return { test: test.trim(), file, line: undefined, column: undefined, message: new MessageLines() };
}

/** A line below the head of a failed test: part of the message, or the place in the stack that lies in our own files. */
function within(line: string, open: OpenTest, task: ReaderTask): void {
  const frame = /^\s{1,40}(?:at|❯) (?:.{0,300} \()?(?:file:\/\/)?([^():]{1,300}):(\d{1,7}):(\d{1,7})\)?/.exec(line);
  if (frame !== null) {
    open.message.close();
    const file = relativePath(frame[1] ?? '', task.frame);
    if (open.line === undefined && file !== undefined && (open.file === undefined || open.file === file)) {
      open.file = file;
      open.line = Number(frame[2]);
      open.column = Number(frame[3]);
    }
    return;
  }
  if (/^\s{0,20}(?:>\s{0,4})?\d{1,7} ?\|/.test(line) || /^\s{4,40}(?:at|❯) /.test(line)) open.message.close();
  else open.message.add(line);
}

function place(open: OpenTest, text: string, task: ReaderTask): void {
  const parts = /^(.{1,400}):(\d{1,7}):(\d{1,7})$/.exec(text);
  open.file = relativePath(parts?.[1] ?? text, task.frame);
  if (parts === null) return;
  open.line = Number(parts[2]);
  open.column = Number(parts[3]);
}

function unquoted(text: string): string {
  return /^(['"]).*\1$/.test(text) ? text.slice(1, -1).replaceAll("\\'", "'").replaceAll("''", "'") : text;
}

function emit(task: ReaderTask, open: OpenTest | undefined): void {
  if (open === undefined) return;
  task.emit({ from: 'log', severity: 'error', file: open.file, line: open.line, column: open.column, test: open.test, message: open.message.text() || 'the test failed without a message' });
}
