import { colors } from '../cli/colors.ts'
import { monitoringRoutes } from '../src/monitoring/contract.ts'
import { type Screen, seconds } from './screen.ts'
import type { Story } from './story.ts'
import { project, type World } from './world.ts'

const figure = (value: number | null | undefined) =>
  value === null || value === undefined ? '    –' : value.toFixed(3)

const monthTable = ({ months }: Story): string[] => {
  const head =
    'month    predictions  version   AUC never  AUC kept   log loss never  kept    calibration gap   alert'
  return [
    colors.dim(head),
    ...months.map(({ month, tally, version, live, never, alert }) =>
      [
        month,
        tally.predictions.toLocaleString('en').padStart(11),
        `v${version}`.padStart(7),
        figure(never['auc']).padStart(10),
        figure(live['auc']).padStart(9),
        figure(never['log_loss']).padStart(14),
        figure(live['log_loss']).padStart(7),
        figure(live['calibration_gap']).padStart(14),
        alert === '' ? '' : '  raised',
      ].join('  '),
    ),
  ]
}

const mean = (values: readonly (number | null | undefined)[]) => {
  const known = values.filter((value) => typeof value === 'number')
  return known.length === 0 ? undefined : known.reduce((sum, value) => sum + value, 0) / known.length
}

const wantedKinds = ['model version', 'pipeline run', 'code', 'environment', 'data commit', 'raw file']

const tellLineage = async ({ call }: World, screen: Screen, id: string) => {
  const graph = await call(monitoringRoutes.getPredictionLineage, { project, prediction: id })
  screen.line(`\nOne prediction walked back (${id}):`)
  for (const kind of wantedKinds) {
    const nodes = graph.nodes.filter((node) => node.kind === kind)
    for (const node of nodes.slice(0, 3))
      screen.line(
        `  ${kind.padEnd(14)} ${(node.digest ?? '').replace('sha256:', '').slice(0, 16).padEnd(17)} ${node.label}`,
      )
    if (nodes.length > 3) screen.line(`  ${''.padEnd(14)} and ${nodes.length - 3} more of the kind`)
  }
  for (const missing of wantedKinds.filter((kind) => !graph.nodes.some((node) => node.kind === kind)))
    throw new Error(`The lineage of ${id} has no ${missing}.`)
}

const told = async (world: World, screen: Screen, words: string[]) => {
  screen.line(`\n${colors.cyan(`esteira ${words.join(' ')}`)}`)
  const { code, text } = await world.command(...words)
  screen.line(text.trimEnd())
  if (code !== 0) throw new Error(`\`esteira ${words.join(' ')}\` ended with ${code}.`)
}

/** What happened, in figures, each read back from the server's records. */
export const report = async (
  { world, screen }: { world: World; screen: Screen },
  story: Story,
): Promise<void> => {
  screen.line(
    `\n${colors.bold('What the year brought')}  (never: version 1 in shadow, never retrained; kept: what Esteira served)\n`,
  )
  for (const line of monthTable(story)) screen.line(line)
  screen.line(
    colors.dim(
      `mean AUC ${figure(mean(story.months.map(({ never }) => never['auc'])))} never retrained, ${figure(mean(story.months.map(({ live }) => live['auc'])))} kept fresh; ` +
        `mean log loss ${figure(mean(story.months.map(({ never }) => never['log_loss'])))} and ${figure(mean(story.months.map(({ live }) => live['log_loss'])))}. One year, one seed: a story that replays, not a proof.`,
    ),
  )
  screen.line()
  for (const { version, month, alertAt, promotedAt } of story.promotions)
    screen.line(
      `alert to promoted model: ${seconds(promotedAt - alertAt)} (version ${version}, in ${month}; waiting for traffic included)`,
    )
  for (const candidate of story.refused)
    screen.line(
      `refused by the gate: ${candidate.gate.results
        .filter((one) => one.outcome === 'failed')
        .map((one) => one.why)
        .join('; ')}`,
    )
  for (const rollout of story.rolledBack)
    screen.line(`went back by itself: version ${rollout.version}, ${rollout.outcome ?? ''}`)
  const failed = story.months.reduce((sum, { tally }) => sum + tally.failed, 0)
  const sent = story.months.reduce((sum, { tally }) => sum + tally.requests, 0)
  screen.line(`calls that failed: ${failed} of ${sent.toLocaleString('en')}`)
  if (failed > 0) throw new Error('Calls failed; see above.')
  await tellLineage(world, screen, story.prediction)
  await told(world, screen, ['reproduce', story.lastRun])
  await told(world, screen, ['audit', 'verify'])
  await told(world, screen, ['maturity'])
}
