import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { delimiter, join } from 'node:path'
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core'

const flags = [
  '--headless=new',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** Chromium by its path in CHROMIUM, or as found on PATH. */
const findChromium = (): string | undefined => {
  const named = process.env['CHROMIUM']
  if (named !== undefined && named !== '') return named
  const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']
  const places = (process.env['PATH'] ?? '').split(delimiter)
  return names.flatMap((name) => places.map((place) => join(place, name))).find((path) => existsSync(path))
}

const advice = 'No Chromium on PATH: install it (Debian: apt install chromium), or name it in CHROMIUM.'

/** Why the pages cannot be walked on this machine. A machine of CI must have a browser; elsewhere it is optional. */
export const withoutBrowser: string | false =
  findChromium() === undefined && process.env['CI'] === undefined ? advice : false

export const openBrowser = async (): Promise<Browser> => {
  const executablePath = findChromium()
  if (executablePath === undefined) throw new Error(advice)
  return chromium.launch({ executablePath, args: flags })
}

export type Tab = {
  page: Page
  /** What the browser complained of: console errors, uncaught errors, refused scripts. */
  complaints: string[]
  close: () => Promise<void>
}

export const openTab = async (browser: Browser, options: BrowserContextOptions = {}): Promise<Tab> => {
  const context = await browser.newContext({
    locale: 'en-US',
    viewport: { width: 1440, height: 900 },
    ...options,
  })
  const page = await context.newPage()
  const complaints: string[] = []
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text())
  })
  page.on('pageerror', (error) => complaints.push(error.message))
  return { page, complaints, close: () => context.close() }
}

/** Opens an address and waits until its page stands and nothing on it is loading. */
export const visit = async (page: Page, address: string): Promise<void> => {
  await page.goto(address)
  await page.locator('main h1').first().waitFor()
  const loading = page.locator('main [role="status"]')
  while ((await loading.count()) > 0) await loading.first().waitFor({ state: 'detached' })
}

type Violation = { id: string; impact: string; nodes: { html: string; failureSummary: string }[] }
const axePath = createRequire(import.meta.url).resolve('axe-core/axe.min.js')

/** What axe-core finds serious on the page as it is. */
export const accessibilityFaults = async (page: Page): Promise<string[]> => {
  await page.evaluate(await readFile(axePath, 'utf8'))
  const { violations } = (await page.evaluate('axe.run()')) as { violations: Violation[] }
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id} (${nodes.length}): ${nodes[0]?.html} ${nodes[0]?.failureSummary}`)
}
