import type { RtmpConnection } from './connection';
import type { RtmpCommand } from './protocol';
import { RtmpProtocolError } from './protocol-error';
import {
  askedToken,
  isOurApplication,
  isStreamName,
  parseNamedQuery,
  type NamedQuery,
} from './stream-address';

/** Says what kind of server this is; clients only check that it is there. */
const SERVER_VERSION = 'FMS/3,0,1,123';
const SERVER_CAPABILITIES = 31;

/** What a peer's commands mean, and the answers encoders and players wait for. */
export class CommandHandler {
  private application: NamedQuery | null = null;
  private createdStreams = 0;
  private wantsFcAnswer = false;

  constructor(private readonly connection: RtmpConnection) {}

  handle(command: RtmpCommand): void {
    switch (command.name) {
      case 'connect':
        return this.connect(command);
      case 'createStream':
        return this.createStream(command);
      case 'FCPublish':
        this.wantsFcAnswer = true;
        return this.answer(command, undefined);
      case 'releaseStream':
        return this.answer(command, undefined);
      case 'getStreamLength':
        // Live: no length.
        return this.answer(command, 0);
      case 'publish':
        return this.publish(command);
      case 'play':
        return this.play(command);
      case 'deleteStream':
        return this.connection.goodbye(typeof command.args[1] === 'number' ? command.args[1] : null);
      case 'FCUnpublish':
      case 'closeStream':
        return this.connection.goodbye(null);
      default:
        // Bandwidth checks, pauses and inventions of encoders; an error would end some of them.
        return;
    }
  }

  /** Sent after the yes, and not before it. */
  announcePublish(streamId: number): void {
    const { protocol } = this.connection;
    const code = 'NetStream.Publish.Start';
    if (this.wantsFcAnswer)
      protocol.sendCommand(0, 'onFCPublish', 0, null, { code, description: 'Publishing.' });
    protocol.sendStreamEvent('begin', streamId);
    protocol.sendStatus(streamId, 'status', code, 'Publishing.');
  }

  private answer(command: RtmpCommand, value: undefined | number): void {
    this.connection.protocol.sendCommand(0, '_result', command.transactionId, null, value);
  }

  private connect(command: RtmpCommand): void {
    this.connection.connected();
    const { protocol, limits } = this.connection;
    const [details] = command.args;
    if (typeof details !== 'object' || details === null || Array.isArray(details)) {
      throw new RtmpProtocolError('connect without its object');
    }
    this.application = parseNamedQuery(details.app, limits.maxNameChars);
    if (!this.application) throw new RtmpProtocolError('connect without an application');
    protocol.greet();
    if (!isOurApplication(this.application)) {
      const info = {
        level: 'error',
        code: 'NetConnection.Connect.Rejected',
        description: 'There is no such application. Use rtmp://host/live.',
      };
      protocol.sendCommand(0, '_error', command.transactionId, null, info);
      return this.connection.finish();
    }
    const server = { fmsVer: SERVER_VERSION, capabilities: SERVER_CAPABILITIES };
    protocol.sendCommand(0, '_result', command.transactionId, server, {
      level: 'status',
      code: 'NetConnection.Connect.Success',
      description: 'Connection succeeded.',
      // We speak AMF0 whatever was asked for; clients that asked for AMF3 fall back.
      objectEncoding: 0,
    });
  }

  private createStream(command: RtmpCommand): void {
    this.requireApplication();
    if (this.createdStreams >= this.connection.limits.maxStreamsPerConnection) {
      throw new RtmpProtocolError('too many streams were created');
    }
    this.createdStreams += 1;
    this.answer(command, this.createdStreams);
  }

  private publish(command: RtmpCommand): void {
    const { application, stream } = this.role(command);
    this.connection.beginPublish(application, stream, command.streamId);
  }

  private play(command: RtmpCommand): void {
    const { application, stream } = this.role(command);
    const name = isStreamName(stream.name) ? stream.name : '';
    const token = askedToken(application, stream);
    this.connection.beginPlay({ name, token, streamId: command.streamId });
  }

  private requireApplication(): NamedQuery {
    if (!this.application) throw new RtmpProtocolError('a command before connect');
    return this.application;
  }

  private role(command: RtmpCommand): { application: NamedQuery; stream: NamedQuery } {
    const application = this.requireApplication();
    this.connection.requireNoRole();
    if (command.streamId < 1 || command.streamId > this.createdStreams) {
      throw new RtmpProtocolError('a role on a stream that was not created');
    }
    const stream = parseNamedQuery(command.args[1], this.connection.limits.maxNameChars);
    if (!stream) throw new RtmpProtocolError('a stream name that is no string, or too long');
    return { application, stream };
  }
}
