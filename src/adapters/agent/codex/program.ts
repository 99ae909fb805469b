import type { AgentPolicy } from '../../../domain/agent-policy.js';
import type { AgentTask } from '../../../ports/coding-agent.js';
import type { Program } from '../../../ports/sandbox.js';
import { relaysTo } from '../lib/relay.js';
import type { FoundProgram } from '../lib/supply/program-source.js';
import { commandRules, serverSettings } from './fence.js';

/** The variable that holds the gateway's token; commands of the agent do not get it. */
const TOKEN = 'HEDDLE_MODEL_TOKEN';

/** Abilities that lead out, start programs of somebody else, or wait for a person. */
const DISABLED_FEATURES = ['plugins', 'apps', 'hooks', 'browser_use', 'browser_use_external', 'computer_use', 'image_generation', 'daemon_auto_start', 'memories', 'skill_mcp_dependency_install'];

/** The call of the CLI. What is set on the command line beats every file; the files of the home are not read at all. */
export function programOf(task: AgentTask, found: FoundProgram, policy: AgentPolicy): Program {
  const settings = [...settingsOf(task, policy), ...serverSettings(policy)].flatMap((setting) => ['-c', setting]);
  const resumed = task.session === undefined ? [] : ['resume'];
  return {
    command: found.command,
    args: [
      ...found.args, 'exec', ...resumed, '--json', '--model', task.model, '--skip-git-repo-check', '--ignore-user-config',
      // The only rules in the home are ours: it was made fresh.
      ...(commandRules(policy) === undefined ? ['--ignore-rules'] : []),
      ...(task.sandbox.rung === 'none' ? [] : ['--dangerously-bypass-approvals-and-sandbox']),
      ...settings, ...DISABLED_FEATURES.flatMap((feature) => ['--disable', feature]),
      // A lone dash: the prompt comes on stdin. Other processes could read an argument.
      ...(task.session === undefined ? [] : [task.session]), '-',
    ],
    env: { [TOKEN]: task.gateway.token },
    cwd: '',
    stdin: task.prompt,
    relays: relaysTo(task.gateway),
  };
}

function settingsOf(task: AgentTask, { rules }: AgentPolicy): readonly string[] {
  return [
    'model_provider="heddle"',
    // A provider of our own goes straight to HTTP; the built-in one tries other ways first and ignores a base URL.
    `model_providers.heddle={name="heddle",base_url=${JSON.stringify(`${task.gateway.url}/v1`)},wire_api="responses",env_key="${TOKEN}",request_max_retries=1,stream_max_retries=1}`,
    // A login shell would set PATH anew.
    'allow_login_shell=false',
    `shell_environment_policy={inherit="all",exclude=["${TOKEN}"]}`,
    // Instructions of the repository reach the agent in the brief, from the base commit.
    'project_doc_max_bytes=0', 'skills.include_instructions=false', `web_search="${rules.web ? 'live' : 'disabled'}"`, 'approval_policy="never"',
    'analytics.enabled=false', 'check_for_update_on_startup=false', 'history.persistence="none"',
    // Around us there is no boundary on this rung: the CLI's own is better than none.
    ...(task.sandbox.rung === 'none' ? ['sandbox_mode="workspace-write"', 'sandbox_workspace_write={exclude_slash_tmp=true,exclude_tmpdir_env_var=true,network_access=false}'] : []),
  ];
}
