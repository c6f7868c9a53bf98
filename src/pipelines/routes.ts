import type { Http } from '../kernel/http/server.ts'
import { mount } from '../kernel/http/mount.ts'
import type { Kernel } from '../kernel/kernel.ts'
import { pipelineRoutes } from './contract.ts'
import type { logService } from './log.service.ts'
import { readOutput } from './output.service.ts'
import type { PipelineService } from './service.ts'
import { commandOf, usesOf } from './views.ts'

type Deps = { kernel: Kernel; service: PipelineService; logs: ReturnType<typeof logService> }

export const mountPipelines = (http: Http, { kernel, service, logs }: Deps): void =>
  mount(http, pipelineRoutes, {
    listPipelines: async ({ project }) => ({ pipelines: await service.pipelines(project) }),
    getPipeline: async ({ project, pipeline }) => {
      const { declared, plan } = await service.planOf(project, pipeline)
      return {
        name: declared.name,
        version: declared.version,
        digest: declared.digest,
        declared: declared.body,
        steps: plan.tasks.map((task) => ({
          name: task.name,
          needs: task.needs,
          uses: usesOf(task),
          command: commandOf(task),
          environment: task.component.environment,
          outputs: task.outputs,
        })),
      }
    },
    startRun: ({ project, ...asked }, { actor }) => service.start(project, asked, actor),
    listRuns: ({ limit = 50, ...filter }) => service.list({ ...filter, limit }),
    getRun: ({ project, run }) => service.run(project, run),
    readLog: async ({ project, run, ...asked }, { signal }) => {
      const { record } = await service.head(project, run)
      return logs.read({ record, ...asked, signal })
    },
    readOutput: async ({ project, run, step, output, path }) => {
      await service.head(project, run)
      return readOutput(kernel, { run, step, output, path })
    },
    cancelRun: ({ project, run }, { actor }) => service.cancel(project, run, actor),
    retryRun: ({ project, run }, { actor }) => service.retry(project, run, actor),
    reproduceRun: ({ project, run }, { actor }) => service.reproduce(project, run, actor),
    compareRuns: ({ project, run, with: other }) => service.compare(project, run, other),
    explainStep: ({ project, run, step, with: other }) => service.why(project, { run, step, with: other }),
  })
