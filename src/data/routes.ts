import { mount } from '../kernel/http/mount.ts'
import type { Http } from '../kernel/http/server.ts'
import type { Kernel } from '../kernel/kernel.ts'
import { dataRoutes } from './contract.ts'
import type { DataService } from './service.ts'

type Part = { start: number; end: number }

/** The part that `Range: bytes=a-b` asks for (RFC 9110, one range); undefined: all of it; `none`: outside the file. */
const rangeOf = (header: string | undefined, sizeBytes: number): Part | 'none' | undefined => {
  const [, first, last] = /^bytes=(\d*)-(\d*)$/.exec(header ?? '') ?? []
  if (first === undefined || last === undefined || (first === '' && last === '')) return undefined
  const start = first === '' ? Math.max(0, sizeBytes - Number(last)) : Number(first)
  const end = first === '' || last === '' ? sizeBytes - 1 : Math.min(Number(last), sizeBytes - 1)
  return start <= end ? { start, end } : 'none'
}

const typeOf = (path: string): string => {
  if (/\.(csv|tsv)$/.test(path)) return 'text/csv; charset=utf-8'
  return path.endsWith('.json') ? 'application/json' : 'application/octet-stream'
}

export const mountData = (http: Http, { blobs }: Pick<Kernel, 'blobs'>, service: DataService): void => {
  const { repositories } = service
  mount(http, dataRoutes, {
    listRepositories: async ({ project }) => ({ repositories: await repositories.list(project) }),
    createRepository: (input, { actor }) => service.createRepository(input, actor),
    getRepository: (place) => repositories.get(place),
    async listBranches(place) {
      await repositories.mustExist(place)
      return { branches: await service.branches(place) }
    },
    createBranch: ({ from = 'main', ...rest }, { actor }) => service.createBranch({ ...rest, from }, actor),
    async deleteBranch(input, { actor }) {
      await service.deleteBranch(input, actor)
      return undefined
    },
    async listTags(place) {
      await repositories.mustExist(place)
      return { tags: await service.tags(place) }
    },
    createTag: ({ ref = 'main', ...rest }, { actor }) => service.createTag({ ...rest, ref }, actor),
    async deleteTag(input, { actor }) {
      await service.deleteTag(input, actor)
      return undefined
    },
    createCommit: (input, { actor }) => service.commitFiles(input, actor),
    listCommits: ({ ref = 'main', ...rest }) => service.log({ ...rest, ref }),
    getCommit: (input) => service.commit(input),
    diffCommits: (input) => service.diff(input),
    listTree: ({ ref = 'main', path = '', ...rest }) => service.tree({ ...rest, ref, path }),
    async readFile({ ref = 'main', ...rest }, { request }) {
      const { digest, sizeBytes } = await service.file({ ...rest, ref })
      const range = rangeOf(request.headers.range, sizeBytes)
      const common = { etag: `"${digest}"`, 'accept-ranges': 'bytes' }
      const type = typeOf(rest.path)
      if (range === undefined) return { stream: await blobs.get(digest), type, sizeBytes, headers: common }
      if (range === 'none')
        return {
          stream: '',
          type,
          sizeBytes: 0,
          status: 416,
          headers: { ...common, 'content-range': `bytes */${sizeBytes}` },
        }
      const headers = { ...common, 'content-range': `bytes ${range.start}-${range.end}/${sizeBytes}` }
      const size = range.end - range.start + 1
      return { stream: await blobs.get(digest, range), type, sizeBytes: size, status: 206, headers }
    },
  })
}
