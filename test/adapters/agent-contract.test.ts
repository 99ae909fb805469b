import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CodingAgent } from '../../src/ports/coding-agent.js';
import { agentContract } from '../contract/agent-contract.js';
import type { AgentHarness, AgentScenario } from '../contract/agent-contract.js';
import { bestRung, NO_MODEL } from '../fakes/agent-place.js';
import { builtinProgram } from '../fakes/builtin-program.js';
import { acp, builtin, claude, codex, command, fixture, gemini, opencode } from './agent-fixtures.js';

const PLAIN: Readonly<Record<AgentScenario, readonly [string, object]>> = {
  edits: ['good-patch', { file: 'total.txt', find: 'wrong', replace: 'right' }],
  waits: ['endless', { mode: 'silent' }],
  'claims-and-waits': ['endless', { mode: 'silent', file: 'done.txt' }],
  floods: ['endless', { mode: 'flood' }],
  garbage: ['garbage-stream', {}],
  dies: ['exits-137', { by: 'signal' }],
  fails: ['exits-137', {}],
};

const commandHarness: AgentHarness = {
  prepare: (scenario) => Promise.resolve({ agent: command(...PLAIN[scenario]) }),
  missing: () => command('good-patch', {}, { command: ['no-such-program-anywhere'] }),
};

const program = builtinProgram();
const WIRE_CLAIM = `process.stdin.resume(); console.log('{"v":1,"type":"said","text":"x"}'); console.log('{"v":1,"type":"ended","reason":"finished","summary":"all done"}'); setInterval(() => {}, 1000)`;

const builtinHarness: AgentHarness = {
  prepare: async (scenario, place) => {
    const instead = (args: readonly string[]): { agent: CodingAgent } => ({ agent: builtin({ node: process.execPath, args }) });
    switch (scenario) {
      case 'edits': {
        const { gateway } = await place.model({ steps: [
          { text: 'I will look.', tools: [{ name: 'read_file', input: { path: 'total.txt' } }] },
          { tools: [{ name: 'edit_file', input: { path: 'total.txt', old_text: 'wrong', new_text: 'right' } }] },
          { text: 'It is right now.' },
        ] });
        return { agent: builtin(program), gateway };
      }
      case 'waits': {
        const { gateway } = await place.model({ steps: [{ text: 'Let me see.', ending: 'silent' }] });
        return { agent: builtin(program), gateway };
      }
      case 'claims-and-waits': return instead(['-e', WIRE_CLAIM]);
      default: {
        const [name, options] = PLAIN[scenario];
        return instead([fixture(name), JSON.stringify(options)]);
      }
    }
  },
  missing: () => builtin({ node: '/nonexistent/node', args: [] }),
};

const claudeHarness: AgentHarness = {
  prepare: (scenario, place) => {
    const script: Partial<Record<AgentScenario, object>> = {
      edits: { edits: [{ file: 'total.txt', find: 'wrong', replace: 'right' }] },
      waits: { hang: true },
      'claims-and-waits': { hang: true, raw: ['{"type":"result","subtype":"success","is_error":false,"result":"all done"}'] },
      floods: { flood: true },
      garbage: { garbage: true, edits: [{ file: 'CHANGED.md', content: 'x' }] },
      dies: { kill: 'SIGKILL' },
      fails: { result: null, exit: 137 },
    };
    writeFileSync(join(place.home, '.fake-claude.json'), JSON.stringify(script[scenario]));
    return Promise.resolve({ agent: claude(fixture('fake-claude')) });
  },
  missing: () => claude('/nonexistent/claude'),
};

const CLI: Readonly<Record<AgentScenario, object>> = {
  edits: { edits: [{ file: 'total.txt', find: 'wrong', replace: 'right' }] },
  waits: { hang: true },
  'claims-and-waits': { hang: true, claim: true },
  floods: { flood: true },
  garbage: { garbage: true, edits: [{ file: 'CHANGED.md', content: 'x' }] },
  dies: { kill: 'SIGKILL' },
  fails: { end: false, exit: 137 },
};

const cliHarness = (make: (path: string) => CodingAgent, name: string): AgentHarness => ({
  prepare: (scenario, place) => {
    writeFileSync(join(place.home, '.fake-cli.json'), JSON.stringify(CLI[scenario]));
    const agent = make(fixture(name));
    const [api] = agent.capabilities.apis;
    return Promise.resolve({ agent, gateway: { ...NO_MODEL, api: api ?? NO_MODEL.api } });
  },
  missing: () => make('/nonexistent/program'),
});

// A claim is the answer to the prompt; an agent that stays after it was only sent away, so here the script goes silent before.
const acpHarness: AgentHarness = {
  prepare: (scenario, place) => {
    const script = scenario === 'claims-and-waits' ? { hang: true, garbage: true } : scenario === 'fails' ? { exit: 137 } : CLI[scenario];
    writeFileSync(join(place.home, '.fake-cli.json'), JSON.stringify(script));
    return Promise.resolve({ agent: acp([process.execPath, fixture('fake-acp')]) });
  },
  missing: () => acp(['/nonexistent/acp']),
};

const best = await bestRung();
for (const rung of best === 'bubblewrap' ? ['bubblewrap', 'none'] as const : ['none'] as const) {
  agentContract('command', rung, commandHarness);
  agentContract('builtin', rung, builtinHarness);
  agentContract('claude-code', rung, claudeHarness);
  agentContract('codex', rung, cliHarness(codex, 'fake-codex'));
  agentContract('gemini-cli', rung, cliHarness(gemini, 'fake-gemini'));
  agentContract('opencode', rung, cliHarness(opencode, 'fake-opencode'));
  agentContract('acp', rung, acpHarness);
}
