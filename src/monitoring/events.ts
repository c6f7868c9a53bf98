import { event, Millis, Type } from '../kernel/contract.ts'

const Number0 = Type.Union([Type.Number(), Type.Null()])

const AlertData = Type.Object({
  alert: Type.String(),
  monitor: Type.String(),
  endpoint: Type.String(),
  rule: Type.String({ description: 'The metric of the rule that was broken.' }),
  value: Type.Number({ description: 'What was measured.' }),
  limit: Type.Number({ description: 'The limit it was held against.' }),
  direction: Type.Union([Type.Literal('above'), Type.Literal('below')]),
  window: Type.Object({ id: Type.String(), from: Millis, to: Millis }),
  version: Type.Union([Type.Integer(), Type.Null()], {
    description: 'The model version that gave most of the live answers.',
  }),
  drifted: Type.Array(Type.String(), { description: 'Columns that had drifted in the same window.' }),
})

export const windowEvaluated = event({
  type: 'monitor.window.evaluated',
  summary: 'A window of an endpoint was measured against its baseline and its labels.',
  data: Type.Object({
    monitor: Type.String(),
    endpoint: Type.String(),
    window: Type.Object({ id: Type.String(), from: Millis, to: Millis }),
    status: Type.String(),
    rows: Type.Integer(),
    labelled: Type.Integer(),
    metrics: Type.Record(Type.String(), Number0),
    drifted: Type.Array(Type.String()),
  }),
})

export const alertRaised = event({
  type: 'alert.raised',
  summary: 'A monitor measured a figure past its limit and opened an alert.',
  data: AlertData,
})
export const alertRepeated = event({
  type: 'alert.repeated',
  summary: 'A later window broke the limit of an alert that is still open.',
  data: AlertData,
})
export const alertResolved = event({
  type: 'alert.resolved',
  summary: 'A later window was within the limit, so the alert was closed.',
  data: AlertData,
})
