import { mount } from '../kernel/http/mount.ts'
import type { Http } from '../kernel/http/server.ts'
import type { Kernel } from '../kernel/kernel.ts'
import { maturityRoutes } from './contract.ts'
import { type Deps, maturityService } from './service.ts'

const pageSize = 200

/** How mature a project’s practice is, computed from its records. Writes nothing. */
export const maturityRoom = (kernel: Kernel, deps: Deps = {}) => {
  const service = maturityService(kernel, deps)
  return {
    /**
     * The report of a project: levels 0 to 4, bullets, evidence, delivery figures and next steps. Throws `not_found`.
     * After the levels of Microsoft’s MLOps maturity model (2020) and the keys of DORA; shares carry Wilson’s 95 % interval.
     * @example const { measured } = await maturity.report('flights')
     */
    report: service.report,
    mount: (http: Http): void =>
      mount(http, maturityRoutes, {
        getMaturity: ({ project }) => service.report(project),
        getMaturityEvidence: async ({ project, id, limit = pageSize, after = 0 }) => {
          const { evidence, at, rows } = await service.evidence(project, id)
          const end = after + limit
          return {
            evidence,
            at,
            rows: rows.slice(after, end),
            total: rows.length,
            next: end < rows.length ? end : null,
          }
        },
      }),
  }
}
