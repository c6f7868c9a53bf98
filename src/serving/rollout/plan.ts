import { durationMs } from '../../kernel/duration.ts'
import type { EndpointBody } from '../contract.ts'

export type Step = { weight: number; minRequests: number; bakeMs: number }
export type Limits = { errorRate: number; latencyP95Ms: number | null; predictionShift: number | null }
/** What was declared, with every default written out; stored with the rollout, so that a later change of the definition leaves it alone. */
export type Plan = { steps: Step[]; limits: Limits; deadlineMs: number }

const defaultSteps = [{ weight: 10 }, { weight: 50 }, { weight: 100 }]

/** Weights that do not grow cannot be followed; said when the definition is applied or at the latest when a version is released. */
export const planProblems = (body: EndpointBody): string[] => {
  const weights = (body.rollout?.steps ?? defaultSteps).map((step) => step.weight)
  return weights.flatMap((weight, index) => {
    const before = weights[index - 1] ?? 0
    return weight > before
      ? []
      : [`rollout step ${index + 1} has weight ${weight}, not more than ${before} before it`]
  })
}

export const planOf = (body: EndpointBody): Plan => {
  const declared: { weight: number; minRequests?: number; bake?: string }[] =
    body.rollout?.steps ?? defaultSteps
  const steps = declared.map(({ weight, minRequests, bake }) => ({
    weight,
    minRequests: minRequests ?? (weight === 100 ? 0 : 100),
    bakeMs: durationMs(bake ?? '0s'),
  }))
  const complete =
    steps.at(-1)?.weight === 100 ? steps : [...steps, { weight: 100, minRequests: 0, bakeMs: 0 }]
  const analysis = body.rollout?.analysis
  return {
    steps: complete,
    limits: {
      errorRate: analysis?.errorRate ?? 0.01,
      latencyP95Ms: analysis?.latencyP95Ms ?? null,
      predictionShift: analysis?.predictionShift ?? null,
    },
    deadlineMs: durationMs(body.rollout?.deadline ?? '1h'),
  }
}
