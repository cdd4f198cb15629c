import { InlineHistory } from '#server/history/inline.ts'
import { historyContract } from './contract.ts'

historyContract('history in the caller’s thread', () => new InlineHistory())
