const types: Readonly<Record<string, string>> = {
  csv: 'text/csv',
  html: 'text/html',
  jpeg: 'image/jpeg',
  jpg: 'image/jpeg',
  json: 'application/json',
  md: 'text/markdown',
  pdf: 'application/pdf',
  png: 'image/png',
  svg: 'image/svg+xml',
  txt: 'text/plain',
  yaml: 'application/yaml',
  yml: 'application/yaml',
}

/** A media type by the end of the name. Replies also carry `nosniff`, a sandbox, and are offered as downloads: no HTML of an artifact runs. */
export const mediaTypeOf = (path: string): string =>
  types[path.slice(path.lastIndexOf('.') + 1).toLowerCase()] ?? 'application/octet-stream'

/** What keeps a browser from running what it was given to store. */
export const sandbox = { 'content-security-policy': 'sandbox' } as const
