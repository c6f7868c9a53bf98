import mono from '@fontsource/ibm-plex-mono/files/ibm-plex-mono-latin-400-normal.woff2'
import sans from '@fontsource-variable/ibm-plex-sans/files/ibm-plex-sans-latin-wght-normal.woff2'

const faces = [
  new FontFace('IBM Plex Sans Variable', `url(${sans})`, { weight: '100 700', display: 'swap' }),
  new FontFace('IBM Plex Mono', `url(${mono})`, { weight: '400', display: 'swap' }),
]

/** Asks for the fonts before anything is drawn; until they are here, the system's own stand in. */
export const loadFonts = (): void => {
  for (const face of faces) {
    document.fonts.add(face)
    face.load().catch(() => undefined)
  }
}
