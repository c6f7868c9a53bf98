import { createHash, type KeyObject, sign, verify } from 'node:crypto'
import type { VersionRow } from './tables.ts'

/** What a version's signature covers. Changing any of it later breaks the seal. */
type Sealed = Pick<
  VersionRow,
  | 'project'
  | 'model'
  | 'version'
  | 'files'
  | 'baseline'
  | 'signatureJson'
  | 'metricsJson'
  | 'lineageJson'
  | 'gateJson'
  | 'createdAt'
>

const digest = (text: string) => `sha256:${createHash('sha256').update(text).digest('hex')}`

/** One line of JSON with a fixed order of keys: the bytes that are signed. */
const statementOf = (row: Sealed): string =>
  JSON.stringify({
    statement: 'esteira/model-version/1',
    project: row.project,
    model: row.model,
    version: row.version,
    createdAt: row.createdAt,
    files: row.files,
    baseline: row.baseline,
    signature: digest(row.signatureJson),
    metrics: digest(row.metricsJson),
    lineage: digest(row.lineageJson),
    gate: digest(row.gateJson),
  })

/** Ed25519 (RFC 8032) over the statement, in base64. */
export const sealOf = (row: Sealed, privateKey: KeyObject): string =>
  sign(null, Buffer.from(statementOf(row)), privateKey).toString('base64')

export const isSealIntact = (row: Sealed & Pick<VersionRow, 'seal'>, publicKey: KeyObject): boolean =>
  row.seal !== null && verify(null, Buffer.from(statementOf(row)), publicKey, Buffer.from(row.seal, 'base64'))
