import { createServer, type Server, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';
import { doneWithin } from '../deadline';
import { AddressCounter } from '../domain/address-counter';
import { addressGroup } from '../domain/address-group';
import type { Admission } from '../domain/access-gate';
import type { Logger } from '../logger';
import type { MediaPlane, SalvagedSession } from '../media/contract';
import type { PlayGate, SessionRegistry } from './contract';
import type { IngestLimits } from './limits';
import type { Outbox } from './outbox';
import type { PublishGate } from './publish-gate';
import { RefusalLog } from './refusal-log';
import { RtmpConnection, type ConnectionHost, type PlayRequest } from './rtmp/connection';
import { encodeTag } from './rtmp/nms-protocol';
import { SharedChunks } from './rtmp/shared-chunks';
import { RtmpViewer } from './rtmp/viewer';
import type { IngestSessions } from './session-registry';

/** How soon a peer that vanished without a word is probed by TCP itself. */
const KEEP_ALIVE_DELAY_MS = 10_000;
/** How long a boot waits for the control plane to take what salvage found, before it listens anyway. */
const SALVAGE_TELLS_MS = 5_000;

export interface IngestServerParts {
  host: string;
  /** 0 takes any free one. */
  port: number;
  limits: IngestLimits;
  media: MediaPlane;
  access: PlayGate;
  gate: PublishGate;
  outbox: Outbox;
  sessions: IngestSessions;
  log: Logger;
}

/** The RTMP listener: owns its connections, and through them sessions and players. */
export class IngestServer {
  private readonly server: Server;
  private readonly connections = new Set<RtmpConnection>();
  private readonly places: AddressCounter;
  private readonly chunks = new SharedChunks(encodeTag);
  private readonly connectionHost: ConnectionHost;
  private readonly full: RefusalLog;
  private readonly refusals: RefusalLog;

  constructor(private readonly parts: IngestServerParts) {
    const { gate } = parts;
    this.connectionHost = {
      publish: (connection, application, stream) =>
        gate.decide({ link: connection, address: connection.address, application, stream }),
      admit: (asked) => this.admit(asked),
      play: (connection, asked, admission) => this.play(connection, asked, admission),
    };
    const options = { noDelay: true, keepAlive: true, keepAliveInitialDelay: KEEP_ALIVE_DELAY_MS };
    this.server = createServer(options, (socket) => this.onSocket(socket));
    const { maxConnections, maxConnectionsPerAddress } = parts.limits;
    this.server.maxConnections = maxConnections;
    this.places = new AddressCounter(maxConnections, maxConnectionsPerAddress);
    this.full = new RefusalLog(parts.log, 'RTMP connections were refused: this node has too many');
    this.server.on('drop', () => this.full.add());
    this.refusals = new RefusalLog(parts.log, 'RTMP connections were refused: too many from one address');
  }

  /** The sessions of this node, for activities. */
  get sessions(): SessionRegistry {
    return this.parts.sessions;
  }

  /** How many RTMP connections are open, whatever they do. */
  get connectionCount(): number {
    return this.connections.size;
  }

  /**
   * Puts what salvage found into the outbox as `media_lost` and gives the control plane up to 5 s to take it all.
   * Call it before `listen`, so that an encoder that returns finds its key told.
   */
  async announceSalvaged(sessions: SalvagedSession[]): Promise<{ allDelivered: boolean }> {
    const { outbox } = this.parts;
    await outbox.open();
    await Promise.all(sessions.map((session) => outbox.put(mediaLost(session))));
    return { allDelivered: await outbox.deliverAll(SALVAGE_TELLS_MS) };
  }

  /** Listens; resolves with the address it really has. Rejects with the system's error, for example EADDRINUSE. */
  async listen(): Promise<AddressInfo> {
    await this.parts.outbox.open();
    const { host, port } = this.parts;
    await new Promise<void>((resolve, reject) => {
      this.server.once('error', reject);
      this.server.listen(port, host, () => {
        this.server.off('error', reject);
        this.server.on('error', (error) => this.parts.log.error({ err: error }, 'the RTMP listener failed'));
        resolve();
      });
    });
    return this.server.address() as AddressInfo;
  }

  /** Ends all sessions as `shutdown` and closes players. When it resolves the tells are delivered or safe on disk. */
  async close(): Promise<void> {
    const { gate, sessions, outbox, limits } = this.parts;
    const decided = gate.close();
    const stopped = new Promise<void>((resolve) => this.server.close(() => resolve()));
    const all = sessions.all();
    for (const session of all) session.end('shutdown');
    for (const connection of this.connections) connection.shutDown();
    const pipelines = all.map((session) => session.ended);
    const settled = Promise.all([stopped, decided, ...pipelines]);
    if (!(await doneWithin(limits.closeSessionsMs, settled))) {
      this.parts.log.warn('some sessions did not close in time; salvage will close them');
    }
    await outbox.deliverAll(limits.closeTellsMs);
    await outbox.close();
  }

  private onSocket(socket: Socket): void {
    const { limits, log } = this.parts;
    const address = addressGroup(socket.remoteAddress);
    const place = this.places.take(socket.remoteAddress);
    if (typeof place === 'string') {
      (place === 'total' ? this.full : this.refusals).add(address);
      socket.on('error', () => undefined);
      socket.destroy();
      return;
    }
    const connection = new RtmpConnection(socket, address, this.connectionHost, limits, log);
    this.connections.add(connection);
    void connection.closed.then(() => {
      this.connections.delete(connection);
      place();
    });
  }

  /** Names that do not play here are not looked up. */
  private admit({ name, token }: PlayRequest): Admission | null | Promise<Admission | null> {
    const { media, access } = this.parts;
    return name !== '' && media.feed(name) ? access.admitByToken('live', name, token) : null;
  }

  private play(connection: RtmpConnection, asked: PlayRequest, admission: Admission): RtmpViewer | null {
    // It may have ended while its viewer was looked up.
    const feed = this.parts.media.feed(asked.name);
    if (!feed) return null;
    const viewer = new RtmpViewer(connection, asked.streamId, this.chunks);
    viewer.start(feed, admission);
    return viewer;
  }
}

function mediaLost(session: SalvagedSession) {
  const { appId, memberId, streamKeyId, epoch, sessionId } = session;
  const key = { appId, memberId, streamKeyId };
  return { kind: 'unpublish', key, message: { sessionId, epoch, reason: 'media_lost' } } as const;
}
