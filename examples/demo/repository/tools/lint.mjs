// A lint of one rule: files end with a line feed and have no trailing blanks.
import { readdirSync, readFileSync } from 'node:fs';

let problems = 0;
for (const folder of ['src', 'test', 'tools']) {
  for (const name of readdirSync(folder)) {
    const lines = readFileSync(`${folder}/${name}`, 'utf8').split('\n');
    if (lines.at(-1) !== '') report(folder, name, lines.length, 'the file does not end with a line feed');
    for (const [index, line] of lines.entries()) if (/[ \t]$/.test(line)) report(folder, name, index + 1, 'trailing blank');
  }
}
process.exitCode = problems > 0 ? 1 : 0;

function report(folder, name, line, message) {
  problems += 1;
  console.log(`${folder}/${name}:${line}:1: ${message}`);
}
