import type { Fault } from '../../../domain/fault.js';
import type { Result } from '../../../kit/result.js';
import type { AgentProgram } from '../../../ports/coding-agent.js';
import type { Mount } from '../../../ports/sandbox.js';

/** An agent's program that was found and checked. */
export interface FoundProgram {
  /** Absolute path of what is executed. */
  readonly command: string;
  /** Arguments before the agent's own: the script, where the program runs in Node. */
  readonly args: readonly string[];
  /** What the sandbox must show, read-only, so that it can run. */
  readonly mounts: readonly Mount[];
  readonly identity: AgentProgram;
}

/** Where an adapter gets its program from. Adapters never look for it themselves: what is pinned and how it is checked is decided here. */
export interface ProgramSource {
  /** The program that would run, as far as it is here already. Downloads nothing. */
  look(): Promise<Result<FoundProgram, Fault>>;
  /** The program, installed when it must be, and checked. Done once; later calls get the same answer. */
  ready(): Promise<Result<FoundProgram, Fault>>;
}
