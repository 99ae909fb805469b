import { z } from 'zod';

const text = z.string().max(2000);

/** `GET api/ce/task`: how far the server is with an uploaded analysis. */
export const TaskAnswer = z.object({
  task: z.object({
    id: text, componentKey: text.optional(), analysisId: text.optional(), errorMessage: text.optional(),
    status: z.enum(['PENDING', 'IN_PROGRESS', 'SUCCESS', 'FAILED', 'CANCELED']),
  }),
});

/** `GET api/qualitygates/project_status`. Older servers know `WARN`; it stops nothing there. */
export const StatusAnswer = z.object({
  projectStatus: z.object({
    status: z.enum(['OK', 'WARN', 'ERROR', 'NONE']),
    conditions: z.array(z.object({ status: text, metricKey: text, comparator: text.optional(), errorThreshold: text.optional(), actualValue: text.optional() })).max(500).default([]),
  }),
});
export type StatusAnswer = z.infer<typeof StatusAnswer>;
