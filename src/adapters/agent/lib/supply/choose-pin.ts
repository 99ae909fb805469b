import type { Fault } from '../../../../domain/fault.js';
import { err, ok } from '../../../../kit/result.js';
import type { Result } from '../../../../kit/result.js';
import type { KnownRelease, PinnedAgent, Platform, ProgramPackage } from './pinned-agents.js';
import { supplyFault } from './supply-fault.js';

/** What the configuration says about the program: `agent.version` and `agent.integrity`. */
export interface AskedPin {
  readonly version: string | undefined;
  readonly integrity: string | Readonly<Partial<Record<Platform, string>>> | undefined;
}

/** Exactly one package: what is downloaded, and what it must be. */
export interface Pin {
  readonly agent: string;
  readonly version: string;
  readonly platform: Platform;
  readonly package: ProgramPackage & { readonly version: string };
  readonly runtime: PinnedAgent['runtime'];
  readonly integrity: string;
  /** What is known of this very package beforehand; undefined for a pin of the user's own. */
  readonly known: KnownRelease | undefined;
}

/** The version that is wanted, or undefined when any will do. */
export function wantedVersion(agent: Pick<PinnedAgent, 'version'>, asked: AskedPin): string | undefined {
  return asked.version === 'any' ? undefined : asked.version ?? agent.version;
}

/**
 * The package to install. The user's own integrity beats the table. A version that nobody has pinned is refused: what is
 * downloaded would be whatever the registry gives on the day.
 */
export function choosePin(agent: PinnedAgent & { readonly id: string }, asked: AskedPin, platform: Platform | undefined): Result<Pin, Fault> {
  if (platform === undefined) return err(supplyFault('unsupported', `Heddle installs ${agent.id} on Linux with x64 or arm64 alone. Install it yourself, have ${agent.program} on the PATH or set agent.path.`));
  const version = wantedVersion(agent, asked) ?? agent.version;
  const own = typeof asked.integrity === 'string' ? asked.integrity : asked.integrity?.[platform];
  const known = agent.releases[version]?.[platform];
  const integrity = own ?? known?.integrity;
  const from = agent.packages[platform];
  if (integrity === undefined) {
    const versions = Object.keys(agent.releases).filter((each) => agent.releases[each]?.[platform] !== undefined);
    const npm = `${from.name}@${version}${from.versionSuffix}`;
    return err(supplyFault('rejected', `Heddle has no integrity for ${agent.id} ${version} on ${platform}, and installs nothing that is not pinned. Use a known version (${versions.join(', ') || 'none for this platform'}), or set agent.integrity to what \`npm view ${npm} dist.integrity\` says, or install it yourself and set agent.path.`));
  }
  return ok({
    agent: agent.id, version, platform, runtime: agent.runtime, integrity,
    package: { ...from, version: `${version}${from.versionSuffix}` },
    known: known?.integrity === integrity ? known : undefined,
  });
}

/** The platform of this machine, or undefined when agents cannot be installed on it. */
export function platformOf(machine: { readonly platform: string; readonly arch: string }): Platform | undefined {
  if (machine.platform !== 'linux') return undefined;
  return machine.arch === 'x64' ? 'linux-x64' : machine.arch === 'arm64' ? 'linux-arm64' : undefined;
}
