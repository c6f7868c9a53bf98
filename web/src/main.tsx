import { createRoot } from 'react-dom/client'
import { App } from './app.tsx'
import { loadFonts } from './fonts.ts'
import { goLive } from './live.ts'

const place = document.getElementById('page')
if (!place) throw new Error('index.html has no place for the page.')
loadFonts()
goLive()
createRoot(place).render(<App />)
