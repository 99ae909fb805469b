import type { z } from 'zod';
import type { AgentEvent } from '../../../ports/coding-agent.js';
import { clipText } from './clip-text.js';
import { parseJsonLine } from './parse-json-line.js';
import type { LineReader } from './stream-program.js';

const NOTE_CHARS_MAX = 2000;

/** Reads a program that writes one JSON object a line. HOSTILE input: a line of another form is counted, never believed; stderr is noted. */
export function wireReader<T>(known: z.ZodType<T>, eventsOf: (line: T) => readonly AgentEvent[]): LineReader {
  return (line) => {
    if (line.text.trim() === '') return [];
    if (line.stream === 'stderr') return [{ type: 'noted', text: clipText(line.text, NOTE_CHARS_MAX) }];
    const parsed = known.safeParse(parseJsonLine(line.text));
    return parsed.success ? eventsOf(parsed.data) : undefined;
  };
}
