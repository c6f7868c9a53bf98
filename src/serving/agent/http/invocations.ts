import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Answer, Predictor } from '../predict.ts'
import { columnsOf } from './rows.ts'

export const headerOf = (request: FastifyRequest, name: string): string | undefined => {
  const value = request.headers[name]
  return Array.isArray(value) ? value[0] : value
}

const replyOf = ({ by, answer, fallback, id, isCaptured }: Answer) => ({
  predictions: Array.from(answer.values, (value, row) => ({ id: id(row), value })),
  model: by.variant.model,
  version: by.variant.version,
  variant: by.variant.name,
  ...(fallback === undefined ? {} : { fallback }),
  ...(isCaptured ? {} : { captured: false }),
})

/**
 * `POST /endpoints/:endpoint/invocations`: rows as JSON in, `{predictions: [{id, value}], model, version, variant}` out. The path is that of
 * SageMaker's runtime, the bodies are those of MLflow's scoring server.
 */
export const mountInvocations = (app: FastifyInstance, { routeOf, predict }: Predictor): void => {
  app.post<{ Params: { endpoint: string } }>('/endpoints/:endpoint/invocations', async (request, reply) => {
    const route = routeOf(request.params.endpoint)
    const signature = route.live[0]?.variant.signature ?? { inputs: [], outputs: [] }
    const columns = columnsOf(request.body, signature)
    const answer = await predict(route, {
      columns,
      key: headerOf(request, 'x-esteira-key'),
      wantsOutputs: false,
    })
    void reply.header('x-esteira-prediction-id', answer.id(0))
    void reply.header('x-amzn-invoked-production-variant', answer.by.variant.name)
    return replyOf(answer)
  })
}
