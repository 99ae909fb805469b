import type { Platform, PlatformId } from './platforms.js';

/**
 * One feature on every platform. Whether a platform has it is asked of its adapters (`has`), or written here where it follows
 * from the platform itself and no adapter could tell (`given`). The words say how, or why not.
 */
export interface FeatureRow {
  readonly area: 'Start' | 'Change' | 'Checks and findings' | 'People' | 'Runs' | 'Job';
  readonly feature: string;
  readonly has: ((platform: Platform) => boolean) | { readonly given: Readonly<Record<PlatformId, boolean>> };
  readonly how: Readonly<Record<PlatformId, string>>;
}

const everywhere = { given: { github: true, gitlab: true, gitea: true, local: true } } as const;
const notLocal = { given: { github: true, gitlab: true, gitea: true, local: false } } as const;

export const FEATURES: readonly FeatureRow[] = [
  { area: 'Start', feature: 'By label, assignment or comment', has: notLocal, how: { github: 'workflow events', gitlab: 'webhooks of issues and notes on the trigger address; the person is looked up, since the pipeline runs as somebody else', gitea: 'workflow events', local: 'the command line starts a run; a file has no events' } },
  { area: 'Start', feature: 'By hand, with a ticket', has: everywhere, how: { github: '`workflow_dispatch`', gitlab: 'pipeline with the typed input `ticket`, by the page or the API', gitea: '`workflow_dispatch`', local: '`heddle run ticket.md`' } },
  { area: 'Start', feature: 'Runs of forks are refused', has: notLocal, how: { github: 'by the event', gitlab: 'by the pipeline\'s source and both projects', gitea: 'by the event', local: 'there are no forks' } },
  { area: 'Change', feature: 'Branch and change', has: ({ forge }) => 'upsertChange' in forge.writer, how: { github: 'pull request; branch by the API', gitlab: 'merge request; branch by git, create-only', gitea: 'pull request; branch by git, create-only', local: 'a folder beside a bare repository' } },
  { area: 'Change', feature: 'Draft changes', has: ({ capabilities }) => capabilities.drafts, how: { github: 'draft pull request', gitlab: '`Draft:` merge request', gitea: '`WIP:` title', local: 'a line of the change' } },
  { area: 'Change', feature: 'Ask for reviews', has: ({ forge }) => forge.writer.requestReviews !== undefined, how: { github: 'people and teams', gitlab: 'people; teams are groups and are asked by their members', gitea: 'people and teams', local: 'nobody is there to ask' } },
  { area: 'Change', feature: 'Notes on lines', has: ({ forge }) => forge.writer.noteLines !== undefined, how: { github: 'one review', gitlab: 'discussions with positions', gitea: 'one review', local: 'the packet has them' } },
  { area: 'Change', feature: 'Merge by itself when all rules are met', has: ({ forge }) => forge.writer.mergeWhenReady !== undefined, how: { github: 'auto-merge, merge queue', gitlab: 'auto-merge, merge trains', gitea: 'scheduled merge', local: 'nothing merges by itself in a folder' } },
  { area: 'Change', feature: 'Comments and reviews at a change are read', has: ({ forge }) => forge.reader.changeComment !== undefined && forge.reader.changeAt !== undefined, how: { github: 'comments, reviews, notes on lines', gitlab: 'notes and discussions', gitea: 'comments and reviews', local: 'a change in a folder has no comments' } },
  { area: 'Checks and findings', feature: 'Result on the commit', has: ({ forge }) => forge.writer.reportCheck !== undefined, how: { github: 'check run', gitlab: 'commit status; one line of words', gitea: 'commit status; one line of words', local: 'a file of the change' } },
  { area: 'Checks and findings', feature: 'Findings at their lines, shown by the forge', has: ({ capabilities, host }) => host.reports !== undefined || capabilities.checkRuns, how: { github: 'annotations of the check run', gitlab: 'Code Quality, JUnit and Cobertura reports of the job', gitea: 'the forge shows no such reports; the packet and notes on lines have them', local: 'annotations in a file of the change, and `report.html`' } },
  { area: 'Checks and findings', feature: 'The repository\'s own CI is started and awaited', has: ({ capabilities, forge }) => capabilities.startsCi && forge.writer.startCi !== undefined, how: { github: 'workflows with `workflow_dispatch`', gitlab: 'pipelines of the branch, by an access token', gitea: 'workflows with `workflow_dispatch`', local: 'there is no CI; the checks ran' } },
  { area: 'People', feature: 'Who may, by the forge\'s own roles', has: ({ forge }) => 'permissionOf' in forge.reader, how: { github: 'permission of a collaborator', gitlab: 'effective access level of a member, inherited ones too', gitea: 'permission of a collaborator', local: 'the person at the keyboard' } },
  { area: 'People', feature: 'Teams', has: ({ forge }) => forge.reader.memberOf !== undefined, how: { github: 'teams of the organisation', gitlab: 'groups', gitea: 'teams of the organisation', local: 'one person has no teams' } },
  { area: 'People', feature: 'Approval by a protected environment', has: ({ forge }) => forge.reader.environmentReviews !== undefined, how: { github: 'reviews of the deployment', gitlab: 'approvals of the deployment (Premium)', gitea: 'the forge has no protected environments', local: 'there are no environments' } },
  { area: 'People', feature: 'The person of a start by hand is proved', has: everywhere, how: { github: 'actor of the run', gitlab: '`GET /job` with the job\'s own token, since variables can be replaced', gitea: 'actor of the run', local: 'the account of this machine' } },
  { area: 'People', feature: 'History of a ticket: who did what', has: ({ tracker }) => tracker.history, how: { github: 'timeline', gitlab: 'label and state events, notes', gitea: 'timeline', local: 'a file has no history: approval is taken from the file' } },
  { area: 'People', feature: 'When the text of a ticket was edited last', has: ({ tracker }) => tracker.editTime, how: { github: 'edit time of the text', gitlab: 'edit time of the issue', gitea: 'the forge does not tell; the text itself is compared', local: 'a file does not tell; the text itself is compared' } },
  { area: 'Runs', feature: 'One comment at the ticket that says where the run stands', has: ({ tracker }) => tracker.comments, how: { github: 'comment, kept up to date', gitlab: 'note, kept up to date', gitea: 'comment, kept up to date', local: 'a file beside the run' } },
  { area: 'Runs', feature: 'Runs that wait for a person', has: ({ forge }) => forge.waiting !== undefined, how: { github: 'hidden ref', gitlab: 'hidden ref, by git', gitea: 'hidden ref, by git', local: 'folder' } },
  { area: 'Runs', feature: 'Open work of others is looked at', has: ({ forge }) => forge.reader.openChanges !== undefined && forge.reader.fetchHeads !== undefined, how: { github: 'open pull requests, merges tried', gitlab: 'open merge requests, merges tried', gitea: 'open pull requests, merges tried', local: 'its own changes' } },
  { area: 'Runs', feature: 'A ticket is handed to another repository', has: ({ forge }) => forge.dispatcher !== undefined, how: { github: '`repository_dispatch`', gitlab: 'trigger of the other project', gitea: 'no event can be sent to another repository', local: 'there is one repository' } },
  { area: 'Runs', feature: 'Ledger across runs', has: everywhere, how: { github: 'orphan branch', gitlab: 'orphan branch', gitea: 'orphan branch', local: 'folder' } },
  { area: 'Runs', feature: 'Four jobs, results from the CI service itself', has: notLocal, how: { github: '`needs.*.result` and outputs', gitlab: 'the jobs of the pipeline by the API (`--bundle-job`, `--verify-job`)', gitea: '`needs.*.result` and outputs', local: 'the same four commands by hand' } },
  { area: 'Job', feature: 'Page of a job', has: ({ host }) => host.facts.id === 'github-actions', how: { github: 'job summary', gitlab: 'GitLab has none: a closed section of the log, `summary.md`, the comment at the ticket', gitea: 'job summary, where the runner shows it', local: '`summary.md`' } },
  { area: 'Job', feature: 'Evidence kept by the CI service', has: ({ host }) => host.uploadArtifact !== undefined || host.facts.evidenceUrl !== undefined || host.facts.id === 'gitlab-ci', how: { github: 'uploaded as an artifact', gitlab: '`artifacts:paths` of the job, linked as an annotation', gitea: 'uploaded as an artifact, of version 3', local: 'the run folder is it' } },
  { area: 'Job', feature: 'Values are hidden by the CI service while a job runs', has: ({ host }) => host.facts.id === 'github-actions', how: { github: '`add-mask`', gitlab: 'GitLab hides only variables that are marked as masked; Heddle takes its secrets out before it prints', gitea: '`add-mask`', local: 'Heddle takes its secrets out before it prints' } },
  { area: 'Job', feature: 'Re-runs are counted', has: ({ host }) => host.facts.id === 'github-actions', how: { github: 'attempt of the run', gitlab: 'GitLab counts none; a retried job has a number of its own, and the pipeline stays the holder', gitea: 'attempt of the run', local: 'every start is its own' } },
];
