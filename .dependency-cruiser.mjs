/** Imports point downwards only: rung → server → …; sdk → wire; worker → wire; algorithms import no server code. */
const inPackage = (name) => `^packages/${name}/`;

/** What each package may import of the others. */
const mayImport = {
  wire: [],
  algorithms: [],
  worker: ['wire'],
  // The SDK loads models in-process when @rung/algorithms is installed beside it; it needs nothing but the wire otherwise.
  sdk: ['wire', 'algorithms'],
  server: ['wire', 'worker', 'algorithms'],
  rung: ['wire', 'sdk', 'server', 'algorithms'],
};

/** The houses of the server, and what each may not know. */
const houses = [
  {
    name: 'engines know nothing of SageMaker',
    from: '^packages/server/src/engines/',
    to: '^packages/server/src/(services|controllers|gateway|front-door)/',
  },
  {
    name: 'the gateway touches no database',
    from: '^packages/server/src/gateway/',
    to: '^packages/server/src/(store|objects|controllers|engines|front-door)/',
  },
  {
    name: 'stores stand at the bottom',
    from: '^packages/server/src/(store|objects|observability|secrets)/',
    to: '^packages/server/src/(services|controllers|gateway|front-door|engines)/',
  },
];

export default {
  forbidden: [
    ...Object.entries(mayImport).map(([name, allowed]) => ({
      name: `${name} imports only ${allowed.join(', ') || 'itself'}`,
      severity: 'error',
      from: { path: inPackage(name), pathNot: '\\.test\\.ts$|/testing/|/test/' },
      to: { path: '^packages/', pathNot: [name, ...allowed].map(inPackage) },
    })),
    ...houses.map(({ name, from, to }) => ({
      name,
      severity: 'error',
      from: { path: from, pathNot: '\\.test\\.ts$|/testing/' },
      // Types may be shared: they are gone at run time.
      to: { path: to, pathNot: '/types\\.ts$', dependencyTypesNot: ['type-only'] },
    })),
    {
      name: 'no cycles',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'no tests in the product',
      severity: 'error',
      from: { pathNot: '\\.test\\.ts$|/testing/|/test/' },
      to: { path: '\\.test\\.ts$|/testing/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules|/generated/|/models/' },
    exclude: { path: 'kernels/assembly' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default'],
      extensions: ['.ts', '.js', '.mjs', '.json'],
    },
  },
};
