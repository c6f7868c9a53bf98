import { Command, CommanderError } from 'commander'
import { AppError } from '../src/kernel/errors.ts'
import { nearest } from '../src/kernel/nearest.ts'
import { nouns } from './nouns.ts'
import { printError } from './output.ts'

const epilogue = `
Everything here is also a page and an API call: see the page of the server, or /openapi.json.
Exit codes: 0 done, 1 it failed, 2 the request can't be right, 3 not allowed, 4 no server.`

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
    .showHelpAfterError('(`esteira --help` lists all commands)')
    .addHelpText('after', epilogue)
    .exitOverride()
  for (const add of nouns) add(program)
  return program
}

const unknownCommand = (program: Command, words: readonly string[]): AppError | undefined => {
  const word = words.find((one) => !one.startsWith('-'))
  const known = program.commands.map((command) => command.name())
  if (word === undefined || known.includes(word) || word === 'help') return undefined
  const close = nearest(word, known)
  return new AppError('invalid', `There is no command ${JSON.stringify(word)}.`, {
    hint: close ? `Did you mean \`esteira ${close}\`?` : '`esteira --help` lists all.',
  })
}

/** Runs one command line; gives the exit code. */
export const run = async (words: readonly string[]): Promise<number> => {
  const program = build()
  const json = words.includes('--json')
  try {
    if (words.length === 0) {
      program.outputHelp()
      return 0
    }
    await program.parseAsync([...words], { from: 'user' })
    return Number(process.exitCode ?? 0)
  } catch (error) {
    if (error instanceof CommanderError) {
      if (error.code === 'commander.unknownCommand')
        return printError(unknownCommand(program, words) ?? error, json)
      return error.exitCode === 0 ? 0 : 2
    }
    return printError(error, json)
  }
}
