import { Link, useParams } from '@tanstack/react-router'
import { featuresRoutes } from '../../../../src/features/contract.ts'
import { useApi } from '../../api.ts'
import { commands } from '../../commands.ts'
import { places } from '../../places.ts'
import { useSay } from '../../text/text.tsx'
import { Act } from '../../ui/act.tsx'
import { CopyAs, curlOf } from '../../ui/copy.tsx'
import { Digest } from '../../ui/digest.tsx'
import { Facts } from '../../ui/facts.tsx'
import { LoadedPage } from '../../ui/loaded.tsx'
import { Columns, Page, Panel } from '../../ui/page.tsx'
import { Table } from '../../ui/table.tsx'
import { Ready } from './ready.tsx'

export const FeaturePage = () => {
  const say = useSay()
  const { project, view: name } = useParams({ from: '/projects/$project/features/$view' })
  const which = { project, view: name }
  const asked = useApi(featuresRoutes.getFeatureView, which)
  return (
    <LoadedPage asked={asked}>
      {(view) => (
        <Page
          kind={say('features.view')}
          title={name}
          beside={<Ready view={view} />}
          lead={view.body.description}
          actions={
            <>
              {view.body.online === true ? (
                <Act
                  label={say('features.materialise')}
                  icon="again"
                  route={featuresRoutes.materialiseFeatureView}
                  input={() => which}
                  cli={commands.materialise(project, name)}
                />
              ) : null}
              <CopyAs
                curl={() => curlOf(featuresRoutes.getFeatureView, which)}
                cli={commands.features(project)}
              />
            </>
          }
        >
          {view.lastError === null ? null : (
            <Panel>{say('features.error', { message: view.lastError.message })}</Panel>
          )}
          <Columns>
            <Panel title={say('features.features')} flush>
              <Table
                label={say('features.features')}
                rows={Object.entries(view.body.features)}
                keyOf={([feature]) => feature}
                columns={[
                  { key: 'name', head: say('features.feature'), cell: ([feature]) => feature },
                  { key: 'type', head: say('features.type'), cell: ([, type]) => type },
                ]}
              />
            </Panel>
            <Panel>
              <Facts
                facts={[
                  [say('features.entity'), <code key="e">{view.body.entity}</code>],
                  [
                    say('features.repository'),
                    <Link key="r" to={places.repository(project, view.body.repository)}>
                      {view.body.repository}
                    </Link>,
                  ],
                  [say('features.path'), <code key="p">{view.body.path ?? '**/*.parquet'}</code>],
                  view.body.timestamp !== undefined && [
                    say('features.timestamp'),
                    <code key="t">{view.body.timestamp}</code>,
                  ],
                  view.body.ttl !== undefined && [say('features.ttl'), view.body.ttl],
                  view.online !== null && [
                    say('features.commit'),
                    <Link key="c" to={places.commit(project, view.body.repository, view.online.commit)}>
                      <code>{view.online.commit.slice(0, 10)}</code>
                    </Link>,
                  ],
                  view.online !== null && [
                    say('features.online'),
                    <Digest key="d" value={view.online.digest} />,
                  ],
                ]}
              />
            </Panel>
          </Columns>
        </Page>
      )}
    </LoadedPage>
  )
}
