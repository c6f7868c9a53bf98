import { Millis, Project, route, Type } from '../kernel/contract.ts'
import { Evidence, EvidenceRow, Report } from './schemas.ts'

export * from './schemas.ts'

const base = '/api/v1/projects/:project/maturity'

export const maturityRoutes = {
  getMaturity: route({
    method: 'GET',
    path: base,
    summary:
      'Say how mature a project’s practice is (Microsoft’s levels 0 to 4), computed from its records, and what is missing next.',
    can: 'maturity:read',
    params: Project,
    reply: Report,
    errors: ['not_found'],
  }),
  getMaturityEvidence: route({
    method: 'GET',
    path: `${base}/evidence/:id`,
    summary: 'Show the records behind one kind of evidence, those that fail first.',
    can: 'maturity:read',
    params: Type.Object({
      ...Project.properties,
      id: Type.String({ pattern: '^K[0-9]{2}$', description: 'K01 to K53.' }),
    }),
    query: Type.Object({
      limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000, default: 200 })),
      after: Type.Optional(Type.Integer({ minimum: 0, description: 'The `next` of the page before.' })),
    }),
    reply: Type.Object({
      evidence: Evidence,
      at: Millis,
      rows: Type.Array(EvidenceRow),
      total: Type.Integer(),
      next: Type.Union([Type.Integer(), Type.Null()]),
    }),
    errors: ['not_found'],
  }),
}
