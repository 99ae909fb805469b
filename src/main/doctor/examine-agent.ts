import { lacking, withNote, type Examination } from './examination.js';

export const examineAgent: Examination = {
  id: 'agent', group: 'agent', title: 'Agent',
  async examine(facts) {
    const { instead } = await facts.settings();
    const agent = await facts.agent();
    if (!agent.ok) return lacking(agent.error);
    const probed = await agent.value.probe();
    if (!probed.ok) return { standing: 'missing', words: withNote(`${agent.value.id}: ${probed.message}`, instead) };
    return { standing: 'good', words: withNote(`${agent.value.id}, ${probed.version}`, instead) };
  },
};
