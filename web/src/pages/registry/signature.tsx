import { useSay } from '../../text/text.tsx'
import { Json } from '../../ui/json.tsx'
import { Panel, Quiet } from '../../ui/page.tsx'
import { Table } from '../../ui/table.tsx'
import css from './registry.module.css'

type Tensor = {
  name: string
  datatype: string
  shape: readonly number[]
  columns?: readonly string[]
  prediction?: boolean
}
type Signature = { inputs: readonly Tensor[]; outputs: readonly Tensor[] }

/** Foreign clients give signatures of their own form; ours is recognised by its two lists. */
const isOurs = (value: unknown): value is Signature =>
  typeof value === 'object' &&
  value !== null &&
  'inputs' in value &&
  Array.isArray(value.inputs) &&
  'outputs' in value &&
  Array.isArray(value.outputs)

type Row = { side: string; datatype: string; shape: string; names: readonly string[]; isPrediction: boolean }

/** Tensors of one kind in one row: a model of eighteen columns is read by its columns, not by eighteen rows. */
const rowsOf = (side: string, tensors: readonly Tensor[]): Row[] => {
  const groups = Map.groupBy(tensors, ({ datatype, shape, prediction }) =>
    [datatype, shape.join(' × '), prediction === true].join('|'),
  )
  return [...groups.values()].flatMap((group) => {
    const [first] = group
    if (!first) return []
    return {
      side,
      datatype: first.datatype,
      shape: first.shape.join(' × '),
      names: group.flatMap(({ name, columns }) => columns ?? [name]),
      isPrediction: first.prediction === true,
    }
  })
}

export const SignaturePanel = ({ signature }: { signature: unknown }) => {
  const say = useSay()
  if (!isOurs(signature))
    return (
      <Panel title={say('registry.signature')}>
        {signature === null || signature === undefined ? (
          <Quiet>{say('registry.noSignature')}</Quiet>
        ) : (
          <Json value={signature} />
        )}
      </Panel>
    )
  const rows = [
    ...rowsOf(say('registry.input'), signature.inputs),
    ...rowsOf(say('registry.output'), signature.outputs),
  ]
  return (
    <Panel title={say('registry.signature')} flush>
      <Table
        label={say('registry.signature')}
        rows={rows}
        keyOf={({ side, names }) => `${side} ${names.join(' ')}`}
        columns={[
          { key: 'side', head: '', cell: ({ side }) => side },
          {
            key: 'names',
            head: '',
            isLong: true,
            cell: ({ names, isPrediction }) => (
              <span className={css['columns']}>
                {names.map((name) => (
                  <span key={name} className={css['column']}>
                    {name}
                  </span>
                ))}
                {isPrediction ? <Quiet>{say('registry.prediction')}</Quiet> : null}
              </span>
            ),
          },
          { key: 'type', head: say('registry.type'), cell: ({ datatype }) => datatype },
          { key: 'shape', head: say('registry.shape'), isMinor: true, cell: ({ shape }) => shape },
        ]}
      />
    </Panel>
  )
}
