import { lacking, type Answer, type Examination } from './examination.js';
import { heddleJobs, type HeddleJob } from './workflow-permissions.js';

/** Without these nothing can be delivered. */
const NEEDED = ['contents', 'pull-requests', 'issues'] as const;

export const examineWorkflow: Examination = {
  id: 'workflow', group: 'host', title: 'Workflow',
  async examine(facts) {
    if (facts.forgeId === 'gitlab') return { standing: 'not-asked', words: 'GitLab has a pipeline instead; see there.' };
    if (facts.forgeId === 'local') return { standing: 'not-asked', words: 'The forge is local, so no workflow is needed.' };
    const files = await facts.workflows();
    if (!files.ok) return lacking(files.error);
    const jobs = heddleJobs(files.value);
    if (jobs.length === 0) {
      return { standing: 'warning', words: `No job was found in .github/workflows of the base branch that starts Heddle (${files.value.length} files read), so its permissions are not known.`, next: 'Copy examples/workflows/heddle.yml to .github/workflows/ to start runs by label, or go on by hand with heddle run.' };
    }
    const { config } = await facts.settings();
    return worst(jobs.map((job) => ({ job, ...judge(job, config.delivery.start_ci) })));
  },
};

interface Judged { readonly job: HeddleJob; readonly narrow: readonly string[]; readonly notes: readonly string[] }

/** As far as the file tells. What a token may really do is known to GitHub alone. */
function judge(job: HeddleJob, startCi: boolean): Omit<Judged, 'job'> {
  const unsafe = job.events.includes('pull_request_target') ? ['is also started by pull_request_target, by which others can feed a token that writes; take that event out'] : [];
  if (job.phase === 'admit') return { narrow: [], notes: [...unsafe, ...ofAdmission(job)] };
  if (job.phase !== undefined && job.phase !== 'deliver') return { narrow: [], notes: [...unsafe, ...ofReader(job)] };
  if (job.ownToken) return { narrow: [], notes: [...unsafe, 'gives a token of its own; what that may do is not known from here'] };
  if (job.permissions === undefined) return { narrow: [], notes: [...unsafe, 'has no permissions block; the repository\'s default holds, which is not known from here. Write the block, so that nobody can widen or narrow it unseen'] };
  if (job.permissions === 'write-all') return { narrow: [], notes: [...unsafe, 'has permissions: write-all, which is wider than needed'] };
  const levels = job.permissions === 'read-all' ? {} : job.permissions;
  const wanted = ['checks', ...(startCi ? ['actions'] : [])];
  const lacks = (scope: string): boolean => levels[scope] !== 'write';
  const extra = Object.entries(levels).filter(([scope, level]) => level === 'write' && ![...NEEDED, 'checks', 'actions'].includes(scope)).map(([scope]) => scope);
  return {
    narrow: NEEDED.filter(lacks).map((scope) => `${scope}: write`),
    notes: [
      ...unsafe,
      ...wanted.filter(lacks).map((scope) => (scope === 'checks' ? 'lacks checks: write, so there will be no check run with annotations' : 'lacks actions: write, so CI cannot be started on the branch (or set delivery.start_ci: false)')),
      ...(extra.length === 0 ? [] : [`may write more than Heddle needs: ${extra.join(', ')}`]),
    ],
  };
}

/** Admission runs nothing foreign. It claims, books and keeps waiting runs (contents), and answers at the ticket (issues). */
const ADMISSION: readonly string[] = ['contents', 'issues'];

function ofAdmission(job: HeddleJob): string[] {
  if (job.permissions === undefined) return ['has no permissions block: write the one of examples/workflows/heddle-split.yml'];
  if (typeof job.permissions === 'string') return job.permissions === 'write-all' ? ['may write everything, which is wider than needed'] : [];
  const { permissions } = job;
  const wide = Object.entries(permissions).flatMap(([scope, level]) => (level === 'write' && !ADMISSION.includes(scope) ? [scope] : []));
  const lacks = ADMISSION.filter((scope) => permissions[scope] !== 'write');
  return [
    ...(wide.length === 0 ? [] : [`may write more than admission needs: ${wide.join(', ')}`]),
    ...(lacks.length === 0 ? [] : [`lacks ${lacks.map((scope) => `${scope}: write`).join(', ')}: it cannot answer at the ticket, hold budgets or let a run wait, and declines what needs that`]),
  ];
}

/** A part of the split that only reads: what it may write is what a taken-over agent would gain. */
function ofReader(job: HeddleJob): string[] {
  if (job.ownToken) return ['gives a token of its own to a part that needs none which can write'];
  if (job.permissions === undefined) return ['has no permissions block: write the one of examples/workflows/heddle-split.yml'];
  const wide = typeof job.permissions === 'string' ? (job.permissions === 'write-all' ? ['everything'] : []) : Object.entries(job.permissions).flatMap(([scope, level]) => (level === 'write' ? [scope] : []));
  return wide.length === 0 ? [] : [`may write ${wide.join(', ')}; the part ${String(job.phase)} of the split writes nothing`];
}

function worst(judged: readonly Judged[]): Answer {
  const name = ({ job }: Judged): string => `${job.path}, job ${job.job}`;
  const notes = judged.flatMap((one) => one.notes.map((note) => `${name(one)}: ${note}`));
  const narrow = judged.filter((one) => one.narrow.length > 0);
  if (narrow.length > 0) {
    return {
      standing: 'missing', words: 'The permissions block is too narrow for a delivery:', next: 'Add them to the permissions block of the job, as in examples/workflows/heddle.yml.',
      details: [...narrow.map((one) => `${name(one)}: lacks ${one.narrow.join(', ')}`), ...notes],
    };
  }
  if (notes.length > 0) return { standing: 'warning', words: 'As far as the file tells:', details: notes };
  return { standing: 'good', words: `${judged.map(name).join('; ')}: neither too narrow nor too wide, as far as the file tells` };
}
