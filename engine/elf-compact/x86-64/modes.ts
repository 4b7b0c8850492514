/** The CFA counts from RBP. */
export const MODE_RBP = 1;
/** The CFA counts from RSP. */
export const MODE_RSP = 2;
