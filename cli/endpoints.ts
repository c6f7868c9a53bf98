import type { Command } from 'commander'
import { AppError } from '../src/kernel/errors.ts'
import { servingRoutes, type EndpointPage } from '../src/serving/contract.ts'
import { figure, inProject, type Verb, when, whole } from './verb.ts'

const list = async ({ call, out, projectName }: Verb<object>) => {
  const { endpoints } = await call(servingRoutes.listEndpoints, { project: projectName })
  out.result(endpoints, () =>
    out.table(
      endpoints,
      [
        { title: 'ENDPOINT', of: (one) => one.name },
        { title: 'HEALTH', of: (one) => one.health },
        { title: 'MODEL', of: (one) => (one.version === null ? one.model : `${one.model} v${one.version}`) },
        {
          title: 'ROLLOUT',
          of: (one) =>
            one.rollout ? `v${one.rollout.version} ${one.rollout.status} at ${one.rollout.weight} %` : null,
        },
        { title: 'REQ/S', of: (one) => figure(one.traffic.requestsPerSecond, 1), align: 'right' },
        { title: 'P95 MS', of: (one) => figure(one.traffic.latencyP95Ms, 1), align: 'right' },
        { title: 'ERRORS', of: (one) => `${(one.traffic.errorRate * 100).toFixed(2)} %`, align: 'right' },
      ],
      'No endpoints. Declare one in esteira.yaml, then `esteira apply`.',
    ),
  )
}

const latency = (p95Ms: number | null) =>
  p95Ms === null ? 'nothing asked lately' : `p95 ${figure(p95Ms, 1)} ms`

const printEndpoint = (out: Verb<object>['out'], one: EndpointPage) => {
  out.facts([
    ['endpoint', one.name],
    ['health', one.reason === null ? one.health : `${one.health}: ${one.reason}`],
    ['address', one.address],
    ...one.variants.map(
      (variant) =>
        [
          variant.name,
          `version ${variant.version}, ${variant.role === 'shadow' ? 'shadow' : `${variant.weight} %`}, ${figure(variant.traffic.requestsPerSecond, 1)} req/s, ${latency(variant.traffic.latencyP95Ms)}`,
        ] as const,
    ),
  ])
  if (one.current) {
    out.line()
    out.line(
      `Rollout of version ${one.current.version}: ${one.current.status}${one.current.outcome && one.current.outcome !== one.current.status ? ` – ${one.current.outcome}` : ''}`,
    )
    for (const step of one.current.steps)
      out.line(
        `  ${String(step.weight).padStart(3)} %  ${step.reachedAt === null ? 'not reached' : when(step.reachedAt)}`,
      )
    for (const check of one.current.analysis?.checks ?? [])
      out.line(`  ${check.name}: ${check.verdict} – ${check.explanation}`)
  }
  if (one.example) out.line(`\n${one.example}`)
}

const show = async ({ call, out, projectName }: Verb<object>, endpoint: string) => {
  const one = await call(servingRoutes.getEndpoint, { project: projectName, endpoint })
  out.result(one, () => printEndpoint(out, one))
}

const releases = async ({ call, out, projectName }: Verb<object>, endpoint: string) => {
  const page = await call(servingRoutes.listReleases, { project: projectName, endpoint })
  out.result(page.releases, () =>
    out.table(
      page.releases,
      [
        { title: 'RELEASE', of: (one) => one.release, align: 'right' },
        { title: 'VERSION', of: (one) => one.version, align: 'right' },
        { title: 'MADE', of: (one) => when(one.createdAt) },
        { title: 'BY', of: (one) => one.createdBy.name },
        { title: 'OUTCOME', of: (one) => (one.live ? 'live' : one.outcome) },
      ],
      'Nothing released yet.',
    ),
  )
}

const release = async (
  { call, out, projectName, options }: Verb<{ supersede?: boolean }>,
  endpoint: string,
  version: string,
) => {
  const rollout = await call(servingRoutes.release, {
    project: projectName,
    endpoint,
    version: whole(version, 'VERSION'),
    supersede: options.supersede === true,
  })
  out.result(rollout, () => out.line(`Rollout ${rollout.id} of version ${version} has started.`))
  out.next(`esteira endpoints show ${endpoint}`)
}

type Steer = typeof servingRoutes.rollback | typeof servingRoutes.pauseRollout

const steer =
  (route: Steer, said: string) =>
  async ({ call, out, projectName, options }: Verb<{ reason?: string }>, endpoint: string) => {
    const rollout = await call(route, {
      project: projectName,
      endpoint,
      ...(options.reason === undefined ? {} : { reason: options.reason }),
    })
    out.result(rollout, () =>
      out.line(`${endpoint}: ${said} (version ${rollout.version}, ${rollout.status}).`),
    )
  }

/** What the agent answers instead of predictions. */
const messageIn = (text: string): string => {
  try {
    return (JSON.parse(text) as { message?: string }).message ?? text
  } catch {
    return text
  }
}

const predict = async ({ call, out, projectName }: Verb<object>, endpoint: string, rows: string) => {
  const { address } = await call(servingRoutes.getEndpoint, { project: projectName, endpoint })
  if (address === null)
    throw new AppError('unavailable', `No agent answers for ${endpoint} yet.`, {
      hint: '`esteira endpoints show` says why.',
    })
  const reply = await fetch(address, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: rows,
  }).catch((error: Error) => {
    throw new AppError('unavailable', `The agent at ${address} does not answer.`, {
      hint: `\`esteira endpoints show ${endpoint}\` says how it is.`,
      cause: error,
    })
  })
  const text = await reply.text()
  if (reply.ok) return out.line(text)
  throw new AppError(reply.status < 500 ? 'invalid' : 'internal', messageIn(text), {
    hint: `\`esteira endpoints show ${endpoint}\` has an example that fits.`,
  })
}

export const addEndpoints = (program: Command): void => {
  program
    .command('rollback <endpoint>')
    .description('go back: end a running rollout, else release the version before')
    .option('--reason <text>', 'why')
    .action(inProject(steer(servingRoutes.rollback, 'going back')))
  const endpoints = program
    .command('endpoints')
    .description('what answers predictions, and how new versions get there')
  endpoints.command('list').description('endpoints with health and traffic').action(inProject(list))
  endpoints
    .command('show <endpoint>')
    .description('variants, rollout, agents and an example call')
    .action(inProject(show))
  endpoints
    .command('releases <endpoint>')
    .description('what was released, newest first')
    .action(inProject(releases))
  endpoints
    .command('release <endpoint> <version>')
    .description('start a rollout of a version')
    .option('--supersede', 'end a running rollout first')
    .action(inProject(release))
  const steers: [string, string, Steer, string][] = [
    ['pause', 'hold the rollout at its weight', servingRoutes.pauseRollout, 'paused'],
    ['resume', 'go on', servingRoutes.resumeRollout, 'resumed'],
    ['promote', 'all traffic now, without waiting for evidence', servingRoutes.promoteRollout, 'promoted'],
    ['abort', 'end the rollout and go back', servingRoutes.abortRollout, 'aborted'],
  ]
  for (const [verb, says, route, said] of steers)
    endpoints
      .command(`${verb} <endpoint>`)
      .description(says)
      .option('--reason <text>', 'why')
      .action(inProject(steer(route, said)))
  endpoints
    .command('predict <endpoint> <json>')
    .description('send rows, such as \'{"dataframe_records":[{…}]}\'')
    .action(inProject(predict))
}
