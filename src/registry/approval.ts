import type { Principal } from '../kernel/auth/principal.ts'
import { AppError } from '../kernel/errors.ts'
import type { Actor } from '../kernel/contract.ts'
import type { Approval } from './schemas.ts'
import type { ApprovalRow, VersionRow } from './tables.ts'

/** Approvals with separation of duties: who made a version does not let it pass. Pure. */

export type Decision = 'approved' | 'rejected'

const isSame = (a: Pick<Actor, 'kind' | 'id'>, b: Pick<Actor, 'kind' | 'id'>) =>
  a.kind === b.kind && a.id === b.id

export const uniqueActors = (actors: readonly Actor[]): Actor[] =>
  actors
    .filter((actor, index) => actors.findIndex((other) => isSame(other, actor)) === index)
    .map(({ kind, id, name }) => ({ kind, id, name }))

export const approvalOf = (row: VersionRow, decisions: readonly ApprovalRow[]): Approval => ({
  state: row.approvalState,
  needed: row.approvalsNeeded,
  requestedAt: row.approvalRequestedAt,
  decisions: decisions.map(({ byKind, byId, byName, at, decision, comment }) => ({
    by: { kind: byKind, id: byId, name: byName },
    at,
    decision,
    comment,
  })),
})

type Asked = { row: VersionRow; decisions: readonly ApprovalRow[]; authors: readonly Actor[] }

const names = (actors: readonly Actor[]) => actors.map(({ name }) => name).join(', ')

/** Throws when this decision may not be taken by this actor now; otherwise gives the state that it leads to. */
export const afterDecision = (
  { row, decisions, authors }: Asked,
  actor: Pick<Principal, 'kind' | 'id' | 'name'>,
  decision: Decision,
): VersionRow['approvalState'] => {
  const what = `${row.model} ${row.version}`
  if (row.approvalState !== 'pending')
    throw new AppError('conflict', `${what} is ${row.approvalState} already.`, {
      hint: row.approvalState === 'rejected' ? 'Ask for its approval again first.' : undefined,
    })
  if (authors.some((author) => isSame(author, actor)))
    throw new AppError(
      'forbidden',
      `${actor.name} is an author of ${what}, and authors may not decide on their own work.`,
      {
        hint: `Who may: anybody with the role approver or admin in this project, other than ${names(authors)}.`,
      },
    )
  const inRound = decisions.filter(({ round }) => round === row.approvalRound)
  if (inRound.some(({ byKind, byId }) => isSame({ kind: byKind, id: byId }, actor)))
    throw new AppError('conflict', `${actor.name} has decided on ${what} already.`, {
      hint: `It needs ${row.approvalsNeeded} approvals by different people.`,
    })
  if (decision === 'rejected') return 'rejected'
  const given = inRound.filter((one) => one.decision === 'approved').length + 1
  return given >= row.approvalsNeeded ? 'approved' : 'pending'
}
