import { ErrorCode, Http2Error } from './error-code.ts';

export function protocolError(message: string): Http2Error {
  return new Http2Error(ErrorCode.protocolError, message);
}

export function checkStream(streamId: number): void {
  if (streamId === 0) throw protocolError('frame without a stream');
}

export function checkNoStream(streamId: number): void {
  if (streamId !== 0) throw protocolError('frame of the connection on a stream');
}

export function checkLength(good: boolean): void {
  if (!good) throw new Http2Error(ErrorCode.frameSizeError, 'wrong frame size');
}
