import type { Command } from 'commander'
import { defaultHome } from '../src/kernel/config.ts'
import { kernelRoutes } from '../src/kernel/routes.contract.ts'
import { contextOf, type GlobalOptions } from './context.ts'
import { whole } from './verb.ts'

const verify = async (options: GlobalOptions & { home?: string }) => {
  const { out } = contextOf(options)
  // Reads the home itself, not the server: the check must not depend on who is checked.
  const { verifyHome } = await import('../src/kernel/ledger/verify.ts')
  const report = await verifyHome(options.home ?? defaultHome())
  out.result(report, () => {
    if (report.isWhole)
      out.line(
        `The chain is whole: ${report.events} events, ${report.checkpoints} signed checkpoints, ${report.unsigned} events since the last one.`,
      )
    else out.line(`The chain is broken in ${report.faults.length} place(s):`)
    for (const fault of report.faults) out.line(`  at event ${fault.seq}: ${fault.message}`)
  })
  if (!report.isWhole) process.exitCode = 1
}

type LogOptions = GlobalOptions & { type?: string[]; subject?: string; limit: string }

const log = async (options: LogOptions) => {
  const { call, out } = contextOf(options)
  const { events } = await call(kernelRoutes.listEvents, {
    newestFirst: true,
    limit: whole(options.limit, '--limit'),
    ...(options.project === undefined ? {} : { project: options.project }),
    ...(options.type === undefined ? {} : { type: options.type }),
    ...(options.subject === undefined ? {} : { subject: options.subject }),
  })
  out.result(events, () =>
    out.table(
      events,
      [
        { title: 'SEQ', of: (event) => event.seq, align: 'right' },
        { title: 'TIME', of: (event) => new Date(event.at).toISOString().slice(0, 19).replace('T', ' ') },
        { title: 'TYPE', of: (event) => event.type },
        { title: 'SUBJECT', of: (event) => event.subject },
        { title: 'BY', of: (event) => event.actor.name },
        { title: 'CAUSE', of: (event) => event.cause, align: 'right' },
      ],
      'No event matches.',
    ),
  )
}

export const addAudit = (program: Command): void => {
  const audit = program
    .command('audit')
    .description('the ledger: who did what, and the proof that nobody rewrote it')
  audit
    .command('verify')
    .description('check every hash, link and signed checkpoint of a home; needs no server')
    .option('--home <dir>', 'home folder (ESTEIRA_HOME; default ~/.esteira)')
    .action((_, command: Command) => verify(command.optsWithGlobals()))
  audit
    .command('log')
    .description('newest events')
    .option('--type <type...>', 'only these types; model.* takes all of a room')
    .option('--subject <subject>', 'only of this subject, such as model/late-arrival/3')
    .option('-n, --limit <count>', 'how many', '30')
    .action((_, command: Command) => log(command.optsWithGlobals()))
}
