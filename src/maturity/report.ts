import { digestOf } from '../kernel/blobs/folder.ts'
import { canonicalBody } from '../kernel/definitions/definitions.ts'
import { bullets } from './bullets/bullets.ts'
import { deliveryFigures, deliveryWindowDays } from './delivery/delivery.ts'
import { evidence, type EvidenceKind, thresholdOf } from './evidence/evidence.ts'
import type { History } from './history/history.ts'
import { isPresent, isRequired, type JudgedBullet, type Judgement, judgeLevels } from './levels.ts'
import type { Facts } from './measure/facts.ts'
import { count, type Finding, type Findings } from './measure/finding.ts'
import { measureAll } from './measure/measures.ts'
import { wilson } from './measure/wilson.ts'
import { nextSteps } from './next.ts'
import type { Bullet, Evidence, EvidenceRow, Report } from './schemas.ts'

/** Changes with any quote, threshold or window: two reports with one digest were judged alike. */
const definitionDigest = digestOf(canonicalBody({ bullets, evidence, deliveryWindowDays }))

/** Those that fail first, then the newest. */
export const rowsOf = (finding: Finding): EvidenceRow[] =>
  finding.rows.toSorted(
    (a, b) => Number(a.holds) - Number(b.holds) || Math.max(0, ...b.seqs) - Math.max(0, ...a.seqs),
  )

export const evidenceView = (kind: EvidenceKind, finding: Finding): Evidence => {
  const { n, of } = finding
  const isShare = kind.share !== undefined && n !== null && of !== null && of > 0
  return {
    id: kind.id,
    title: kind.title,
    asks: kind.asks,
    threshold: thresholdOf(kind),
    windowDays: kind.windowDays,
    minimum: kind.minimum,
    state: finding.state,
    grades: finding.grades ?? [],
    sentence: finding.sentence,
    n,
    of,
    share: isShare ? n / of : null,
    interval: isShare ? wilson(n, of) : null,
    seqs: [...new Set(rowsOf(finding).flatMap(({ seqs }) => seqs))].slice(0, 50),
    missing: kind.missing ?? null,
    limits: kind.limits ?? null,
    next: { say: kind.say, command: kind.command ?? null },
    bullets: bullets.filter((bullet) => bullet.evidence.includes(kind.id)).map(({ id }) => id),
  }
}

const bulletView = (bullet: JudgedBullet, findings: Findings): Bullet => ({
  id: bullet.id,
  level: bullet.level,
  column: bullet.column,
  kind: bullet.kind,
  quote: bullet.quote,
  translation: bullet.translation,
  state: bullet.state,
  present: isPresent(bullet),
  evidence: [...bullet.evidence],
  sentence: findings.get(bullet.decidedBy)?.sentence ?? '',
})

const countsOf = (judged: readonly JudgedBullet[], findings: Findings): Report['counts'] => {
  const capabilities = judged.filter(({ kind }) => kind === 'cap')
  const byState: Record<string, number> = {}
  for (const { state } of findings.values()) byState[state] = (byState[state] ?? 0) + 1
  return {
    bullets: judged.length,
    capabilities: capabilities.length,
    capabilitiesMet: capabilities.filter(({ state }) => state === 'met').length,
    evidence: byState,
    symptomsPresent: judged.filter((bullet) => isPresent(bullet) === true).length,
    symptomsOvercome: judged.filter((bullet) => isPresent(bullet) === false).length,
  }
}

const declaredSentence = ({ measured, declared, columns }: Judgement): string => {
  const people = columns.find(({ column }) => column === 'people')
  const nothing = 'Nothing is declared.'
  return declared < measured
    ? `${nothing} The people column stands at level ${people?.measured ?? 0} by the signs in the records, and with it the second figure; it never lowers the measured one.`
    : nothing
}

const limits = [
  'Demonstrations, drills and imported records are not told apart from real ones yet.',
  'The report is of a whole project; of several models it judges all that are in production together.',
  'What happens outside the platform is seen only where it registers a version, commits data or answers requests here.',
  'How people work together can’t be read off records; the people column shows signs only, and never of single persons.',
]

const unproven = (judged: readonly JudgedBullet[], findings: Findings): string[] => {
  const required = judged.filter(isRequired)
  const missing = [...findings].filter(([, { state }]) => state === 'not_measured').length
  const resting = required.filter(({ state }) => state === 'not_measured').length
  return missing === 0
    ? []
    : [
        `Of ${count(findings.size, 'kind')} of evidence ${missing} have no records to rest on yet; ${count(resting, 'capability')} wait for them.`,
      ]
}

export type Given = { project: string; history: History; facts: Facts; now: number }
export type Assessment = { report: Report; findings: Findings }

/** The whole report. Pure: the same history, facts and time give the same report. */
export const assess = ({ project, history, facts, now }: Given): Assessment => {
  const findings = measureAll(history, facts, now)
  const judgement = judgeLevels(bullets, findings)
  const { measured, declared, columns } = judgement
  const report: Report = {
    project,
    at: now,
    head: history.head,
    measured: {
      level: measured,
      holdingBack: columns
        .filter((column) => column.deciding && column.measured === measured)
        .map(({ column }) => column),
    },
    declared: { level: declared, items: 0, sentence: declaredSentence(judgement) },
    counts: countsOf(judgement.bullets, findings),
    columns,
    bullets: judgement.bullets.map((bullet) => bulletView(bullet, findings)),
    evidence: evidence.map((kind) => evidenceView(kind, findings.get(kind.id) ?? unknown)),
    delivery: { windowDays: deliveryWindowDays, figures: deliveryFigures({ history, facts, now }) },
    next: nextSteps(judgement, findings),
    definition: {
      digest: definitionDigest,
      summary: `${bullets.length} bullets of Microsoft’s maturity model on ${evidence.length} kinds of evidence.`,
    },
    limits: [...limits, ...unproven(judgement.bullets, findings)],
  }
  return { report, findings }
}

const unknown: Finding = { state: 'not_measured', sentence: '', n: null, of: null, rows: [] }
