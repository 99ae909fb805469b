/**
 * Keys that are known by their form, beside those that the secret library knows. Each pattern is linear, has one fixed
 * beginning, and covers the whole value, so that its place can be told without the value. Sources: the token formats that
 * each vendor documents for scanners.
 */
export interface SecretPattern { readonly id: string; readonly what: string; readonly pattern: RegExp }

export const SECRET_PATTERNS: readonly SecretPattern[] = [
  { id: 'private-key', what: 'a private key', pattern: /-----BEGIN (?:[A-Z0-9]{2,10} ){0,3}PRIVATE KEY(?: BLOCK)?-----/g },
  { id: 'putty-key', what: 'a private key', pattern: /PuTTY-User-Key-File-\d: \S{1,40}/g },
  { id: 'age-key', what: 'a private key', pattern: /AGE-SECRET-KEY-1[0-9A-Z]{58}/g },
  { id: 'aws-access-key', what: 'an access key of AWS', pattern: /(?<![A-Za-z0-9])(?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}(?![A-Za-z0-9])/g },
  { id: 'google-api-key', what: 'an API key of Google', pattern: /(?<![\w-])AIza[\w-]{35}(?![\w-])/g },
  { id: 'google-oauth', what: 'a client secret of Google', pattern: /(?<![\w-])GOCSPX-[\w-]{28}(?![\w-])/g },
  { id: 'github-token', what: 'a token of GitHub', pattern: /(?<![A-Za-z0-9])(?:gh[pousr]_[A-Za-z0-9]{36,251}|github_pat_[A-Za-z0-9]{22}_[A-Za-z0-9]{59})(?![A-Za-z0-9])/g },
  { id: 'gitlab-token', what: 'a token of GitLab', pattern: /(?<![\w-])(?:gl(?:pat|ptt|dt|rt|cbt|ft|imt|agent|soat|oas)-[\w-]{20,300}|GR1348941[\w-]{20})(?![\w-])/g },
  { id: 'slack-token', what: 'a token of Slack', pattern: /(?<![\w-])xox[abeoprs]-[\w-]{10,250}/g },
  { id: 'slack-webhook', what: 'a webhook of Slack', pattern: /https:\/\/hooks\.slack\.com\/(?:services|workflows)\/[A-Za-z0-9+/]{40,60}/g },
  { id: 'stripe-key', what: 'a secret key of Stripe', pattern: /(?<![\w-])(?:sk|rk)_(?:live|test)_[A-Za-z0-9]{16,247}/g },
  { id: 'openai-key', what: 'an API key of OpenAI', pattern: /(?<![\w-])sk-(?:proj|svcacct|admin)-[\w-]{40,250}/g },
  { id: 'anthropic-key', what: 'an API key of Anthropic', pattern: /(?<![\w-])sk-ant-(?:api|admin|oat|sid)\d{2}-[\w-]{60,160}/g },
  { id: 'huggingface-token', what: 'a token of Hugging Face', pattern: /(?<![\w-])(?:hf|api_org)_[A-Za-z]{34}(?![A-Za-z0-9])/g },
  { id: 'npm-token', what: 'a token of npm', pattern: /(?<![\w-])npm_[A-Za-z0-9]{36}(?![A-Za-z0-9])/g },
  { id: 'pypi-token', what: 'a token of PyPI', pattern: /(?<![\w-])pypi-AgE[\w-]{50,250}/g },
  { id: 'rubygems-key', what: 'a key of RubyGems', pattern: /(?<![\w-])rubygems_[0-9a-f]{48}(?![0-9a-f])/g },
  { id: 'docker-token', what: 'a token of Docker Hub', pattern: /(?<![\w-])dckr_(?:pat|oat)_[\w-]{27,40}/g },
  { id: 'sendgrid-key', what: 'a key of SendGrid', pattern: /(?<![\w-])SG\.[\w-]{22}\.[\w-]{43}(?![\w-])/g },
  { id: 'twilio-key', what: 'a key of Twilio', pattern: /(?<![A-Za-z0-9])SK[0-9a-f]{32}(?![A-Za-z0-9])/g },
  { id: 'mailgun-key', what: 'a key of Mailgun', pattern: /(?<![\w-])key-[0-9a-f]{32}(?![0-9a-f])/g },
  { id: 'telegram-token', what: 'a bot token of Telegram', pattern: /(?<![\w-])\d{8,10}:AA[\w-]{33}(?![\w-])/g },
  { id: 'discord-webhook', what: 'a webhook of Discord', pattern: /https:\/\/discord(?:app)?\.com\/api\/webhooks\/\d{17,20}\/[\w-]{60,80}/g },
  { id: 'digitalocean-token', what: 'a token of DigitalOcean', pattern: /(?<![\w-])do[opr]_v1_[0-9a-f]{64}(?![0-9a-f])/g },
  { id: 'shopify-token', what: 'a token of Shopify', pattern: /(?<![\w-])shp(?:at|ca|pa|ss)_[0-9a-fA-F]{32}(?![0-9a-fA-F])/g },
  { id: 'linear-key', what: 'a key of Linear', pattern: /(?<![\w-])lin_(?:api|oauth)_[A-Za-z0-9]{40,64}/g },
  { id: 'atlassian-token', what: 'a token of Atlassian', pattern: /(?<![\w-])ATATT3[\w=-]{60,250}/g },
  { id: 'databricks-token', what: 'a token of Databricks', pattern: /(?<![\w-])dapi[0-9a-f]{32}(?:-\d)?(?![0-9a-f])/g },
  { id: 'vault-token', what: 'a token of Vault', pattern: /(?<![\w-])hv[sbr]\.[\w-]{24,250}/g },
  { id: 'terraform-token', what: 'a token of Terraform', pattern: /(?<![\w-])[A-Za-z0-9]{14}\.atlasv1\.[\w-]{60,70}/g },
  { id: 'grafana-token', what: 'a token of Grafana', pattern: /(?<![\w-])gl(?:sa_[A-Za-z0-9]{32}_[0-9a-f]{8}|c_[A-Za-z0-9+/]{32,250}={0,2})/g },
  { id: 'sentry-token', what: 'a token of Sentry', pattern: /(?<![\w-])sntr(?:ys|yu)_[\w+/=-]{40,250}/g },
  { id: 'azure-storage-key', what: 'an account key of Azure', pattern: /AccountKey=[A-Za-z0-9+/]{86}==/g },
  { id: 'azure-sas', what: 'a shared access signature of Azure', pattern: /[?&]sig=[A-Za-z0-9%+/]{40,60}(?:=|%3D)/g },
  { id: 'azure-client-secret', what: 'a client secret of Azure', pattern: /(?<![\w.~-])[\w~.-]{3}8Q~[\w~.-]{31,34}(?![\w.~-])/g },
  { id: 'json-web-token', what: 'a signed token', pattern: /(?<![\w-])eyJ[\w-]{10,2000}\.eyJ[\w-]{10,4000}\.[\w-]{20,1000}/g },
  { id: 'url-password', what: 'a password in an address', pattern: /(?<![A-Za-z0-9])[a-z][a-z0-9+.-]{1,30}:\/\/[^\s:/?#@'"`<>{}$()]{1,64}:[^\s:/?#@'"`<>{}$()]{3,256}@[A-Za-z0-9.-]{1,253}/g },
];

/** Marks and templates that stand where a secret would. */
const MARK = /^(?:x{3,}|\*{3,}|\.{3,}|-{3,}|<[^<>]{0,100}>|\$\{[^{}]{0,100}\}|\{\{[^{}]{0,100}\}\}|%[^%]{0,60}%)$/i;
/** Words that examples are written with. */
const EXAMPLE_WORDS: ReadonlySet<string> = new Set([
  'your', 'my', 'some', 'the', 'a', 'an', 'test', 'testing', 'dummy', 'fake', 'sample', 'example', 'placeholder', 'changeme', 'change', 'replace', 'replaceme', 'redacted', 'secret', 'password', 'passwd', 'pass',
  'token', 'key', 'todo', 'none', 'null', 'undefined', 'true', 'false', 'foo', 'bar', 'baz', 'user', 'guest', 'admin', 'root', 'postgres', 'default', 'localhost', 'not', 'no', 'insert',
]);
const WORDS_MAX = 6;

/** True for what stands where a secret would and is none: `<your key>`, `${TOKEN}`, `changeme`, `dummy_password_123`. Linear. */
export function isPlaceholder(value: string): boolean {
  if (value.length > 120) return false;
  if (MARK.test(value)) return true;
  const words = value.toLowerCase().split(/[-_ .]/);
  return words.length <= WORDS_MAX && EXAMPLE_WORDS.has((words[0] ?? '').replace(/\d{1,4}$/, '')) && words.every((word) => /^[a-z]{0,20}\d{0,4}$/.test(word));
}
