import { Link } from '@tanstack/react-router'
import { pipelineRoutes } from '../../../../src/pipelines/contract.ts'
import { useApi } from '../../api.ts'
import { places } from '../../places.ts'
import { useSay } from '../../text/text.tsx'
import { Digest, shortId } from '../../ui/digest.tsx'
import { Loaded } from '../../ui/loaded.tsx'
import { Panel } from '../../ui/page.tsx'
import { Status } from '../../ui/status.tsx'
import { Table } from '../../ui/table.tsx'

/** Two runs beside each other, output by output: the proof that one repeats the other. */
export const Compare = ({ project, run, other }: { project: string; run: string; other: string }) => {
  const say = useSay()
  const asked = useApi(pipelineRoutes.compareRuns, { project, run, with: other })
  return (
    <Panel
      title={say('pipelines.compare', { run: shortId(other) })}
      aside={<Link to={places.pipelineRun(project, other)}>{shortId(other)}</Link>}
      flush
    >
      <Loaded asked={asked}>
        {({ equal, steps }) => (
          <>
            <p style={{ padding: '0 16px 8px' }}>
              <Status of={equal ? 'equal' : 'different'} />{' '}
              {say(equal ? 'pipelines.compareEqual' : 'pipelines.compareDiffers')}
            </p>
            <Table
              label={say('pipelines.compare', { run: shortId(other) })}
              rows={steps.flatMap(({ step, verdict, outputs }) =>
                outputs.length === 0
                  ? [{ step, verdict, output: '–', equal: verdict === 'equal', here: null, there: null }]
                  : outputs.map((output) => ({ step, verdict, ...output })),
              )}
              keyOf={({ step, output }) => `${step} ${output}`}
              columns={[
                { key: 'step', head: say('pipelines.step'), cell: ({ step }) => step },
                { key: 'output', head: say('pipelines.output'), cell: ({ output }) => output },
                {
                  key: 'verdict',
                  head: '',
                  cell: ({ equal, verdict, output }) => (
                    <Status of={output === '–' ? verdict : equal ? 'equal' : 'different'} />
                  ),
                },
                { key: 'here', head: say('pipelines.here'), cell: ({ here }) => <Digest value={here} /> },
                { key: 'there', head: say('pipelines.there'), cell: ({ there }) => <Digest value={there} /> },
              ]}
            />
          </>
        )}
      </Loaded>
    </Panel>
  )
}
