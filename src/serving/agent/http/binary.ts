import { AppError } from '../../../kernel/errors.ts'
import type { Tensor } from '../model/tensors.ts'
import { isObject } from './rows.ts'

/**
 * Triton's binary tensor extension of V2 (triton-inference-server, extension_binary_data): behind the JSON, whose length a header tells, lie the
 * tensors of `parameters.binary_data_size` bytes, little-endian, in the order of the JSON. Texts are a 4-byte length and UTF-8 each.
 */
export const headerLength = 'inference-header-content-length'

const invalid = (message: string): AppError => new AppError('invalid', message)

type Reader = { bytes: number; read: (view: DataView, at: number) => unknown }

const whole = (value: bigint): number => {
  if (value > BigInt(Number.MAX_SAFE_INTEGER) || value < BigInt(Number.MIN_SAFE_INTEGER))
    throw invalid(`${value} is too large; whole numbers are taken up to 2^53.`)
  return Number(value)
}

const readers: Record<string, Reader> = {
  BOOL: { bytes: 1, read: (view, at) => view.getUint8(at) !== 0 },
  UINT8: { bytes: 1, read: (view, at) => view.getUint8(at) },
  INT8: { bytes: 1, read: (view, at) => view.getInt8(at) },
  UINT16: { bytes: 2, read: (view, at) => view.getUint16(at, true) },
  INT16: { bytes: 2, read: (view, at) => view.getInt16(at, true) },
  UINT32: { bytes: 4, read: (view, at) => view.getUint32(at, true) },
  INT32: { bytes: 4, read: (view, at) => view.getInt32(at, true) },
  UINT64: { bytes: 8, read: (view, at) => whole(view.getBigUint64(at, true)) },
  INT64: { bytes: 8, read: (view, at) => whole(view.getBigInt64(at, true)) },
  FP32: { bytes: 4, read: (view, at) => view.getFloat32(at, true) },
  FP64: { bytes: 8, read: (view, at) => view.getFloat64(at, true) },
}

const readTexts = (bytes: Buffer, name: string): string[] => {
  const texts: string[] = []
  for (let at = 0; at < bytes.length;) {
    const length = at + 4 <= bytes.length ? bytes.readUInt32LE(at) : Number.POSITIVE_INFINITY
    const end = at + 4 + length
    if (end > bytes.length) throw invalid(`The binary data of input "${name}" ends within a text.`)
    texts.push(bytes.toString('utf8', at + 4, end))
    at = end
  }
  return texts
}

const readValues = (bytes: Buffer, name: string, datatype: unknown): unknown[] => {
  if (datatype === 'BYTES') return readTexts(bytes, name)
  const reader = typeof datatype === 'string' ? readers[datatype] : undefined
  if (!reader) throw invalid(`Input "${name}" cannot be binary as ${JSON.stringify(datatype)}.`)
  if (bytes.length % reader.bytes !== 0)
    throw invalid(`The binary data of input "${name}" is no whole number of ${String(datatype)}.`)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  return Array.from({ length: bytes.length / reader.bytes }, (_, index) =>
    reader.read(view, index * reader.bytes),
  )
}

const sizeOf = (input: Record<string, unknown>): number | undefined => {
  const size = isObject(input['parameters']) ? input['parameters']['binary_data_size'] : undefined
  if (size === undefined) return undefined
  if (typeof size !== 'number' || !Number.isInteger(size) || size < 0)
    throw invalid('binary_data_size must be a whole number of bytes.')
  return size
}

/** The JSON and the tensors behind it as one request, as if all of it had been JSON. */
export const readBinaryRequest = (
  body: Buffer,
  length: string,
  parse: (text: string) => unknown,
): unknown => {
  const end = Number(length)
  if (!Number.isInteger(end) || end < 0 || end > body.length)
    throw invalid(`${headerLength} is ${length}, but the body has ${body.length} bytes.`)
  const request = parse(body.toString('utf8', 0, end))
  if (!isObject(request) || !Array.isArray(request['inputs'])) return request
  let at = end
  const inputs = request['inputs'].map((input: unknown) => {
    const size = isObject(input) ? sizeOf(input) : undefined
    if (!isObject(input) || size === undefined) return input
    const { name, datatype, shape } = input
    if (at + size > body.length)
      throw invalid(`The body ends within the binary data of input "${String(name)}".`)
    const data = readValues(body.subarray(at, at + size), String(name), datatype)
    at += size
    return { name, datatype, shape, data }
  })
  if (at !== body.length) throw invalid(`The body has ${body.length - at} bytes more than its inputs.`)
  return { ...request, inputs }
}

const asksForBinary = (holder: unknown, key: string): boolean | undefined => {
  const value = isObject(holder) && isObject(holder['parameters']) ? holder['parameters'][key] : undefined
  return typeof value === 'boolean' ? value : undefined
}

/** Whether the caller wants this output as bytes: said for the output, else for all. */
export const wantsBinary = (body: Record<string, unknown>, output: string): boolean => {
  const asked = Array.isArray(body['outputs']) ? (body['outputs'] as unknown[]) : []
  const own = asked.find((one) => isObject(one) && one['name'] === output)
  return asksForBinary(own, 'binary_data') ?? asksForBinary(body, 'binary_data_output') ?? false
}

/** The bytes of an output, as the extension wants them. */
export const bytesOf = ({ data }: Tensor): Buffer => {
  if (!Array.isArray(data)) return Buffer.from(data.buffer, data.byteOffset, data.byteLength)
  return Buffer.concat(
    data.flatMap((text) => {
      const bytes = Buffer.from(text)
      const length = Buffer.alloc(4)
      length.writeUInt32LE(bytes.length)
      return [length, bytes]
    }),
  )
}
