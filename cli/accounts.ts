import { type Command, Option } from 'commander'
import { governanceRoutes, Account } from '../src/governance/contract.ts'
import { contextOf, type GlobalOptions } from './context.ts'
import { whole } from './verb.ts'

const roles = Account.properties.roles.items.anyOf.map((role) => role.const)
const kinds = Account.properties.kind.anyOf.map((kind) => kind.const)

const list = async (options: GlobalOptions) => {
  const { call, out } = contextOf(options)
  const { accounts } = await call(governanceRoutes.listAccounts, {})
  out.result(accounts, () =>
    out.table(
      accounts,
      [
        { title: 'NAME', of: (account) => account.name },
        { title: 'KIND', of: (account) => account.kind },
        { title: 'ROLES', of: (account) => account.roles.join(', ') },
        { title: 'PROJECT', of: (account) => account.project ?? 'all' },
        { title: 'ACTIVE', of: (account) => (account.isActive ? 'yes' : 'no') },
      ],
      'No accounts.',
    ),
  )
}

type NewAccount = GlobalOptions & { role?: Account['roles']; kind?: Account['kind'] }

const create = async (name: string, options: NewAccount) => {
  const { call, out } = contextOf(options)
  const account = await call(governanceRoutes.createAccount, {
    name,
    roles: options.role ?? [],
    ...(options.kind === undefined ? {} : { kind: options.kind }),
    ...(options.project === undefined ? {} : { project: options.project }),
  })
  out.result(account, () =>
    out.line(`Account ${account.name} (${account.roles.join(', ') || 'no roles'}) was made.`),
  )
  out.next(`esteira tokens create ${account.name}`, 'It signs in with a token:')
}

const end = async (name: string, options: GlobalOptions) => {
  const { call, out } = contextOf(options)
  await call(governanceRoutes.deactivateAccount, { name })
  out.result({ name, isActive: false }, () => out.line(`Account ${name} and its tokens have ended.`))
}

const revoke = async (id: string, options: GlobalOptions) => {
  const { call, out } = contextOf(options)
  await call(governanceRoutes.revokeToken, { id })
  out.result({ id, revoked: true }, () => out.line(`Token ${id} signs nobody in any more.`))
}

const days = 86_400_000

const createToken = async (account: string, options: GlobalOptions & { label?: string; days: string }) => {
  const { call, out } = contextOf(options)
  const made = await call(governanceRoutes.createToken, {
    account,
    lifetimeMs: whole(options.days, '--days') * days,
    ...(options.label === undefined ? {} : { label: options.label }),
  })
  out.result(made, () => {
    out.line(made.token)
    console.error(
      `Shown this once. It ends on ${new Date(made.expiresAt).toISOString().slice(0, 10)}; \`esteira tokens revoke ${made.id}\` ends it sooner.`,
    )
  })
}

const listTokens = async (options: GlobalOptions) => {
  const { call, out } = contextOf(options)
  const { tokens } = await call(governanceRoutes.listTokens, {})
  const day = (at: number | null) => (at === null ? null : new Date(at).toISOString().slice(0, 10))
  out.result(tokens, () =>
    out.table(
      tokens,
      [
        { title: 'ID', of: (token) => token.id },
        { title: 'ACCOUNT', of: (token) => token.account },
        { title: 'LABEL', of: (token) => token.label },
        { title: 'EXPIRES', of: (token) => day(token.expiresAt) },
        { title: 'LAST USED', of: (token) => day(token.lastUsedAt) },
      ],
      'No tokens. `esteira tokens create NAME` makes one.',
    ),
  )
}

export const addAccounts = (program: Command): void => {
  const accounts = program.command('accounts').description('people, services and applications')
  accounts
    .command('list')
    .description('all accounts')
    .action((_, command: Command) => list(command.optsWithGlobals()))
  accounts
    .command('create <name>')
    .description('make an account')
    .addOption(new Option('--role <role...>', 'what it may do').choices(roles))
    .addOption(new Option('--kind <kind>', 'what it is (default person)').choices(kinds))
    .action((name: string, _, command: Command) => create(name, command.optsWithGlobals()))
  accounts
    .command('end <name>')
    .description('end an account and its tokens')
    .action((name: string, _, command: Command) => end(name, command.optsWithGlobals()))
  const tokens = program.command('tokens').description('what accounts sign in with')
  tokens
    .command('list')
    .description('tokens that live')
    .action((_, command: Command) => listTokens(command.optsWithGlobals()))
  tokens
    .command('create <account>')
    .description('make a token; its secret is printed once')
    .option('--label <text>', 'what it is for')
    .option('--days <count>', 'how long it lives', '90')
    .action((account: string, _, command: Command) => createToken(account, command.optsWithGlobals()))
  tokens
    .command('revoke <id>')
    .description('end a token')
    .action((id: string, _, command: Command) => revoke(id, command.optsWithGlobals()))
}
