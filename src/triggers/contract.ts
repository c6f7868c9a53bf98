import {
  event,
  definition,
  Millis,
  Name,
  bytes,
  Page,
  Project,
  route,
  type RouteTable,
  type Static,
  Type,
} from '../kernel/contract.ts'

const Duration = Type.String({
  pattern: '^[0-9]+(ms|s|m|h|d|w)$',
  description: 'A whole number and a unit: ms, s, m, h, d or w.',
})
const closed = { additionalProperties: false } as const
const orNull = <T extends Parameters<typeof Type.Union>[0][number]>(schema: T) =>
  Type.Union([schema, Type.Null()])

const DataSource = Type.Object(
  {
    repository: { ...Name, description: 'Repository whose commits start the pipeline.' },
    branch: Type.Optional(Type.String({ minLength: 1, description: 'Branch to watch (default main).' })),
    paths: Type.Optional(
      Type.Array(Type.String({ minLength: 1 }), {
        description: 'Globs; one changed path must match (default: any change). ** crosses folders.',
      }),
    ),
  },
  { ...closed, description: 'A commit on a branch of a data repository.' },
)
const AlertSource = Type.Object(
  {
    monitor: { ...Name, description: 'Monitor whose alerts start the pipeline.' },
    rules: Type.Optional(
      Type.Array(Type.String(), { description: 'Only alerts of these rules (default: all).' }),
    ),
    repeats: Type.Optional(
      Type.Boolean({
        description:
          'Also when a later window breaks the limit of an alert that is still open (default true).',
      }),
    ),
  },
  { ...closed, description: 'An alert of a monitor.' },
)
const CalendarSource = Type.Object(
  {
    cron: Type.String({
      minLength: 1,
      description: 'Five fields (minute hour day month weekday), or six with seconds first.',
    }),
    timeZone: Type.Optional(
      Type.String({ description: 'IANA name, such as America/Sao_Paulo (default UTC).' }),
    ),
    catchUp: Type.Optional(
      Type.Boolean({
        description:
          'After a stop, start once for the newest slot that was missed (default true); older ones are noted as skipped.',
      }),
    ),
  },
  { ...closed, description: 'Slots of a calendar; each starts at most once, also over restarts.' },
)
const Nothing = Type.Object({}, closed)

export const Trigger = Type.Object(
  {
    description: Type.Optional(Type.String({ description: 'What it is for.' })),
    on: Type.Object(
      {
        data: Type.Optional(DataSource),
        alert: Type.Optional(AlertSource),
        calendar: Type.Optional(CalendarSource),
        webhook: Type.Optional({
          ...Nothing,
          description: 'A signed call from outside (Standard Webhooks), or a call to `fire`.',
        }),
        manual: Type.Optional({ ...Nothing, description: 'Only somebody who fires it.' }),
      },
      {
        ...closed,
        minProperties: 1,
        maxProperties: 1,
        description: 'Exactly one source. Every trigger can be fired by hand as well.',
      },
    ),
    start: Type.Object(
      {
        pipeline: { ...Name, description: 'Pipeline to start.' },
        parameters: Type.Optional(
          Type.Record(Type.String(), Type.Unknown(), { description: 'Values for its parameters.' }),
        ),
      },
      { ...closed, description: 'What is started.' },
    ),
    cooldown: Type.Optional({
      ...Duration,
      description: 'Time after a start during which it starts nothing (default 0s).',
    }),
    budget: Type.Optional(
      Type.Object(
        {
          runs: Type.Integer({ minimum: 1, description: 'Most runs in the period.' }),
          per: { ...Duration, description: 'Length of the sliding period, such as 1d.' },
        },
        { ...closed, description: 'How many runs it may start.' },
      ),
    ),
    overlap: Type.Optional(
      Type.Unsafe<'skip' | 'allow'>({
        type: 'string',
        enum: ['skip', 'allow'],
        description: 'What to do while a run that it started is active (default skip).',
      }),
    ),
  },
  closed,
)
export type Trigger = Static<typeof Trigger>

export const trigger = definition({
  kind: 'trigger',
  section: 'triggers',
  summary: 'Starts a pipeline when something happens.',
  schema: Trigger,
})

const sources = ['data', 'alert', 'calendar', 'webhook', 'manual'] as const
export type Source = (typeof sources)[number]

const FiringData = Type.Object({
  firing: Type.String(),
  trigger: Type.String(),
  source: Type.String(),
  pipeline: Type.String(),
  run: orNull(Type.String()),
  cause: orNull(Type.Integer({ description: 'Sequence of the event that it reacts to.' })),
  reason: Type.String({ description: 'In a sentence.' }),
})

export const triggerFired = event({
  type: 'trigger.fired',
  summary: 'A trigger started a pipeline run.',
  data: FiringData,
})
export const triggerSkipped = event({
  type: 'trigger.skipped',
  summary: 'Something happened that a trigger waits for, but it started nothing, and why.',
  data: FiringData,
})
export const triggerPaused = event({
  type: 'trigger.paused',
  summary: 'A trigger was paused or resumed.',
  data: Type.Object({ trigger: Type.String(), paused: Type.Boolean() }),
})

export const FiringView = Type.Object({
  id: Type.String(),
  trigger: Type.String(),
  at: Millis,
  source: Type.String(),
  decision: Type.Union([
    Type.Literal('started'),
    Type.Literal('skipped'),
    Type.Literal('starting'),
    Type.Literal('failed'),
  ]),
  reason: Type.String(),
  pipeline: Type.String(),
  run: orNull(Type.String()),
  cause: orNull(Type.Integer({ description: 'The event of the ledger it reacts to.' })),
  slot: orNull(Millis),
})
export type FiringView = Static<typeof FiringView>

export const TriggerView = Type.Object({
  name: Type.String(),
  version: Type.Integer(),
  description: orNull(Type.String()),
  source: Type.Unsafe<Source>({ type: 'string', enum: [...sources] }),
  definition: Trigger,
  paused: Type.Boolean(),
  nextAt: orNull({ ...Millis, description: 'Next slot, for a calendar.' }),
  started: Type.Integer(),
  skipped: Type.Integer(),
  lastFiring: orNull(FiringView),
  hasSecret: Type.Boolean({ description: 'A secret for signed deliveries exists.' }),
})
export type TriggerView = Static<typeof TriggerView>

const base = '/api/v1/projects/:project/triggers'
const OneTrigger = Type.Object({ project: Name, trigger: Name })

export const triggersRoutes = {
  listTriggers: route({
    method: 'GET',
    path: base,
    summary: 'Lists the triggers of a project.',
    can: 'triggers:read',
    params: Project,
    reply: Type.Object({ triggers: Type.Array(TriggerView) }),
  }),
  getTrigger: route({
    method: 'GET',
    path: `${base}/:trigger`,
    summary: 'Shows one trigger.',
    can: 'triggers:read',
    params: OneTrigger,
    reply: TriggerView,
    errors: ['not_found'],
  }),
  listFirings: route({
    method: 'GET',
    path: `${base}/:trigger/history`,
    summary:
      'Lists what a trigger decided, newest first, with the event it reacted to and the run it started.',
    can: 'triggers:read',
    params: OneTrigger,
    query: Page,
    reply: Type.Object({ firings: Type.Array(FiringView), next: Type.Optional(Type.String()) }),
    errors: ['not_found'],
  }),
  fireTrigger: route({
    method: 'POST',
    path: `${base}/:trigger/fire`,
    summary: 'Fires a trigger by hand or from an application; cooldown, budget and overlap hold here too.',
    can: 'triggers:fire',
    params: OneTrigger,
    body: Type.Object(
      {
        parameters: Type.Optional(
          Type.Record(Type.String(), Type.Unknown(), { description: 'Laid over those of the definition.' }),
        ),
        reason: Type.Optional(Type.String({ maxLength: 500 })),
        key: Type.Optional(
          Type.String({
            minLength: 1,
            maxLength: 200,
            description: 'Repeating a call with the same key answers with the first firing.',
          }),
        ),
      },
      closed,
    ),
    reply: FiringView,
    errors: ['not_found', 'invalid'],
  }),
  deliverWebhook: route({
    method: 'POST',
    path: `${base}/:trigger/deliveries`,
    summary:
      'Takes a delivery signed with the secret of the trigger (Standard Webhooks: headers webhook-id, webhook-timestamp, webhook-signature).',
    can: 'public',
    params: OneTrigger,
    body: bytes,
    reply: FiringView,
    errors: ['unauthenticated', 'not_found', 'invalid'],
    bodyLimit: 1024 * 1024,
  }),
  renewSecret: route({
    method: 'POST',
    path: `${base}/:trigger/secret`,
    summary: 'Makes a new secret for signed deliveries and shows it once; the one before stops working.',
    can: 'projects:apply',
    params: OneTrigger,
    reply: Type.Object({ secret: Type.String() }),
    errors: ['not_found', 'conflict'],
  }),
  pauseTrigger: route({
    method: 'POST',
    path: `${base}/:trigger/pause`,
    summary: 'Holds a trigger: what it waits for is noted as skipped.',
    can: 'triggers:fire',
    params: OneTrigger,
    reply: TriggerView,
    errors: ['not_found'],
  }),
  resumeTrigger: route({
    method: 'POST',
    path: `${base}/:trigger/resume`,
    summary: 'Lets a paused trigger act again.',
    can: 'triggers:fire',
    params: OneTrigger,
    reply: TriggerView,
    errors: ['not_found'],
  }),
} satisfies RouteTable
