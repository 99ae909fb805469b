import type { Fault } from '../../../domain/fault.js';
import type { Instant } from '../../../domain/ids.js';
import { untrusted } from '../../../domain/text.js';
import { err, ok, type Result } from '../../../kit/result.js';
import type { EnvironmentReview } from '../../../ports/forge.js';
import type { GitlabClient } from '../../gitlab-client/client.js';
import { toActor } from './map.js';
import { instantOf, isBot } from './people.js';
import { DeploymentAnswer, DeploymentsAnswer, PipelineAnswer } from './schema.js';

/** Deployments that are looked through for those of one pipeline: GitLab has no filter for it. */
const DEPLOYMENTS_MAX = 300;

/**
 * The approvals of the deployments of one pipeline (protected environments with required approvals, Premium). A job behind such
 * an environment is blocked until they are there, and GitLab lets nobody approve their own pipeline unless it is told to.
 */
export async function environmentReviews(client: GitlabClient, run: string, signal?: AbortSignal): Promise<Result<{ readonly reviews: readonly EnvironmentReview[]; readonly since: Instant }, Fault>> {
  if (!/^[0-9]{1,15}$/.test(run)) return err({ code: 'rejected', side: 'ours', retryable: false, source: client.source, message: 'A pipeline of GitLab is named by its number.' });
  const pipeline = await client.call({ ask: (api) => api('Pipelines').show(client.project, Number(run)), schema: PipelineAnswer, signal });
  if (!pipeline.ok) return pipeline;
  const since = pipeline.value.created_at;
  const listed = await client.pages({
    // `updated_after` is only taken together with this order.
    ask: { method: 'GET', path: `${client.projectPath}/deployments`, query: { order_by: 'updated_at', sort: 'desc', updated_after: since, per_page: 100 } }, schema: DeploymentsAnswer, signal,
  }, (page) => page, DEPLOYMENTS_MAX);
  if (!listed.ok) return listed;
  const reviews: EnvironmentReview[] = [];
  for (const deployment of listed.value.items.filter((one) => String(one.deployable?.pipeline?.id ?? '') === run)) {
    const whole = await client.call({ ask: (api) => api('Deployments').show(client.project, deployment.id), schema: DeploymentAnswer, signal });
    if (!whole.ok) return whole;
    const environments = deployment.environment?.name === undefined ? [] : [deployment.environment.name];
    for (const { user, status, comment } of whole.value.approvals ?? []) {
      const bot = await isBot(client, user, signal);
      if (!bot.ok) return bot;
      reviews.push({ by: toActor(user, bot.value), state: status, environments, comment: untrusted(comment ?? '') });
    }
  }
  return ok({ reviews, since: instantOf(since) });
}
