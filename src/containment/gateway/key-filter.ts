/** Takes the key out of everything a provider sends back. */
export interface KeyFilter {
  bytes(line: Buffer): Buffer;
  text(text: string): string;
}

const REPLACEMENT = '[redacted]';

/**
 * Replaces the key, plain and as base64, in bytes and texts. Bytes come as whole lines, and a key holds no line feed,
 * so it can never be split between two of them.
 */
export function createKeyFilter(key: string | undefined): KeyFilter {
  if (key === undefined || key === '') return { bytes: (line) => line, text: (text) => text };
  const forms = [key, Buffer.from(key).toString('base64'), encodeURIComponent(key)].filter((form, at, all) => all.indexOf(form) === at);
  const text = (value: string): string => forms.reduce((rest, form) => rest.replaceAll(form, REPLACEMENT), value);
  const needles = forms.map((form) => Buffer.from(form));
  return {
    text,
    bytes: (line) => (needles.some((needle) => line.includes(needle)) ? Buffer.from(text(line.toString('latin1')), 'latin1') : line),
  };
}
