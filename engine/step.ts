/** What a step did: `caller` – it went to the caller of the frame; otherwise why the walk is over (see `Ending`). */
export const Step = { caller: 0, root: 1, noInfo: 2, limit: 3, loop: 4 } as const;
