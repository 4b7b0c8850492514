import { PublishedLayout } from './published-layout.ts';
import { registerOrder } from './register-order.ts';

/** RBP, R15, R14, R13, R12, RBX. */
const columns = [6, 15, 14, 13, 12, 3];

/** The second published generation: what assemblers write into FDEs marked `C`. */
export const g2 = new PublishedLayout('g2', registerOrder(columns));
