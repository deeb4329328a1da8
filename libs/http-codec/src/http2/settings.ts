import { ErrorCode, Http2Error } from './error-code.ts';
import { defaultWindow, maxWindow } from './frame-type.ts';

/** Source: RFC 9113, section 6.5.2; RFC 8441, section 3 */
export const SettingId = {
  headerTableSize: 0x1,
  enablePush: 0x2,
  maxConcurrentStreams: 0x3,
  initialWindowSize: 0x4,
  maxFrameSize: 0x5,
  maxHeaderListSize: 0x6,
  enableConnectProtocol: 0x8,
} as const;

/** What a peer has told of itself. Frames of more than 16 KiB are never sent, whatever it would take. */
export class PeerSettings {
  headerTableSize = 4096;
  maxConcurrentStreams = Number.POSITIVE_INFINITY;
  initialWindowSize = defaultWindow;
  enableConnectProtocol = false;
  /** We are the server: only a client may say that it takes pushes. */
  readonly #isServer: boolean;

  constructor(isServer: boolean) {
    this.#isServer = isServer;
  }

  /** Takes the payload of a SETTINGS frame. Throws {@link Http2Error} on values that may not be. */
  read(bytes: Buffer, start: number, end: number): void {
    for (let at = start; at < end; at += 6) this.#set(bytes.readUInt16BE(at), bytes.readUInt32BE(at + 2));
  }

  #set(id: number, value: number): void {
    switch (id) {
      case SettingId.headerTableSize:
        this.headerTableSize = value;
        return;
      case SettingId.enablePush:
        if (value > (this.#isServer ? 1 : 0)) throw invalid('ENABLE_PUSH');
        return;
      case SettingId.maxConcurrentStreams:
        this.maxConcurrentStreams = value;
        return;
      case SettingId.initialWindowSize:
        if (value > maxWindow) throw new Http2Error(ErrorCode.flowControlError, 'INITIAL_WINDOW_SIZE too large');
        this.initialWindowSize = value;
        return;
      case SettingId.maxFrameSize:
        if (value < 16_384 || value > 16_777_215) throw invalid('MAX_FRAME_SIZE');
        return;
      case SettingId.enableConnectProtocol:
        if (value > 1 || (value === 0 && this.enableConnectProtocol)) throw invalid('ENABLE_CONNECT_PROTOCOL');
        this.enableConnectProtocol = value === 1;
        return;
      default:
      // Unknown settings are ignored, and MAX_HEADER_LIST_SIZE is only advice.
    }
  }
}

function invalid(name: string): Http2Error {
  return new Http2Error(ErrorCode.protocolError, `invalid SETTINGS_${name}`);
}
