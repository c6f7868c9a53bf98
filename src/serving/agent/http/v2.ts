import type { FastifyInstance, FastifyReply } from 'fastify'
import { AppError } from '../../../kernel/errors.ts'
import type { Signature } from '../../signature.ts'
import type { Columns } from '../model/tensors.ts'
import type { Predictor } from '../predict.ts'
import type { Route } from '../route.ts'
import { headerOf } from './invocations.ts'
import { isObject, mostRows } from './rows.ts'
import { sendInference } from './v2-reply.ts'

/**
 * Open Inference Protocol V2 over REST (kserve/open-inference-protocol, inference_rest.md). Each input of a request is one column, or the wide
 * tensor that the signature names; inputs that are no model inputs are kept in the capture. The prediction id is in the reply's `parameters`
 * and in the header X-Esteira-Prediction-Id; row n has the id `<parameters.prediction_segment>.<parameters.prediction_row + n>`.
 */
const invalid = (message: string, hint?: string): AppError => new AppError('invalid', message, { hint })

type V2Tensor = { name: string; shape: number[]; datatype: string; data: unknown[] }

const datatypes = new Set([
  'BOOL',
  'UINT8',
  'UINT16',
  'UINT32',
  'UINT64',
  'INT8',
  'INT16',
  'INT32',
  'INT64',
  'FP16',
  'FP32',
  'FP64',
  'BYTES',
])
const flat = (data: unknown, where: string): unknown[] => {
  if (!Array.isArray(data)) throw invalid(`${where} has no data list.`)
  return data.some(Array.isArray) ? (data.flat(Number.POSITIVE_INFINITY) as unknown[]) : data
}

const isSize = (size: unknown): size is number => Number.isInteger(size) && Number(size) >= 0

const readTensor = (value: unknown, index: number): V2Tensor => {
  if (!isObject(value)) throw invalid(`inputs[${index}] is no object.`)
  const { name, shape, datatype } = value
  if (typeof name !== 'string') throw invalid(`inputs[${index}] has no name.`)
  if (typeof datatype !== 'string' || !datatypes.has(datatype))
    throw invalid(`Input "${name}" has the unknown datatype ${JSON.stringify(datatype)}.`)
  if (!Array.isArray(shape) || shape.length === 0 || !shape.every(isSize))
    throw invalid(`Input "${name}" needs a shape such as [2, 1].`)
  const data = flat(value['data'], `Input "${name}"`)
  const size = shape.reduce((product, length) => product * length, 1)
  if (data.length !== size)
    throw invalid(
      `Input "${name}" has ${data.length} elements, but its shape [${shape.join(', ')}] means ${size}.`,
    )
  return { name, shape, datatype, data }
}

const isKind = (datatype: string, kind: 'BYTES' | 'BOOL'): boolean => datatype === kind

const checkDatatype = (tensor: V2Tensor, wanted: string): void => {
  const { name, datatype } = tensor
  const isFloat = datatype.startsWith('FP')
  const fits =
    isKind(wanted, 'BYTES') || isKind(wanted, 'BOOL')
      ? datatype === wanted
      : !isKind(datatype, 'BYTES') && !isKind(datatype, 'BOOL') && (wanted !== 'INT64' || !isFloat)
  if (!fits) throw invalid(`Input "${name}" is ${datatype}; the model takes ${wanted}.`)
}

/** A tensor is one column, or as many as the signature says its input is wide. */
const addColumns = (values: Map<string, unknown[]>, tensor: V2Tensor, signature: Signature): void => {
  const { name, shape, data } = tensor
  const [rows = 0] = shape
  const width = rows === 0 ? 0 : data.length / rows
  const input = signature.inputs.find((candidate) => candidate.name === name)
  const columns = input?.columns ?? [name]
  if (input) checkDatatype(tensor, input.datatype)
  if (width !== columns.length)
    throw invalid(
      `Input "${name}" has the shape [${shape.join(', ')}]; expected is [${rows}, ${columns.length}].`,
    )
  if (values.has(name)) throw invalid(`Input "${name}" is given twice.`)
  for (const [at, column] of columns.entries())
    values.set(column, width === 1 ? data : Array.from({ length: rows }, (_, row) => data[row * width + at]))
}

const readColumns = (body: unknown, signature: Signature): Columns => {
  if (!isObject(body) || !Array.isArray(body['inputs']))
    throw invalid('The body must be a JSON object with a list "inputs".')
  const tensors = body['inputs'].map(readTensor)
  const [first] = tensors
  if (first === undefined) throw invalid('The request has no inputs.')
  const rows = first.shape[0] ?? 0
  const other = tensors.find(({ shape }) => shape[0] !== rows)
  if (other)
    throw invalid(`Input "${other.name}" has ${other.shape[0]} rows and "${first.name}" has ${rows}.`)
  if (rows === 0) throw invalid('The request has no rows.')
  if (rows > mostRows)
    throw new AppError('too_large', `The request has ${rows} rows; at most ${mostRows} are answered at once.`)
  const values = new Map<string, unknown[]>()
  for (const tensor of tensors) addColumns(values, tensor, signature)
  return { rows, values }
}

const checkAsked = (asked: unknown, { outputs }: Signature): void => {
  if (asked === undefined) return
  if (!Array.isArray(asked)) throw invalid('"outputs" must be a list.')
  for (const wanted of asked as unknown[]) {
    const name = isObject(wanted) ? wanted['name'] : undefined
    if (!outputs.some((output) => output.name === name))
      throw invalid(
        `The model has no output ${JSON.stringify(name)}; it has ${outputs.map((output) => output.name).join(', ')}.`,
      )
  }
}

const signatureOf = (route: Route): Signature => {
  const carrying = route.live.find(({ variant }) => variant.name === 'champion') ?? route.live[0]
  return carrying?.variant.signature ?? { inputs: [], outputs: [] }
}

const metadataOf = (name: string, route: Route) => {
  const { inputs, outputs } = signatureOf(route)
  const tensor = ({ name, datatype, shape }: Signature['inputs'][number]) => ({ name, datatype, shape })
  return {
    name,
    versions: [...new Set(route.live.map(({ variant }) => String(variant.version)))],
    platform: 'onnx',
    inputs: inputs.map(tensor),
    outputs: outputs.map(tensor),
  }
}

/** A version in the path must be one that answers here: the weights decide who does, not the caller. */
const checkVersion = (route: Route, version: string | undefined): void => {
  if (version === undefined || route.live.some(({ variant }) => String(variant.version) === version)) return
  throw new AppError('not_found', `Version ${version} is not served by endpoint "${route.endpoint.name}".`)
}

type Params = { Params: { model: string; version?: string } }

export const mountV2 = (
  app: FastifyInstance,
  options: { predictor: Predictor; isReady: () => boolean; version: string },
): void => {
  const { predictor, isReady, version } = options
  const { routeOf, predict } = predictor
  app.get('/v2', async () => ({ name: 'esteira-agent', version, extensions: ['binary_tensor_data'] }))
  app.get('/v2/health/live', async () => ({ live: true }))
  app.get('/v2/health/ready', async (_request, reply: FastifyReply) => {
    const ready = isReady()
    return reply.code(ready ? 200 : 503).send({ ready })
  })
  for (const base of ['/v2/models/:model', '/v2/models/:model/versions/:version'] as const) {
    app.get<Params>(base, async ({ params }) => {
      const route = routeOf(params.model)
      checkVersion(route, params.version)
      return metadataOf(params.model, route)
    })
    app.get<Params>(`${base}/ready`, async ({ params }) => {
      checkVersion(routeOf(params.model), params.version)
      return { name: params.model, ready: true }
    })
    app.post<Params>(`${base}/infer`, async (request, reply) => {
      const { model, version } = request.params
      const route = routeOf(model)
      checkVersion(route, version)
      const signature = signatureOf(route)
      const columns = readColumns(request.body, signature)
      const body = request.body as Record<string, unknown>
      checkAsked(body['outputs'], signature)
      const answer = await predict(route, {
        columns,
        key: headerOf(request, 'x-esteira-key'),
        wantsOutputs: true,
      })
      return sendInference(reply, answer, { name: model, body })
    })
  }
}
