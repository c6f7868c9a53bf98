import type { Command } from 'commander'
import { featuresRoutes } from '../src/features/contract.ts'
import { inProject, short, type Verb } from './verb.ts'

const list = async ({ call, out, projectName }: Verb<object>) => {
  const { views } = await call(featuresRoutes.listFeatureViews, { project: projectName })
  out.result(views, () =>
    out.table(
      views,
      [
        { title: 'VIEW', of: (one) => one.name },
        { title: 'ENTITY', of: (one) => one.body.entity },
        { title: 'FROM', of: (one) => `${one.body.repository}/${one.body.path}` },
        { title: 'FEATURES', of: (one) => Object.keys(one.body.features).length, align: 'right' },
        {
          title: 'ONLINE',
          of: (one) =>
            one.online
              ? `${one.online.rows ?? 0} keys, ${short(one.online.digest)}`
              : one.body.online
                ? 'not yet'
                : 'no',
        },
      ],
      'No feature views. Declare one under `features:` in esteira.yaml, then `esteira apply`.',
    ),
  )
}

const materialise = async ({ call, out, projectName }: Verb<object>, view: string) => {
  const one = await call(featuresRoutes.materialiseFeatureView, { project: projectName, view })
  out.result(one, () => out.line(`${view}: ${one.online?.rows ?? 0} keys online.`))
}

const get = async ({ call, out, projectName }: Verb<object>, view: string, ...keys: string[]) => {
  const { views } = await call(featuresRoutes.readOnlineFeatures, {
    project: projectName,
    views: [view],
    keys,
  })
  out.result(views, () => {
    for (const row of views.flatMap((one) => one.rows))
      out.line(`${row.key}  ${row.status}  ${JSON.stringify(row.values)}`)
  })
}

export const addFeatures = (program: Command): void => {
  const features = program
    .command('features')
    .description('feature views: one definition for training and serving')
  features.command('list').description('all views').action(inProject(list))
  features
    .command('materialise <view>')
    .description('make the online snapshot now')
    .action(inProject(materialise))
  features.command('get <view> <keys...>').description('latest online values of keys').action(inProject(get))
}
