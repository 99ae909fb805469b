import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { toolDescriptions, useTool } from '../../src/adapters/agent/builtin/program/tools/toolbox.js';
import { fenceArguments } from '../../src/adapters/agent/claude-code/fence.js';
import { commandRules, serverSettings as codexServers } from '../../src/adapters/agent/codex/fence.js';
import { excludedTools, policyFile, serverSettings as geminiServers } from '../../src/adapters/agent/gemini-cli/fence.js';
import { refusalOf } from '../../src/adapters/agent/lib/permits.js';
import { permissionsOf } from '../../src/adapters/agent/opencode/fence.js';
import { agentPolicyOf } from '../../src/config/agent-policy.js';
import { Configuration } from '../../src/config/configuration.js';
import { loadConfiguration } from '../../src/config/load.js';
import type { AgentPolicy } from '../../src/domain/agent-policy.js';
import { PROTECTED_GLOBS } from '../../src/domain/protected-globs.js';
import { parseToolRule } from '../../src/domain/tool-rule.js';
import { protectedBy } from '../../src/gates/protected-paths.js';
import { unkeptSettings } from '../../src/main/agent-fence.js';

const policy = (agent: object, gates: object = {}): AgentPolicy => agentPolicyOf(Configuration.parse({ agent, gates }));
const lab = { mcp: { lab: { command: ['node', 'server.mjs'], env: { A: 'b"c' }, tools: ['note', 'other'] }, free: { command: ['free'] } } };

describe('a rule about tools', () => {
  it.each([
    ['read', { kind: 'read' }], ['web', { kind: 'web' }], ['edit', { kind: 'edit' }], ['edit:docs/**', { kind: 'edit', paths: 'docs/**' }],
    ['command', { kind: 'command' }], ['command:npm run test:unit', { kind: 'command', prefix: 'npm run test:unit' }],
    ['mcp:lab', { kind: 'mcp', server: 'lab' }], ['mcp:lab/note', { kind: 'mcp', server: 'lab', tool: 'note' }],
  ])('%s', (text, rule) => {
    expect(parseToolRule(text)).toMatchObject({ ok: true, value: rule });
  });

  it.each(['', 'bash', 'read:x', 'web:x', 'edit:', 'edit:/etc/**', 'edit:../x', 'edit:a b', 'edit:a)b', 'command:', 'command:a  b', 'command:a && b', 'command:a; b', 'command:$(a)', 'command:"a"', 'command:a*', 'mcp:', 'mcp:Lab', 'mcp:lab/', 'mcp:lab/a b', 'mcp:a_b', 'READ'])('%j is refused with what is allowed', (text) => {
    expect(parseToolRule(text)).toMatchObject({ ok: false, error: expect.stringMatching(/write|takes/) });
  });

  it('is an error with its place when it is wrong, or about a server that nobody named', () => {
    const problems = (text: string): readonly string[] => {
      const loaded = loadConfiguration({ text, file: '.heddle.yml' });
      return loaded.ok ? [] : loaded.error.map(({ line, column, setting, message }) => `${line}:${column} ${setting} ${message}`);
    };
    expect(problems('agent:\n  tools:\n    deny:\n      - web\n      - shell:rm\n')).toEqual([expect.stringMatching(/^5:9 agent\.tools\.deny\.1 "shell:rm": is no rule.*command:<first words>/)]);
    expect(problems('agent:\n  tools: { deny: ["mcp:other/x"] }\n  mcp: { lab: { command: [x] } }\n')).toEqual([expect.stringMatching(/^2:\d+ agent\.tools\.deny\.0 there is no server other in agent\.mcp; named there: lab/)]);
    expect(problems('agent:\n  mcp:\n    lab:\n      command: [x]\n      url: https://mcp.example.com\n')).toEqual([expect.stringMatching(/^5:7 agent\.mcp\.lab\.url unknown setting.*Remote MCP servers are refused/)]);
    expect(problems('agent:\n  mcp:\n    my_lab: { command: [x] }\n')).toHaveLength(1);
    expect(problems('agent: { version: latest }\n')).toEqual([expect.stringContaining('an exact version, or any')]);
    expect(problems('agent: { integrity: sha1-abc }\n')).toHaveLength(1);
  });
});

describe('the policy of a configuration', () => {
  it('leaves the web and the protected paths alone when nothing is said', () => {
    expect(policy({})).toEqual({ servers: [], rules: { read: true, web: false, edit: { allowed: 'all', denied: PROTECTED_GLOBS }, command: { allowed: 'all', denied: [] } } });
  });

  it('is only what the list of allowed things says, less what is denied', () => {
    expect(policy({ tools: { allow: ['edit:src/**', 'command:npm test', 'web'], deny: ['command:npm publish', 'edit:src/gen/**'] } }, { protected: ['infra/**'] }).rules).toEqual({
      read: false, web: true, edit: { allowed: ['src/**'], denied: [...PROTECTED_GLOBS, 'infra/**', 'src/gen/**'] }, command: { allowed: ['npm test'], denied: ['npm publish'] },
    });
    expect(policy({ tools: { deny: ['command', 'edit', 'read'] } }).rules).toMatchObject({ read: false, edit: { allowed: 'none' }, command: { allowed: 'none' } });
  });

  it('starts no server that is denied whole, and gives no tool that is', () => {
    expect(policy({ ...lab, tools: { deny: ['mcp:free', 'mcp:lab/other'] } }).servers).toMatchObject([{ name: 'lab', tools: ['note'], deniedTools: ['other'] }]);
    expect(policy({ ...lab, tools: { allow: ['read', 'mcp:lab/other'] } }).servers).toMatchObject([{ name: 'lab', tools: ['other'] }, { name: 'free', tools: undefined }]);
  });

  it('tells agents of no path that the gates would let through', () => {
    for (const glob of PROTECTED_GLOBS) expect([glob, protectedBy(glob.replace('**/', 'a/').replace('**', 'x/y'))]).toEqual([glob, expect.any(String)]);
  });
});

describe('what an agent cannot keep to', () => {
  const asked = (agent: object, fence: Parameters<typeof unkeptSettings>[1]): readonly string[] => unkeptSettings(Configuration.parse({ agent }), fence).map(({ setting }) => setting);
  it.each<[string, object, Parameters<typeof unkeptSettings>[1], readonly string[]]>([
    ['nothing is asked', {}, [], []],
    ['a server without servers', lab, [], ['agent.mcp.lab', 'agent.mcp.lab.tools', 'agent.mcp.free']],
    ['tools of a server that cannot be chosen', lab, ['mcp'], ['agent.mcp.lab.tools']],
    ['paths that it has no rules for', { tools: { deny: ['web', 'edit:docs/**', 'command:rm'] } }, ['web', 'command-denied-prefixes'], ['agent.tools.deny.1']],
    ['a list of commands that it cannot keep to', { tools: { allow: ['read', 'edit', 'command:npm test'] } }, ['command-denied-prefixes'], ['agent.tools.allow']],
    ['an ability that it cannot give up', { tools: { allow: ['read'] } }, ['edit'], ['agent.tools.allow']],
  ])('is named: %s', (_name, agent, fence, settings) => {
    expect(asked(agent, fence)).toEqual(settings);
  });
});

describe('the languages of the agents', () => {
  it('claude: a list takes the mode that refuses the rest, paths are from the root, servers are ours alone', () => {
    const at = { workdir: '/ws', confined: true };
    const after = (args: readonly string[], flag: string): string => args[args.indexOf(flag) + 1] ?? '';
    const open = fenceArguments(policy({}), at);
    expect([after(open, '--permission-mode'), after(fenceArguments(policy({}), { ...at, confined: false }), '--permission-mode')]).toEqual(['bypassPermissions', 'acceptEdits']);
    expect(after(open, '--disallowedTools').split(',')).toEqual(expect.arrayContaining(['WebFetch', 'WebSearch']));
    expect(open).toContain('--strict-mcp-config');
    expect(open).not.toContain('--mcp-config');
    const listed = fenceArguments(policy({ ...lab, tools: { allow: ['read', 'edit:src/**', 'command:npm test'], deny: ['command:npm test --x', 'mcp:lab/other'] } }), at);
    const { permissions } = JSON.parse(after(listed, '--settings')) as { permissions: { allow: string[]; deny: string[] } };
    expect(after(listed, '--permission-mode')).toBe('dontAsk');
    expect(permissions.allow).toEqual(['Read', 'Glob', 'Grep', 'Edit(//ws/src/**)', 'Bash(npm test:*)', 'mcp__lab__note', 'mcp__free']);
    expect(permissions.deny).toEqual(expect.arrayContaining(['Edit(//ws/.github/**)', 'Bash(npm test --x:*)', 'mcp__lab__other']));
    expect(JSON.parse(after(listed, '--mcp-config'))).toMatchObject({ mcpServers: { lab: { type: 'stdio', command: 'node', args: ['server.mjs'], env: { A: 'b"c' } } } });
  });

  it('codex: settings of servers and a file of forbidden commands', () => {
    expect(codexServers(policy(lab))).toEqual([
      'mcp_servers.lab={command="node",args=["server.mjs"],env={A="b\\"c"},default_tools_approval_mode="approve",enabled_tools=["note","other"]}',
      'mcp_servers.free={command="free",args=[],env={},default_tools_approval_mode="approve"}',
    ]);
    expect(commandRules(policy({}))).toBeUndefined();
    expect(commandRules(policy({ tools: { deny: ['command:git push'] } }))).toBe('prefix_rule(pattern=["git","push"], decision="forbidden", justification="not allowed in this repository")\n');
  });

  it('gemini: rules whose expressions fit the arguments of a call in each spelling, and nothing in its content', () => {
    const rules = policyFile(policy({ tools: { allow: ['read', 'edit:src/*.ts'] } }), '/ws');
    const fitting = (path: string, content = ''): readonly string[] => rules.split('[[rule]]').filter((rule) => rule.includes('toolName = "write_file"')).filter((rule) => {
      const pattern = /argsPattern = (".*")/.exec(rule)?.[1];
      return pattern !== undefined && new RegExp(JSON.parse(pattern) as string).test(JSON.stringify({ file_path: path, content }));
    }).sort((a, b) => Number(/priority = (\d+)/.exec(b)?.[1]) - Number(/priority = (\d+)/.exec(a)?.[1]));
    const decides = (path: string, content = ''): string => /decision = "(\w+)"/.exec(fitting(path, content)[0] ?? '')?.[1] ?? 'none';
    expect(['.github/a.yml', '/ws/.github/x/y.yml', 'CLAUDE.md', '/ws/deep/CLAUDE.md', 'a/.claude/x', 'other.ts', 'src/deep/a.ts', 'xgithub/a'].map((path) => decides(path))).toEqual(Array.from({ length: 8 }, () => 'deny'));
    expect([decides('src/a.ts'), decides('/ws/src/a.ts'), decides('src/a.ts', '"file_path":".github/x"')]).toEqual(['allow', 'allow', 'allow']);
    expect(excludedTools(policy({}))).toEqual(expect.arrayContaining(['web_fetch', 'google_web_search']));
    expect(geminiServers(policy({}))).toEqual({ mcp: { allowed: [] }, mcpServers: {} });
    expect(geminiServers(policy(lab))).toMatchObject({ mcp: { allowed: ['lab', 'free'] }, mcpServers: { lab: { includeTools: ['note', 'other'] } } });
  });

  it('opencode: everything is said, and what is denied comes last', () => {
    const said = permissionsOf(policy({ ...lab, tools: { deny: ['command:git push'] } }), { confined: true, workdir: '/ws' });
    expect(said).toMatchObject({ webfetch: 'deny', bash: { '*': 'allow', 'git push': 'deny', 'git push *': 'deny' }, edit: { '*': 'allow', '.github/**': 'deny', 'ws/.github/**': 'deny' }, 'lab_*': 'deny', lab_note: 'allow' });
    expect(Object.keys(said['bash'] ?? {})[0]).toBe('*');
    expect(permissionsOf(policy({}), { confined: false, workdir: '/ws' })).toMatchObject({ bash: 'deny', external_directory: 'deny' });
  });
});

describe('calls that we answer ourselves', () => {
  const { rules } = policy({ tools: { allow: ['read', 'edit:src/**', 'command:npm test', 'command:ls'], deny: ['command:npm test --publish'] } });
  const open = policy({ tools: { deny: ['command:git push'] } }).rules;
  it.each([
    ['npm test', true], ['npm test -- --watch', true], ['ls && npm test', true], ['npm  test', true], ['npm', false], ['npm testing', false], ['npm test --publish', false],
    ['npm test; rm -rf .', false], ['npm test | sh', false], ['npm test $(rm x)', false], ['npm test > out', false], ['PATH=. npm test', false], ['', true],
  ])('a list of commands: %j', (command, allowed) => {
    expect(refusalOf(rules, { kind: 'command', command }) === undefined).toBe(allowed);
  });
  it.each([
    ['git push', false], ['true && git push origin', false], ['A=1 git push', false], ['"git" push', false], ['ls\ngit push', false], ['git pushy', true], ['git status', true], ['echo $(date) > x', true],
  ])('a denied command: %j', (command, allowed) => {
    expect(refusalOf(open, { kind: 'command', command }) === undefined).toBe(allowed);
  });
  it.each([['src/a/b.ts', true], ['other.ts', false], ['src/CLAUDE.md', false], ['src/.claude/x', false], ['SRC/Claude.MD', false]])('an edit of %j', (path, allowed) => {
    expect(refusalOf(rules, { kind: 'edit', paths: [path] }) === undefined).toBe(allowed);
  });
  it('a call of several paths is refused for one of them', () => {
    expect(refusalOf(open, { kind: 'edit', paths: ['a', '.github/workflows/x.yml'] })).toContain('protected');
  });
  it('a denied command is found behind any text that ends its line', () => {
    fc.assert(fc.property(fc.string({ maxLength: 2000 }), (before) => {
      expect(refusalOf(open, { kind: 'command', command: `${before}\ngit push --force` })).toContain('git push');
    }));
  });
});

describe('the toolbox of the built-in agent', () => {
  const use = async (name: string, input: Readonly<Record<string, string>>): Promise<readonly [boolean, string]> => {
    const root = realpathSync(mkdtempSync(join(tmpdir(), 'heddle-toolbox-')));
    mkdirSync(join(root, 'src'));
    mkdirSync(join(root, '.github'));
    symlinkSync('../.github', join(root, 'src', 'hidden'));
    try {
      const answer = await useTool(name, input, { root, rules: policy({ tools: { allow: ['edit:src/**', 'command:echo'] } }).rules });
      return [answer.ok, answer.text];
    } finally {
      rmSync(root, { recursive: true });
    }
  };
  it.each<[string, Readonly<Record<string, string>>, boolean, string]>([
    ['write_file', { path: 'src/a.txt', content: 'x' }, true, 'written'],
    ['write_file', { path: 'b.txt', content: 'x' }, false, 'none of the paths'],
    ['write_file', { path: 'src/../.github/a.yml', content: 'x' }, false, 'protected'],
    ['write_file', { path: 'src/hidden/a.yml', content: 'x' }, false, 'protected'],
    ['delete_file', { path: 'src/CLAUDE.md' }, false, 'protected'],
    ['run_command', { command: 'echo hi' }, true, 'hi'],
    ['run_command', { command: 'cat /etc/passwd' }, false, 'Only these commands'],
    ['read_file', { path: 'src/a.txt' }, false, 'There is no tool "read_file"'],
  ])('%s %j', async (name, input, ok, words) => {
    expect(await use(name, input)).toEqual([ok, expect.stringContaining(words)]);
  });

  it('does not offer what is not allowed', () => {
    expect(toolDescriptions(policy({ tools: { allow: ['read'] } }).rules).map((tool) => tool.name)).toEqual(['list_files', 'read_file', 'search', 'finish']);
  });
});
