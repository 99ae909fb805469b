import { scanXml } from '../../../kit/xml-events.js';
import { asObject, asText, dependency, entries, jsonObject, linesOf, type Dependency, type Ecosystem, type ManifestReader } from './dependency.js';

/** Lockfiles in TOML with `[[package]]` tables: Cargo, Poetry, uv, PDM. */
export const tomlLock = (ecosystem: Ecosystem): ManifestReader => (text) => {
  let inPackage = false;
  let name: string | undefined;
  return linesOf(text).flatMap((line) => {
    if (line.startsWith('[')) {
      inPackage = line === '[[package]]';
      name = undefined;
    }
    if (!inPackage) return [];
    const found = /^(name|version)\s*=\s*"([^"]{1,200})"/.exec(line);
    if (found?.[1] === 'name') name = found[2];
    return found?.[1] === 'version' && name !== undefined ? dependency(ecosystem, name, found[2], { exact: true }) : [];
  });
};

export const cargoToml: ManifestReader = (text) => {
  let table = '';
  return linesOf(text).flatMap((line) => {
    const header = /^\[([^\]]{1,200})\]/.exec(line)?.[1];
    if (header !== undefined) {
      table = header;
      const single = /(?:^|\.)(?:dev-|build-)?dependencies\.([\w-]{1,200})$/.exec(header)?.[1];
      return single === undefined ? [] : dependency('crates.io', single, undefined, { exact: false });
    }
    if (!/(?:^|\.)(?:dev-|build-)?dependencies$/.test(table)) return [];
    const found = /^"?([\w-]{1,200})"?\s*=\s*(?:"([^"]{0,200})"|\{(.{0,500}))/.exec(line);
    return found === null ? [] : dependency('crates.io', found[1] ?? '', found[2] ?? /version\s*=\s*"([^"]{0,200})"/.exec(found[3] ?? '')?.[1], { exact: false });
  });
};

export const goMod: ManifestReader = (text) => {
  let block = false;
  return linesOf(text).flatMap((line) => {
    if (/^require\s*\(/.test(line)) block = true;
    else if (line.startsWith(')')) block = false;
    const found = /^(?:require\s+|\s+)(\S{1,300})\s+(v\S{1,200})/.exec(line);
    return found === null || (!block && !line.startsWith('require')) ? [] : dependency('Go', found[1] ?? '', found[2], { exact: true });
  });
};

/** go.sum also names versions whose go.mod alone was read (`/go.mod`): they are not built in. */
export const goSum: ManifestReader = (text) => linesOf(text).flatMap((line) => {
  const found = /^(\S{1,300}) (v\S{1,200}) h1:/.exec(line);
  return found === null || found[2]?.endsWith('/go.mod') === true ? [] : dependency('Go', found[1] ?? '', found[2], { exact: true });
});

/** The specs of Gemfile.lock stand four spaces deep; what they need themselves six. */
export const gemfileLock: ManifestReader = (text) => linesOf(text).flatMap((line) => {
  const found = /^ {4}([\w.-]{1,200}) \(([^)]{1,100})\)$/.exec(line);
  return found === null ? [] : dependency('RubyGems', found[1] ?? '', found[2], { exact: true });
});

export const gemfile: ManifestReader = (text) => linesOf(text).flatMap((line) => {
  const found = /^\s*gem\s+['"]([\w.-]{1,200})['"](?:\s*,\s*['"]([^'"]{1,100})['"])?/.exec(line);
  return found === null ? [] : dependency('RubyGems', found[1] ?? '', found[2], { exact: false });
});

export const pomXml: ManifestReader = (text) => {
  const found: Dependency[] = [];
  const path: string[] = [];
  let open: Record<string, string> | undefined;
  const scanned = scanXml(text, (event) => {
    if (event.type === 'open') {
      path.push(event.name);
      if (event.name === 'dependency' || event.name === 'plugin') open = {};
    } else if (event.type === 'text') {
      const [name, parent] = [path.at(-1), path.at(-2)];
      if (open !== undefined && (parent === 'dependency' || parent === 'plugin') && name !== undefined) open[name] = `${open[name] ?? ''}${event.text}`.slice(0, 300);
    } else {
      const closed = path.pop();
      if ((closed === 'dependency' || closed === 'plugin') && open !== undefined) {
        if (open['artifactId'] !== undefined) found.push(...dependency('Maven', `${(open['groupId'] ?? 'org.apache.maven.plugins').trim()}:${open['artifactId'].trim()}`, open['version'], { exact: /^\d/.test(open['version']?.trim() ?? '') }));
        open = undefined;
      }
    }
  }, { doctype: 'skip-external' });
  return scanned.ok ? found : [];
};

/** `implementation("group:artifact:1.0")` in either spelling of Gradle, and entries of a version catalogue. */
export const gradle: ManifestReader = (text) => linesOf(text).flatMap((line) => {
  const found = /["']([\w.-]{1,200}:[\w.-]{1,200})(?::([\w.+[\](),-]{1,100}))?(?:@\w{1,20})?["']/.exec(line);
  return found === null || /^\s*(?:\/\/|\*)/.test(line) ? [] : dependency('Maven', found[1] ?? '', found[2] ?? /version\s*=\s*"([^"]{1,100})"/.exec(line)?.[1], { exact: /^\d[\w.-]*$/.test(found[2] ?? '') });
});

export const gradleLock: ManifestReader = (text) => linesOf(text).flatMap((line) => {
  const found = /^([\w.-]{1,200}:[\w.-]{1,200}):([^=\s]{1,100})=/.exec(line);
  return found === null ? [] : dependency('Maven', found[1] ?? '', found[2], { exact: true });
});

export const composerJson: ManifestReader = (text) => {
  const manifest = jsonObject(text);
  return ['require', 'require-dev'].flatMap((kind) => entries(manifest?.[kind]).flatMap(([name, version]) => (name.includes('/') ? dependency('Packagist', name, asText(version), { exact: false }) : [])));
};

export const composerLock: ManifestReader = (text) => {
  const lock = jsonObject(text);
  return ['packages', 'packages-dev'].flatMap((kind) => {
    const list = lock?.[kind];
    return (Array.isArray(list) ? list : []).flatMap((value: unknown) => {
      const entry = asObject(value);
      const licence = entry?.['license'];
      return dependency('Packagist', asText(entry?.['name']) ?? '', asText(entry?.['version'])?.replace(/^v/, ''), { exact: true, licence: Array.isArray(licence) ? licence.filter((one) => typeof one === 'string').join(' OR ') : undefined });
    });
  });
};

export const nugetLock: ManifestReader = (text) => entries(jsonObject(text)?.['dependencies']).flatMap(([, packages]) => entries(packages).flatMap(([name, value]) => {
  const entry = asObject(value);
  return entry?.['type'] === 'Project' ? [] : dependency('NuGet', name, asText(entry?.['resolved']), { exact: true });
}));

/** `PackageReference`, `PackageVersion` and packages.config's `package`. */
export const nugetXml: ManifestReader = (text) => {
  const found: Dependency[] = [];
  let reference: string | undefined;
  let inVersion = false;
  const scanned = scanXml(text, (event) => {
    if (event.type === 'open') {
      inVersion = event.name === 'Version' && reference !== undefined;
      const name = event.name === 'package' ? event.attributes.get('id') : /^(?:PackageReference|PackageVersion|GlobalPackageReference)$/.test(event.name) ? event.attributes.get('Include') ?? event.attributes.get('Update') : undefined;
      if (name === undefined) return;
      const version = event.attributes.get('Version') ?? event.attributes.get('version');
      reference = version === undefined ? name : undefined;
      found.push(...dependency('NuGet', name, version, { exact: /^\d[\w.-]*$/.test(version ?? '') }));
    } else if (event.type === 'text' && inVersion && reference !== undefined) {
      found.push(...dependency('NuGet', reference, event.text, { exact: true }));
      reference = undefined;
    } else if (event.type === 'close') inVersion = false;
  });
  return scanned.ok ? found : [];
};
