import { withNote, type Examination } from './examination.js';

export const examineAgent: Examination = {
  id: 'agent', group: 'agent', title: 'Agent',
  async examine(facts) {
    const { config, instead } = await facts.settings();
    const { id, command } = config.agent;
    if (id === 'command' && command.length === 0) {
      return { standing: 'missing', words: withNote('The agent is `command`, but agent.command is empty.', instead), next: 'Give program and arguments in .heddle.yml, for example agent: { id: command, command: [./tools/my-agent, --quiet] }.' };
    }
    const agent = await facts.agent();
    const probed = await agent.probe();
    if (!probed.ok) return { standing: 'missing', words: withNote(`${agent.id}: ${probed.message}`, instead) };
    return { standing: 'good', words: withNote(`${agent.id}, ${probed.version}`, instead) };
  },
};
