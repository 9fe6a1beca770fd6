import { once } from 'node:events';
import { connect } from 'node:net';
import { openFrontDoors } from '../../contract/support/front-doors';
import { until } from '../../support/until';
import { hostileConversation } from '../mutate-conversation';
import { must, type Kind } from '../kind';

const SOON_MS = 10_000;

/** The same conversations over real sockets, against the whole listener with its outbox on disk. */
export async function rtmpOverSockets(): Promise<Kind> {
  const doors = await openFrontDoors({
    ...{ roleDeadlineMs: 1_000, refusalFlushMs: 50, wrongKeyAnswerMs: 0 },
    wrongKeysPerMinute: Number.MAX_SAFE_INTEGER,
  });
  doors.keys.add('fuzzseed');
  const empty = () => doors.ingest.connectionCount === 0 && doors.media.open === 0;
  const atRest = async (): Promise<void> => {
    await until(empty, { timeoutMs: SOON_MS, what: 'connections and sessions to be gone', everyMs: 2 });
    must(doors.ingest.sessions.list().length === 0, 'sessions are left');
  };
  return {
    name: 'rtmp-socket',
    make: hostileConversation,
    run: async (bytes) => {
      const socket = connect(doors.rtmpPort, '127.0.0.1');
      // A reset is an answer, too.
      socket.on('error', () => undefined);
      socket.resume();
      const closed = once(socket, 'close', { signal: AbortSignal.timeout(SOON_MS) });
      for (const piece of bytes) socket.write(piece);
      socket.end();
      await closed;
      await atRest();
      must(doors.errors.length === 0, `an unexpected exception: ${doors.errors.splice(0).join('')}`);
    },
    atRest,
    close: () => doors.close(),
  };
}
