import type { OutputChunk } from '../process/output-queue.js';
import type { ProgramInput, RunningProgram } from '../../ports/sandbox.js';

/** A program that is started as soon as something is ready, in the form of a running one. */
export function deferredProgram(started: Promise<RunningProgram>, talks: boolean): RunningProgram {
  const base = { output: outputOf(started), ended: started.then((program) => program.ended) };
  return talks ? { ...base, input: inputOf(started) } : base;
}

async function* outputOf(started: Promise<RunningProgram>): AsyncGenerator<OutputChunk> {
  yield* (await started).output;
}

/** What is written early waits, in order. */
function inputOf(started: Promise<RunningProgram>): ProgramInput {
  return {
    write: (text) => { void started.then((program) => { program.input?.write(text); }); },
    end: () => { void started.then((program) => { program.input?.end(); }); },
  };
}
