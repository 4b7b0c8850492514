export { type DisassembledInstruction, disassemble } from './disassemble.ts';
