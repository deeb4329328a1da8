import { ChannelCredentials, ServerCredentials } from '@grpc/grpc-js';

/** Plain text, for Unix sockets that only this user may open, and for a loopback port that a setting opens for tools. */
export const insecureServer: ServerCredentials = ServerCredentials.createInsecure();

/** The client's side of {@link insecureServer}. */
export const insecureChannel: ChannelCredentials = ChannelCredentials.createInsecure();
