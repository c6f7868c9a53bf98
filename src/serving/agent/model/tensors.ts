import { AppError } from '../../../kernel/errors.ts'
import type { Datatype, Signature, SignatureInput } from '../../signature.ts'

/** Values as the request brought them, by column. Column-wise, because models and the V2 protocol are. */
export type Columns = { rows: number; values: Map<string, readonly unknown[]> }

export type TensorData = Float32Array | Float64Array | BigInt64Array | Uint8Array | string[]
/** `type` is ONNX Runtime's name; crosses to the worker as it is. */
export type Tensor = { name: string; type: string; dims: number[]; data: TensorData }

const runtimeType: Record<Datatype, string> = {
  FP32: 'float32',
  FP64: 'float64',
  INT64: 'int64',
  BYTES: 'string',
  BOOL: 'bool',
}
export const runtimeTypeOf = (datatype: Datatype): string => runtimeType[datatype]

const space = (datatype: Datatype, length: number): TensorData => {
  if (datatype === 'FP32') return new Float32Array(length)
  if (datatype === 'FP64') return new Float64Array(length)
  if (datatype === 'INT64') return new BigInt64Array(length)
  if (datatype === 'BOOL') return new Uint8Array(length)
  return Array.from<string>({ length }).fill('')
}

type Cell = { column: string; row: number; value: unknown }

const shown = (value: unknown): string => {
  const text = JSON.stringify(value) ?? String(value)
  return text.length > 40 ? `${text.slice(0, 40)}…` : text
}

const wrong = ({ column, row, value }: Cell, wanted: string): AppError =>
  new AppError(
    'invalid',
    `Row ${row} has ${shown(value)} in column "${column}"; the model takes ${wanted}.`,
    {
      problems: [{ message: `not ${wanted}`, path: `${row}.${column}` }],
    },
  )

const numberOf = (cell: Cell): number => {
  if (typeof cell.value === 'number') return cell.value
  if (cell.value === null || cell.value === undefined) return Number.NaN
  throw wrong(cell, 'a number or null')
}

const wholeOf = (cell: Cell): bigint => {
  if (typeof cell.value === 'number' && Number.isSafeInteger(cell.value)) return BigInt(cell.value)
  throw wrong(cell, 'a whole number (up to 2^53)')
}

const textOf = (cell: Cell): string => {
  if (typeof cell.value === 'string') return cell.value
  if (cell.value === null || cell.value === undefined) return ''
  throw wrong(cell, 'a text or null')
}

const truthOf = (cell: Cell): number => {
  if (typeof cell.value === 'boolean') return cell.value ? 1 : 0
  throw wrong(cell, 'true or false')
}

/** Writes one column into its places of the tensor. A missing number is NaN and a missing text is empty; others may not be missing. */
const fill = (
  data: TensorData,
  values: readonly unknown[],
  place: { column: string; at: number; width: number },
): void => {
  const { column, at, width } = place
  for (let row = 0; row < values.length; row += 1) {
    const cell = { column, row, value: values[row] }
    const index = row * width + at
    if (data instanceof BigInt64Array) data[index] = wholeOf(cell)
    else if (data instanceof Uint8Array) data[index] = truthOf(cell)
    else if (Array.isArray(data)) data[index] = textOf(cell)
    else data[index] = numberOf(cell)
  }
}

const encodeInput = (input: SignatureInput, { rows, values }: Columns): Tensor => {
  const names = input.columns ?? [input.name]
  const data = space(input.datatype, rows * names.length)
  for (const [at, column] of names.entries())
    fill(data, values.get(column) ?? [], { column, at, width: names.length })
  const dims = input.shape.length === 1 ? [rows] : [rows, names.length]
  return { name: input.name, type: runtimeTypeOf(input.datatype), dims, data }
}

/** Columns → the tensors of a model. Every column must be there (see rows.ts); a value of the wrong type is named with row and column. */
export const encode = (signature: Signature, columns: Columns): Tensor[] =>
  signature.inputs.map((input) => encodeInput(input, columns))

/** One row that any model of this signature accepts, to warm it up. */
export const sampleRow = (signature: Signature): Tensor[] =>
  signature.inputs.map((input) => {
    const width = (input.columns ?? [input.name]).length
    return {
      name: input.name,
      type: runtimeTypeOf(input.datatype),
      dims: input.shape.length === 1 ? [1] : [1, width],
      data: space(input.datatype, width),
    }
  })

const joined = (parts: TensorData[]): TensorData => {
  const [first] = parts
  if (first === undefined || parts.length === 1) return first ?? []
  if (Array.isArray(first)) return (parts as string[][]).flat()
  const length = parts.reduce((sum, part) => sum + part.length, 0)
  const whole = new (first.constructor as new (length: number) => Exclude<TensorData, string[]>)(length)
  let at = 0
  for (const part of parts) {
    ;(whole.set as (part: TensorData, at: number) => void)(part, at)
    at += part.length
  }
  return whole
}

/** Several requests as one run of the model. All come from the same signature. */
export const concatenate = (requests: Tensor[][]): Tensor[] => {
  const [first] = requests
  if (first === undefined || requests.length === 1) return first ?? []
  return first.map((tensor, index) => {
    const parts = requests.flatMap((tensors) => tensors[index] ?? [])
    const rows = parts.reduce((sum, part) => sum + (part.dims[0] ?? 0), 0)
    return { ...tensor, dims: [rows, ...tensor.dims.slice(1)], data: joined(parts.map((part) => part.data)) }
  })
}

/** The rows `from` … `from + rows` of an output. */
export const sliceRows = (tensor: Tensor, from: number, rows: number): Tensor => {
  const total = tensor.dims[0] ?? 0
  const stride = total === 0 ? 0 : tensor.data.length / total
  return {
    ...tensor,
    dims: [rows, ...tensor.dims.slice(1)],
    data: tensor.data.slice(from * stride, (from + rows) * stride),
  }
}
