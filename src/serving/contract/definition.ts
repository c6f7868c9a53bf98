import { Name, Type, definition, type Static } from '../../kernel/contract.ts'
import { closed, oneOf } from './schema.ts'

const Duration = Type.String({
  pattern: '^[0-9]+(ms|s|m|h|d)$',
  description: 'A length of time, for example 30s or 10m.',
})

const RolloutStep = Type.Object(
  {
    weight: Type.Integer({
      minimum: 1,
      maximum: 100,
      description: 'Percent of the live traffic that the new release gets.',
    }),
    minRequests: Type.Optional(
      Type.Integer({
        minimum: 0,
        description:
          'Least number of predictions by the new release in this step before it is judged. Each row of a batch counts. Default 100, and 0 at weight 100.',
      }),
    ),
    bake: Type.Optional(Type.String({ ...Duration, description: 'Least time in this step. Default 0s.' })),
  },
  closed,
)

const RolloutAnalysis = Type.Object(
  {
    errorRate: Type.Optional(
      Type.Number({
        minimum: 0,
        maximum: 1,
        description: 'Largest share of failed predictions. Default 0.01.',
      }),
    ),
    latencyP95Ms: Type.Optional(
      Type.Number({
        minimum: 0,
        description: 'Largest 95th percentile of the time of a request, in milliseconds.',
      }),
    ),
    predictionShift: Type.Optional(
      Type.Number({
        minimum: 0,
        description:
          'Largest distance between the mean prediction of the new release and that of the live one in the same step.',
      }),
    ),
  },
  closed,
)

export const endpointDefinition = definition({
  kind: 'endpoint',
  section: 'endpoints',
  summary: 'An address that answers predictions of one model, and how new versions get there.',
  schema: Type.Object(
    {
      description: Type.Optional(Type.String({ description: 'What is answered here, in a sentence.' })),
      model: Type.String({ ...Name, description: 'The model whose versions are served.' }),
      eventTime: Type.Optional(
        Type.String({
          description:
            'Request column that holds the time of the event. Kept in the capture; no model input.',
        }),
      ),
      shadow: Type.Optional(
        oneOf(['first', 'none'], {
          description:
            'first: version 1 keeps predicting beside the live one, unseen by callers. Default none.',
        }),
      ),
      lookups: Type.Optional(
        Type.Array(Name, {
          description: 'Online feature views that fill in missing model inputs by entity key.',
        }),
      ),
      follow: Type.Optional(
        oneOf(['approved', 'none'], {
          description:
            'approved: each approved version of the model is released by itself. Default approved.',
        }),
      ),
      rollout: Type.Optional(
        Type.Object(
          {
            steps: Type.Optional(
              Type.Array(RolloutStep, {
                minItems: 1,
                description: 'Growing weights up to 100. Default 10, 50, 100.',
              }),
            ),
            analysis: Type.Optional(RolloutAnalysis),
            deadline: Type.Optional(
              Type.String({
                ...Duration,
                description: 'A rollout that is not complete by then goes back. Default 1h.',
              }),
            ),
          },
          { ...closed, description: 'How a new release takes over the traffic.' },
        ),
      ),
    },
    closed,
  ),
})
export type EndpointBody = Static<typeof endpointDefinition.schema>
