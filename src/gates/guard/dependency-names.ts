import type { VerdictNode } from '../../domain/verdict.js';
import { distance } from '../../kit/distance.js';
import type { Gate } from '../gate-facts.js';
import { dependencyChanges } from '../quality/dependencies/dependency-changes.js';
import { manifestReader } from '../quality/dependencies/manifest-readers.js';

/** Packages whose names are copied most, by ecosystem; what a name one letter away most likely means to be. */
const WELL_KNOWN: Readonly<Record<string, readonly string[]>> = {
  npm: ['lodash', 'express', 'react', 'react-dom', 'axios', 'chalk', 'commander', 'debug', 'request', 'moment', 'webpack', 'typescript', 'eslint', 'prettier', 'jest', 'mocha', 'rimraf', 'glob', 'semver', 'uuid', 'dotenv', 'cross-env', 'electron', 'mongoose', 'mongodb', 'mysql', 'redis', 'socket.io', 'passport', 'jsonwebtoken', 'bcrypt', 'puppeteer', 'playwright', 'cheerio', 'nodemailer', 'fs-extra', 'minimist', 'yargs', 'inquirer', 'ws', 'jquery', 'bootstrap', 'angular', 'vue', 'next', 'nuxt', 'vite', 'rollup', 'babel', 'discord.js', 'ethers', 'web3'],
  PyPI: ['requests', 'numpy', 'pandas', 'django', 'flask', 'boto3', 'botocore', 'urllib3', 'setuptools', 'pytest', 'scipy', 'matplotlib', 'pillow', 'cryptography', 'pyyaml', 'sqlalchemy', 'beautifulsoup4', 'selenium', 'tensorflow', 'torch', 'scikit-learn', 'colorama', 'jinja2', 'click', 'pydantic', 'fastapi', 'uvicorn', 'paramiko', 'psycopg2', 'redis', 'celery', 'openai', 'aiohttp', 'httpx', 'python-dateutil', 'rich', 'tqdm'],
  RubyGems: ['rails', 'rake', 'rspec', 'nokogiri', 'devise', 'puma', 'sidekiq', 'rack', 'bundler', 'activesupport', 'faraday', 'pry', 'redis', 'sinatra'],
  'crates.io': ['serde', 'serde_json', 'tokio', 'rand', 'regex', 'clap', 'log', 'reqwest', 'anyhow', 'thiserror', 'hyper', 'chrono', 'futures', 'syn', 'quote', 'libc'],
  Packagist: ['laravel/framework', 'symfony/console', 'guzzlehttp/guzzle', 'monolog/monolog', 'phpunit/phpunit', 'doctrine/orm'],
  NuGet: ['Newtonsoft.Json', 'Serilog', 'AutoMapper', 'Dapper', 'Polly', 'NUnit', 'xunit', 'Moq'],
};
const SHORT = 4;
const NAME_CHARS_MAX = 60;
const SHOWN_MAX = 50;

/**
 * New dependencies whose names are one letter away from a well-known package, or from one that this repository uses already. Whether a
 * package exists, and since when, is not asked: that would need a network here.
 */
export const dependencyNames: Gate = async ({ candidate, textOf }): Promise<VerdictNode> => {
  const rule = 'dependency-names';
  if (textOf === undefined || !candidate.files.some(({ path }) => manifestReader(path) !== undefined)) return { rule, effect: 'allow', words: 'no dependency is added' };
  const { changes } = await dependencyChanges(candidate, textOf);
  const added = changes.filter(({ kind }) => kind === 'added');
  const used = changes.filter(({ kind }) => kind !== 'added');
  const close = added.flatMap(({ ecosystem, name }) => {
    const known = [...WELL_KNOWN[ecosystem] ?? [], ...used.filter((one) => one.ecosystem === ecosystem).map((one) => one.name)];
    const plain = name.slice(0, NAME_CHARS_MAX).toLowerCase();
    if (plain.length <= SHORT || known.some((one) => one.toLowerCase() === plain)) return [];
    const meant = known.find((one) => one.length > SHORT && isClose(one.toLowerCase(), plain));
    return meant === undefined ? [] : [`${shown(name)} looks like ${meant}`];
  });
  if (close.length === 0) return { rule, effect: 'allow', words: added.length === 0 ? 'no dependency is added' : 'no new dependency is one letter away from a well-known name' };
  return { rule, effect: 'hold', words: `a new dependency has a name that is easily taken for another: ${close.slice(0, 3).join('; ')}`, values: { count: close.length, names: close.slice(0, SHOWN_MAX) } };
};

/** One letter more, less or other; two neighbours swapped; or only other separators. */
function isClose(known: string, name: string): boolean {
  const far = distance(known, name);
  return far === 1 || (far === 2 && known.length === name.length && [...known].sort().join('') === [...name].sort().join('')) || squeezed(known) === squeezed(name);
}

/** `cross-env`, `crossenv` and `cross_env` are one to a hurried reader. */
function squeezed(name: string): string {
  return name.toLowerCase().replaceAll(/[-_.]/g, '');
}

function shown(name: string): string {
  return name.slice(0, 100).replaceAll(/[^\w@./-]/g, '?');
}
