/**
 * The four privilege domains of the split. A run without a phase does all of them in one process. What each may hold: admit
 * a read token; work the model key; verify nothing; deliver the write token, and it runs nothing foreign.
 */
export const PHASES = ['admit', 'work', 'verify', 'deliver'] as const;
export type Phase = (typeof PHASES)[number];
