import { type Duck, numberAt } from '../duckdb.ts'
import type { Quality } from '../schemas.ts'
import {
  brier,
  calibrationError,
  calibrationGap,
  logLoss,
  meanScore,
  positiveRate,
  rocAuc,
  type Scores,
} from '../stats/scores.ts'

const metricsOf = (scores: Scores): Quality['metrics'] => ({
  auc: rocAuc(scores),
  log_loss: logLoss(scores),
  brier: brier(scores),
  calibration_gap: calibrationGap(scores),
  calibration_error: calibrationError(scores),
  mean_prediction: meanScore(scores),
  label_rate: positiveRate(scores),
})

type Group = { role: Quality['role']; version: number | null; where: string }

const qualityOf = async (duck: Duck, { role, version, where }: Group): Promise<Quality> => {
  // One row per prediction: a version that answered live and in shadow counts once.
  const source = `(select * from capture where ${where} qualify row_number() over (partition by id order by prediction is null, role, version) = 1)`
  const [row] =
    await duck.rows(`select count(*)::double as n, count(error)::double as errors, avg(prediction) as mean,
    quantile_cont(latency_ms, 0.5) as p50, quantile_cont(latency_ms, 0.95) as p95 from ${source}`)
  const read =
    await duck.columns(`select prediction as score, count(*) filter (where label <= 0.5)::double as negative,
      count(*) filter (where label > 0.5)::double as positive
    from ${source} where prediction is not null and label is not null group by 1 order by 1`)
  const scores = {
    scores: read['score'] ?? [],
    negatives: read['negative'] ?? [],
    positives: read['positive'] ?? [],
  } as Scores
  const labelled = [...scores.negatives, ...scores.positives].reduce((sum, count) => sum + count, 0)
  return {
    role,
    version,
    rows: numberAt(row, 'n') ?? 0,
    errors: numberAt(row, 'errors') ?? 0,
    labelled,
    metrics: metricsOf(scores),
    meanPrediction: numberAt(row, 'mean') ?? null,
    latencyP50Ms: numberAt(row, 'p50') ?? null,
    latencyP95Ms: numberAt(row, 'p95') ?? null,
  }
}

/**
 * Quality of all live answers together, of each version in each role, and of each version that ever answered in shadow over all
 * its answers: that last one is what the endpoint would have given had this version stayed.
 */
export const allQuality = async (duck: Duck): Promise<Quality[]> => {
  const pairs = await duck.rows('select distinct role, version from capture order by role, version')
  const groups: Group[] = [{ role: 'live', version: null, where: "role = 'live'" }]
  for (const pair of pairs) {
    const [role, version] = [
      pair['role'] === 'shadow' ? ('shadow' as const) : ('live' as const),
      Number(pair['version']),
    ]
    groups.push({ role, version, where: `role = '${role}' and version = ${version}` })
  }
  for (const { role, version } of groups.filter((group) => group.role === 'shadow'))
    if (role === 'shadow') groups.push({ role: 'any', version, where: `version = ${version}` })
  const measured: Quality[] = []
  for (const group of groups) measured.push(await qualityOf(duck, group))
  return measured
}
