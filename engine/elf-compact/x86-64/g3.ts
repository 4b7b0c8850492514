import { PublishedLayout } from './published-layout.ts';
import { registerOrder } from './register-order.ts';

/** RBP, R15, R14, R13, R12, RBP, RBX: LLVM pushes RBP first, GCC before RBX. */
const columns = [6, 15, 14, 13, 12, 6, 3];

/** The third published generation: what a linker makes of ordinary FDEs. */
export const g3 = new PublishedLayout('g3', registerOrder(columns));
