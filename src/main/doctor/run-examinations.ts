import { visible } from '../../kit/harmless.js';
import { EXIT, type ExitCode } from '../exit-code.js';
import { VERSION } from '../version.js';
import type { DoctorDocument, Examined } from './doctor-document.js';
import type { Answer, Examination } from './examination.js';
import type { Facts } from './facts.js';

/** Runs every examination, whatever the others do. What is said passes the redactor and loses its invisible characters. */
export async function runExaminations(examinations: readonly Examination[], facts: Facts, redact: (text: string) => string): Promise<DoctorDocument> {
  const clean = (text: string): string => visible(redact(text)).trimEnd();
  const all = await Promise.all(examinations.map(async ({ id, group, title, examine }): Promise<Examined> => {
    const answer = await examine(facts).catch(broken);
    return {
      id, group, title, standing: answer.standing, words: clean(answer.words), details: (answer.details ?? []).map(clean),
      ...(answer.next === undefined ? {} : { next: clean(answer.next) }),
      ...(answer.standing === 'missing' ? { side: answer.side ?? 'setup' } : {}),
    };
  }));
  return { version: 1, heddle: VERSION, standing: worst(all), exit: exitCodeOfAll(all), examinations: all };
}

/** What a person can mend comes first; a service that did not answer only counts when there is nothing else. */
export function exitCodeOfAll(all: readonly Pick<Examined, 'standing' | 'side'>[]): ExitCode {
  const sides = new Set(all.filter((one) => one.standing === 'missing').map((one) => one.side ?? 'setup'));
  if (sides.has('setup')) return EXIT.usage;
  if (sides.has('ours')) return EXIT.ours;
  return sides.has('theirs') ? EXIT.outside : EXIT.done;
}

function worst(all: readonly Examined[]): DoctorDocument['standing'] {
  const order = ['missing', 'warning'] as const;
  return order.find((standing) => all.some((one) => one.standing === standing)) ?? 'good';
}

function broken(cause: unknown): Answer {
  const name = cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause);
  return { standing: 'missing', side: 'ours', words: `This examination broke: ${name}. The others are not touched by it.`, next: 'This is an error of Heddle. Please report it with these words.' };
}
