import type { Command } from 'commander'
import { monitoringRoutes } from '../src/monitoring/contract.ts'
import { triggersRoutes } from '../src/triggers/contract.ts'
import { figure, inProject, pairs, short, type Verb, when } from './verb.ts'

const list = async ({ call, out, projectName }: Verb<object>) => {
  const { monitors } = await call(monitoringRoutes.listMonitors, { project: projectName })
  out.result(monitors, () =>
    out.table(
      monitors,
      [
        { title: 'MONITOR', of: (one) => one.name },
        { title: 'ENDPOINT', of: (one) => one.endpoint },
        { title: 'STATUS', of: (one) => one.status },
        { title: 'LAST WINDOW', of: (one) => one.lastWindow },
        { title: 'OPEN ALERTS', of: (one) => one.openAlerts, align: 'right' },
        { title: 'CAPTURED', of: (one) => one.captures.rows, align: 'right' },
      ],
      'No monitors. Declare one in esteira.yaml, then `esteira apply`.',
    ),
  )
}

const show = async ({ call, out, projectName }: Verb<object>, monitor: string) => {
  const page = await call(monitoringRoutes.getMonitor, { project: projectName, monitor })
  const live = (window: (typeof page.windows)[number]) =>
    window.quality.find((one) => one.role === 'live' && one.version === null)?.metrics
  out.result(page, () =>
    out.table(
      page.windows,
      [
        { title: 'WINDOW', of: (one) => one.id },
        { title: 'STATUS', of: (one) => one.status },
        { title: 'ROWS', of: (one) => one.rows, align: 'right' },
        { title: 'LABELLED', of: (one) => one.labelled, align: 'right' },
        { title: 'AUC', of: (one) => figure(live(one)?.['auc']), align: 'right' },
        { title: 'LOG LOSS', of: (one) => figure(live(one)?.['log_loss']), align: 'right' },
        { title: 'CAL. GAP', of: (one) => figure(live(one)?.['calibration_gap']), align: 'right' },
        { title: 'DRIFTED', of: (one) => one.drifted.join(', ') },
      ],
      'No window yet: predictions come first, then their outcomes.',
    ),
  )
}

const evaluate = async ({ call, out, projectName }: Verb<object>, monitor: string) => {
  const { windows } = await call(monitoringRoutes.evaluateMonitor, { project: projectName, monitor })
  out.result(windows, () => {
    for (const one of windows) out.line(`${one.id}: ${one.status}`)
  })
}

const alerts = async ({ call, out, projectName, options }: Verb<{ all?: boolean }>) => {
  const page = await call(monitoringRoutes.listAlerts, {
    project: projectName,
    ...(options.all ? {} : { status: 'open' as const }),
  })
  out.result(page.alerts, () =>
    out.table(
      page.alerts,
      [
        { title: 'ALERT', of: (one) => one.id },
        { title: 'MONITOR', of: (one) => one.monitor },
        { title: 'RULE', of: (one) => `${one.rule} ${figure(one.value)} ${one.direction} ${one.limit}` },
        { title: 'WINDOW', of: (one) => one.window.id },
        { title: 'STATUS', of: (one) => one.status },
        { title: 'RAISED', of: (one) => when(one.raisedAt) },
      ],
      options.all ? 'No alert was ever raised.' : 'No alert is open.',
    ),
  )
  const [newest] = page.alerts
  if (newest) out.next(`esteira monitors show ${newest.monitor}`, 'Window by window:')
}

const prediction = async ({ call, out, projectName }: Verb<object>, id: string) => {
  const one = await call(monitoringRoutes.getPrediction, { project: projectName, prediction: id })
  out.result(one, () => {
    out.line(one.explanation)
    out.facts([
      ['output', JSON.stringify(one.line.output)],
      ['label', one.label?.value],
      ...Object.entries(one.line.inputs).map(([name, value]) => [name, JSON.stringify(value)] as const),
    ])
  })
  out.next(`esteira predictions lineage ${id}`, 'Back to raw data and code:')
}

const lineage = async ({ call, out, projectName }: Verb<object>, id: string) => {
  const graph = await call(monitoringRoutes.getPredictionLineage, { project: projectName, prediction: id })
  out.result(graph, () => {
    for (const node of graph.nodes)
      out.line(`${node.kind.padEnd(14)} ${short(node.digest).padEnd(13)} ${node.label}`)
    for (const note of graph.notes) out.line(`! ${note}`)
  })
}

const triggers = async ({ call, out, projectName }: Verb<object>) => {
  const page = await call(triggersRoutes.listTriggers, { project: projectName })
  out.result(page.triggers, () =>
    out.table(
      page.triggers,
      [
        { title: 'TRIGGER', of: (one) => one.name },
        { title: 'ON', of: (one) => one.source },
        { title: 'STARTS', of: (one) => one.definition.start.pipeline },
        { title: 'STARTED', of: (one) => one.started, align: 'right' },
        { title: 'SKIPPED', of: (one) => one.skipped, align: 'right' },
        { title: 'LAST', of: (one) => when(one.lastFiring?.at) },
        { title: 'STATE', of: (one) => (one.paused ? 'paused' : 'armed') },
      ],
      'No triggers. Declare one in esteira.yaml, then `esteira apply`.',
    ),
  )
}

const history = async ({ call, out, projectName }: Verb<object>, trigger: string) => {
  const { firings } = await call(triggersRoutes.listFirings, { project: projectName, trigger })
  out.result(firings, () =>
    out.table(
      firings,
      [
        { title: 'TIME', of: (one) => when(one.at) },
        { title: 'DECISION', of: (one) => one.decision },
        { title: 'RUN', of: (one) => one.run },
        { title: 'CAUSE', of: (one) => one.cause, align: 'right' },
        { title: 'REASON', of: (one) => one.reason },
      ],
      'It has not fired yet.',
    ),
  )
}

const fire = async (
  { call, out, projectName, options }: Verb<{ parameter?: string[]; reason?: string }>,
  trigger: string,
) => {
  const firing = await call(triggersRoutes.fireTrigger, {
    project: projectName,
    trigger,
    parameters: pairs(options.parameter),
    ...(options.reason === undefined ? {} : { reason: options.reason }),
  })
  out.result(firing, () => out.line(`${firing.decision}: ${firing.reason}`))
  if (firing.run) out.next(`esteira pipelines show ${firing.run}`)
}

const hold =
  (route: typeof triggersRoutes.pauseTrigger | typeof triggersRoutes.resumeTrigger, said: string) =>
  async ({ call, out, projectName }: Verb<object>, trigger: string) => {
    const one = await call(route, { project: projectName, trigger })
    out.result(one, () => out.line(`${trigger} is ${said}.`))
  }

export const addMonitors = (program: Command): void => {
  const monitors = program.command('monitors').description('quality, drift and alerts')
  monitors.command('list').description('monitors with their newest window').action(inProject(list))
  monitors.command('show <monitor>').description('window by window').action(inProject(show))
  monitors.command('evaluate <monitor>').description('evaluate now').action(inProject(evaluate))
  monitors
    .command('alerts')
    .description('open alerts')
    .option('--all', 'also the resolved ones')
    .action(inProject(alerts))
  const predictions = program
    .command('predictions')
    .description('one answer: what was asked, and where it came from')
  predictions.command('show <id>').description('inputs, output, label').action(inProject(prediction))
  predictions
    .command('lineage <id>')
    .description('back to release, version, run, code and raw data')
    .action(inProject(lineage))
  const noun = program.command('triggers').description('what starts pipelines by itself')
  noun.command('list').description('all triggers').action(inProject(triggers))
  noun.command('history <trigger>').description('what it decided and why').action(inProject(history))
  noun
    .command('fire <trigger>')
    .description('fire it by hand')
    .option('--parameter <name=value...>', 'set parameters')
    .option('--reason <text>', 'why')
    .action(inProject(fire))
  noun
    .command('pause <trigger>')
    .description('hold it')
    .action(inProject(hold(triggersRoutes.pauseTrigger, 'paused')))
  noun
    .command('resume <trigger>')
    .description('let it act again')
    .action(inProject(hold(triggersRoutes.resumeTrigger, 'armed')))
}
