import { type Effort, evidence, type EvidenceKind } from './evidence/evidence.ts'
import { isRequired, type Judgement, stateAt } from './levels.ts'
import type { Findings } from './measure/finding.ts'
import type { Report, Step } from './schemas.ts'

/** Relative cost, for ordering only. What is not yet possible comes last, whatever it would unlock. */
const cost: Record<Effort, number> = { minutes: 1, hours: 4, days: 20, 'not yet possible': 10_000 }

/** What separates a project from its next level: each kind of evidence that a missing capability rests on, most unlocked for least effort first. */
export const nextSteps = ({ measured, bullets }: Judgement, findings: Findings): Report['next'] => {
  if (measured === 4) return { level: null, steps: [] }
  const level = measured + 1
  const open = bullets.filter(
    (bullet) =>
      isRequired(bullet) && bullet.column !== 'people' && bullet.level <= level && bullet.state !== 'met',
  )
  const steps = evidence.flatMap((kind: EvidenceKind): Step[] => {
    const finding = findings.get(kind.id)
    const waiting = open.filter(
      (bullet) => bullet.evidence.includes(kind.id) && (!finding || stateAt(finding, bullet.level) !== 'met'),
    )
    const highest = waiting.at(-1)
    if (!finding || !highest) return []
    return [
      {
        evidence: kind.id,
        title: kind.title,
        state: stateAt(finding, highest.level),
        sentence: finding.sentence,
        unlocks: waiting.map(({ id }) => id),
        effort: kind.effort,
        say: kind.say,
        command: kind.command ?? null,
      },
    ]
  })
  const worth = ({ unlocks, effort }: Step) => unlocks.length / cost[effort]
  return { level, steps: steps.toSorted((a, b) => worth(b) - worth(a)) }
}
