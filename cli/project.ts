import { readFile } from 'node:fs/promises'
import { createInterface } from 'node:readline/promises'
import { dirname, resolve } from 'node:path'
import type { Command } from 'commander'
import { colors } from './colors.ts'
import { AppError } from '../src/kernel/errors.ts'
import { type Change, projectRoutes } from '../src/project/contract.ts'
import { parseProjectFile } from '../src/project/parse.ts'
import { type Context, contextOf, findProjectFile, type GlobalOptions } from './context.ts'
import { snapshotOf, sourceOf, upload } from './snapshot.ts'

const marks = { create: colors.green('+'), update: colors.yellow('~'), remove: colors.red('-') }

const shown = (value: unknown) => {
  const text = value === undefined ? 'nothing' : JSON.stringify(value)
  return text.length > 70 ? `${text.slice(0, 67)}…` : text
}

const printChanges = (
  { out }: Context,
  { changes, unchanged }: { changes: readonly Change[]; unchanged: number },
) => {
  for (const { kind, name, action, fields } of changes) {
    out.line(`${marks[action]} ${kind} ${colors.bold(name)}`)
    if (action === 'update')
      for (const field of fields)
        out.line(`    ${field.path}: ${shown(field.before)} → ${shown(field.after)}`)
  }
  out.line(
    changes.length === 0
      ? `Nothing to change (${unchanged} as declared).`
      : colors.dim(`${changes.length} to change, ${unchanged} as declared.`),
  )
}

/** Reads and checks the file here, snapshots its code, and says what the server would change. */
export const preparePlan = async (context: Context, given: string | undefined) => {
  const path = given === undefined ? findProjectFile() : resolve(given)
  if (path === undefined)
    throw new AppError('invalid', 'There is no esteira.yaml here or above.', {
      hint: '`esteira init` makes one.',
    })
  const text = await readFile(path, 'utf8').catch((error: Error) => {
    throw new AppError('not_found', `${path} can't be read.`, {
      hint: 'Name the project file: `esteira apply FILE`.',
      cause: error,
    })
  })
  const file = parseProjectFile(text)
  const folder = dirname(path)
  const source = await sourceOf(folder)
  const snapshot = file.code ? await snapshotOf(folder, file.code) : undefined
  if (snapshot) await upload(context.call, snapshot.content)
  const body = {
    project: file.project,
    file: text,
    ...(snapshot ? { tree: snapshot.tree } : {}),
    ...(source ? { source } : {}),
  }
  return { body, plan: await context.call(projectRoutes.planProject, body) }
}

const confirmed = async (question: string) => {
  if (!process.stdin.isTTY) return true
  const asked = createInterface({ input: process.stdin, output: process.stderr })
  const answer = await asked.question(`${question} [y/N] `)
  asked.close()
  return /^(y|yes|s|sim)$/i.test(answer.trim())
}

const plan = async (path: string | undefined, options: GlobalOptions) => {
  const context = contextOf(options)
  const prepared = await preparePlan(context, path)
  context.out.result(prepared.plan, () => printChanges(context, prepared.plan))
  if (prepared.plan.changes.length > 0)
    context.out.next(path === undefined ? 'esteira apply' : `esteira apply ${path}`)
}

const apply = async (path: string | undefined, options: GlobalOptions & { yes?: boolean }) => {
  const context = contextOf(options)
  const { body, plan: planned } = await preparePlan(context, path)
  if (!context.out.json) printChanges(context, planned)
  const removes = planned.changes.some((change) => change.action === 'remove')
  if (removes && options.yes !== true && !(await confirmed('Parts are removed. Apply?')))
    throw new AppError('conflict', 'Nothing was applied.', { hint: '--yes applies without asking.' })
  const applied =
    planned.changes.length === 0 ? planned : await context.call(projectRoutes.applyProject, body)
  context.out.result(applied, () => {
    if (planned.changes.length > 0) context.out.line(`Project ${body.project} is as the file says.`)
  })
  context.out.next('esteira status')
}

export const addProject = (program: Command): void => {
  program
    .command('plan [file]')
    .description('say what applying the project file would change')
    .action((file: string | undefined, _, command: Command) => plan(file, command.optsWithGlobals()))
  program
    .command('apply [file]')
    .description('make the server declare what the project file says')
    .option('-y, --yes', 'remove without asking')
    .action((file: string | undefined, _, command: Command) => apply(file, command.optsWithGlobals()))
}
