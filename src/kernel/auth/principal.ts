import { AppError } from '../errors.ts'
import {
  agentPermissions,
  type Permission,
  permissionsOf,
  type Role,
  stepPermissions,
} from './permissions.ts'

/** Who is asking. `project` narrows a token to one project; `run` to what one pipeline run's step may do. */
export type Principal = {
  kind: 'person' | 'service' | 'run' | 'agent' | 'application' | 'system'
  id: string
  name: string
  roles: readonly Role[]
  project?: string
  run?: string
}

export const system: Principal = { kind: 'system', id: 'system', name: 'Esteira', roles: ['admin'] }

const permissionsHeld = (principal: Principal): readonly Permission[] => {
  switch (principal.kind) {
    case 'run':
      return stepPermissions
    case 'agent':
      return agentPermissions
    case 'application':
      return ['endpoints:invoke', 'feedback:write', 'triggers:fire']
    case 'person':
    case 'service':
    case 'system':
      return principal.roles.flatMap((role) => permissionsOf[role])
  }
}

/** May this principal do that in this project (or, without a project, on the whole server)? */
const may = (principal: Principal, permission: Permission, project?: string): boolean => {
  if (principal.project !== undefined && project !== undefined && principal.project !== project) return false
  return permissionsHeld(principal).includes(permission)
}

/** Throws `forbidden`, naming what is missing and which roles have it. */
export const mustBeAllowed = (principal: Principal, permission: Permission, project?: string): void => {
  if (may(principal, permission, project)) return
  const holders = Object.entries(permissionsOf)
    .filter(([, held]) => held.includes(permission))
    .map(([role]) => role)
  throw new AppError(
    'forbidden',
    `${principal.name} may not ${permission.replace(':', ': ')}${project ? ` in project ${project}` : ''}.`,
    {
      hint: `Roles that may: ${holders.join(', ')}. Ask an admin for one of them.`,
    },
  )
}
