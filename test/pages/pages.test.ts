import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { Command } from 'commander'
import type { Browser } from 'playwright-core'
import { nouns } from '../../cli/nouns.ts'
import { client } from '../../src/kernel/client.ts'
import { registryRoutes } from '../../src/registry/contract.ts'
import { trackingRoutes } from '../../src/tracking/contract.ts'
import { commands } from '../../web/src/commands.ts'
import { accessibilityFaults, openBrowser, openTab, visit, withoutBrowser } from './browser.ts'
import { startWorld, type World } from './world.ts'

let world: World
let browser: Browser

before(async () => {
  if (withoutBrowser) return
  const built = fileURLToPath(new URL('../../web/dist/index.html', import.meta.url))
  assert.ok(existsSync(built), 'The pages are not built: npm run build')
  world = await startWorld()
  browser = await openBrowser()
})
after(async () => {
  await browser?.close()
  await world?.stop()
})

/** A test that needs a browser. */
const walk = (name: string, how: () => Promise<void>) => test(name, { skip: withoutBrowser }, how)

const at = (path: string) => `${world.url}/projects/shop${path}`

/** Every page by its address, with a word that must stand on it in both languages. */
const pages = (): Record<string, readonly [path: string, word: RegExp]> => ({
  home: ['', /calibration_gap/],
  pipelines: ['/pipelines', /stumble/],
  pipeline: ['/pipelines/train', /models\/register/],
  'pipeline run': [`/pipeline-runs/${world.run}`, /register/],
  step: [`/pipeline-runs/${world.run}/steps/fit`, /round 20 loss/],
  'failed run': [`/pipeline-runs/${world.failedRun}`, /the third stair is missing/],
  experiments: ['/runs', /by-hand/],
  'tracked run': [`/runs/${world.trackedRun}`, /loss/],
  models: ['/models', /champion/],
  model: ['/models/sale', /auc is at least 0\.6/],
  'model version': ['/models/sale/1', /Calibrated, and better than before/],
  endpoints: ['/endpoints', /sale/],
  endpoint: ['/endpoints/sale', /v2\/models\/sale\/infer/],
  monitors: ['/monitors', /calibration_gap/],
  monitor: ['/monitors/sale', /2025-03/],
  predictions: ['/predictions', /\.\d+/],
  prediction: [`/predictions/${world.prediction}`, /visits/],
  repositories: ['/data', /visits/],
  repository: ['/data/visits', /visitors\.csv/],
  commit: [`/data/visits/commits/${world.commit}`, /visits\.csv/],
  features: ['/features', /visitor/],
  feature: ['/features/visitor', /age/],
  triggers: ['/triggers', /delivery/],
  trigger: ['/triggers/delivery', /visits/],
  ledger: ['/ledger', /predictionShift/],
  maturity: ['/maturity', /K\d\d/],
})

for (const [language, home] of [
  ['en-US', 'Home'],
  ['pt-BR', 'Início'],
] as const)
  walk(
    `every page stands in ${language}, without a complaint of the browser or a serious fault for assistive technology`,
    async () => {
      const tab = await openTab(browser, {
        locale: language,
        colorScheme: language === 'pt-BR' ? 'dark' : 'light',
      })
      const faults: Record<string, string[]> = {}
      for (const [name, [path, word]] of Object.entries(pages())) {
        await visit(tab.page, at(path))
        await tab.page.locator('main').getByText(word).first().waitFor({ state: 'attached' })
        const found = [...tab.complaints.splice(0), ...(await accessibilityFaults(tab.page))]
        if (found.length > 0) faults[name] = found
        assert.equal(await tab.page.locator('nav#nav a').first().innerText(), home, name)
      }
      assert.deepEqual(faults, {})
      await tab.close()
    },
  )

walk('every page fits on a phone of 360 pixels', async () => {
  const tab = await openTab(browser, { viewport: { width: 360, height: 740 } })
  for (const [name, [path]] of Object.entries(pages())) {
    await visit(tab.page, at(path))
    const beyond = await tab.page.evaluate('document.documentElement.scrollWidth - innerWidth')
    assert.equal(beyond, 0, `${name} is ${String(beyond)} pixels too wide`)
  }
  await tab.close()
})

walk('a project without records says on each page which command fills it', async () => {
  const tab = await openTab(browser)
  const rooms = [
    'data',
    'features',
    'pipelines',
    'runs',
    'models',
    'endpoints',
    'monitors',
    'predictions',
    'triggers',
  ]
  for (const room of rooms) {
    await visit(tab.page, `${world.url}/projects/bare/${room}`)
    const offered = tab.page.locator('main code').filter({ hasText: /^(esteira|export) / })
    await offered.first().waitFor()
  }
  await visit(tab.page, `${world.url}/projects/bare`)
  await tab.page.getByText('Nothing waits for you').waitFor()
  assert.deepEqual(tab.complaints, [])
  assert.deepEqual(await accessibilityFaults(tab.page), [])
  await tab.close()
})

walk('an author is told why not to approve, and another person approves on the page', async () => {
  const tab = await openTab(browser)
  await visit(tab.page, at('/models/sale/4'))
  await tab.page.getByText('because you are one of its authors').waitFor()
  assert.equal(await tab.page.getByRole('button', { name: 'Approve' }).count(), 0)

  await tab.page.getByRole('button', { name: 'root' }).click()
  await tab.page.getByText('Act as somebody else').click()
  await tab.page.getByRole('textbox', { name: 'Token' }).fill(world.approver)
  await tab.page.getByRole('dialog').getByRole('button', { name: 'Sign in' }).click()
  await tab.page.getByRole('button', { name: 'bruno' }).waitFor()

  await tab.page.getByRole('button', { name: 'Approve' }).click()
  await tab.page.getByLabel('Comment').fill('Seen in a browser.')
  await tab.page.getByRole('dialog').getByRole('button', { name: 'Approve' }).click()
  await tab.page.getByText('Seen in a browser.').waitFor()
  const version = await client({ url: world.url })(registryRoutes.getVersion, {
    project: 'shop',
    model: 'sale',
    version: 4,
  })
  assert.equal(version.approval.state, 'approved')
  assert.deepEqual(tab.complaints, [])
  await tab.close()
})

walk('what happens elsewhere appears without a reload', async () => {
  const tab = await openTab(browser)
  await visit(tab.page, at('/runs'))
  await tab.page.getByText('Live', { exact: true }).waitFor()
  await client({ url: world.url })(trackingRoutes.createRun, { project: 'shop', name: 'from-elsewhere' })
  await tab.page.getByText('from-elsewhere').waitFor()
  await tab.close()
})

walk('a chart can be read as a table', async () => {
  const tab = await openTab(browser)
  await visit(tab.page, at('/monitors/sale'))
  await tab.page.getByRole('button', { name: 'Show as table' }).first().click()
  await tab.page.getByRole('region', { name: 'auc' }).getByText('2025-02').waitFor()
  await tab.close()
})

walk('an error says what happened, what to do, and the number of the request', async () => {
  const tab = await openTab(browser)
  await tab.page.goto(at('/models/nothing-here'))
  const problem = tab.page.getByRole('alert')
  await problem.waitFor()
  const told = await problem.innerText()
  const answer = await fetch(`${world.url}/api/v1/projects/shop/models/nothing-here`)
  const { detail, hint } = (await answer.json()) as { detail: string; hint?: string }
  // Commands stand in backticks in the text, and as code on the page.
  assert.ok(told.includes(detail.replaceAll('`', '')), told)
  assert.ok(hint !== undefined && told.includes(hint.replaceAll('`', '')), told)
  assert.match(told, /[0-9a-f]{8}-[0-9a-f]{4}/)
  await tab.close()
})

walk('the chain is verified from the page', async () => {
  const tab = await openTab(browser)
  await visit(tab.page, at('/ledger'))
  await tab.page.getByRole('button', { name: 'Verify the chain' }).click()
  await tab.page.getByText('The chain is whole').waitFor()
  await tab.close()
})

walk('language and colours are switched by keyboard and kept', async () => {
  const tab = await openTab(browser)
  await visit(tab.page, at(''))
  await tab.page.getByRole('button', { name: 'Language' }).focus()
  await tab.page.keyboard.press('Enter')
  await tab.page.getByRole('menuitem', { name: 'Português' }).waitFor()
  await tab.page.keyboard.press('ArrowDown')
  await tab.page.keyboard.press('ArrowDown')
  await tab.page.keyboard.press('Enter')
  await tab.page.getByText('O que precisa de você').waitFor()
  await tab.page.getByRole('button', { name: 'Claro ou escuro' }).click()
  await tab.page.getByRole('menuitem', { name: 'Escuro' }).click()
  await visit(tab.page, at('/models'))
  assert.equal(await tab.page.locator('html').getAttribute('lang'), 'pt-BR')
  assert.equal(await tab.page.locator('html').getAttribute('data-mantine-color-scheme'), 'dark')
  await tab.close()
})

test('every command that a page offers is one that the command line knows', () => {
  const program = new Command('esteira')
  for (const add of nouns) add(program)
  const lines = Object.values(commands).map((command) =>
    typeof command === 'string' ? command : (command as (...words: string[]) => string)('p', 'a', 'b'),
  )
  for (const line of lines.filter((one) => one.startsWith('esteira '))) {
    const [, noun, verb] = line.split(' ')
    const found = program.commands.find((one) => one.name() === noun)
    assert.ok(found, line)
    if (found.commands.length > 0 && verb !== undefined && !verb.startsWith('-'))
      assert.ok(
        found.commands.some((one) => one.name() === verb),
        line,
      )
  }
})
