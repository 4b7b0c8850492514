export { type CfiMutation, directiveText, type MutationOperator, mutationOperators } from './mutation.ts';
export { mutatedFdes, mutationsOf } from './mutations-of.ts';
