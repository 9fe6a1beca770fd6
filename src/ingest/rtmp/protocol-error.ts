/** The peer broke RTMP or one of our limits. Ends its connection, and nothing else. Its text holds nothing the peer sent. */
export class RtmpProtocolError extends Error {
  constructor(what: string) {
    super(what);
    this.name = 'RtmpProtocolError';
  }
}
