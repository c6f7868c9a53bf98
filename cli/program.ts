import { readFileSync } from 'node:fs'
import { Command, CommanderError } from 'commander'
import { mistakeOf, unknownCommand } from './mistake.ts'
import { groups } from './nouns.ts'
import { printError } from './output.ts'

const epilogue = `
Everything here is also a page and an API call: see the page of the server, or /openapi.json.
Exit codes: 0 done, 1 it failed, 2 the request can't be right, 3 not allowed, 4 no server.`

const version = () => {
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8')
  return (JSON.parse(text) as { version: string }).version
}

const addHelp = (program: Command) => {
  program
    .command('help [command...]')
    .description('help for a command')
    .action((words: string[]) => {
      let found = program
      for (const word of words) {
        const next = found.commands.find((command) => command.name() === word)
        if (!next) throw unknownCommand(found, word)
        found = next
      }
      found.outputHelp()
    })
}

const build = (): Command => {
  const program = new Command('esteira')
    .description('From data to a model that is watched, retrained and released by itself.')
    .option('--server <url>', 'server to talk to (ESTEIRA_URL; default http://127.0.0.1:7700)')
    .option('--token <token>', 'token to sign in with (ESTEIRA_TOKEN)')
    .option(
      '-p, --project <name>',
      'project (ESTEIRA_PROJECT; default: that of the esteira.yaml here or above)',
    )
    .option('--json', 'print JSON')
    .version(version(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'help for a command')
    .helpCommand(false)
    // What commander finds wrong is told as every other error is.
    .configureOutput({ outputError: () => {} })
    .configureHelp({ showGlobalOptions: true })
    .addHelpText('after', epilogue)
    .exitOverride()
  for (const [group, adders] of groups) {
    program.commandsGroup(group)
    for (const add of adders) add(program)
  }
  for (const noun of program.commands) noun.helpCommand(false)
  addHelp(program)
  return program
}

/** Runs one command line; gives the exit code. */
export const run = async (words: readonly string[]): Promise<number> => {
  const program = build()
  const json = words.includes('--json')
  // `esteira audit log | head -1`: who reads has enough.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0)
    throw error
  })
  try {
    if (words.length === 0) {
      program.outputHelp()
      return 0
    }
    await program.parseAsync([...words], { from: 'user' })
    return Number(process.exitCode ?? 0)
  } catch (error) {
    if (!(error instanceof CommanderError)) return printError(error, json)
    if (error.exitCode === 0) return 0
    // A noun without a verb: its help was printed.
    if (error.code === 'commander.help') return 2
    return printError(mistakeOf(error, program, words), json)
  }
}
