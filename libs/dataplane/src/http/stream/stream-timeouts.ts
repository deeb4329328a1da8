/** Kinds of a stream's own deadlines. */
export const timeouts = { request: 1, idle: 2, duration: 3 } as const;
