import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { AppError } from './kernel/errors.ts'
import type { Http } from './kernel/http/server.ts'

type Asset = { type: string; plain: Buffer; zipped: Buffer | undefined; etag: string; isImmutable: boolean }

const types: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.json': 'application/json; charset=utf-8',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
}
const isText = (type: string) => /^text|svg|json/.test(type)

/** No inline script, nothing from elsewhere. Styles may be inline: the component library sets them on elements. */
const policy =
  "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'"

const distFolder = fileURLToPath(new URL('../web/dist', import.meta.url))

const unbuilt = `<!doctype html><meta charset="utf-8"><title>Esteira</title>
<p>The server runs; its page is not built yet. Run <code>npm run build</code> in the project and start it again.</p>
<p>The API is described at <a href="/openapi.json">/openapi.json</a>.</p>`

const assetOf = (path: string, plain: Buffer): Asset => {
  const type = types[extname(path)] ?? 'application/octet-stream'
  return {
    type,
    plain,
    zipped: isText(type) && plain.byteLength > 1024 ? gzipSync(plain) : undefined,
    etag: `"${createHash('sha256').update(plain).digest('base64url').slice(0, 22)}"`,
    // Vite puts a hash of the content into the names below assets/.
    isImmutable: path.startsWith('assets/'),
  }
}

/** The built page, under a megabyte, kept in memory by its paths: no request ever becomes a file path. */
const loadPage = async (): Promise<Map<string, Asset>> => {
  const names = await readdir(distFolder, { recursive: true, withFileTypes: true }).catch(() => [])
  const files = names.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  const assets = new Map<string, Asset>()
  for (const file of files) {
    const path = file.slice(distFolder.length + 1).replaceAll('\\', '/')
    assets.set(path, assetOf(path, await readFile(file)))
  }
  if (!assets.has('index.html')) assets.set('index.html', assetOf('index.html', Buffer.from(unbuilt)))
  return assets
}

const send = (asset: Asset, request: FastifyRequest, reply: FastifyReply) => {
  reply
    .header('content-type', asset.type)
    .header('etag', asset.etag)
    .header('content-security-policy', policy)
    .header('referrer-policy', 'same-origin')
    .header('vary', 'accept-encoding')
    .header('cache-control', asset.isImmutable ? 'public, max-age=31536000, immutable' : 'no-cache')
  if (request.headers['if-none-match'] === asset.etag) return reply.status(304).send()
  const wantsZipped = asset.zipped !== undefined && /\bgzip\b/.test(request.headers['accept-encoding'] ?? '')
  if (!wantsZipped) return reply.send(asset.plain)
  return reply.header('content-encoding', 'gzip').send(asset.zipped)
}

/** Answers for what no room answers: the page's files, and for every other address a browser opens, the page itself. */
export const mountPage = async (http: Http): Promise<void> => {
  const assets = await loadPage()
  const index = assets.get('index.html')
  http.app.route({
    method: 'GET',
    url: '/*',
    config: { can: 'public' },
    handler: (request, reply) => {
      const path = (request.params as { '*': string })['*']
      const asset = assets.get(path)
      if (asset) return send(asset, request, reply)
      if (index && !path.startsWith('api/') && (request.headers.accept ?? '').includes('text/html'))
        return send(index, request, reply)
      throw new AppError('not_found', `There is nothing at /${path}.`, {
        hint: 'See /openapi.json for what there is.',
      })
    },
  })
}
