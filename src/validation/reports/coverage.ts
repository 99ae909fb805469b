import { err, ok, type Result } from '../../kit/result.js';
import { scanXml } from '../../kit/xml-events.js';
import type { CoverageBuilder, CoverageFile } from './coverage-builder.js';

const METHOD_LINES_MAX = 100_000;

/** Reads one coverage report into the builder; an error says why it is no such report. The text is foreign. */
export type CoverageReader = (text: string, into: CoverageBuilder) => Result<void, string>;

/** The tracefile of lcov(1) and geninfo(1): SF, DA, BRDA; other records are passed over. */
export const readLcov: CoverageReader = (text, into) => {
  let file: CoverageFile | undefined;
  let records = 0;
  let at = 0;
  while (at < text.length) {
    const feed = text.indexOf('\n', at);
    const line = text.slice(at, Math.min(feed < 0 ? text.length : feed, at + 4096)).trimEnd();
    at = feed < 0 ? text.length : feed + 1;
    if (line.startsWith('SF:')) {
      file = into.file(line.slice(3));
      records += 1;
    } else if (line === 'end_of_record') file = undefined;
    else if (line.startsWith('DA:')) {
      const [number, hits] = line.slice(3).split(',', 2);
      if (file === undefined) return err('a DA line stands outside of a record');
      file.line(whole(number), whole(hits));
    } else if (line.startsWith('BRDA:') && file !== undefined) {
      // Line, block, branch, taken; «-» when the line itself never ran.
      const [number, block, branch, taken] = line.slice(5).split(',', 4);
      file.way(whole(number), `${block ?? ''},${branch ?? ''}`, whole(taken) > 0);
    }
  }
  return records === 0 ? err('it has no SF line, so it is no lcov tracefile') : ok(undefined);
};

/** Cobertura's `coverage-04.dtd`, also as coverage.py, istanbul, gcovr, coverlet and Go converters write it. */
export const readCobertura: CoverageReader = (text, into) => {
  const sources: string[] = [];
  const ofMethods: (() => void)[] = [];
  let own = false;
  const names: string[] = [];
  let file: CoverageFile | undefined;
  const scanned = scanXml(text, (event) => {
    if (event.type === 'text') {
      if (names.at(-1) === 'source' && sources.length < 50 && event.text.trim() !== '') sources.push(event.text.trim().slice(0, 1000));
      return;
    }
    if (event.type === 'close') {
      if (names.pop() !== 'class') return;
      if (!own) for (const line of ofMethods) line();
      file = undefined;
      return;
    }
    names.push(event.name);
    const { attributes } = event;
    if (event.name === 'class') {
      own = false;
      ofMethods.length = 0;
      file = into.file(attributes.get('filename') ?? '', sources);
    }
    if (event.name !== 'line' || file === undefined) return;
    // A method tells its lines once more, and some tools its first line too; they count only where the class tells none.
    if (names.at(-3) === 'class') {
      own = true;
      coberturaLine(file, attributes);
    } else if (!own && ofMethods.length < METHOD_LINES_MAX) {
      const into = file;
      ofMethods.push(() => { coberturaLine(into, attributes); });
    }
  }, { doctype: 'skip-external' });
  return ended(scanned, { root: 'coverage', seen: /<coverage[\s/>]/.test(text.slice(0, 4096)) && !/<project[\s/>]/.test(text.slice(0, 4096)), what: 'Cobertura' });
};

function coberturaLine(file: CoverageFile, attributes: ReadonlyMap<string, string>): void {
  const number = whole(attributes.get('number'));
  file.line(number, whole(attributes.get('hits')));
  const parts = /\((\d{1,6})\/(\d{1,6})\)/.exec((attributes.get('condition-coverage') ?? '').slice(0, 40));
  if (parts !== null) file.branch(number, Number(parts[1]), Number(parts[2]));
}

/** JaCoCo's `report.dtd`: instructions and branches by line, files by package, without their source folder. */
export const readJacoco: CoverageReader = (text, into) => {
  const names: string[] = [];
  let folder = '';
  let file: CoverageFile | undefined;
  const scanned = scanXml(text, (event) => {
    if (event.type === 'text') return;
    if (event.type === 'close') {
      if (names.pop() === 'sourcefile') file = undefined;
      return;
    }
    names.push(event.name);
    const { attributes } = event;
    if (event.name === 'package') folder = attributes.get('name') ?? '';
    if (event.name === 'sourcefile') file = into.file(folder === '' ? attributes.get('name') ?? '' : `${folder}/${attributes.get('name') ?? ''}`);
    if (event.name !== 'line' || file === undefined) return;
    const number = whole(attributes.get('nr'));
    file.line(number, whole(attributes.get('ci')));
    const [missed, covered] = [whole(attributes.get('mb')), whole(attributes.get('cb'))];
    if (missed + covered > 0) file.branch(number, covered, missed + covered);
  }, { doctype: 'skip-external' });
  return ended(scanned, { root: 'report', seen: /<report[\s/>]/.test(text.slice(0, 4096)), what: 'JaCoCo' });
};

/** Clover's report of files and lines, as istanbul and PHPUnit write it. */
export const readClover: CoverageReader = (text, into) => {
  const names: string[] = [];
  let file: CoverageFile | undefined;
  const scanned = scanXml(text, (event) => {
    if (event.type === 'text') return;
    if (event.type === 'close') {
      if (names.pop() === 'file') file = undefined;
      return;
    }
    names.push(event.name);
    const { attributes } = event;
    if (event.name === 'file') file = into.file(attributes.get('path') ?? attributes.get('name') ?? '');
    if (event.name !== 'line' || file === undefined) return;
    const number = whole(attributes.get('num'));
    const hits = whole(attributes.get('count'));
    const [yes, no] = [whole(attributes.get('truecount')), whole(attributes.get('falsecount'))];
    file.line(number, Number.isNaN(hits) ? yes + no : hits);
    if (attributes.get('type') !== 'cond') return;
    // OpenClover counts how often a condition was true and false; istanbul, which gives `count` too, how many ways were taken and not.
    if (Number.isNaN(hits)) file.branch(number, Number(yes > 0) + Number(no > 0), 2);
    else file.branch(number, yes, yes + no);
  }, { doctype: 'skip-external' });
  return ended(scanned, { root: 'coverage', seen: /<project[\s/>]/.test(text.slice(0, 65_536)) && /<coverage[\s/>]/.test(text.slice(0, 4096)), what: 'Clover' });
};

function ended(scanned: Result<void, string>, root: { readonly root: string; readonly seen: boolean; readonly what: string }): Result<void, string> {
  if (!scanned.ok) return scanned;
  return root.seen ? ok(undefined) : err(`it has no ${root.root} element of ${root.what}`);
}

/** Only plain whole numbers; anything else is NaN, which every user of it passes over. */
function whole(text: string | undefined): number {
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
}
