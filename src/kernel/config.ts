import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { AppError } from './errors.ts'

export type Config = {
  /** Everything Esteira keeps lies below this folder. */
  home: string
  host: string
  port: number
  /** Largest JSON body, in bytes. */
  bodyLimit: number
}

export const defaultHome = (): string => resolve(process.env['ESTEIRA_HOME'] ?? join(homedir(), '.esteira'))

export const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host)

export const parsePort = (text: string): number => {
  const port = Number(text)
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new AppError('invalid', `${JSON.stringify(text)} is not a port.`, {
      hint: 'A port is a whole number from 0 (any free one) to 65535.',
    })
  return port
}

export const configOf = (given: Partial<Config>): Config => ({
  home: resolve(given.home ?? defaultHome()),
  host: given.host ?? '127.0.0.1',
  port: given.port ?? 7700,
  bodyLimit: given.bodyLimit ?? 16 * 1024 * 1024,
})
