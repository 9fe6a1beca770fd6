import { once } from 'node:events';
import { connect } from 'node:net';
import { OurDoors } from '../../contract/hostile-rtmp/our-doors';
import { Witness } from '../../contract/hostile-rtmp/witness';
import { until } from '../../support/until';
import { hostileConversation } from '../mutate-conversation';
import { must, type Kind } from '../kind';

const SOON_MS = 10_000;

/** The same conversations over real sockets, against the whole listener with its outbox on disk; a legitimate stream beside it. */
export async function rtmpOverSockets(): Promise<Kind> {
  const target = await OurDoors.open();
  const { doors } = target;
  doors.keys.add('fuzzseed');
  const witness = await Witness.start(target);
  const empty = () => doors.ingest.connectionCount === Witness.connections && doors.media.open === 1;
  const gone = async (): Promise<void> => {
    await until(empty, { timeoutMs: SOON_MS, what: 'connections and sessions to be gone', everyMs: 2 });
    must(doors.ingest.sessions.list().length === 1, 'sessions are left, or the neighbour is gone');
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
      await gone();
      must(doors.errors.length === 0, `an unexpected exception: ${doors.errors.splice(0).join('')}`);
    },
    atRest: async () => {
      await gone();
      await witness.check();
    },
    close: async () => {
      witness.stop();
      await doors.close();
    },
  };
}
