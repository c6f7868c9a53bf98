import { Name, Type, route } from '../kernel/contract.ts'
import { Whole, closed, orNull } from './contract/schema.ts'
import { AgentReport, Desired } from './contract/sync.ts'
import { AgentView, EndpointPage, EndpointSummary, Release, Rollout } from './contract/views.ts'

export * from './contract/definition.ts'
export * from './contract/events.ts'
export * from './contract/sync.ts'
export * from './contract/views.ts'

const project = Type.Object({ project: Name })
const endpoint = Type.Object({ project: Name, endpoint: Name })
const under = '/api/v1/projects/:project/endpoints'
const steer = (verb: string, summary: string) =>
  route({
    method: 'POST',
    path: `${under}/:endpoint/rollout/${verb}`,
    summary,
    can: 'endpoints:write',
    params: endpoint,
    body: Type.Object({ reason: Type.Optional(Type.String({ maxLength: 1000 })) }, closed),
    reply: Rollout,
    errors: ['not_found', 'conflict'],
  })

export const servingRoutes = {
  listEndpoints: route({
    method: 'GET',
    path: under,
    summary: 'List the endpoints of a project with health, live version and traffic.',
    can: 'endpoints:read',
    params: project,
    reply: Type.Object({ endpoints: Type.Array(EndpointSummary) }),
  }),
  getEndpoint: route({
    method: 'GET',
    path: `${under}/:endpoint`,
    summary: 'Show one endpoint: variants, rollout, agents, address and an example call.',
    can: 'endpoints:read',
    params: endpoint,
    reply: EndpointPage,
    errors: ['not_found'],
  }),
  listReleases: route({
    method: 'GET',
    path: `${under}/:endpoint/releases`,
    summary: 'List the releases of an endpoint, newest first.',
    can: 'endpoints:read',
    params: endpoint,
    query: Type.Object({
      limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000, default: 100 })),
      before: Type.Optional(Type.Integer({ minimum: 1 })),
    }),
    reply: Type.Object({ releases: Type.Array(Release), next: orNull(Whole) }),
    errors: ['not_found'],
  }),
  listRollouts: route({
    method: 'GET',
    path: `${under}/:endpoint/rollouts`,
    summary: 'List the rollouts of an endpoint, newest first.',
    can: 'endpoints:read',
    params: endpoint,
    reply: Type.Object({ rollouts: Type.Array(Rollout) }),
    errors: ['not_found'],
  }),
  release: route({
    method: 'POST',
    path: `${under}/:endpoint/releases`,
    summary: 'Release a version of the model; a rollout starts.',
    can: 'endpoints:write',
    params: endpoint,
    body: Type.Object(
      {
        version: Type.Integer({ minimum: 1 }),
        supersede: Type.Optional(
          Type.Boolean({
            description:
              'End a running rollout and start this one. Without it a running rollout is a conflict.',
          }),
        ),
      },
      closed,
    ),
    reply: Rollout,
    errors: ['not_found', 'conflict', 'invalid'],
  }),
  rollback: route({
    method: 'POST',
    path: `${under}/:endpoint/rollback`,
    summary: 'Go back: end a running rollout, else release the previous live version again, at once.',
    can: 'endpoints:write',
    params: endpoint,
    body: Type.Object({ reason: Type.Optional(Type.String({ maxLength: 1000 })) }, closed),
    reply: Rollout,
    errors: ['not_found', 'conflict'],
  }),
  pauseRollout: steer('pause', 'Hold the running rollout at its present weight.'),
  resumeRollout: steer('resume', 'Go on with a paused rollout.'),
  promoteRollout: steer('promote', 'Give the new release all traffic now, without waiting for evidence.'),
  abortRollout: steer('abort', 'End the running rollout and give the live release all traffic.'),
  listAgents: route({
    method: 'GET',
    path: '/api/v1/agents',
    summary: 'List the serving agents and what they hold.',
    can: 'endpoints:read',
    reply: Type.Object({ agents: Type.Array(AgentView) }),
  }),
  syncAgent: route({
    method: 'POST',
    path: '/api/v1/agents/:agent/desired',
    summary:
      'An agent reports its state and gets the desired state; waits until there is a newer one or waitMs is over.',
    can: 'agents:sync',
    params: Type.Object({ agent: Name }),
    query: Type.Object({
      waitMs: Type.Optional(Type.Integer({ minimum: 0, maximum: 60_000, default: 25_000 })),
    }),
    body: AgentReport,
    reply: Desired,
  }),
}
