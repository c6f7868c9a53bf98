import type { Problem } from '../kernel/errors.ts'
import type { EndpointBody } from './contract.ts'
import { planProblems } from './rollout/plan.ts'

type Sections = {
  endpoints?: Record<string, EndpointBody>
  features?: Record<string, { online?: boolean }>
}

const lookupProblems = (
  path: string,
  body: EndpointBody,
  views: NonNullable<Sections['features']>,
): Problem[] =>
  (body.lookups ?? []).flatMap((view, index) =>
    // A view that is not declared at all is said by the check of references.
    views[view] === undefined || views[view].online === true
      ? []
      : [
          {
            path: `${path}.lookups.${index}`,
            message: `feature view ${view} is not online, so agents cannot look it up`,
            hint: `Set online: true on features.${view}.`,
          },
        ],
  )

/** What cannot work in the endpoints of a project file, beyond the schema. */
export const checkServing = (file: { [section: string]: unknown }): Problem[] => {
  const { endpoints = {}, features = {} } = file as Sections
  return Object.entries(endpoints).flatMap(([name, body]) => {
    const path = `endpoints.${name}`
    const ofPlan = planProblems(body).map((message) => ({
      path: `${path}.rollout.steps`,
      message,
      hint: 'Let the weights grow up to 100.',
    }))
    return [...ofPlan, ...lookupProblems(path, body, features)]
  })
}
