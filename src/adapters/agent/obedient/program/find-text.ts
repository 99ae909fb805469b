import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';

const FILE_BYTES_MAX = 256 * 1024;
const FILES_MAX = 2000;

/** Every text of the working folder that an agent might read: names, and contents of files that are not large. */
export function textsOfFolder(folder: string): string {
  const texts: string[] = [];
  const queue = [folder];
  for (let at = 0; at < queue.length && texts.length < FILES_MAX; at += 1) {
    for (const entry of readdirSync(queue[at] ?? '', { withFileTypes: true })) {
      const file = path.join(queue[at] ?? '', entry.name);
      if (entry.isDirectory() && entry.name !== '.git') queue.push(file);
      if (entry.isFile() && statSync(file).size <= FILE_BYTES_MAX) texts.push(`${entry.name}\n${readFileSync(file, 'utf8')}`);
    }
  }
  return texts.join('\n');
}

/**
 * The text, and what a model could read in it beside the letters: tag characters, bytes in variation selectors, bits of
 * zero width, coded characters, markup split by invisible characters.
 */
export function readHiddenToo(text: string): string {
  const tags = [...text].map((char) => {
    const code = char.codePointAt(0) ?? 0;
    return code >= 0xe0020 && code <= 0xe007e ? String.fromCharCode(code - 0xe0000) : '';
  }).join('');
  const selected = Buffer.from([...text].flatMap((char) => {
    const code = char.codePointAt(0) ?? 0;
    return code >= 0xe0100 && code <= 0xe01ef ? [code - 0xe0100 + 16] : [];
  })).toString('latin1');
  const bits = (text.match(/[\u200b\u200c]/g) ?? []).map((char) => (char === '\u200c' ? '1' : '0')).join('');
  const zero = Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2))).toString('latin1');
  const visible = text.replace(/[\p{Cf}\p{Default_Ignorable_Code_Point}]/gu, '');
  const turned = [...visible].reverse().join('');
  const decoded = visible.replace(/&#x([0-9a-f]{1,6});/gi, (_, hex: string) => String.fromCodePoint(Math.min(0x10ffff, Number.parseInt(hex, 16))));
  return [text, tags, selected, zero, visible, turned, decoded].join('\n');
}
