import path from 'node:path';

/** The scratch folders of a run. Named by the run alone, so that a later process finds them again. */
export interface Places {
  readonly agentFolder: string;
  readonly agentHome: string;
  readonly briefFile: string;
  readonly baseFolder: string;
  checkFolder(attempt: number | string): string;
  checkHome(attempt: number | string): string;
}

export function placesIn(scratch: string): Places {
  return {
    agentFolder: path.join(scratch, 'agent', 'ws'),
    agentHome: path.join(scratch, 'agent', 'home'),
    briefFile: path.join(scratch, 'agent', 'brief.json'),
    baseFolder: path.join(scratch, 'checks', '0', 'ws'),
    checkFolder: (attempt) => path.join(scratch, 'checks', String(attempt), 'ws'),
    checkHome: (attempt) => path.join(scratch, 'checks', String(attempt), 'home'),
  };
}
