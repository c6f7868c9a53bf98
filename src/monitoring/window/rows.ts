import { type Duck, numberAt, textList } from '../duckdb.ts'

/** Milliseconds from a JSON value that is a whole number of them or a time in ISO 8601 (UTC where it names no zone). */
const millis = (json: string): string =>
  `coalesce(try_cast(${json}->>'$' as bigint), epoch_ms(try_cast(${json}->>'$' as timestamp)))`

const captureColumns = `{'id': 'VARCHAR', 'at': 'JSON', 'eventTime': 'JSON', 'variant': 'VARCHAR', 'role': 'VARCHAR',
  'version': 'INTEGER', 'inputs': 'JSON', 'output': 'JSON', 'latencyMs': 'DOUBLE', 'error': 'VARCHAR'}`

const feedbackColumns = `{'prediction': 'VARCHAR', 'value': 'DOUBLE', 'at': 'BIGINT', 'feedback': 'VARCHAR', 'line': 'INTEGER'}`

const emptyFeedback = `select null::varchar as prediction, null::double as value, null::varchar as feedback, null::integer as line where false`

export type Loaded = {
  rows: number
  labelled: number
  badLines: number
  unknownLabels: number
  duplicateLabels: number
}
type Files = { segments: string[]; feedback: string[]; from: number; to: number }

const read = (files: string[], columns: string): string =>
  `read_json(${textList(files)}, format = 'newline_delimited', columns = ${columns}, ignore_errors = true, maximum_object_size = 67108864)`

/** Makes the tables `capture` (rows of the window with labels) and `label` (the last label of each prediction). */
export const loadRows = async (duck: Duck, files: Files): Promise<Loaded> => {
  await duck.run(`create table line as select * from ${read(files.segments, captureColumns)}`)
  await duck.run(
    `create table feedback as ${files.feedback.length === 0 ? emptyFeedback : `select * from ${read(files.feedback, feedbackColumns)}`}`,
  )
  // Ids of feedback grow with time, so the greatest (feedback, line) is the label that came last.
  await duck.run(`create table label as
    select prediction, arg_max(value, (feedback, line)) as value, count(*) as n
    from feedback where prediction is not null and value is not null
      and split_part(prediction, '.', 1) in (select distinct split_part(id, '.', 1) from line)
    group by prediction`)
  await duck.run(`create table capture as
    with timed as (
      select id, ${millis('"at"')} as "at", coalesce(${millis('eventTime')}, ${millis('"at"')}) as event_at, variant, role, version,
        inputs, try_cast(output->>'$' as double) as prediction, latencyMs as latency_ms, error
      from line where id is not null and role in ('live', 'shadow') and version is not null
      qualify row_number() over (partition by id, role, version order by "at") = 1
    )
    select timed.*, label.value as label from timed left join label on label.prediction = timed.id
    where event_at >= ${files.from} and event_at < ${files.to}
    order by event_at, id, role, version`)
  const [counts] = await duck.rows(`select
    (select count(distinct id) from capture where role = 'live')::double as rows,
    (select count(distinct id) from capture where role = 'live' and label is not null)::double as labelled,
    (select count(*) from line where id is null or version is null or role is null)::double as bad,
    (select count(*) from label where prediction not in (select id from line where id is not null))::double as unknown,
    (select coalesce(sum(n - 1), 0) from label where prediction in (select id from capture))::double as duplicates`)
  return {
    rows: numberAt(counts, 'rows') ?? 0,
    labelled: numberAt(counts, 'labelled') ?? 0,
    badLines: numberAt(counts, 'bad') ?? 0,
    unknownLabels: numberAt(counts, 'unknown') ?? 0,
    duplicateLabels: numberAt(counts, 'duplicates') ?? 0,
  }
}

/** The rows as one Parquet file, in order of event time: what was asked, what was answered, what came true. */
export const writeRows = (duck: Duck, file: string): Promise<void> =>
  duck.run(`copy (
    select id, make_timestamp("at" * 1000) as "at", make_timestamp(event_at * 1000) as event_time, role, variant, version,
      prediction, label, latency_ms, error, inputs::varchar as inputs
    from capture order by event_at, id, role, version
  ) to ${textList([file]).slice(1, -1)} (format parquet, compression zstd)`)
