export * from './arithmetic.ts';
export * from './branch.ts';
export { type Condition, cmov, setcc } from './condition.ts';
export { at, indexed, type MemoryOperand, place, scaled } from './memory-operand.ts';
export * from './miscellaneous.ts';
export * from './move.ts';
export * from './registers.ts';
export * from './stack.ts';
export * from './vector.ts';
