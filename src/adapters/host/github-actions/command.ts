import { randomUUID } from 'node:crypto';

/**
 * The runner's protocol (GitHub's reference «Workflow commands»), as pure text. Written here instead of taken from the
 * toolkit's core package, because that reads the environment a second time, prints past the injected stream, and costs
 * more start time than the rest of the host together.
 */
export function command(name: string, properties: Readonly<Record<string, string | number | undefined>>, message: string): string {
  const pairs = Object.entries(properties).flatMap(([key, value]) => (value === undefined ? [] : [`${key}=${escapeProperty(String(value))}`]));
  return `::${name}${pairs.length === 0 ? '' : ` ${pairs.join(',')}`}::${escapeData(message)}\n`;
}

/** A value in an environment file, between marks that the value cannot contain. */
export function fileEntry(name: string, value: string): string {
  let mark: string;
  do mark = `ghadelimiter_${randomUUID()}`; while (value.includes(mark) || name.includes(mark));
  return `${name}<<${mark}\n${value}\n${mark}\n`;
}

/** The runner masks line by line, so each line of a secret is named; very short ones would blank ordinary text. */
export function maskCommands(secret: string): string {
  const lines = [...new Set(secret.split(/\r?\n/))].filter((line) => line.length >= 4);
  return lines.map((line) => command('add-mask', {}, line)).join('');
}

function escapeData(text: string): string {
  return text.replace(/%/g, '%25').replace(/\r/g, '%0D').replace(/\n/g, '%0A');
}

function escapeProperty(text: string): string {
  return escapeData(text).replace(/:/g, '%3A').replace(/,/g, '%2C');
}
