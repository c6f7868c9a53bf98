import { fileURLToPath } from 'node:url'
import { dataMigrations, dataRoom } from './data/index.ts'
import { checkFeatures, featuresMigrations, featuresRoom, joinBuiltin } from './features/index.ts'
import { maturityRoom } from './maturity/index.ts'
import { monitoringMigrations, monitoringRoom } from './monitoring/index.ts'
import { mountPage } from './page.ts'
import {
  type Builtin,
  checkPipelines,
  inputsFrom,
  pipelinesMigrations,
  pipelinesRoom,
} from './pipelines/index.ts'
import { type FileCheck, projectRoom } from './project/index.ts'
import { type Registry, registryMigrations, registryRoom } from './registry/index.ts'
import { registerAction } from './register-action.ts'
import type { Wiring } from './server.ts'
import { checkServing, servingMigrations, servingRoom } from './serving/index.ts'
import { trackingMigrations, trackingRoom } from './tracking/index.ts'
import { triggerProblems, triggersMigrations, triggersRoom } from './triggers/index.ts'

const migrations = [
  ...dataMigrations,
  ...trackingMigrations,
  ...registryMigrations,
  ...pipelinesMigrations,
  ...featuresMigrations,
  ...servingMigrations,
  ...monitoringMigrations,
  ...triggersMigrations,
]

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))

const builtinNames = ['features/join', 'monitoring/profile', 'models/register'] as const

type Sections = { triggers?: Record<string, never> }

/** What each room finds wrong in the whole project file, beyond what its schema can say. */
const checks: FileCheck[] = [
  checkPipelines(builtinNames),
  checkFeatures,
  checkServing,
  (file) => triggerProblems((file as Sections).triggers ?? {}),
]

const modelFiles = (registry: Registry) => ({
  resolve: async (project: string, model: string, reference: string | number) => {
    const found = await registry.resolve(project, model, reference)
    return found?.files ? { version: found.version, files: found.files } : undefined
  },
})

const trackedStatus = { FINISHED: 'finished', FAILED: 'failed', KILLED: 'killed' } as const

/** The whole product: every room in the order in which they may know each other, and the page behind them. */
export const appWiring: Wiring = {
  migrations,
  rooms: (kernel, governance, address) => {
    const data = dataRoom(kernel)
    const tracking = trackingRoom(kernel)
    const registry = registryRoom(kernel, { tracking })
    const project = projectRoom(kernel, { checks })
    const builtins: Record<(typeof builtinNames)[number], Builtin> = {
      'features/join': joinBuiltin(kernel),
      'monitoring/profile': { command: [process.execPath, here('./monitoring/profile/main.ts')] },
      'models/register': registerAction({
        registry,
        definitions: kernel.definitions,
        lineageOf: (of, run) => pipelines.lineage(of, run),
      }),
    }
    const pipelines = pipelinesRoom(kernel, {
      builtins,
      address,
      code: project.codeOf,
      tokens: { forRun: governance.forRun, endRun: governance.endRun },
      resolveInput: inputsFrom({ data, registry: modelFiles(registry) }),
      tracking: {
        startRun: tracking.startRun,
        finishRun: (of, id, { status, actor }) =>
          tracking.finishRun(of, id, { status: trackedStatus[status], actor }),
      },
      pythonPath: [here('../sdk/python/src')],
    })
    const features = featuresRoom(kernel, { data })
    const serving = servingRoom(kernel, { registry, features })
    const monitoring = monitoringRoom(kernel, { serving, registry, pipelines, data })
    const triggers = triggersRoom(kernel, {
      pipelines: { start: ({ project: of, actor, ...asked }) => pipelines.startRun(of, asked, actor) },
    })
    const maturity = maturityRoom(kernel, { tracking })
    return [data, tracking, registry, project, pipelines, features, serving, monitoring, triggers, maturity]
  },
  last: mountPage,
}
