import { MemoryLog } from '#server/log/memory.ts'
import { logContract } from './contract.ts'
import { Folder } from './folder.ts'

logContract('the log in memory', async (wall) => {
  const log = new MemoryLog({ wall })
  return { log, stop: () => log.close() }
})

logContract('the log on SQLite', async (wall) => {
  const folder = new Folder(wall)
  await folder.open()
  return folder
})
