import type { FastifyRequest } from 'fastify'
import type { Principal } from '../kernel/auth/principal.ts'
import { isLoopback } from '../kernel/config.ts'
import { AppError } from '../kernel/errors.ts'
import { mount } from '../kernel/http/mount.ts'
import type { Http, Identify } from '../kernel/http/server.ts'
import type { Kernel } from '../kernel/kernel.ts'
import { governanceRoutes } from './contract.ts'
import { governanceService } from './service.ts'
import { governanceStore } from './store.ts'

const bearer = (request: FastifyRequest): string | undefined =>
  /^Bearer\s+(\S+)$/i.exec(request.headers.authorization ?? '')?.[1]

const tidyEveryMs = 60_000

/** Accounts, tokens and who is asking. Stands beside the kernel: every room may ask it «may I?». */
export const governanceRoom = async (kernel: Kernel) => {
  const service = governanceService({ kernel, store: governanceStore(kernel.db) })
  const owner: Principal = await service.ensureOwner()
  if (!isLoopback(kernel.config.host) && !(await service.hasSignIn()))
    throw new AppError(
      'forbidden',
      `On ${kernel.config.host} others could reach this server, and nobody has a token to sign in with yet.`,
      {
        hint: `Start it once on 127.0.0.1 and run \`esteira tokens create ${owner.name}\`, or keep it on 127.0.0.1.`,
      },
    )

  /** A token says who asks. Without one, on a loopback address, it is this machine's own user: the owner. */
  const identify: Identify = async (request) => {
    const secret = bearer(request)
    if (secret !== undefined) {
      const who = await service.identify(secret)
      if (!who)
        throw new AppError('unauthenticated', 'This token is unknown, expired or revoked.', {
          hint: '`esteira tokens create` makes a new one.',
        })
      return who
    }
    return isLoopback(kernel.config.host) ? owner : undefined
  }

  kernel.loop({ name: 'governance.tidy', everyMs: tidyEveryMs, run: service.tidy })

  return {
    identify,
    owner,
    forRun: service.forRun,
    endRun: service.endRun,
    forAgent: service.forAgent,
    mount: (http: Http) =>
      mount(http, governanceRoutes, {
        listAccounts: async () => ({ accounts: await service.accounts() }),
        createAccount: (input, { actor }) => service.createAccount(input, actor),
        deactivateAccount: async ({ name }, { actor }) => {
          await service.deactivateAccount(name, actor)
          return undefined
        },
        listTokens: async () => ({ tokens: await service.tokens() }),
        createToken: (input, { actor }) => service.createToken(input, actor),
        revokeToken: async ({ id }, { actor }) => {
          await service.revokeToken(id, actor)
          return undefined
        },
      }),
  }
}

export type Governance = Awaited<ReturnType<typeof governanceRoom>>
