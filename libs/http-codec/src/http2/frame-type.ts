/** Source: RFC 9113, section 6 */
export const FrameType = {
  data: 0x0,
  headers: 0x1,
  priority: 0x2,
  rstStream: 0x3,
  settings: 0x4,
  pushPromise: 0x5,
  ping: 0x6,
  goaway: 0x7,
  windowUpdate: 0x8,
  continuation: 0x9,
} as const;

export const Flag = { endStream: 0x1, ack: 0x1, endHeaders: 0x4, padded: 0x8, priority: 0x20 } as const;

/** Bytes of a frame's header. */
export const frameHeaderBytes = 9;

/** Largest payload that we take and send: the size every peer has to take, so SETTINGS_MAX_FRAME_SIZE is never sent. */
export const maxFrameBytes = 16_384;

/** Largest flow-control window. */
export const maxWindow = 0x7fffffff;

/** Window of a connection, and of streams before SETTINGS say otherwise. */
export const defaultWindow = 65_535;
