import { delimiter, join } from 'node:path'
import { fillString } from '../plan/expression.ts'
import type { Json, Task } from '../plan/plan.ts'
import type { SourcedArtifact } from '../contract.ts'
import type { BuiltEnvironment } from '../environments/environments.ts'
import type { Job } from '../runner/executor.ts'
import type { RunRecord } from '../run.store.ts'

/** What of the server's own environment a step sees: how to find programs, a home, a language, a way out. No secrets. */
const passedOn = [
  'PATH',
  'HOME',
  'USER',
  'LOGNAME',
  'SHELL',
  'LANG',
  'LC_ALL',
  'LC_CTYPE',
  'TZ',
  'HTTP_PROXY',
  'HTTPS_PROXY',
  'NO_PROXY',
  'http_proxy',
  'https_proxy',
  'no_proxy',
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
  'REQUESTS_CA_BUNDLE',
  'LD_LIBRARY_PATH',
]

/** Threads of numeric libraries: several steps share a machine, and sums must not depend on its processors. */
const threads = ['OMP_NUM_THREADS', 'OPENBLAS_NUM_THREADS', 'MKL_NUM_THREADS']

export type Preparation = {
  id: string
  attempt: number
  record: RunRecord
  task: Task
  argv: readonly string[]
  folder: string
  code: string
  inputs: Record<string, SourcedArtifact & { path: string }>
  parameters: Record<string, Json>
  definitions: unknown
  isBuiltin: boolean
  environment: BuiltEnvironment | undefined
  pythonPath: readonly string[]
  address: string
  token: string
  trackingRun: string
}

const graceMs = 10_000
const logLimitBytes = 64 * 1_048_576

const stepFile = (given: Preparation) => {
  const { record, task, attempt, inputs, parameters, folder } = given
  return {
    project: record.project,
    pipeline: record.pipeline,
    run: record.id,
    step: task.name,
    attempt,
    parameters,
    ...(given.isBuiltin ? { with: parameters } : {}),
    ...(given.definitions === undefined ? {} : { definitions: given.definitions }),
    inputs,
    outputs: Object.fromEntries(
      Object.entries(task.outputs).map(([name, kind]) => [
        name,
        { path: join(folder, 'outputs', name), kind },
      ]),
    ),
  }
}

const variable = (name: string) => name.toUpperCase().replaceAll('-', '_')

/** For programs that would rather not read JSON: ESTEIRA_INPUT_ROWS, ESTEIRA_OUTPUT_MODEL. */
const pathVariables = ({ inputs, task, folder }: Preparation): Record<string, string> => ({
  ...Object.fromEntries(
    Object.entries(inputs).map(([name, { path }]) => [`ESTEIRA_INPUT_${variable(name)}`, path]),
  ),
  ...Object.fromEntries(
    Object.keys(task.outputs).map((name) => [
      `ESTEIRA_OUTPUT_${variable(name)}`,
      join(folder, 'outputs', name),
    ]),
  ),
})

const pythonVariables = ({ environment, code, pythonPath }: Preparation): Record<string, string> =>
  environment === undefined
    ? {}
    : {
        PATH: `${environment.bin}${delimiter}${process.env['PATH'] ?? ''}`,
        VIRTUAL_ENV: environment.folder,
        PYTHONPATH: [join(code, 'src'), code, ...pythonPath].join(delimiter),
        // The checkout is shared and stays as it was stored.
        PYTHONDONTWRITEBYTECODE: '1',
        // A log that is followed must not sit in a buffer.
        PYTHONUNBUFFERED: '1',
      }

const environmentOf = (given: Preparation): Record<string, string> => {
  const { record, task, folder, address, token, trackingRun } = given
  const inherited = passedOn.flatMap((name) =>
    process.env[name] === undefined ? [] : [[name, process.env[name]]],
  )
  const own = Object.entries(task.component.env).map(([name, text]) => [
    name,
    fillString(text, record.parameters),
  ])
  return {
    ...Object.fromEntries(inherited),
    ...Object.fromEntries(threads.map((name) => [name, '1'])),
    ...pythonVariables(given),
    TMPDIR: join(folder, 'tmp'),
    ...pathVariables(given),
    ...Object.fromEntries(own),
    ESTEIRA_STEP: join(folder, 'step.json'),
    ESTEIRA_URL: address,
    ESTEIRA_TOKEN: token,
    MLFLOW_TRACKING_URI: address,
    MLFLOW_TRACKING_TOKEN: token,
    MLFLOW_RUN_ID: trackingRun,
  }
}

export const jobOf = (given: Preparation): Job => ({
  id: given.id,
  argv: given.argv.map((word) => fillString(word, given.record.parameters)),
  cwd: given.code,
  env: environmentOf(given),
  files: { 'step.json': JSON.stringify(stepFile(given), null, 2) },
  timeoutMs: given.task.timeoutMs,
  graceMs,
  logLimitBytes,
})
