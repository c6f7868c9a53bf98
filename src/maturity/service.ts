import { AppError } from '../kernel/errors.ts'
import type { Kernel } from '../kernel/kernel.ts'
import { evidence } from './evidence/evidence.ts'
import { factsGatherer, type TrackedRuns } from './gather.ts'
import { emptyHistory, eventTypes, type History, tell } from './history/history.ts'
import { type Assessment, assess, evidenceView, rowsOf } from './report.ts'
import type { Evidence, EvidenceRow, Report } from './schemas.ts'

const batch = 1000
/** Times in a report move on even when nothing happens; this much it may lag. */
const freshMs = 5000

type Kept = {
  history: History
  /** Read up to here: events of the project, and of the accounts that belong to no project. */
  cursors: { project: number; accounts: number }
  assessment?: Assessment
}

/** Builds each project’s history once and then adds only what is new. */
const historian = (kernel: Kernel) => {
  const kept = new Map<string, Kept>()

  const follow = async (project: string, after: number, history: History): Promise<number> => {
    let from = after
    for (;;) {
      const events = await kernel.ledger.read({ project, after: from, limit: batch, types: eventTypes })
      for (const event of events) tell(history, event)
      from = events.at(-1)?.seq ?? from
      if (events.length < batch) return from
    }
  }

  return async (project: string): Promise<Kept> => {
    const own = kept.get(project) ?? { history: emptyHistory(), cursors: { project: 0, accounts: 0 } }
    const { cursors, history } = own
    const before = cursors.project + cursors.accounts
    cursors.project = await follow(project, cursors.project, history)
    cursors.accounts = await follow('', cursors.accounts, history)
    if (cursors.project + cursors.accounts !== before) delete own.assessment
    if (cursors.project > 0) kept.set(project, own)
    return own
  }
}

export type Deps = { tracking?: TrackedRuns }

/** Reports of maturity, from the ledger and the project file. Reads only. */
export const maturityService = (kernel: Kernel, { tracking }: Deps) => {
  const historyOf = historian(kernel)
  const gather = factsGatherer(kernel, tracking)
  let last: Promise<unknown> = Promise.resolve()

  const build = async (project: string): Promise<Assessment> => {
    const own = await historyOf(project)
    const now = kernel.clock.now()
    if (own.cursors.project === 0)
      throw new AppError('not_found', `There is no project ${project}.`, {
        hint: '`esteira apply` in its folder makes it; GET /api/v1/projects lists those there are.',
      })
    const known = own.assessment
    if (known && now - known.report.at < freshMs) return known
    const facts = await gather(project, own.history)
    own.assessment = assess({ project, history: own.history, facts, now })
    return own.assessment
  }

  /** One at a time: two readers at once would tell a history the same event twice. */
  const assessment = (project: string): Promise<Assessment> => {
    const next = last.then(() => build(project))
    last = next.catch(() => undefined)
    return next
  }

  return {
    report: async (project: string): Promise<Report> => (await assessment(project)).report,

    async evidence(
      project: string,
      id: string,
    ): Promise<{ evidence: Evidence; at: number; rows: EvidenceRow[] }> {
      const kind = evidence.find((one) => one.id === id)
      if (!kind)
        throw new AppError('not_found', `There is no kind of evidence ${id}.`, {
          hint: 'They are K01 to K53.',
        })
      const { findings, report } = await assessment(project)
      const finding = findings.get(kind.id)
      if (!finding) throw new AppError('internal', `${id} was not measured.`)
      return { evidence: evidenceView(kind, finding), at: report.at, rows: rowsOf(finding) }
    },
  }
}
