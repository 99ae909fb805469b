import type { Concern, IssueSeverity } from '../../domain/report.js';

/** What a dialect says about one result, already taken out of its places. Words are foreign and compared without case. */
export interface ResultWords {
  readonly tool: string;
  readonly rule: string;
  readonly level: 'error' | 'warning' | 'note';
  readonly tags: readonly string[];
  /** `properties` of the rule, then of the result: what the result says beats the rule. */
  readonly properties: Readonly<Record<string, unknown>>;
  /** The rule or the result points at a CWE entry. */
  readonly weakness: boolean;
}

/**
 * The concern and severity of a result. SARIF itself has neither: GitHub's `security-severity` (a CVSS score) and `tags`
 * are the closest to a common way, and the tools add their own words: SonarQube's type and severity, Roslyn's category,
 * Bandit's issue_severity, CodeQL's problem.severity. The level decides what nobody said.
 */
export function judgeWords(words: ResultWords): { readonly concern: Concern; readonly severity: IssueSeverity } {
  const concern = concernOf(words);
  return { concern, severity: severityOf(words) };
}

const SECURITY_TOOLS = /^(?:trivy|gosec|bandit|semgrep|snyk|grype|checkov|tfsec|kics|terrascan|gitleaks|trufflehog|brakeman|njsscan|osv-scanner|anchore|clair|nancy|horusec|detect-secrets|security code scan|dependency-check|govulncheck|devskim|zizmor|mobsfscan|psalm taint)/;
const SECURITY_WORDS = new Set(['security', 'vulnerability', 'security_hotspot', 'secret', 'injection', 'cryptography', 'misconfiguration', 'audit']);
const RELIABILITY_WORDS = new Set(['reliability', 'correctness', 'bug', 'bugs', 'bug-risk', 'error', 'errors', 'possible errors', 'problem', 'suspicious', 'concurrency', 'possible problems', 'logic']);
const MAINTAINABILITY_WORDS = new Set(['maintainability', 'code_smell', 'code-smell', 'readability', 'style', 'complexity', 'convention', 'refactor', 'naming', 'design', 'documentation', 'formatting', 'layout', 'suggestion', 'stylistic issues', 'best practices', 'performance', 'useless-code', 'maintenance', 'pedantic', 'best-practice', 'usage', 'globalization']);

function concernOf(words: ResultWords): Concern {
  const { properties } = words;
  const said = [...words.tags, text(properties['category']), text(properties['type']), ...impacts(properties, 'softwareQuality')].map((word) => word.toLowerCase());
  const tool = words.tool.toLowerCase();
  if (scoreOf(properties) !== undefined || words.weakness || said.some((word) => SECURITY_WORDS.has(word) || word.includes('cwe-') || word.startsWith('owasp'))) return 'security';
  if (said.some((word) => RELIABILITY_WORDS.has(word))) return 'reliability';
  if (said.some((word) => MAINTAINABILITY_WORDS.has(word))) return 'maintainability';
  if (tool === 'ruff') return ruffConcern(words.rule);
  if (SECURITY_TOOLS.test(tool)) return 'security';
  return words.level === 'error' ? 'reliability' : 'maintainability';
}

/** Ruff calls every result an error; its families (docs: «Rules») tell what they are about. */
function ruffConcern(rule: string): Concern {
  if (/^S\d/.test(rule)) return 'security';
  return /^(?:F\d|E9|B\d|PLE|ASYNC|BLE|RUF006|PLW|TRY|DTZ|invalid-syntax)/i.test(rule) ? 'reliability' : 'maintainability';
}

const SEVERITIES: Readonly<Record<string, IssueSeverity>> = {
  blocker: 'critical', critical: 'critical', high: 'high', major: 'high', error: 'high', important: 'high', medium: 'medium', moderate: 'medium', warning: 'medium',
  low: 'low', minor: 'low', info: 'low', note: 'low', recommendation: 'low', suggestion: 'low', informational: 'low', negligible: 'low', unknown: 'medium',
};
/** SonarQube's older scale: its «critical» stands below «blocker», its «major» in the middle. */
const SONAR: Readonly<Record<string, IssueSeverity>> = { blocker: 'critical', critical: 'high', major: 'medium', minor: 'low', info: 'low' };

function severityOf(words: ResultWords): IssueSeverity {
  const { properties } = words;
  const score = scoreOf(properties);
  if (score !== undefined) return score >= 9 ? 'critical' : score >= 7 ? 'high' : score >= 4 ? 'medium' : 'low';
  const sonar = words.tool.toLowerCase().startsWith('sonar') ? SONAR[text(properties['severity']).toLowerCase()] : undefined;
  if (sonar !== undefined) return sonar;
  const said = [...impacts(properties, 'severity'), text(properties['issue_severity']), text(properties['severity']), ...words.tags.filter((tag) => /^(?:CRITICAL|HIGH|MEDIUM|LOW)$/.test(tag)), text(properties['problem.severity'])];
  for (const word of said) {
    const severity = SEVERITIES[word.toLowerCase()];
    if (severity !== undefined) return severity;
  }
  return words.level === 'error' ? 'high' : words.level === 'warning' ? 'medium' : 'low';
}

/** CVSS runs from 0 to 10; anything else that stands there (NaN, a word) says nothing. */
function scoreOf(properties: Readonly<Record<string, unknown>>): number | undefined {
  const said = properties['security-severity'];
  const score = typeof said === 'number' ? said : typeof said === 'string' && /^\d{1,2}(?:\.\d{1,4})?$/.test(said.trim()) ? Number(said) : Number.NaN;
  return Number.isFinite(score) && score > 0 && score <= 10 ? score : undefined;
}

function impacts(properties: Readonly<Record<string, unknown>>, member: string): readonly string[] {
  const list = properties['impacts'];
  return Array.isArray(list) ? list.slice(0, 10).flatMap((one: unknown) => (typeof one === 'object' && one !== null ? text((one as Readonly<Record<string, unknown>>)[member]) : [])) : [];
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
