import { mount } from '../kernel/http/mount.ts'
import type { Http } from '../kernel/http/server.ts'
import { AppError } from '../kernel/errors.ts'
import { compare } from './compare.ts'
import { registryRoutes } from './contract.ts'
import { sandbox } from '../tracking/index.ts'
import type { RegistryService } from './service.ts'
import { toCandidate } from './view.ts'

export const mountRegistry = (http: Http, { models, versions, approvals }: RegistryService): void =>
  mount(http, registryRoutes, {
    listModels: async ({ project }) => ({ models: await models.list(project) }),
    getModel: ({ project, model }) => models.get(project, model),

    async listVersions({ project, model, limit = 100, after }) {
      await models.get(project, model)
      const found = await versions.list({ project, model }, { before: after, limit })
      const last = found.length === limit ? found.at(-1) : undefined
      return { versions: found, ...(last ? { next: last.version } : {}) }
    },
    getVersion: (key) => versions.get(key),
    async listVersionFiles(key) {
      return { files: await versions.filesOf(key) }
    },
    async getVersionFile({ path, ...key }) {
      const { stream, type, sizeBytes } = await versions.openFile(key, path)
      return { stream, type, sizeBytes, fileName: path.split('/').at(-1) ?? path, headers: sandbox }
    },
    async compareVersions({ project, model, a, b }) {
      const side = async (version: number) => {
        const key = { project, model, version }
        return { ...(await versions.get(key)), all: await versions.filesOf(key) }
      }
      return compare(await side(a), await side(b))
    },
    async listCandidates({ project, model, decision, limit = 100, after }) {
      await models.get(project, model)
      const found = await versions.candidates({ project, model }, { decision, limit, after })
      const last = found.length === limit ? found.at(-1) : undefined
      return { candidates: found.map(toCandidate), ...(last ? { next: last.id } : {}) }
    },

    async setAlias({ project, model, alias, version }, { actor }) {
      await versions.setAlias({ project, model, version }, alias, actor)
      return models.get(project, model)
    },
    async deleteAlias({ project, model, alias }, { actor }) {
      const deleted = await versions.deleteAlias({ project, model, alias }, actor)
      if (!deleted) throw new AppError('not_found', `${model} has no alias ${alias}.`)
      return undefined
    },

    requestApproval: ({ comment, ...key }, { actor }) =>
      approvals.request(key, { actor, comment: comment ?? null }),
    approve: ({ comment, ...key }, { actor }) => approvals.approve(key, { actor, comment: comment ?? null }),
    reject: ({ comment, ...key }, { actor }) => approvals.reject(key, { actor, comment: comment ?? null }),
  })
