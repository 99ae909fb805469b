// Reads one SARIF file the way it is named (`ours` or `whole`) and prints milliseconds and the most memory that was in use.
import { open, readFile } from 'node:fs/promises';

const [, , way, file] = process.argv;
const start = performance.now();
let results = 0;
if (way === 'ours') {
  const { SarifReader } = await import('../../build/validation/reports/sarif.js');
  const reader = new SarifReader({ roots: ['/w'], workdir: '' });
  const handle = await open(file);
  const piece = Buffer.alloc(1024 * 1024);
  for (;;) {
    const { bytesRead } = await handle.read(piece, 0, piece.length);
    if (bytesRead === 0) break;
    reader.push(piece.subarray(0, bytesRead));
  }
  const report = reader.end();
  if (!report.ok) throw new Error(report.error);
  results = report.value.issues.length + report.value.leftOut;
} else results = JSON.parse(await readFile(file, 'utf8')).runs[0].results.length;
const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
process.stdout.write(JSON.stringify({ ms: performance.now() - start, cpuMs: (userCPUTime + systemCPUTime) / 1000, megabytes: maxRSS / 1024, results }));
