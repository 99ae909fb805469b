// The direction rules of ARCHITECTURE.md, type-only imports included. Each says why it is there.
const rooms = ['intake', 'admission', 'briefing', 'attempt', 'validation', 'gates', 'packet', 'delivery', 'ledger', 'report', 'explain', 'policy', 'config', 'containment', 'redteam'];
const base = '^src/(kit|domain)/';

/** What a room may import from our own sources, beside itself, kit and domain. */
const mayImport = {
  intake: ['^src/ports/'],
  admission: ['^src/ports/', '^src/policy/', '^src/config/'],
  briefing: ['^src/ports/', '^src/config/'],
  attempt: ['^src/ports/'],
  validation: ['^src/ports/', '^src/config/'],
  gates: ['^src/policy/', '^src/config/'],
  packet: ['^src/flow/event\\.ts$'],
  delivery: ['^src/ports/', '^src/config/', '^src/packet/', '^src/flow/event\\.ts$'],
  ledger: ['^src/flow/event\\.ts$'],
  explain: ['^src/flow/event\\.ts$', '^src/ledger/', '^src/admission/words\\.ts$'],
  report: ['^src/flow/event\\.ts$', '^src/ledger/'],
  policy: [],
  config: ['^src/policy/'],
  containment: ['^src/ports/'],
  redteam: [],
};

const roomRules = rooms.map((room) => ({
  name: `room-${room}`,
  comment: `data flows one way: ${room} may import only what the table in ARCHITECTURE.md allows`,
  severity: 'error',
  from: { path: `^src/${room}/` },
  to: { path: '^src/', pathNot: [`^src/${room}/`, base, ...mayImport[room]] },
}));

export default {
  forbidden: [
    { name: 'no-cycles', comment: 'a cycle, also one of types, means that two notions are one', severity: 'error', from: {}, to: { circular: true } },
    { name: 'kit-knows-nothing', comment: 'kit has no product words', severity: 'error', from: { path: '^src/kit/' }, to: { path: '^src/', pathNot: '^src/kit/' } },
    { name: 'domain-knows-kit', comment: 'domain nouns are vendor-free', severity: 'error', from: { path: '^src/domain/' }, to: { path: '^src/', pathNot: '^src/(kit|domain)/' } },
    { name: 'ports-are-types', comment: 'ports are interfaces over domain types', severity: 'error', from: { path: '^src/ports/' }, to: { path: '^src/', pathNot: '^src/(kit|domain|ports)/' } },
    ...roomRules,
    { name: 'event-is-domain', comment: 'the vocabulary of a run is built of domain types only', severity: 'error', from: { path: '^src/flow/event\\.ts$' }, to: { path: '^src/', pathNot: base } },
    { name: 'flow-never-adapters', comment: 'flow works through ports', severity: 'error', from: { path: '^src/flow/' }, to: { path: '^src/(adapters|containment|main)/' } },
    { name: 'adapters-alone', comment: 'an adapter knows ports, domain, kit and its vendor: no room', severity: 'error', from: { path: '^src/adapters/' }, to: { path: '^src/', pathNot: ['^src/(kit|domain|ports|adapters)/'] } },
    { name: 'adapters-never-each-other', comment: 'two adapters share nothing; what one vendor shares stands in its client folder', severity: 'error', from: { path: '^src/adapters/([^/]+)/([^/]+)/' }, to: { path: '^src/adapters/', pathNot: ['^src/adapters/$1/$2/', '^src/adapters/github-client/', '^src/adapters/gitea-client/', '^src/adapters/gitlab-client/', '^src/adapters/git-client/', '^src/adapters/$1/lib/'] } },
    { name: 'main-is-the-top', comment: 'nothing imports main', severity: 'error', from: { pathNot: '^src/(main/|door\\.ts$)' }, to: { path: '^src/main/' } },
    { name: 'only-main-wires', comment: 'only main knows which adapters exist', severity: 'error', from: { path: '^src/', pathNot: '^src/(main|adapters)/' }, to: { path: '^src/adapters/' } },
    { name: 'network-and-processes', comment: 'child processes and the network only in adapters and containment (main re-executes itself)', severity: 'error', from: { path: '^src/', pathNot: '^src/(adapters|containment)/' }, to: { path: '^(node:)?(child_process|net|http|https|http2|tls|dgram|dns|cluster|worker_threads)(/|$)' } },
    { name: 'fixture-wrong-way', comment: 'shows in the tests that type-only edges are seen', severity: 'error', from: { path: '^test/arch/fixtures/wrong-way/' }, to: { path: '^src/flow/' } },
    { name: 'not-to-dev', comment: 'the product never imports a development dependency', severity: 'error', from: { path: '^src/' }, to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'] } },
    { name: 'not-unresolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
    { name: 'no-orphans', comment: 'a file that nothing imports is dead', severity: 'error', from: { orphan: true, path: '^src/', pathNot: '^src/door\\.ts$' }, to: {} },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'] },
  },
};
