import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { DEFAULT_INGEST_LIMITS } from '../../../src/ingest/limits';
import { Outbox } from '../../../src/ingest/outbox';
import { PublishGate } from '../../../src/ingest/publish-gate';
import type { SessionWorld } from '../../../src/ingest/publisher-session';
import { RtmpConnection, type ConnectionHost } from '../../../src/ingest/rtmp/connection';
import { encodeTag } from '../../../src/ingest/rtmp/nms-protocol';
import { SharedChunks } from '../../../src/ingest/rtmp/shared-chunks';
import { RtmpViewer } from '../../../src/ingest/rtmp/viewer';
import { SessionIds } from '../../../src/ingest/session-ids';
import { IngestSessions } from '../../../src/ingest/session-registry';
import { SessionFeed } from '../../../src/media/feed';
import { AAC_HEADER, AVC_HEADER, KEY_FRAME } from '../../support/rtmp-client';
import { FeedMedia } from '../../contract/support/feed-media';
import { MemoryControlPlane, MemoryKeys } from '../../ingest/support/ports';
import { hostileConversation } from '../mutate-conversation';
import { must, type Kind } from '../kind';
import { MemorySocket } from '../memory-socket';
import { OPEN_GATE } from '../../support/open-gate';
import { Neighbour } from '../neighbour';

const PINO_ERROR = 50;
/** Turns of the event loop until everything that a conversation set going is over. */
const SETTLING_TURNS = 200;

const limits = { ...DEFAULT_INGEST_LIMITS, wrongKeyAnswerMs: 0, wrongKeysPerMinute: Infinity };

/** A stream that plays under every preview name: recorded players asked for one that is gone. */
function anyPreview(): SessionFeed {
  const feed = new SessionFeed('RTMP');
  const header = { isKeyFrame: false, isSequenceHeader: true, timestampMs: 0 };
  feed.write({ ...header, kind: 'video', payload: AVC_HEADER });
  feed.write({ ...header, kind: 'audio', payload: AAC_HEADER });
  feed.write({ ...header, kind: 'video', payload: KEY_FRAME, isSequenceHeader: false, isKeyFrame: true });
  return feed;
}

/** RTMP conversations against connection, gate, sessions and feeds, wired as the listener wires them; no socket, no disk. */
export async function rtmpInMemory(): Promise<Kind> {
  const root = await mkdtemp(join(tmpdir(), 'showrunner-fuzz-'));
  const errors: string[] = [];
  const write = (line: string): void => {
    if ((JSON.parse(line) as { level: number }).level >= PINO_ERROR) errors.push(line);
  };
  const log = pino({ level: 'error' }, { write });
  const [media, keys, control, sessions] = [
    new FeedMedia(),
    new MemoryKeys(),
    new MemoryControlPlane(),
    new IngestSessions(),
  ];
  keys.add('fuzzseed');
  const { streamKeyId } = keys.add('neighbour-of-all');
  const told = { ends: 0 };
  const world: SessionWorld = {
    media,
    limits,
    log,
    tell: (tell) => void (told.ends += tell.kind === 'unpublish' ? 1 : 0),
    // Nobody leases the neighbour's session: time without a lease counts only while somebody could.
    controlPlaneReachable: () => false,
    onAccepted: (session) => sessions.accepted(session),
    onLeft: (session) => sessions.left(session),
    onEnded: (session) => sessions.ended(session),
  };
  const outbox = new Outbox({ dir: root, controlPlane: control, log });
  const ids = new SessionIds('fuzz', (sessionId) => `preview-${sessionId}`);
  const gate = new PublishGate({
    media,
    keyResolver: keys,
    controlPlane: control,
    outbox,
    sessions,
    ids,
    world,
    limits,
    log,
  });
  const chunks = new SharedChunks(encodeTag);
  const preview = anyPreview();
  const host: ConnectionHost = {
    publish: (connection, application, stream) =>
      gate.decide({ link: connection, address: connection.address, application, stream }),
    admit: ({ name, token }) => OPEN_GATE.admitByToken('live', name, token),
    play: (connection, { name, streamId }, admission) => {
      const feed = media.feed(name) ?? (name.startsWith('preview-') ? preview : null);
      if (!feed) return null;
      const viewer = new RtmpViewer(connection, streamId, chunks);
      viewer.start(feed, admission);
      return viewer;
    },
  };

  const settled = () =>
    sessions.all().length === 1 && media.open === 1 && media.viewers === 1 && preview.viewers === 0;
  const turn = () => new Promise<void>((resolve) => setImmediate(resolve));
  const settle = async (done: () => boolean): Promise<void> => {
    for (let turns = 0; turns < SETTLING_TURNS && !done(); turns++) await turn();
  };
  const neighbour = new Neighbour(host, limits, log);
  await neighbour.start(
    'neighbour-of-all',
    () => media.playNameOf(streamKeyId),
    () => settle(() => media.open === 1 && !neighbour.publisher.isPaused),
  );

  return {
    name: 'rtmp',
    make: (dice) => [Buffer.from([dice.below(4)]), ...hostileConversation(dice)],
    run: async ([how, ...bytes]) => {
      const [reads, reset] = [(how![0]! & 1) === 0, (how![0]! & 2) !== 0];
      const socket = new MemorySocket(reads);
      const asked = control.asked.length;
      const connection = new RtmpConnection(socket.asSocket, '203.0.113.1', host, limits, log);
      for (const piece of bytes) {
        socket.deliver(piece);
        if (socket.isPaused && !socket.destroyed) await settle(() => !socket.isPaused || socket.destroyed);
      }
      socket.hangUp(reset ? 'reset' : 'fin');
      await connection.closed;
      await settle(settled);
      must(errors.length === 0, `an unexpected exception: ${errors.splice(0).join('')}`);
      must(settled(), 'a session or a viewer outlived its connection, or the neighbour is gone');
      neighbour.check();
      must(socket.writableLength <= limits.maxViewerQueueBytes * 2, 'a queue without a bound');
      must(control.asked.length - asked <= 1, 'one connection was asked for twice');
      must(control.asked.length === 0 || told.ends <= control.asked.length, 'an end without a publish');
      if (control.asked.length > 1_000) {
        control.asked.length = 0;
        told.ends = 0;
      }
    },
    atRest: async () => must(settled(), 'sessions or viewers are left'),
    close: async () => {
      neighbour.stop();
      await gate.close();
      await rm(root, { recursive: true, force: true });
    },
  };
}
