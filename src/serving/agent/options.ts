import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'

export type AgentOptions = {
  server: string
  home: string
  host: string
  port: number
  name: string
  /** For the server: who this agent is. */
  token: () => string | undefined
  /** For callers: what they must send. */
  key: string | undefined
  /** Where callers reach this agent, if that is not where it listens (a proxy stands before it). */
  address: string | undefined
  timeoutMs: number
  segmentMs: number
  spoolBytes: number
}

export const usage = `Usage: agent --server URL --home DIR [--port N] [--host H] [--name NAME]
             [--token-file FILE] [--key-file FILE] [--address URL] [--timeout-ms N] [--segment-ms N] [--spool-mb N]

  --server      the control plane, for example http://127.0.0.1:7700
  --home        folder of this agent: models, last state, captures not yet sent
  --port        0 takes any free one (default 7701)
  --name        name of this agent (default agent)
  --token-file  token for the server; else the environment variable ESTEIRA_TOKEN
  --key-file    key that callers must send; needed on any address but loopback`

const readSecret = (path: string | undefined): string | undefined =>
  path === undefined ? undefined : readFileSync(path, 'utf8').trim()

const wholeNumber = (name: string, text: string): number => {
  const value = Number(text)
  if (Number.isSafeInteger(value) && value >= 0) return value
  throw new Error(`--${name} must be a whole number, not ${JSON.stringify(text)}`)
}

export const parseOptions = (args: string[], env: NodeJS.ProcessEnv): AgentOptions => {
  const { values } = parseArgs({
    args,
    options: {
      server: { type: 'string' },
      home: { type: 'string' },
      host: { type: 'string', default: '127.0.0.1' },
      port: { type: 'string', default: '7701' },
      name: { type: 'string', default: 'agent' },
      address: { type: 'string' },
      'token-file': { type: 'string' },
      'key-file': { type: 'string' },
      'timeout-ms': { type: 'string', default: '10000' },
      'segment-ms': { type: 'string', default: '1000' },
      'spool-mb': { type: 'string', default: '1024' },
    },
  })
  const { server, home } = values
  if (server === undefined || home === undefined) throw new Error('--server and --home are needed')
  if (!/^[a-z0-9][a-z0-9._-]{0,99}$/.test(values.name))
    throw new Error('--name takes lower-case letters, digits, dot, underscore and hyphen')
  return {
    server,
    home,
    host: values.host,
    port: wholeNumber('port', values.port),
    name: values.name,
    token: () => readSecret(values['token-file']) ?? env['ESTEIRA_TOKEN'],
    key: readSecret(values['key-file']),
    address: values.address,
    timeoutMs: wholeNumber('timeout-ms', values['timeout-ms']),
    segmentMs: wholeNumber('segment-ms', values['segment-ms']),
    spoolBytes: wholeNumber('spool-mb', values['spool-mb']) * 1024 * 1024,
  }
}
