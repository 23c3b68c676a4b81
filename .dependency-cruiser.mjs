// The architecture document that cannot lie: who may import whom (ARCHITECTURE.md, "Map of the code").
// A rule that fires names the arrow; its comment says what to do instead. A folder that does not exist yet breaks no rule.

/** A folder may import only what `to` matches (first-party paths, or packages with `npm`). */
function only({ name, from, fromNot, to, comment }) {
  return { name, severity: 'error', comment, from: { path: from, ...(fromNot ? { pathNot: fromNot } : {}) }, to: { pathNot: to } };
}

/** A package is imported in its places alone; tests and scripts may use anything. */
function vendor({ name, packages, places, comment }) {
  return {
    name,
    severity: 'error',
    comment,
    from: { pathNot: [...places, ...COMPOSERS, '^test/', '^scripts/'] },
    to: { path: packages.map(npm) },
  };
}

/** How a package's files look to dependency-cruiser, types and all. */
function npm(name) {
  return `^node_modules/(@types/)?${name}/`;
}

const NODE =
  '^(node:)?(assert|async_hooks|buffer|child_process|crypto|events|fs|http|module|net|os|path|perf_hooks|process|readline|stream|string_decoder|timers|tls|url|util)(/|$)';

// These put the pieces together, and so know all of them: every main.ts, what those of api, bridge and worker have in common,
// `weft up` (a main.ts too long for one file) and the worker's recipe.
const COMPOSERS = ['(^|/)main\\.ts$', '^cli/up/', '^worker/', '^src/embedded/', '^src/compose/'];

const CORE = ['^src/domain/', '^src/contract/', '^src/ports/'];

const ADAPTERS = [
  { folder: 'nats', packages: ['@nats-io', 'ws'] },
  { folder: 'postgres', packages: ['pg', 'kysely'] },
  { folder: 'temporal', packages: ['@temporalio/client', '@temporalio/common'], more: ['^src/contract/'] },
  { folder: 'local', packages: [] },
];

const folders = [
  only({
    name: 'domain-is-pure',
    from: '^src/domain/',
    to: ['^src/domain/', npm('zod')],
    comment: 'The domain decides and does no IO. Take the fact as an argument, or put the effect behind a port.',
  }),
  only({
    name: 'contract-is-definitions',
    from: '^src/contract/',
    to: ['^src/contract/', '^src/domain/', npm('zod'), npm('@temporalio/workflow'), npm('@temporalio/common')],
    comment: 'The contract holds names, messages and interfaces that both sides of Temporal share. Logic belongs to src/domain.',
  }),
  only({
    name: 'ports-speak-domain',
    from: '^src/ports/',
    to: ['^src/ports/', '^src/domain/'],
    comment: 'A port says what the outside must offer in the words of the domain. Keep vendor types in the adapter.',
  }),
  ...ADAPTERS.map(({ folder, packages, more = [] }) =>
    only({
      name: `adapter-${folder}-keeps-to-itself`,
      from: `^src/adapters/${folder}/`,
      to: [`^src/adapters/${folder}/`, '^src/domain/', '^src/ports/', npm('zod'), npm('pino'), NODE, ...packages.map(npm), ...more],
      comment: 'An adapter knows the domain, its port and its one vendor SDK; never another adapter. What two adapters need is a port or domain.',
    }),
  ),
  only({
    name: 'workflows-are-deterministic',
    from: '^workflows/',
    to: ['^workflows/', '^src/domain/', '^src/contract/', npm('@temporalio/workflow'), npm('@temporalio/common')],
    comment: 'Not even a type of an activity: its interface stands in src/contract.',
  }),
  only({
    name: 'activities-use-ports',
    from: '^activities/',
    to: ['^activities/', ...CORE, npm('zod'), npm('pino'), npm('@temporalio/activity'), npm('@temporalio/common'), NODE],
    comment: 'An activity calls a port that its factory was given; the adapter is chosen in worker/main.ts.',
  }),
  only({
    name: 'api-speaks-rest',
    from: '^api/',
    fromNot: '/main\\.ts$',
    to: ['^api/', ...CORE, npm('zod'), npm('pino'), npm('fastify'), npm('@fastify'), npm('fastify-type-provider-zod'), npm('fast-json-stringify'), NODE],
    comment: 'A route calls a port. Adapters, configuration and embedded servers are chosen in api/main.ts.',
  }),
  only({
    name: 'bridge-uses-ports',
    from: '^bridge/',
    fromNot: '/main\\.ts$',
    to: ['^bridge/', ...CORE, npm('zod'), npm('pino'), NODE],
    comment: 'The bridge carries between ports. Adapters are chosen by whoever runs it.',
  }),
  only({
    name: 'agent-travels-light',
    from: '^agent/',
    fromNot: '/main\\.ts$',
    to: ['^agent/', '^src/domain/', '^src/adapters/nats/dial\\.ts$', npm('zod'), npm('@nats-io'), NODE],
    comment:
      'The runner is one file that is copied to other hosts: domain, Node and its connection (agent/nats-bus.ts, by the dial that we use too) are all it has.',
  }),
  only({
    name: 'client-travels-light',
    from: '^client/',
    to: ['^client/', npm('openapi-fetch'), NODE],
    comment: 'The typed client knows nothing but the document of the REST interface (client/schema.ts is generated from it).',
  }),
  only({
    name: 'cli-speaks-commander',
    from: '^cli/',
    fromNot: '(/main\\.ts$)|(^cli/up/)',
    to: ['^cli/', '^client/', ...CORE, npm('zod'), npm('commander'), NODE],
    comment: 'A command talks to the REST interface; only `weft up` composes servers.',
  }),
  only({
    name: 'embedded-is-for-composers',
    from: '^src/embedded/',
    to: [
      '^src/embedded/',
      '^src/config\\.ts$',
      ...CORE,
      '^src/adapters/',
      npm('zod'),
      npm('pino'),
      npm('pg'),
      npm('@nats-io'),
      npm('@temporalio/client'),
      NODE,
    ],
    comment: 'The embedded servers know how to boot a server, and nothing of who uses it.',
  }),
  only({
    name: 'setup-needs-nothing',
    from: '^scripts/setup',
    to: ['^scripts/setup', NODE],
    comment: 'Set-up runs before the first install: Node built-ins only.',
  }),
];

const roots = [
  {
    name: 'config-is-read-at-the-top',
    severity: 'error',
    comment: 'Configuration is read once by a main.ts and handed on as plain parameters. Take the value, not the configuration.',
    from: { pathNot: [...COMPOSERS, '^test/', '^scripts/', '^src/config'] },
    to: { path: '^src/config' },
  },
  {
    name: 'embedded-is-started-at-the-top',
    severity: 'error',
    comment: 'Only `weft up`, tests and scripts boot servers. Take an address instead.',
    from: { pathNot: [...COMPOSERS, '^test/', '^scripts/'] },
    to: { path: '^src/embedded/' },
  },
  {
    name: 'composed-at-the-top',
    severity: 'error',
    comment: 'src/compose puts the stores together for a main.ts, tests and scripts. Take the port instead.',
    from: { pathNot: ['(^|/)main\\.ts$', '^test/', '^scripts/', '^src/compose/'] },
    to: { path: '^src/compose/' },
  },
  {
    name: 'main-is-the-top',
    severity: 'error',
    comment: 'A main.ts runs when it is imported. Move what you need into a file of its own, or start it as a process.',
    from: {},
    to: { path: '(^|/)main\\.ts$' },
  },
  {
    name: 'no-dep-on-test',
    severity: 'error',
    comment: 'The product never needs its tests. Move what both need into the product.',
    from: { pathNot: '^test/' },
    to: { path: '^test/' },
  },
  {
    name: 'no-dep-on-scripts',
    severity: 'error',
    comment: 'Scripts are run, not imported. Move what the product needs into the product.',
    from: { pathNot: ['^test/', '^scripts/'] },
    to: { path: '^scripts/' },
  },
  {
    name: 'workflow-reach',
    severity: 'error',
    comment:
      'Whatever a workflow reaches, however far, runs in the sandbox and is replayed. Only workflows, src/domain, src/contract, zod and the Temporal workflow packages may be there.',
    from: { path: '^workflows/' },
    to: {
      reachable: true,
      pathNot: ['^workflows/', '^src/domain/', '^src/contract/', npm('zod'), npm('@temporalio/workflow'), npm('@temporalio/common')],
    },
  },
];

const vendors = [
  vendor({
    name: 'nats-in-its-adapter',
    packages: ['@nats-io'],
    places: ['^src/adapters/nats/', '^agent/nats-bus\\.ts$'],
    comment: 'NATS is spoken in src/adapters/nats, and by the runner in agent/nats-bus.ts (which travels alone). Use the port.',
  }),
  vendor({
    name: 'postgres-in-its-adapter',
    packages: ['pg', 'kysely'],
    places: ['^src/adapters/postgres/'],
    comment: 'SQL lives in src/adapters/postgres. Use the ledger ports.',
  }),
  vendor({
    name: 'temporal-client-in-its-adapter',
    packages: ['@temporalio/client'],
    places: ['^src/adapters/temporal/'],
    comment: 'The Temporal client lives in src/adapters/temporal. Use the WorkEngine port.',
  }),
  vendor({
    name: 'temporal-worker-in-worker',
    packages: ['@temporalio/worker'],
    places: ['^worker/'],
    comment: 'Workers are made in worker/.',
  }),
  vendor({
    name: 'fastify-in-api',
    packages: ['fastify', '@fastify', 'fastify-type-provider-zod', 'fast-json-stringify'],
    places: ['^api/'],
    comment: 'HTTP is served by api/ alone.',
  }),
  vendor({
    name: 'openapi-fetch-in-client',
    packages: ['openapi-fetch'],
    places: ['^client/'],
    comment: 'Weft is called through client/create-client.ts.',
  }),
  vendor({
    name: 'commander-in-cli',
    packages: ['commander'],
    places: ['^cli/'],
    comment: 'Command lines are parsed by cli/ alone.',
  }),
];

const health = [
  {
    name: 'no-circular',
    severity: 'error',
    comment: 'Two files that need each other are one concept, or miss a third: join them, or move what both need.',
    from: {},
    to: { circular: true },
  },
  {
    name: 'no-orphans',
    severity: 'error',
    comment: 'Nobody imports it and it imports nobody: wire it up or delete it.',
    from: { orphan: true, pathNot: ['(^|/)\\.[^/]+\\.mjs$', '\\.config\\.mjs$'] },
    to: {},
  },
  {
    name: 'not-to-dev-dep',
    severity: 'error',
    comment: 'The product runs without development dependencies. Move the package to dependencies, or its use to scripts or test.',
    from: { pathNot: ['^test/', '^scripts/', '\\.mjs$'] },
    to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['npm', 'type-only'] },
  },
  {
    name: 'not-to-unresolvable',
    severity: 'error',
    comment: 'The file or package does not exist, or is not in package.json.',
    from: {},
    to: { couldNotResolve: true },
  },
];

export default {
  forbidden: [...folders, ...roots, ...vendors, ...health],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(dist|coverage|\\.weft)/' },
    // A type that crosses a border is an arrow too.
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'], extensions: ['.ts', '.mjs', '.js', '.d.ts'] },
  },
};
