/** Who the process is. */
export const processId = 1000;
export const userId = 1000;
export const groupId = 1000;
