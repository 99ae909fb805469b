import { z } from 'zod';

/** By what act somebody said yes. `start`: a dispatch or a command line. `state`: the tracker's own approval or a state of it. */
export const ApprovalWay = z.enum(['label', 'assignee', 'run', 'approve', 'environment', 'state', 'start']);
export type ApprovalWay = z.infer<typeof ApprovalWay>;

/** From the score of the ticket and what it touches; nothing gives it yet where no risk rule is configured. */
export const RiskLevel = z.enum(['low', 'medium', 'high']);
export type RiskLevel = z.infer<typeof RiskLevel>;
