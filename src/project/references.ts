import type { Problem } from '../kernel/errors.ts'
import { nearest } from '../kernel/nearest.ts'
import type { ProjectFile } from './contract.ts'

type Reference = { path: string; section: string; name: string }
type Sections = Record<string, Record<string, Record<string, unknown>>>

const text = (value: unknown): value is string => typeof value === 'string'
const record = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
const entries = (file: ProjectFile, section: string) =>
  Object.entries((file as unknown as Sections)[section] ?? {})

const one = (path: string, section: string, name: unknown): Reference[] =>
  text(name) ? [{ path, section, name }] : []

const ofPipeline = ([name, body]: [string, Record<string, unknown>]): Reference[] => {
  const at = `pipelines.${name}`
  return [
    ...one(`${at}.environment`, 'environments', body['environment']),
    ...Object.entries(record(body['inputs'])).flatMap(([input, declared]) => [
      ...one(`${at}.inputs.${input}.repository`, 'repositories', record(declared)['repository']),
      ...one(`${at}.inputs.${input}.model`, 'models', record(declared)['model']),
    ]),
    ...Object.entries(record(body['steps'])).flatMap(([step, declared]) =>
      one(`${at}.steps.${step}.environment`, 'environments', record(declared)['environment']),
    ),
  ]
}

const ofEndpoint = ([name, body]: [string, Record<string, unknown>]): Reference[] => [
  ...one(`endpoints.${name}.model`, 'models', body['model']),
  ...(Array.isArray(body['lookups']) ? body['lookups'] : []).flatMap((view, index) =>
    one(`endpoints.${name}.lookups.${index}`, 'features', view),
  ),
]

const ofTrigger = ([name, body]: [string, Record<string, unknown>]): Reference[] => {
  const on = record(body['on'])
  return [
    ...one(`triggers.${name}.on.data.repository`, 'repositories', record(on['data'])['repository']),
    ...one(`triggers.${name}.on.alert.monitor`, 'monitors', record(on['alert'])['monitor']),
    ...one(`triggers.${name}.start.pipeline`, 'pipelines', record(body['start'])['pipeline']),
  ]
}

const referencesIn = (file: ProjectFile): Reference[] => [
  ...entries(file, 'features').flatMap(([name, body]) =>
    one(`features.${name}.repository`, 'repositories', body['repository']),
  ),
  ...entries(file, 'pipelines').flatMap(ofPipeline),
  ...entries(file, 'endpoints').flatMap(ofEndpoint),
  ...entries(file, 'monitors').flatMap(([name, body]) =>
    one(`monitors.${name}.endpoint`, 'endpoints', body['endpoint']),
  ),
  ...entries(file, 'triggers').flatMap(ofTrigger),
]

/** Names in the file that point at nothing in it, each with the nearest name that exists. */
export const unresolved = (file: ProjectFile): Problem[] =>
  referencesIn(file).flatMap(({ path, section, name }) => {
    const known = entries(file, section).map(([key]) => key)
    if (known.includes(name)) return []
    const close = nearest(name, known)
    return [
      {
        path,
        message: `${section} has no ${JSON.stringify(name)}`,
        hint: close ? `Did you mean ${JSON.stringify(close)}?` : `Declare it under \`${section}:\`.`,
      },
    ]
  })
