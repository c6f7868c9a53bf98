import type { FastifyRequest } from 'fastify'
import { isLoopback } from '../config.ts'
import { AppError } from '../errors.ts'

const hostName = (header: string): string =>
  header
    .replace(/:\d+$/, '')
    .replace(/^\[|\]$/g, '')
    .toLowerCase()

/**
 * Keeps a page of another site from talking to a server that trusts this machine's user (DNS rebinding, cross-site requests):
 * the Host must be a name of this server, and an Origin, where the browser sends one, this server itself.
 */
export const checkHostAndOrigin = (
  request: FastifyRequest,
  bound: { host: string; names: readonly string[] },
): void => {
  const host = request.headers.host ?? ''
  const isOurs = isLoopback(bound.host)
    ? isLoopback(hostName(host))
    : bound.names.length === 0 || bound.names.includes(hostName(host)) || hostName(host) === bound.host
  if (!isOurs)
    throw new AppError('forbidden', `This server does not answer to the name ${JSON.stringify(host)}.`, {
      hint: 'Call it by the address it printed when it started.',
    })
  const origin = request.headers.origin
  if (origin !== undefined && origin !== `http://${host}` && origin !== `https://${host}`)
    throw new AppError('forbidden', `Requests from pages of ${origin} are not accepted.`, {
      hint: 'Open the page of this server itself.',
    })
}
