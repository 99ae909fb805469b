import type { VerdictNode } from '../../domain/verdict.js';
import type { Gate } from '../gate-facts.js';

const SECURITY = /\b(?:CVE-\d{4}-\d{4,7}|GHSA-[\w-]{4,30}|security|vulnerab\w{0,10}|xss|csrf|ssrf|injection|traversal|bypass|sanitiz\w{0,5}|escape[sd]?|overflow|leak\w{0,4}|secret|auth\w{0,12}|permission)\b/i;
const SHOWN_MAX = 50;

/**
 * Files that become again exactly what they were before a commit whose message speaks of security, within the history that risk
 * was judged by. A list for the reviewer: whole files only, since parts of a fix can be undone for good reasons.
 */
export const undoneFixes: Gate = ({ candidate, risk }): VerdictNode => {
  const commits = risk?.history?.commits ?? [];
  const found = candidate.files.flatMap((file) => {
    if (file.newBlob === undefined || file.status === 'added') return [];
    const undone = commits.find((commit) => SECURITY.test(commit.subject.slice(0, 300)) && commit.files.some((past) => past.path === file.path && past.oldBlob === file.newBlob && past.newBlob !== file.newBlob));
    return undone === undefined ? [] : [`${file.path} (as before ${undone.commit.slice(0, 12)})`];
  });
  if (found.length === 0) return { rule: 'undone-fixes', effect: 'allow', words: 'no file becomes again what it was before a fix of security' };
  return { rule: 'undone-fixes', effect: 'allow', words: 'these files become again what they were before a commit that speaks of security; look first', values: { count: found.length, paths: found.slice(0, SHOWN_MAX) } };
};
