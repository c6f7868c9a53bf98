import { join } from 'node:path'
import type { Candidate } from '../src/registry/contract.ts'
import type { Rollout } from '../src/serving/contract.ts'
import {
  applyProject,
  approve,
  damagedCandidate,
  deliverHistory,
  endpoint,
  firstRelease,
  startRollout,
  type Teller,
  train,
  wrongUnits,
} from './acts.ts'
import { look, outcomes, pass, together } from './month.ts'
import { fetchSource, type Source } from './source.ts'
import { type Tally, traffic, type Traffic } from './traffic.ts'
import { firedAfter } from './wait.ts'

/**
 * Of May's 1,895 calls, those before the release in the wrong units: the rollout before it has ended by then, and the warm days follow in which
 * °F taken for °C show most (0.11 to 0.16 in the mean prediction, against a limit of 0.06; a week earlier it would be 0.04).
 */
const callsBefore = 700

export type MonthResult = {
  month: string
  tally: Tally
  version: number
  live: Record<string, number | null>
  never: Record<string, number | null>
  alert: string
}
export type Promotion = { month: string; version: number; alertAt: number; promotedAt: number }
export type Story = {
  months: MonthResult[]
  promotions: Promotion[]
  refused: Candidate[]
  rolledBack: Rollout[]
  lastRun: string
  prediction: string
}

export type Plan = {
  months: readonly string[]
  /** After this month a model is trained on a damaged delivery. */
  damagedAfter: string
  /** In the middle of this month somebody releases a model that takes other units. */
  wrongUnitsIn: string
}

type Waiting = { version: number; alertAt: number }
type Month = { month: string; source: Source; outside: Traffic; plan: Plan; waiting: Waiting | undefined }

const keepOutcome = (
  story: Story,
  { month, waiting }: Pick<Month, 'month' | 'waiting'>,
  rollout: Rollout | undefined,
) => {
  if (!waiting || !rollout) return
  if (rollout.status === 'rolled_back') story.rolledBack.push(rollout)
  if (rollout.status === 'completed')
    story.promotions.push({
      month,
      version: waiting.version,
      alertAt: waiting.alertAt,
      promotedAt: rollout.finishedAt ?? 0,
    })
}

/** The calls of one month; in the chosen one the later calls meet a release that turns bad in its canary. */
const passMonth = async (teller: Teller, story: Story, { month, source, outside, plan, waiting }: Month) => {
  const calls = outside.open(join(source.requests, `${month}.requests.ndjson`))
  const isSplit = month === plan.wrongUnitsIn
  const first = await pass(teller, {
    title: `${month}: the airports ask`,
    calls,
    outside,
    version: waiting?.version,
    ...(isSplit ? { most: callsBefore } : {}),
  })
  keepOutcome(story, { month, waiting }, first.rollout)
  if (!isSplit) return first.tally
  const version = await wrongUnits(teller)
  const second = await pass(teller, { title: `${month}: they go on asking`, calls, outside, version })
  if (second.rollout?.status !== 'rolled_back')
    throw new Error('The release in the wrong units did not go back by itself.')
  story.rolledBack.push(second.rollout)
  return together(first.tally, second.tally)
}

const retrained = async (
  teller: Teller,
  story: Story,
  { month, before }: { month: string; before: number },
): Promise<Waiting | undefined> => {
  const fired = await firedAfter(teller.world.call, 'retrain', before)
  const { run, candidate } = await train(teller, `${month}: retraining by itself`, fired.run)
  story.lastRun = run.id
  if (candidate.version === null) {
    story.refused.push(candidate)
    return undefined
  }
  await approve(teller, candidate.version)
  await startRollout(teller, candidate.version)
  return { version: candidate.version, alertAt: fired.at }
}

/** Tells the whole loop, for real: everything below happens over HTTP on the server that was started. */
export const tell = async (teller: Teller, plan: Plan): Promise<Story> => {
  const story: Story = {
    months: [],
    promotions: [],
    refused: [],
    rolledBack: [],
    lastRun: '',
    prediction: '',
  }
  await applyProject(teller)
  const source = await fetchSource(teller, plan.months)
  const first = await train(teller, 'The first model', await deliverHistory(teller, source))
  story.lastRun = first.run.id
  if (first.candidate.version === null) throw new Error('The gate refused the first model.')
  await approve(teller, first.candidate.version)
  const address = await firstRelease(teller, first.candidate.version)
  const outside = traffic({ call: teller.world.airports, endpoint, address })

  let waiting: Waiting | undefined
  for (const month of plan.months) {
    const tally = await passMonth(teller, story, { month, source, outside, plan, waiting })
    story.prediction = outside.lastPrediction() ?? story.prediction
    await outcomes(teller, { month, source, outside })
    const seen = await look(teller, month)
    const version = story.promotions.at(-1)?.version ?? first.candidate.version
    story.months.push({ month, tally, version, live: seen.live, never: seen.never, alert: seen.alert })
    waiting = seen.alert === '' ? undefined : await retrained(teller, story, { month, before: seen.before })
    if (month === plan.damagedAfter) story.refused.push(await damagedCandidate(teller, source))
  }
  return story
}
