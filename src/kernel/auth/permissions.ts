/** What can be done, in the words of the product. A route names one; a role holds many. */
const permissions = [
  'data:read',
  'data:write',
  'runs:read',
  'runs:write',
  'models:read',
  'models:write',
  'models:approve',
  'pipelines:read',
  'pipelines:run',
  'features:read',
  'features:write',
  'endpoints:read',
  'endpoints:write',
  'endpoints:invoke',
  'feedback:write',
  'monitors:read',
  'monitors:write',
  'triggers:read',
  'triggers:fire',
  'projects:read',
  'projects:apply',
  'ledger:read',
  'accounts:read',
  'accounts:write',
  'agents:sync',
  'maturity:read',
] as const

export type Permission = (typeof permissions)[number]

export const roles = [
  'viewer',
  'data scientist',
  'data engineer',
  'ML engineer',
  'software engineer',
  'approver',
  'admin',
] as const

export type Role = (typeof roles)[number]

const reading = permissions.filter(
  (permission) => permission.endsWith(':read') && permission !== 'accounts:read',
)
const making: Permission[] = [
  'runs:write',
  'pipelines:run',
  'models:write',
  'data:write',
  'feedback:write',
  'endpoints:invoke',
]

/** Roles in their first form: what each may do in a project where it is held. Nothing is allowed that is not listed. */
export const permissionsOf: Record<Role, readonly Permission[]> = {
  viewer: reading,
  'data scientist': [...reading, ...making, 'features:write'],
  'data engineer': [...reading, 'data:write', 'features:write', 'pipelines:run', 'triggers:fire'],
  'ML engineer': [
    ...reading,
    ...making,
    'features:write',
    'endpoints:write',
    'monitors:write',
    'triggers:fire',
    'projects:apply',
  ],
  'software engineer': [...reading, 'endpoints:invoke', 'feedback:write', 'triggers:fire'],
  approver: [...reading, 'models:approve'],
  admin: permissions,
}

/** What a step of a pipeline run may do with its token, and what a serving agent may. */
export const stepPermissions: readonly Permission[] = [
  'data:read',
  'runs:read',
  'runs:write',
  'models:read',
  'models:write',
  'features:read',
]
export const agentPermissions: readonly Permission[] = ['agents:sync', 'data:read']
