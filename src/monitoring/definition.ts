import { definition, Name, type Static, Type } from '../kernel/contract.ts'

const qualityMetrics = [
  'auc',
  'log_loss',
  'brier',
  'calibration_gap',
  'calibration_error',
  'mean_prediction',
  'label_rate',
] as const
export const driftMethods = ['psi', 'js', 'ks', 'wasserstein', 'tv', 'chi2'] as const
/** What a rule may look at beside quality: figures over all watched columns of a window. */
const driftMetrics = ['drifted_columns', 'drift_share', 'largest_drift', 'null_rise'] as const

const literals = <const T extends readonly string[]>(words: T, description: string) =>
  Type.Unsafe<T[number]>({ type: 'string', enum: [...words], description })

const Duration = Type.String({
  pattern: '^[0-9]+(ms|s|m|h|d|w)$',
  description: 'A whole number and a unit: ms, s, m, h, d or w. For example `6h`.',
})

const Rule = Type.Object(
  {
    min: Type.Optional(Type.Number({ description: 'The alert is raised when the figure is below this.' })),
    max: Type.Optional(Type.Number({ description: 'The alert is raised when the figure is above this.' })),
    clear: Type.Optional(
      Type.Number({
        description:
          'The alert is resolved only when the figure is back past this (default: the limit itself).',
      }),
    ),
    windows: Type.Optional(
      Type.Integer({ minimum: 1, description: 'Windows in a row that must break the limit (default 1).' }),
    ),
    cooldown: Type.Optional({
      ...Duration,
      description:
        'Event time after a raised alert during which the same rule raises no new one (default 0s).',
    }),
  },
  { additionalProperties: false, description: 'A limit, and how patient the alert is.' },
)
export type Rule = Static<typeof Rule>

const ruleMetrics = [...qualityMetrics, ...driftMetrics] as const
export type RuleMetric = (typeof ruleMetrics)[number]

const Drift = Type.Object(
  {
    method: Type.Optional(
      literals(
        driftMethods,
        'psi (ten quantile bins of the reference; default), js (Jensen–Shannon distance), ks (largest distance of the distributions), wasserstein (divided by the standard deviation), tv (total variation), chi2 (p-value; drifts when below the limit).',
      ),
    ),
    limit: Type.Optional(
      Type.Number({
        minimum: 0,
        description: 'A column past this has drifted (default: 0.25 psi, 0.1 others, 0.05 chi2).',
      }),
    ),
    columns: Type.Optional(
      Type.Array(Type.String({ minLength: 1 }), {
        description: 'Columns to watch (default: every column of the baseline).',
      }),
    ),
    nulls: Type.Optional(
      Type.Number({
        minimum: 0,
        maximum: 1,
        description: 'A rise of the share of missing values past this counts as drift too (default 0.1).',
      }),
    ),
  },
  {
    additionalProperties: false,
    description: 'How each column is compared with the baseline of the version that answered.',
  },
)

const Labels = Type.Object(
  {
    share: Type.Optional(
      Type.Number({
        minimum: 0,
        maximum: 1,
        description: 'Share of a window that must be labelled before quality is judged (default 0.8).',
      }),
    ),
    wait: Type.Optional({
      ...Duration,
      description:
        'Judge with the labels that are there when this much time has passed since the last capture of the window (default 7d).',
    }),
  },
  { additionalProperties: false, description: 'When a window counts as labelled.' },
)

export const Monitor = Type.Object(
  {
    endpoint: { ...Name, description: 'The endpoint whose captures are watched.' },
    description: Type.Optional(Type.String({ description: 'What is watched, and why.' })),
    window: Type.Optional(
      Type.String({
        pattern: '^(hour|day|week|month|[1-9][0-9]*[hd])$',
        description:
          'Length of a window of event time: hour, day, week (from Monday), month, or a number of hours or days such as 28d. UTC. Default day.',
      }),
    ),
    settle: Type.Optional({
      ...Duration,
      description:
        'A window that no later event has closed is closed after this long without new captures, once its end has passed (default 1h).',
    }),
    minimumRows: Type.Optional(
      Type.Integer({
        minimum: 1,
        description:
          'With fewer rows (or labels) nothing is judged and the window is called insufficient (default 100).',
      }),
    ),
    drift: Type.Optional(Drift),
    quality: Type.Optional(
      Type.Array(literals(qualityMetrics, 'A quality metric.'), {
        uniqueItems: true,
        description: 'Metrics to show for each window (default: all).',
      }),
    ),
    labels: Type.Optional(Labels),
    alert: Type.Optional(
      Type.Unsafe<Partial<Record<RuleMetric, Rule>>>({
        type: 'object',
        description:
          'Rules by metric: a quality metric, drifted_columns, drift_share, largest_drift or null_rise.',
        additionalProperties: false,
        properties: Object.fromEntries(ruleMetrics.map((metric) => [metric, Rule])),
      }),
    ),
  },
  { additionalProperties: false },
)
export type Monitor = Static<typeof Monitor>

export const monitor = definition({
  kind: 'monitor',
  section: 'monitors',
  summary: 'Watches what an endpoint is asked and answers, window by window, and raises alerts.',
  schema: Monitor,
})
