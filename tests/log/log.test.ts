import { MemoryLog } from '#server/log/memory.ts'
import { logContract, type Subject } from './contract.ts'
import { Folder } from './folder.ts'
import { pastContract } from './past-contract.ts'
import { snapshotContract } from './snapshot-contract.ts'

const adapters: Readonly<Record<string, (wall: () => number) => Promise<Subject>>> = {
  'the log in memory': async (wall) => {
    const log = new MemoryLog({ wall })
    return { log, stop: () => log.close() }
  },
  'the log on SQLite': async (wall) => {
    const folder = new Folder(wall)
    await folder.open()
    return folder
  },
}

for (const [name, open] of Object.entries(adapters)) {
  logContract(name, open)
  snapshotContract(name, open)
  pastContract(name, open)
}
