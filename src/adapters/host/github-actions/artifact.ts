import { join } from 'node:path';
import type { Fault } from '../../../domain/fault.js';
import { err, ok } from '../../../kit/result.js';
import type { Result } from '../../../kit/result.js';
import type { ActionsRun } from './environment.js';

const SOURCE = 'host/github-actions';

/**
 * Uploads files as one artifact and answers its page. The toolkit's client is large, so it is loaded here; it finds the
 * service by the runner's own variables (`ACTIONS_RESULTS_URL`, `ACTIONS_RUNTIME_TOKEN`), which only actions get.
 */
export async function uploadArtifact(run: ActionsRun, upload: { readonly name: string; readonly folder: string; readonly files: readonly string[] }): Promise<Result<string, Fault>> {
  const { DefaultArtifactClient } = await import('@actions/artifact');
  try {
    const { id } = await new DefaultArtifactClient().uploadArtifact(upload.name, upload.files.map((file) => join(upload.folder, file)), upload.folder);
    if (id === undefined) return err(fault('invalid-answer', 'theirs', true, `The artifact service gave no id for «${upload.name}». Run again.`));
    return ok(`${run.serverUrl}/${run.repository}/actions/runs/${run.runId}/artifacts/${String(id)}`);
  } catch (cause) {
    // The client throws; of its errors only the kinds are used.
    const kind = cause instanceof Error ? cause.name : '';
    if (kind === 'GHESNotSupportedError') return err(fault('unsupported', 'setup', false, 'This GitHub Enterprise Server has no artifact service of version 4. Keep the run folder with upload-artifact v3 in a step of its own.'));
    if (kind === 'UsageError') return err(fault('rejected', 'setup', false, 'The artifact storage quota is used up. Delete old artifacts or raise the quota.'));
    if (kind === 'FilesNotFoundError') return err(fault('io', 'ours', false, `Nothing to upload as «${upload.name}»: ${upload.folder} has none of the files.`));
    return err(fault('service-error', 'theirs', true, `The artifact «${upload.name}» could not be uploaded (${kind === '' ? 'unknown error' : kind}). The run folder is still on the runner; run again.`));
  }
}

function fault(code: Fault['code'], side: Fault['side'], retryable: boolean, message: string): Fault {
  return { code, side, retryable, source: SOURCE, message };
}
