import { join } from 'node:path'
import { monitoringRoutes } from '../src/monitoring/contract.ts'
import type { Rollout } from '../src/serving/contract.ts'
import { endpoint, type Teller } from './acts.ts'
import { deliver } from './deliveries.ts'
import type { Source } from './source.ts'
import type { Calls, Tally, Traffic } from './traffic.ts'
import { currentRollout, headOf, pause, until } from './wait.ts'
import { project } from './world.ts'

const monitor = 'late-arrival'
const isOpen = (rollout: Rollout | undefined) =>
  rollout !== undefined && ['preparing', 'running', 'paused'].includes(rollout.status)

type Passing = { title: string; calls: Calls; outside: Traffic; version: number | undefined; most?: number }

const count = (value: number) => Math.round(value).toLocaleString('en')

const endOf = (rollout: Rollout | undefined) => {
  if (!rollout) return ''
  return `; version ${rollout.version} ${rollout.status === 'completed' ? 'has all traffic' : rollout.status.replace('_', ' ')}`
}

/** Part of a month passes: calls come in, and a pending rollout proceeds under them. */
export const pass = async ({ world, screen }: Teller, { title, calls, outside, version, most }: Passing) => {
  const stage = screen.stage(title)
  let rollout: Rollout | undefined
  let watching = version !== undefined
  const watch = (async () => {
    while (watching && version !== undefined) {
      rollout = await currentRollout(world.call, endpoint, version)
      if (rollout && !isOpen(rollout)) watching = false
      await pause(100)
    }
  })()
  const tally = await outside.send(calls, {
    ...(most === undefined ? {} : { most }),
    isHeld: () => watching,
    tell: (now) =>
      stage.update(
        `${count(now.predictions)} predictions, ${count(now.predictions / (now.tookMs / 1000))}/s${rollout ? `, version ${rollout.version} at ${rollout.weight} %` : ''}`,
      ),
  })
  watching = false
  await watch
  if (version !== undefined) rollout = await currentRollout(world.call, endpoint, version)
  stage.done(
    `${count(tally.requests)} calls, ${count(tally.predictions)} predictions, ${tally.failed} failed${endOf(rollout)}`,
  )
  if (rollout?.outcome && rollout.status === 'rolled_back') stage.note(rollout.outcome)
  if (tally.failed > 0) stage.note(`first failure: ${tally.firstFailure ?? ''}`)
  return { tally, rollout }
}

export const together = (a: Tally, b: Tally): Tally => ({
  requests: a.requests + b.requests,
  predictions: a.predictions + b.predictions,
  failed: a.failed + b.failed,
  tookMs: a.tookMs + b.tookMs,
})

export const outcomes = async (
  { world, screen }: Teller,
  { month, source, outside }: { month: string; source: Source; outside: Traffic },
) => {
  const stage = screen.stage(`${month}: what became of the flights`)
  const accepted = await outside.report(join(source.requests, `${month}.labels.ndjson`))
  await deliver(world.airline, {
    repository: 'weather',
    message: `Observations of ${month}`,
    files: [{ path: `${month}.parquet`, local: join(source.raw, 'weather', `${month}.parquet`) }],
  })
  await deliver(world.airline, {
    repository: 'flights',
    message: `Departures of ${month}`,
    files: [
      { path: `live/${month}.parquet`, local: join(source.raw, 'flights', 'live', `${month}.parquet`) },
    ],
  })
  await until('the captures of the month', async () => {
    const { monitors } = await world.call(monitoringRoutes.listMonitors, { project })
    // The agent sends its captures about once a second: until the last has come, some outcomes belong to predictions not known yet.
    return monitors.find((one) => one.name === monitor)?.labels.unknown === 0 ? true : undefined
  })
  stage.done(`${accepted.toLocaleString('en')} outcomes as feedback, raw files committed`)
}

export const look = async ({ world, screen }: Teller, month: string) => {
  const stage = screen.stage(`${month}: the monitor looks`)
  const before = await headOf(world.call)
  const [year = 2013, index = 1] = month.split('-').map(Number)
  const from = Date.UTC(year, index - 1, 1)
  const { windows } = await world.call(monitoringRoutes.evaluateMonitor, {
    project,
    monitor,
    from,
    to: Date.UTC(year, index, 1) - 1,
  })
  const window = windows.find((one) => one.id === month)
  if (!window) throw new Error(`The monitor has no window ${month}.`)
  const of = (role: string) =>
    (role === 'live'
      ? window.quality.find((one) => one.role === 'live' && one.version === null)
      : // Until a second version is live, version 1 answers and needs no shadow.
        (window.quality.find((one) => one.role === 'any' && one.version === 1) ??
        window.quality.find((one) => one.role === 'live' && one.version === 1))
    )?.metrics ?? {}
  const broken = window.rules.filter((rule) => rule.verdict === 'broken')
  const alert = broken.map((rule) => `${rule.rule} ${rule.value?.toFixed(3)} > ${rule.limit}`).join(', ')
  stage.done(
    `AUC ${of('live')['auc']?.toFixed(3)}, calibration gap ${of('live')['calibration_gap']?.toFixed(3)}${window.drifted.length > 0 ? `, drifted: ${window.drifted.join(', ')}` : ''}`,
  )
  if (alert !== '') stage.note(`alert: ${alert}`)
  return { before, alert, live: of('live'), never: of('never') }
}
