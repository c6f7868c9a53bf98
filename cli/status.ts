import { spawn } from 'node:child_process'
import type { Command } from 'commander'
import { colors } from './colors.ts'
import { kernelRoutes } from '../src/kernel/routes.contract.ts'
import { monitoringRoutes } from '../src/monitoring/contract.ts'
import { pipelineRoutes } from '../src/pipelines/contract.ts'
import { projectRoutes } from '../src/project/contract.ts'
import { registryRoutes } from '../src/registry/contract.ts'
import { servingRoutes } from '../src/serving/contract.ts'
import { contextOf, type GlobalOptions } from './context.ts'
import { figure, inProject, type Verb, when } from './verb.ts'

const status = async ({ call, out, projectName: project, url }: Verb<object>) => {
  const [{ projects }, { endpoints }, { models }, { alerts }, { runs }] = await Promise.all([
    call(projectRoutes.listProjects, {}),
    call(servingRoutes.listEndpoints, { project }),
    call(registryRoutes.listModels, { project }),
    call(monitoringRoutes.listAlerts, { project, status: 'open' }),
    call(pipelineRoutes.listRuns, { project, limit: 5 }),
  ])
  const isApplied = projects.some((one) => one.name === project)
  const waiting = models.filter((model) => model.waiting > 0)
  const failed = runs.filter((run) => run.status === 'failed')
  out.result({ project, endpoints, waiting, alerts, runs }, () => {
    out.line(`${colors.bold(project)} at ${url}\n`)
    if (!isApplied) out.line(`  This server has no such project yet: ${colors.cyan('esteira apply')}\n`)
    for (const one of endpoints)
      out.line(
        `  ${one.name}: ${one.health}, ${one.version === null ? 'nothing released' : `version ${one.version}`}, ${figure(one.traffic.requestsPerSecond, 1)} req/s${one.rollout ? `, rollout of version ${one.rollout.version} at ${one.rollout.weight} %` : ''}`,
      )
    if (endpoints.length === 0)
      out.line('  No endpoints yet: declare one in esteira.yaml, then `esteira apply`.')
    out.line('\nWhat needs you:')
    for (const one of waiting)
      out.line(
        `  ${one.waiting} version(s) of ${one.name} wait for approval: ${colors.cyan(`esteira models versions ${one.name}`)}`,
      )
    for (const one of alerts)
      out.line(
        `  ${one.monitor}: ${one.rule} is ${figure(one.lastValue)}, limit ${one.limit}: ${colors.cyan(`esteira monitors show ${one.monitor}`)}`,
      )
    for (const one of failed)
      out.line(
        `  run ${one.id} of ${one.pipeline} failed: ${colors.cyan(`esteira pipelines show ${one.id}`)}`,
      )
    if (waiting.length + alerts.length + failed.length === 0) out.line('  Nothing.')
    out.line('\nLast runs:')
    for (const one of runs) out.line(`  ${when(one.createdAt)}  ${one.pipeline}  ${one.status}  ${one.id}`)
    if (runs.length === 0) out.line('  None yet: `esteira run PIPELINE` starts one.')
  })
}

const openers: Partial<Record<NodeJS.Platform, string>> = {
  darwin: 'open',
  win32: 'explorer',
  linux: 'xdg-open',
}

const open = async (options: GlobalOptions) => {
  const { call, url, out } = contextOf(options)
  await call(kernelRoutes.health, {})
  const opener = openers[process.platform]
  out.line(url)
  if (opener === undefined) return
  const child = spawn(opener, [url], { stdio: 'ignore', detached: true })
  // Without a desktop there is nothing to open it with; the address is printed.
  child.on('error', () => {})
  child.unref()
}

export const addStatus = (program: Command): void => {
  program.command('status').description('how everything is, and what needs you').action(inProject(status))
  program
    .command('open')
    .description('open the page in a browser')
    .action((_, command: Command) => open(command.optsWithGlobals()))
}
