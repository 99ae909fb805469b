// Cuts GitLab's own JSON Schema of `.gitlab-ci.yml` (gitlab-org/gitlab, app/assets/javascripts/editor/schema/ci.json, MIT) out of the
// local runner's bundle, which carries it, and writes it to test/fixtures/gitlab-ci-schema.json. Run it after an update of that package.
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import vm from 'node:vm';

const file = (name) => fileURLToPath(new URL(`../${name}`, import.meta.url));
const bundle = readFileSync(file('node_modules/gitlab-ci-local/dist/index.js'), 'utf8');
const start = bundle.indexOf('{$schema:"http://json-schema.org/draft-07/schema#",$id:"https://gitlab.com/.gitlab-ci.yml"');
if (start === -1) throw new Error('the bundle carries no schema under its known name any more');
const schema = literalAt(start);
writeFileSync(file('test/fixtures/gitlab-ci-schema.json'), `${JSON.stringify(schema)}\n`);

// Brackets inside of strings make counting a parser of its own: the first end at which the text is an expression is the right one.
function literalAt(from) {
  for (let end = bundle.indexOf('};', from); end !== -1; end = bundle.indexOf('};', end + 1)) {
    try {
      return vm.runInNewContext(`(${bundle.slice(from, end + 1)})`);
    } catch { /* not the end yet */ }
  }
  throw new Error('the schema has no end');
}
