import type { VerdictNode } from '../../domain/verdict.js';
import { effectOf, placesNode, readablePaths, type Gate } from '../gate-facts.js';
import { isCode } from './file-kinds.js';

interface Notable { readonly id: string; readonly pattern: RegExp }

/** What a reviewer wants to be led to. A list for reading, not a scanner: a real one reports through a check. */
const NOTABLE: readonly Notable[] = [
  { id: 'evaluates text', pattern: /\b(?:eval|exec|execfile|compile|instance_eval|class_eval|create_function)\s{0,3}\(|\bnew Function\s{0,3}\(|\bvm\.(?:runIn|Script|compileFunction)|\bassert_options\b|\bScriptEngine\b|\bCSharpScript\b/ },
  { id: 'starts a program', pattern: /\b(?:child_process|execSync|execFile|spawnSync|spawn|popen|proc_open|shell_exec|passthru|system)\b\s{0,3}[('"]|\bsubprocess\.\w+|\bos\.(?:system|popen|exec\w*|spawn\w*)\s{0,3}\(|\bRuntime\.getRuntime\(\)|\bProcessBuilder\b|\bexec\.Command(?:Context)?\(|\bCommand::new\(|\bProcess\.Start\(|%x[{(]/ },
  { id: 'loads code by name', pattern: /\b(?:importlib\.import_module|__import__|Class\.forName|Assembly\.Load\w{0,10}|dlopen|LoadLibrary|plugin\.Open|require_relative)\s{0,3}\(|\brequire\s{0,3}\(\s{0,3}[^'"`\s)]|\bimport\s{0,3}\(\s{0,3}[^'"`\s)]/ },
  { id: 'opens a connection', pattern: /\b(?:fetch|axios|XMLHttpRequest|WebSocket|HttpClient|WebClient|urlopen|curl_init|fsockopen|file_get_contents)\b\s{0,3}[(<.]|\b(?:requests|httpx|aiohttp|http|https|net|socket|urllib|reqwest|Net::HTTP|TCPSocket)\.(?:get|post|put|request|connect|createConnection|create_connection|Get|Post|Dial\w{0,8}|urlopen|ClientSession|open|new|start)\b/ },
  { id: 'turns off a check of certificates', pattern: /rejectUnauthorized\s{0,3}:\s{0,3}false|NODE_TLS_REJECT_UNAUTHORIZED|\bverify\s{0,3}=\s{0,3}False\b|InsecureSkipVerify\s{0,3}:\s{0,3}true|CERT_NONE|_create_unverified_context|VERIFY_NONE|ServerCertificateCustomValidationCallback|danger_accept_invalid_certs|CURLOPT_SSL_VERIFY(?:PEER|HOST)|TrustAllCerts|ALLOW_ALL_HOSTNAME_VERIFIER|--insecure\b|strict-ssl\s{0,3}[= ]\s{0,3}false/i },
  { id: 'uses weak cryptography', pattern: /createHash\(\s{0,3}['"](?:md5|sha1)['"]|\bhashlib\.(?:md5|sha1)\(|MessageDigest\.getInstance\(\s{0,3}"(?:MD5|SHA-?1)"|\bmd5\.(?:New|Sum)\b|\bDES(?:ede)?\/|\bAES\/ECB\b|\bmodes\.ECB\b|\bcreateCipher\(|\bRC4\b/ },
  { id: 'takes any data as objects', pattern: /\bpickle\.loads?\(|\byaml\.(?:load|unsafe_load)\(|\bMarshal\.load\b|\bunserialize\(|\bObjectInputStream\b|\bBinaryFormatter\b|\bTypeNameHandling\b/ },
  { id: 'writes markup unescaped', pattern: /\bdangerouslySetInnerHTML\b|\.innerHTML\s{0,3}=|\bv-html\b|\|\s{0,2}safe\b|\bhtml_safe\b|\bmark_safe\(|\bdocument\.write\(|\bbypassSecurityTrust\w+/ },
  { id: 'opens rights', pattern: /\bchmod\b.{0,20}\b0?777\b|\bos\.chmod\(|\bsetuid\(|\bdisable[_-]?csrf\b|@csrf_exempt\b|skip_before_action\s{1,3}:verify_authenticity_token|csrf\(\)\.disable\(\)|Access-Control-Allow-Origin.{0,10}\*|permitAll\(\)|@PermitAll\b|AllowAnonymous\b/i },
];

const LINE_CHARS_MAX = 2_000;

/** Added lines that evaluate text, start programs, open connections or turn off a protection, by what they do. */
export const notableCalls: Gate = ({ candidate, config, addedLines }): VerdictNode => {
  const places = readablePaths(candidate).filter(isCode).flatMap((path) => (addedLines?.(path) ?? []).flatMap(({ line, text }) => {
    const short = text.slice(0, LINE_CHARS_MAX);
    const what = NOTABLE.filter(({ pattern }) => pattern.test(short)).map(({ id }) => id);
    return what.length === 0 ? [] : [`${path}:${line} ${what.join(', ')}`];
  }));
  return placesNode({ rule: 'notable-calls', effect: effectOf(config.gates.notable_calls), places, none: 'no added line makes a call that deserves a special look', some: 'look at these lines first' });
};
