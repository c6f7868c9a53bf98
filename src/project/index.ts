import { mount } from '../kernel/http/mount.ts'
import type { Http } from '../kernel/http/server.ts'
import type { Kernel } from '../kernel/kernel.ts'
import { ProjectFile, projectRoutes } from './contract.ts'
import type { FileCheck } from './parse.ts'
import { projectService } from './service.ts'

export type { FileCheck } from './parse.ts'

/** The project file: read, planned and applied as one. Knows every room's section, no room's rules. */
export const projectRoom = (kernel: Kernel, { checks }: { checks: readonly FileCheck[] }) => {
  const service = projectService({ kernel, checks })
  return {
    codeOf: service.codeOf,
    mount: (http: Http) =>
      mount(http, projectRoutes, {
        listProjects: async () => ({ projects: await service.list() }),
        getProject: ({ project }) => service.get(project),
        planProject: (given) => service.plan(given),
        applyProject: (given, { actor }) => service.apply(given, actor),
        projectSchema: () => ({ $schema: 'https://json-schema.org/draft/2020-12/schema', ...ProjectFile }),
      }),
  }
}
