import { forbidden, notFound, page, textOf } from './call.js';
import type { Handler } from './call.js';
import { withRequest } from './handle-merge-requests.js';
import { mergeRequestRules, pushRules, statusChecks } from './rules-of.js';

/** What paid plans add around a merge request: push rules, approval rules of its own, external status checks. */
export const ruleHandlers: Readonly<Record<string, Handler>> = {
  'push_rule.show': (_world, call) => (call.project.settings.premium ? { status: 200, body: pushRules.get(call.project) ?? null } : notFound()),
  'approval_rules.list': (world, call) => withRequest(call, (request) => (call.project.settings.premium ? page(world, call, mergeRequestRules.get(request) ?? []) : notFound())),
  'approval_rules.create': (world, call) => withRequest(call, (request) => {
    if (!call.project.settings.premium) return notFound();
    const ids = call.body['group_ids'];
    const groups = (Array.isArray(ids) ? ids : []).map(Number);
    if (groups.some((id) => ![...world.groups.values()].some((group) => group.id === id))) return forbidden();
    const rule = { id: world.id(), name: textOf(call.body['name']), rule_type: 'regular', approvals_required: Number(call.body['approvals_required']), groups: groups.map((id) => ({ id })) };
    mergeRequestRules.set(request, [...mergeRequestRules.get(request) ?? [], rule]);
    return { status: 201, body: rule };
  }),
  'status_checks.list': (world, call) => withRequest(call, (request) => {
    const checks = statusChecks.get(call.project);
    return checks === undefined ? notFound() : page(world, call, checks.map((check) => ({ id: check.id, name: check.name, external_url: 'https://checks.example.com', status: check.answers.get(request.iid) ?? 'pending' })));
  }),
  'status_checks.respond': (_world, call) => withRequest(call, async (request) => {
    const check = statusChecks.get(call.project)?.find((one) => one.id === Number(call.body['external_status_check_id']));
    if (check === undefined || textOf(call.body['sha']) !== await call.project.git.head(request.sourceBranch)) return notFound();
    check.answers.set(request.iid, textOf(call.body['status']));
    return { status: 201, body: { id: check.id } };
  }),
};

