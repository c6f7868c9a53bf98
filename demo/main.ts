import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { colors } from '../cli/colors.ts'
import { parsePort } from '../src/kernel/config.ts'
import { report } from './report.ts'
import { openScreen } from './screen.ts'
import { tell } from './story.ts'
import { openWorld, root, type World } from './world.ts'

const help = `npm run demo -- [options]
  --exit            end after the loop instead of keeping the page open
  --months COUNT    how many months from April on (default 9)
  --port PORT       of the server (default 7700)
  --home DIR        where everything is kept (default .esteira/demo; begun afresh each time)`

const allMonths = Array.from({ length: 9 }, (_, index) => `2013-${String(index + 4).padStart(2, '0')}`)

const { values } = parseArgs({
  options: {
    exit: { type: 'boolean', default: false },
    months: { type: 'string', default: '9' },
    port: { type: 'string', default: '7700' },
    home: { type: 'string', default: join(root, '.esteira', 'demo') },
    help: { type: 'boolean', default: false },
  },
})

const monthsOf = (count: number) => {
  if (!Number.isInteger(count) || count < 2 || count > allMonths.length)
    throw new Error('--months takes 2 to 9.')
  return allMonths.slice(0, count)
}

const main = async () => {
  const screen = openScreen()
  let world: World | undefined
  const leave = async (code: number) => {
    await world?.stop()
    process.exit(code)
  }
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void leave(130))
  try {
    screen.line(
      `${colors.bold('Esteira')}: will this flight arrive more than 15 minutes late? The year 2013, as it came.\n`,
    )
    const stage = screen.stage('Server and agent start')
    world = await openWorld({ home: values.home, port: parsePort(values.port) })
    stage.done(world.url)
    const story = await tell(
      { world, screen },
      {
        months: monthsOf(Number(values.months)),
        damagedAfter: '2013-04',
        wrongUnitsIn: '2013-05',
      },
    )
    await report({ world, screen }, story)
    screen.line()
    screen.close()
    if (values.exit) return await leave(0)
    console.log(
      `\nThe page stays open at ${colors.cyan(world.url)} (Ctrl-C ends it). Try: ESTEIRA_PROJECT=flights ./esteira status`,
    )
    return undefined
  } catch (error) {
    screen.line(
      `\n${colors.red('The demo stopped:')} ${error instanceof Error ? error.message : String(error)}`,
    )
    if (process.env['ESTEIRA_LOG']) console.error(error)
    return leave(1)
  }
}

if (values.help) console.log(help)
else await main()
