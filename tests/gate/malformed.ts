/** Updates that are none, or none that may be: exact bytes, the same at the gate alone and over every carrier. */

/** In hex. Each broke a Yjs server once, or Yjs itself, or means something else to every reader. */
export const malformed: readonly (readonly [name: string, hex: string])[] = [
  ['nothing at all', ''],
  ['a delete set that is not there', '00'],
  ['numbers without end', 'ff'.repeat(16)],
  ['an unknown kind of content', '010101000b010161017800'],
  ['characters that are no UTF-8', '010109000401017402c32800'],
  ['a value that is no JSON', '010109000501017401' + '7b' + '00'],
  ['a string longer than the bytes', '0101090004010174ffffffff0f61'],
  ['bytes longer than the bytes', '0101090003010174ffffffff0f61'],
  ['garbage of length 0', '01010100000000'],
  ['garbage of length 0 under a new client', '01010900000000'],
  ['a deletion beyond all clocks', '000101016affffffffffffff8f02'],
  ['clocks that overflow', `010a0900${'00ffffffffffffff0f'.repeat(10)}00`],
  ['a delete set that is cut off', '01010900040101610568656c6c6f01'],
  ['an item that follows itself', '010209000401016101618409' + '01' + '017800'],
  ['an empty deleted item', '01020900010101610004010161017800'],
  ['an empty string', '010109000401016100' + '00'],
  ['structs that are not there', '01ffffff0f0900'],
  ['a hole with high bits', '010209000401016101782a0000'],
  ['one client twice', '0201090004010161017801010900' + '040101610179' + '00'],
  ['a deletion of length 0', '000101010100'],
  ['deletions in descending order', '00010102' + '0501' + '0101'],
  ['deletions that overlap', '00010102' + '0105' + '0301'],
  ['a root called __proto__', '010109000401095f5f70726f746f5f5f017800'],
  ['a root called constructor', '0101090004010b636f6e7374727563746f72017800'],
  ['an item that is its own origin, under a new client', '01020100040101610161840101017800'],
  ['a deleted item of length 0 after a character', '01020100010101610004010161017800'],
  ['one client twice, under a new client', '0201010004010161017801010004010161017900'],
  ['a hole with high bits, under a new client', '010201000401016101782a0000'],
  ['a delete set that is cut off, after five characters', '01010100040101610568656c6c6f01'],
  ['clocks that overflow, under a new client', `010a0100${'00ffffffffffffff0f'.repeat(10)}00`],
  ['structs that are not there, under a new client', '01ffffff0f0100'],
]

/** In hex: updates that mean more than one thing to Yjs' own readers. Before them a client 1 wrote `hello world`. */
export const ambiguous: readonly (readonly [name: string, hex: string])[] = [
  ['trailing bytes', '0101090004010174017800' + 'deadbeef'],
  ['an overlong number', '010189000004010174017800'],
  ['garbage with high bits', '010109002003' + '00'],
  ['an empty group of structs', '0200080001090004010174017800'],
]
