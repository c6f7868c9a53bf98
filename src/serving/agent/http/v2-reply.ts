import type { FastifyReply } from 'fastify'
import type { Tensor } from '../model/tensors.ts'
import type { Answer } from '../predict.ts'
import { bytesOf, headerLength, wantsBinary } from './binary.ts'
import { isObject } from './rows.ts'

type Asked = { name: string; body: Record<string, unknown> }

const v2Type: Record<string, string> = {
  float32: 'FP32',
  float64: 'FP64',
  int64: 'INT64',
  int32: 'INT32',
  string: 'BYTES',
  bool: 'BOOL',
}

/** A number that JSON would round is an error of the model's output and not a different number. */
const jsonCell = (value: number | bigint | string | boolean): unknown => {
  if (typeof value !== 'bigint') return value
  if (!Number.isSafeInteger(Number(value)))
    throw new Error(`the model answers ${value}, which JSON cannot hold; ask for binary data`)
  return Number(value)
}

const jsonData = ({ type, data }: Tensor): unknown[] => {
  const cells = Array.from(data as ArrayLike<number | bigint | string>, jsonCell)
  return type === 'bool' ? cells.map((cell) => cell === 1 || cell === true) : cells
}

/** The outputs that were asked for, in that order; all of them when none is named. */
const selected = ({ answer }: Answer, asked: unknown): Tensor[] => {
  if (!Array.isArray(asked) || asked.length === 0) return answer.outputs
  const names = asked.map((one: unknown) => (isObject(one) ? one['name'] : undefined))
  return names.flatMap((name) => answer.outputs.find((output) => output.name === name) ?? [])
}

const documentOf = (answer: Answer, outputs: unknown[], { name, body }: Asked) => {
  const { fallback, by, id } = answer
  const [segment = '', row = '0'] = id(0).split('.')
  const said = fallback && `${fallback.variant} (version ${fallback.version}): ${fallback.error}`
  return {
    model_name: name,
    model_version: String(by.variant.version),
    ...(typeof body['id'] === 'string' ? { id: body['id'] } : {}),
    parameters: {
      prediction_id: id(0),
      prediction_segment: segment,
      prediction_row: Number(row),
      variant: by.variant.name,
      ...(said === undefined ? {} : { fallback: said }),
    },
    outputs,
  }
}

/** The V2 reply: JSON, or JSON and behind it the bytes of the outputs that were asked for as bytes. */
export const sendInference = (reply: FastifyReply, answer: Answer, asked: Asked): FastifyReply => {
  const chunks: Buffer[] = []
  const outputs = selected(answer, asked.body['outputs']).map((output) => {
    const of = { name: output.name, shape: output.dims, datatype: v2Type[output.type] ?? output.type }
    if (!wantsBinary(asked.body, output.name)) return { ...of, data: jsonData(output) }
    const bytes = bytesOf(output)
    chunks.push(bytes)
    return { ...of, parameters: { binary_data_size: bytes.length } }
  })
  const document = documentOf(answer, outputs, asked)
  void reply.header('x-esteira-prediction-id', answer.id(0))
  if (chunks.length === 0) return reply.send(document)
  const json = Buffer.from(JSON.stringify(document))
  void reply.header(headerLength, json.length).type('application/octet-stream')
  return reply.send(Buffer.concat([json, ...chunks]))
}
