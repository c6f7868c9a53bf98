import { mount } from '../kernel/http/mount.ts'
import type { Http } from '../kernel/http/server.ts'
import { triggersRoutes } from './contract.ts'
import type { TriggersService } from './service.ts'

const header = (value: string | string[] | undefined): string => (typeof value === 'string' ? value : '')

/** Puts the contract of triggers on their service. */
export const mountTriggers = (http: Http, service: TriggersService): void =>
  mount(http, triggersRoutes, {
    listTriggers: async ({ project }) => ({ triggers: await service.list(project) }),
    getTrigger: (of) => service.get(of),
    listFirings: ({ limit = 100, after, ...of }) => service.history(of, { limit, after }),
    fireTrigger: ({ project, trigger, ...given }, { actor }) =>
      service.fire({ project, trigger }, given, actor),
    deliverWebhook: ({ body, ...of }, { request: { headers } }) =>
      service.deliver(of, {
        id: header(headers['webhook-id']),
        timestamp: header(headers['webhook-timestamp']),
        signature: header(headers['webhook-signature']),
        body,
      }),
    renewSecret: (of) => service.renewSecret(of),
    pauseTrigger: (of, { actor }) => service.pause(of, true, actor),
    resumeTrigger: (of, { actor }) => service.pause(of, false, actor),
  })
