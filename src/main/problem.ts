import type { Fault } from '../domain/fault.js';
import { EXIT, exitCodeOfFault, type ExitCode } from './exit-code.js';

/** Why a command could not even begin, in words for the person who typed it, with the exit code. */
export interface Problem { readonly exit: ExitCode; readonly message: string }

export function usageProblem(message: string): Problem {
  return { exit: EXIT.usage, message };
}

export function faultProblem(fault: Fault): Problem {
  return { exit: exitCodeOfFault(fault), message: fault.message };
}
