/** The order of DESIGN: a room may know those to its left, through their front doors only. */
const order = [
  'data',
  'tracking',
  'registry',
  'pipelines',
  'features',
  'serving',
  'monitoring',
  'triggers',
  'maturity',
]
const rooms = [...order, 'governance', 'project'].join('|')

const leftOnly = order.map((room, place) => ({
  name: `${room}-knows-only-what-comes-before-it`,
  severity: 'error',
  from: { path: `^src/${room}/`, pathNot: '\\.test\\.ts$' },
  to: { path: `^src/(${[...order.slice(place + 1), 'project'].join('|')})/` },
}))

export default {
  forbidden: [
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    ...leftOnly,
    {
      name: 'kernel-knows-no-room',
      severity: 'error',
      from: { path: '^src/kernel/', pathNot: '\\.test\\.ts$' },
      to: { path: `^src/(${rooms})/` },
    },
    {
      name: 'governance-stands-beside-the-kernel',
      severity: 'error',
      from: { path: '^src/governance/' },
      to: { path: `^src/(${[...order, 'project'].join('|')})/` },
    },
    {
      name: 'front-doors-only',
      comment: 'Another room is known by its index.ts, its contract.ts and its migrations alone.',
      severity: 'error',
      from: { path: `^src/(${rooms})/`, pathNot: '\\.test\\.ts$' },
      to: {
        path: `^src/(?:${rooms})/`,
        pathNot: ['^src/$1/', '/index\\.ts$', '/[^/]*contract\\.ts$', '^src/[^/]+/contract/'],
      },
    },
    {
      name: 'store-is-a-leaf',
      severity: 'error',
      from: { path: 'store\\.ts$' },
      to: { path: '(service|routes|index|jobs)\\.ts$', pathNot: '^src/kernel/' },
    },
    {
      name: 'doors-of-foreign-protocols-never-touch-the-store',
      severity: 'error',
      from: { path: '^src/[^/]+/(mlflow|kfp|metaflow|s3|v2|sagemaker|feast)/' },
      to: { path: 'store\\.ts$' },
    },
    {
      name: 'the-agent-starts-without-the-server',
      severity: 'error',
      from: { path: '^src/serving/agent/', pathNot: '\\.test\\.ts$' },
      to: { path: `^src/(?:(?:${rooms})/(?:service|store|routes|jobs|index)|server|app|kernel/(?:db|ledger|definitions|leases|http)/)` },
    },
    {
      name: 'clients-see-contracts-only',
      comment: 'The command line may also verify a home by itself and start the program.',
      severity: 'error',
      from: { path: '^(cli|web/src|sdk/typescript)/' },
      to: {
        path: '^src/',
        pathNot: [
          '/[^/]*contract\\.ts$',
          '^src/[^/]+/contract/',
          '^src/kernel/(contract|client|errors|problem|nearest|config)\\.ts$',
          '^src/kernel/(blobs/tree|ledger/verify)\\.ts$',
          '^src/project/parse\\.ts$',
          '^src/main\\.ts$',
        ],
      },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: 'node_modules|/dist/' },
    tsPreCompilationDeps: true,
    parser: 'swc',
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { extensions: ['.ts', '.tsx', '.js', '.mjs'] },
  },
}
