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

const Names = ({ tensor }: { tensor: Tensor }) => {
  const say = useSay()
  if (!tensor.columns) return <>{tensor.prediction ? say('registry.prediction') : ''}</>
  return (
    <span className={css['columns']}>
      {tensor.columns.map((column) => (
        <span key={column} className={css['column']}>
          {column}
        </span>
      ))}
    </span>
  )
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
    ...signature.inputs.map((tensor) => ({ side: say('registry.input'), tensor })),
    ...signature.outputs.map((tensor) => ({ side: say('registry.output'), tensor })),
  ]
  return (
    <Panel title={say('registry.signature')} flush>
      <Table
        label={say('registry.signature')}
        rows={rows}
        keyOf={({ side, tensor }) => `${side} ${tensor.name}`}
        columns={[
          { key: 'side', head: '', cell: ({ side }) => side },
          { key: 'name', head: '', cell: ({ tensor }) => <code>{tensor.name}</code> },
          { key: 'type', head: say('registry.type'), cell: ({ tensor }) => tensor.datatype },
          {
            key: 'shape',
            head: say('registry.shape'),
            isMinor: true,
            cell: ({ tensor }) => tensor.shape.join(' × '),
          },
          { key: 'columns', head: '', isLong: true, cell: ({ tensor }) => <Names tensor={tensor} /> },
        ]}
      />
    </Panel>
  )
}
