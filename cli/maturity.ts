import type { Command } from 'commander'
import { colors } from './colors.ts'
import { maturityRoutes, type Report } from '../src/maturity/contract.ts'
import { inProject, type Verb } from './verb.ts'

const bar = (met: number, of: number) => `${'■'.repeat(met)}${'□'.repeat(Math.max(0, of - met))}`

const printReport = (out: Verb<object>['out'], report: Report, count: number) => {
  out.line(
    colors.bold(
      `Level ${report.measured.level} measured (${report.counts.capabilitiesMet} of ${report.counts.capabilities} capabilities); ${report.declared.sentence}`,
    ),
  )
  out.line()
  out.table(
    report.columns,
    [
      { title: 'COLUMN', of: (one) => one.column },
      { title: 'LEVEL', of: (one) => one.measured, align: 'right' },
      ...[1, 2, 3, 4].map((level) => ({
        title: `TO ${level}`,
        of: (one: Report['columns'][number]) => {
          const found = one.levels.find((each) => each.level === level)
          return found ? bar(found.met, found.of) : ''
        },
      })),
      { title: '', of: (one) => (one.deciding ? '' : 'shown, never decides') },
    ],
    '',
  )
  out.line('\nDelivery:')
  for (const figure of report.delivery.figures) out.line(`  ${figure.title}: ${figure.sentence}`)
  if (report.next.level !== null) {
    out.line(`\nWhat separates this project from level ${report.next.level}:`)
    for (const step of report.next.steps.slice(0, count)) {
      out.line(`  ${step.title}: ${step.say}`)
      if (step.command) out.line(`    ${colors.cyan(step.command)}`)
    }
    const more = report.next.steps.length - count
    if (more > 0) out.line(colors.dim(`  and ${more} more (--all shows them)`))
  }
}

const show = async ({ call, out, projectName, options }: Verb<{ all?: boolean }>) => {
  const report = await call(maturityRoutes.getMaturity, { project: projectName })
  out.result(report, () => printReport(out, report, options.all ? report.next.steps.length : 6))
  out.next('esteira maturity evidence K05', 'The records behind a figure:')
}

const evidence = async ({ call, out, projectName }: Verb<object>, id: string) => {
  const page = await call(maturityRoutes.getMaturityEvidence, { project: projectName, id })
  out.result(page, () => {
    out.line(`${colors.bold(page.evidence.title)}: ${page.evidence.state.replace('_', ' ')}`)
    out.line(page.evidence.sentence)
    out.line(colors.dim(`${page.evidence.asks} Met when: ${page.evidence.threshold}`))
    out.line()
    for (const row of page.rows)
      out.line(`${row.holds ? colors.green('✓') : colors.red('✗')} ${row.label}: ${row.why}`)
    if (page.rows.length === 0) out.line(page.evidence.missing ?? 'No records yet.')
  })
}

export const addMaturity = (program: Command): void => {
  const maturity = program
    .command('maturity')
    .description('how mature the practice is, by the records, and what is missing next')
    .option('--all', 'all next steps')
    .action(inProject(show))
  maturity
    .command('evidence <id>')
    .description('the records behind one kind of evidence')
    .action(inProject(evidence))
}
