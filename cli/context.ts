import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { parse } from 'yaml'
import { type Call, client } from '../src/kernel/client.ts'
import { AppError } from '../src/kernel/errors.ts'
import { type Output, output } from './output.ts'

export type GlobalOptions = { server?: string; token?: string; project?: string; json?: boolean }

export type Context = {
  call: Call
  url: string
  token: string | undefined
  out: Output
  /** The project meant: `--project`, else that of the esteira.yaml here or above. */
  project: () => Promise<string>
}

export const fileName = 'esteira.yaml'

/** The nearest esteira.yaml, from this folder upwards. */
export const findProjectFile = (from = process.cwd()): string | undefined => {
  for (let folder = resolve(from); ; folder = dirname(folder)) {
    const path = join(folder, fileName)
    if (existsSync(path)) return path
    if (dirname(folder) === folder) return undefined
  }
}

const readable = (path: string, text: string): unknown => {
  try {
    return parse(text)
  } catch (error) {
    throw new AppError('invalid', `${path} is not YAML.`, {
      hint: '`esteira plan` says where; --project NAME goes without it.',
      cause: error,
    })
  }
}

const projectOfFile = async (path: string): Promise<string | undefined> => {
  const value = readable(path, await readFile(path, 'utf8'))
  const name =
    typeof value === 'object' && value !== null ? (value as { project?: unknown }).project : undefined
  return typeof name === 'string' ? name : undefined
}

export const contextOf = (options: GlobalOptions): Context => {
  const url = options.server ?? process.env['ESTEIRA_URL'] ?? 'http://127.0.0.1:7700'
  const token = options.token ?? process.env['ESTEIRA_TOKEN']
  return {
    url,
    token,
    call: client({ url, token }),
    out: output({ json: options.json === true }),
    project: async () => {
      const named = options.project ?? process.env['ESTEIRA_PROJECT']
      if (named !== undefined) return named
      const path = findProjectFile()
      const found = path === undefined ? undefined : await projectOfFile(path)
      if (found === undefined)
        throw new AppError('invalid', 'Which project? There is no esteira.yaml here or above.', {
          hint: 'Name it with --project NAME, change to its folder, or begin one: `esteira init`.',
        })
      return found
    },
  }
}
