import type { EndpointPage } from '../../../../src/serving/contract.ts'
import { useSay } from '../../text/text.tsx'
import { CopyButton } from '../../ui/copy.tsx'
import { Code } from '../../ui/json.tsx'
import { Panel, Row } from '../../ui/page.tsx'
import css from './serving.module.css'

type Signature = NonNullable<EndpointPage['signature']>

const emptyOf = (datatype: string): string | number | boolean =>
  datatype === 'BYTES' ? '' : datatype === 'BOOL' ? false : 0

/** A request of the Open Inference Protocol with one row, made from the signature. */
const v2Of = ({
  name,
  address,
  signature,
}: {
  name: string
  address: string
  signature: Signature
}): string => {
  const inputs = signature.inputs.map(({ name, datatype, shape }) => {
    const ofOne = shape.map((size) => (size < 0 ? 1 : size))
    const length = ofOne.reduce((product, size) => product * size, 1)
    return { name, datatype, shape: ofOne, data: Array.from({ length }, () => emptyOf(datatype)) }
  })
  // The address is that of the invocations; both protocols stand on the same agent.
  const { origin } = new URL(address)
  return `curl -sS ${origin}/v2/models/${name}/infer -H 'content-type: application/json' -d '${JSON.stringify({ inputs })}'`
}

/** Lines that call the endpoint as they are. */
export const CallingPanel = ({ endpoint }: { endpoint: EndpointPage }) => {
  const say = useSay()
  const { example, address, signature, name } = endpoint
  if (example === null) return null
  const v2 = address !== null && signature !== null ? v2Of({ name, address, signature }) : undefined
  return (
    <Panel title={say('endpoints.call')}>
      <Row>
        <h3 className={css['callTitle']}>{say('endpoints.curl')}</h3>
        <CopyButton text={example} />
      </Row>
      <Code>{example}</Code>
      {v2 === undefined ? null : (
        <>
          <Row>
            <h3 className={css['callTitle']}>{say('endpoints.v2')}</h3>
            <CopyButton text={v2} />
          </Row>
          <Code>{v2}</Code>
        </>
      )}
    </Panel>
  )
}
