import { evidence, type EvidenceId, type EvidenceKind } from '../evidence/evidence.ts'
import type { History } from '../history/history.ts'
import {
  codeVersioned,
  computeManaged,
  dataArrives,
  experimentsTracked,
  lineageComplete,
  metricsCentral,
  modelsVersioned,
  notHandedOver,
  repeatable,
  reproducible,
} from './creation.ts'
import type { Facts } from './facts.ts'
import { type Finding, type Findings, type Measure, unmeasured } from './finding.ts'
import { alertsAnswered, downtime, feedbackComes, productionRetrains, watchedCentrally } from './operation.ts'
import { dataPeopleTogether, sidesTogether, softwareEngineersRelease } from './people.ts'
import {
  approvedBefore,
  comparedLive,
  littleFriction,
  notOnOnePerson,
  releasesAutomatic,
  scoringVersioned,
} from './release.ts'
import {
  componentsReused,
  dataStartsTraining,
  experimentsQuick,
  oneFeatureDefinition,
  retrainingRhythm,
  trainingAutomated,
  triggersProven,
} from './training.ts'

const measures: Partial<Record<EvidenceId, Measure>> = {
  K01: dataArrives,
  K02: computeManaged,
  K03: experimentsTracked,
  K04: codeVersioned,
  K05: modelsVersioned,
  K06: repeatable,
  K07: reproducible,
  K08: trainingAutomated,
  K09: productionRetrains,
  K10: releasesAutomatic,
  K11: scoringVersioned,
  K13: softwareEngineersRelease,
  K15: notHandedOver,
  K20: notOnOnePerson,
  K21: littleFriction,
  K22: comparedLive,
  K24: metricsCentral,
  K25: lineageComplete,
  K27: watchedCentrally,
  K28: feedbackComes,
  K29: alertsAnswered,
  K30: downtime,
  K32: dataPeopleTogether,
  K33: sidesTogether,
  K38: retrainingRhythm,
  K39: experimentsQuick,
  K40: dataStartsTraining,
  K42: componentsReused,
  K43: oneFeatureDefinition,
  K47: triggersProven,
  K52: approvedBefore,
}

/** A kind that lacks a record is never met by the part that is there; that part can still fail it. */
const withWhatIsMissing = (kind: EvidenceKind, finding: Finding): Finding =>
  kind.missing === undefined
    ? finding
    : {
        ...finding,
        state: finding.state === 'not_met' ? 'not_met' : 'not_measured',
        sentence: `${finding.sentence} ${kind.missing}`.trim(),
      }

/** Every kind of evidence, measured on a history. Pure: the same history, facts and time give the same findings. */
export const measureAll = (history: History, facts: Facts, now: number): Findings =>
  new Map(
    evidence.map((kind) => {
      const measure = measures[kind.id]
      if (!measure) return [kind.id, unmeasured(kind)]
      return [kind.id, withWhatIsMissing(kind, measure({ history, facts, now, kind }))]
    }),
  )
