import { createHash, randomBytes } from 'node:crypto'
import { userInfo } from 'node:os'
import { system, type Principal } from '../kernel/auth/principal.ts'
import { roles as allRoles, type Role } from '../kernel/auth/permissions.ts'
import type { Tx } from '../kernel/db/tables.ts'
import { AppError } from '../kernel/errors.ts'
import type { Kernel } from '../kernel/kernel.ts'
import {
  type Account,
  accountCreated,
  accountDeactivated,
  tokenCreated,
  tokenLifetimeMs,
  tokenRevoked,
} from './contract.ts'
import type { AccountRow, GovernanceStore, TokenRow } from './store.ts'

const hashOf = (secret: string) => createHash('sha256').update(secret).digest('hex')

/** 256 bits of chance: guessing it is hopeless, so a plain SHA-256 of it is safe to keep. */
const newSecret = () => `est_${randomBytes(32).toString('base64url')}`

const rolesIn = (row: AccountRow): Role[] =>
  (JSON.parse(row.roles) as Role[]).filter((role) => allRoles.includes(role))

const toAccount = (row: AccountRow): Account => ({
  name: row.name,
  kind: row.kind as Account['kind'],
  roles: rolesIn(row),
  ...(row.project === null ? {} : { project: row.project }),
  isActive: row.isActive === 1,
  createdAt: row.createdAt,
})

const toPrincipal = (row: AccountRow): Principal => ({
  kind: row.kind as Account['kind'],
  id: row.name,
  name: row.name,
  roles: rolesIn(row),
  ...(row.project === null ? {} : { project: row.project }),
})

const principalOfToken = (token: TokenRow, account: AccountRow | undefined): Principal | undefined => {
  const scope = token.project === null ? {} : { project: token.project }
  if (token.kind === 'run')
    return {
      kind: 'run',
      id: token.run ?? token.id,
      name: token.label,
      roles: [],
      ...scope,
      run: token.run ?? token.id,
    }
  if (token.kind === 'agent') return { kind: 'agent', id: token.account, name: token.label, roles: [] }
  if (!account || account.isActive === 0) return undefined
  return { ...toPrincipal(account), ...scope }
}

const ownerName = (): string => {
  const name = userInfo()
    .username.toLowerCase()
    .replaceAll(/[^a-z0-9._-]/g, '-')
  return /^[a-z0-9]/.test(name) ? name : 'owner'
}

type Deps = { kernel: Kernel; store: GovernanceStore }
type NewToken = Pick<TokenRow, 'account' | 'kind' | 'label'> & {
  lifetimeMs: number
  project?: string
  run?: string
}

const runTokenLifetimeMs = 24 * 3_600_000
const agentTokenLifetimeMs = tokenLifetimeMs.max

export type GovernanceService = ReturnType<typeof governanceService>

export const governanceService = ({ kernel, store }: Deps) => {
  const { clock, ledger, write } = kernel
  const used = new Set<string>()

  const addToken = async (tx: Tx, given: NewToken) => {
    const secret = newSecret()
    const now = clock.now()
    const row: TokenRow = {
      id: kernel.ids('tok'),
      hash: hashOf(secret),
      account: given.account,
      kind: given.kind,
      label: given.label,
      project: given.project ?? null,
      run: given.run ?? null,
      createdAt: now,
      expiresAt: now + given.lifetimeMs,
      lastUsedAt: null,
    }
    await store.addToken(tx, row)
    return { token: secret, id: row.id, expiresAt: row.expiresAt }
  }

  const addAccount = async (tx: Tx, row: AccountRow, actor: Principal) => {
    if (await store.account(row.name, tx))
      throw new AppError('conflict', `There is an account ${row.name} already.`)
    await store.addAccount(tx, row)
    await ledger.append(tx, {
      event: accountCreated,
      project: '',
      subject: `account/${row.name}`,
      data: { name: row.name, kind: row.kind, roles: rolesIn(row) },
      actor,
    })
  }

  return {
    /** The first start makes the owner: an admin named like this machine's user. No password exists; loopback lets this user in. */
    ensureOwner: () =>
      write(async (tx) => {
        const owner = await store.owner(tx)
        if (owner) return toPrincipal(owner)
        const row: AccountRow = {
          name: ownerName(),
          kind: 'person',
          roles: JSON.stringify(['admin']),
          project: null,
          isActive: 1,
          isOwner: 1,
          createdAt: clock.now(),
        }
        await addAccount(tx, row, system)
        return toPrincipal(row)
      }),

    /** Who holds this secret, if it lives. */
    identify: async (secret: string): Promise<Principal | undefined> => {
      const token = await store.tokenByHash(hashOf(secret))
      if (!token || token.expiresAt <= clock.now()) return undefined
      used.add(token.id)
      return principalOfToken(
        token,
        token.kind === 'account' ? await store.account(token.account) : undefined,
      )
    },

    /** Any token that a person holds: what a server on a public address needs before it may start. */
    hasSignIn: async () => (await store.tokens(clock.now())).length > 0,

    accounts: async () => (await store.accounts()).map(toAccount),

    createAccount: (
      {
        name,
        kind = 'person',
        roles = [],
        project,
      }: { name: string; kind?: Account['kind']; roles?: readonly Role[]; project?: string },
      actor: Principal,
    ) =>
      write(async (tx) => {
        const row: AccountRow = {
          name,
          kind,
          roles: JSON.stringify(roles),
          project: project ?? null,
          isActive: 1,
          isOwner: 0,
          createdAt: clock.now(),
        }
        await addAccount(tx, row, actor)
        return toAccount(row)
      }),

    deactivateAccount: (name: string, actor: Principal) =>
      write(async (tx) => {
        const row = await store.account(name, tx)
        if (!row || row.isActive === 0) throw new AppError('not_found', `There is no account ${name}.`)
        if (row.isOwner === 1) throw new AppError('conflict', `${name} owns this server and can't be ended.`)
        await store.deactivate(tx, name)
        await ledger.append(tx, {
          event: accountDeactivated,
          project: '',
          subject: `account/${name}`,
          data: { name },
          actor,
        })
      }),

    tokens: async () =>
      (await store.tokens(clock.now())).map(({ id, account, label, createdAt, expiresAt, lastUsedAt }) => ({
        id,
        account,
        label,
        createdAt,
        expiresAt,
        lastUsedAt,
      })),

    createToken: (
      {
        account,
        label = '',
        lifetimeMs = tokenLifetimeMs.default,
      }: { account: string; label?: string; lifetimeMs?: number },
      actor: Principal,
    ) =>
      write(async (tx) => {
        const row = await store.account(account, tx)
        if (!row || row.isActive === 0)
          throw new AppError('not_found', `There is no account ${account}.`, {
            hint: '`esteira accounts create NAME --role ROLE` makes one.',
          })
        const made = await addToken(tx, { account, kind: 'account', label, lifetimeMs })
        await ledger.append(tx, {
          event: tokenCreated,
          project: '',
          subject: `account/${account}`,
          data: { id: made.id, account, expiresAt: made.expiresAt },
          actor,
        })
        return made
      }),

    revokeToken: (id: string, actor: Principal) =>
      write(async (tx) => {
        const row = await store.token(id, tx)
        if (!row) throw new AppError('not_found', `There is no token ${id}.`)
        await store.removeToken(tx, id)
        await ledger.append(tx, {
          event: tokenRevoked,
          project: '',
          subject: `account/${row.account}`,
          data: { id, account: row.account },
          actor,
        })
      }),

    /** A token for the steps of one pipeline run: its project only, what steps may do only, a day at most. */
    forRun: async ({ project, run, step }: { project: string; run: string; step: string }) =>
      (
        await write((tx) =>
          addToken(tx, {
            account: `run/${run}`,
            kind: 'run',
            label: `${step} of ${run}`,
            lifetimeMs: runTokenLifetimeMs,
            project,
            run,
          }),
        )
      ).token,

    /** A finished run's tokens end with it. */
    endRun: (tx: Tx, run: string) => store.removeRunTokens(tx, run),

    forAgent: async (agent: string) =>
      (
        await write((tx) =>
          addToken(tx, { account: agent, kind: 'agent', label: agent, lifetimeMs: agentTokenLifetimeMs }),
        )
      ).token,

    /** Notes when tokens were last used, and clears out the dead ones. */
    tidy: async () => {
      const ids = [...used]
      used.clear()
      await write(async (tx) => {
        if (ids.length > 0) await store.touch(tx, ids, clock.now())
        await store.removeExpired(tx, clock.now())
      })
    },
  }
}
