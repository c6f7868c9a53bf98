import { roles } from '../kernel/auth/permissions.ts'
import { event, Millis, Name, nothing, route, Type, type Static } from '../kernel/contract.ts'

const RoleName = Type.Union(roles.map((role) => Type.Literal(role)))

export const Account = Type.Object({
  name: Name,
  kind: Type.Union([Type.Literal('person'), Type.Literal('service'), Type.Literal('application')]),
  roles: Type.Array(RoleName),
  project: Type.Optional(Name),
  isActive: Type.Boolean(),
  createdAt: Millis,
})
export type Account = Static<typeof Account>

const TokenView = Type.Object({
  id: Type.String(),
  account: Name,
  label: Type.String(),
  createdAt: Millis,
  expiresAt: Millis,
  lastUsedAt: Type.Union([Millis, Type.Null()]),
})

const dayMs = 86_400_000
export const tokenLifetimeMs = { default: 90 * dayMs, max: 365 * dayMs }

export const accountCreated = event({
  type: 'account.created',
  summary: 'A person, service or application may now sign in.',
  data: Type.Object({ name: Name, kind: Type.String(), roles: Type.Array(Type.String()) }),
})
export const accountDeactivated = event({
  type: 'account.deactivated',
  summary: 'An account may no longer sign in; its tokens are dead.',
  data: Type.Object({ name: Name }),
})
export const tokenCreated = event({
  type: 'token.created',
  summary: 'A token was made for an account.',
  data: Type.Object({ id: Type.String(), account: Name, expiresAt: Millis }),
})
export const tokenRevoked = event({
  type: 'token.revoked',
  summary: 'A token is dead.',
  data: Type.Object({ id: Type.String(), account: Name }),
})

export const governanceRoutes = {
  listAccounts: route({
    method: 'GET',
    path: '/api/v1/accounts',
    summary: 'People, services and applications of this server.',
    can: 'accounts:read',
    reply: Type.Object({ accounts: Type.Array(Account) }),
  }),
  createAccount: route({
    method: 'POST',
    path: '/api/v1/accounts',
    summary: 'Makes an account. It has no password; give it a token.',
    can: 'accounts:write',
    body: Type.Object(
      {
        name: Name,
        kind: Type.Optional(
          Type.Union([Type.Literal('person'), Type.Literal('service'), Type.Literal('application')], {
            default: 'person',
          }),
        ),
        roles: Type.Optional(Type.Array(RoleName, { default: [] })),
        project: Type.Optional(Name),
      },
      { additionalProperties: false },
    ),
    reply: Account,
    errors: ['conflict'],
  }),
  deactivateAccount: route({
    method: 'DELETE',
    path: '/api/v1/accounts/:name',
    summary: 'Ends an account and all its tokens.',
    can: 'accounts:write',
    params: Type.Object({ name: Name }),
    reply: nothing,
    errors: ['not_found', 'conflict'],
  }),
  listTokens: route({
    method: 'GET',
    path: '/api/v1/tokens',
    summary: 'Tokens that live, without their secrets.',
    can: 'accounts:read',
    reply: Type.Object({ tokens: Type.Array(TokenView) }),
  }),
  createToken: route({
    method: 'POST',
    path: '/api/v1/tokens',
    summary: 'Makes a token for an account. The secret is shown this once; only its hash is kept.',
    can: 'accounts:write',
    body: Type.Object(
      {
        account: Name,
        label: Type.Optional(Type.String({ maxLength: 200, default: '' })),
        lifetimeMs: Type.Optional(
          Type.Integer({ minimum: 1000, maximum: tokenLifetimeMs.max, default: tokenLifetimeMs.default }),
        ),
      },
      { additionalProperties: false },
    ),
    reply: Type.Object({ token: Type.String(), id: Type.String(), expiresAt: Millis }),
    errors: ['not_found'],
  }),
  revokeToken: route({
    method: 'DELETE',
    path: '/api/v1/tokens/:id',
    summary: 'Ends a token.',
    can: 'accounts:write',
    params: Type.Object({ id: Type.String() }),
    reply: nothing,
    errors: ['not_found'],
  }),
}
