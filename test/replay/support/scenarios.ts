import { createUnfinishedRows } from '../../../src/store/unfinished-rows';
import { ping } from '../../../src/temporal/client';
import { Reconciler } from '../../../src/temporal/reconciler';
import type { CommandedRoom } from '../../../src/temporal/room-commands';
import { until } from '../../support/until';
import type { ScriptedNode, ScriptedSession } from '../../workflow/support/scripted-node';
import type { Member, World } from '../../workflow/support/world';

const TIMEOUT_MS = 60_000;
const WINDOW_SECONDS = 1;
/** Drops after which a run of a world that suggests it early hands over more than once. */
const DROPS_TO_HAND_OVER = 9;

/** One show of one member, driven by messages; every step waits until Postgres has it. */
export class Show {
  member!: Member;
  room!: CommandedRoom;

  private constructor(
    readonly world: World,
    readonly node: ScriptedNode,
  ) {}

  static async begin(world: World, node: ScriptedNode, windowSeconds: number | null = null): Promise<Show> {
    const show = new Show(world, node);
    show.member = await world.member();
    show.room = await world.room(show.member, windowSeconds);
    return show;
  }

  command = (name: Parameters<World['commands']['command']>[1]) =>
    this.world.commands.command(this.room, name, name);
  roomIs = (state: string) => this.world.roomReaches(this.room, state, TIMEOUT_MS);
  keyIs = (state: string) => this.world.keyReaches(this.member, state, TIMEOUT_MS);

  async live(): Promise<ScriptedSession> {
    const session = await this.node.stream(this.member);
    await this.keyIs('ACTIVE');
    await this.command('goLive');
    return session;
  }

  async drop(session: ScriptedSession): Promise<void> {
    await this.node.stop(this.member, session, 'connection_lost');
    await this.roomIs('LIVE_INACTIVE');
  }

  async resume(): Promise<ScriptedSession> {
    const session = await this.node.stream(this.member);
    await this.roomIs('LIVE');
    return session;
  }

  async end(session: ScriptedSession): Promise<void> {
    await this.drop(session);
    await this.command('endBroadcast');
    await this.roomIs('ARCHIVED');
    await this.keyIs('INACTIVE');
  }

  /** Somebody ends a workflow by hand; the reconciler brings it back. */
  async killAndHeal(handle: ReturnType<World['keyHandle']>): Promise<void> {
    const { runId } = await handle.describe();
    await handle.terminate('by hand');
    const rows = createUnfinishedRows(this.world.knex);
    const reconciler = new Reconciler(this.world.client, rows, this.world.log, () => undefined);
    const isBack = async () => {
      await reconciler.reconcile();
      const now = await handle.describe();
      return now.status.name === 'RUNNING' && now.runId !== runId;
    };
    await until(isBack, { timeoutMs: TIMEOUT_MS, what: 'the workflow to be back', everyMs: 500 });
  }
}

export interface Scenario {
  story: string;
  windowSeconds?: number;
  /** Needs the world for itself. */
  alone?: true;
  /** Needs a Temporal that asks for a new run early. */
  handsOver?: true;
  play(show: Show): Promise<void>;
}

export const SCENARIO: Record<string, Scenario> = {
  normal: {
    story: 'publish, go live, stop, end, archived',
    play: async (show) => show.end(await show.live()),
  },
  'drop-and-resume': {
    story: 'the connection is lost twice, and the encoder comes back',
    async play(show) {
      await show.drop(await show.live());
      await show.drop(await show.resume());
      await show.end(await show.resume());
    },
  },
  'forced-end-by-room': {
    story: 'the room is force-ended while live, told twice, and its old key is refused',
    async play(show) {
      await show.live();
      await Promise.all([show.command('forceEnd'), show.command('forceEnd')]);
      await show.roomIs('ENDED');
      await show.node.publish(show.member).catch(() => undefined);
    },
  },
  'forced-end-by-key': {
    story: 'the key is force-terminated while its room is live; it publishes again with its new key',
    async play(show) {
      await show.live();
      await show.world.commands.forceTerminateKey(show.member.key, 'once');
      await show.roomIs('ENDED');
      show.member.key = { ...show.member.key, keyVersion: 2 };
      await show.node.stop(show.member, await show.node.stream(show.member));
      await show.keyIs('INACTIVE');
    },
  },
  takeover: {
    story: 'a second encoder takes over from a silent one, whose late words change nothing',
    async play(show) {
      const silent = await show.live();
      const next = await show.node.publish(show.member, { supersedes: silent.sessionId });
      await show.node.viewable(show.member, silent);
      await show.node.unpublish(show.member, silent);
      await show.node.viewable(show.member, next);
      await show.keyIs('ACTIVE_LIVE');
      await show.roomIs('LIVE');
      await show.end(next);
    },
  },
  'window-ran-out': {
    story: 'nobody comes back within the reconnect window',
    windowSeconds: WINDOW_SECONDS,
    async play(show) {
      await show.drop(await show.live());
      await show.roomIs('ARCHIVED');
      await show.keyIs('INACTIVE');
    },
  },
  'window-changed': {
    story: 'a room without a reconnect window gets one while its encoder is away',
    async play(show) {
      await show.drop(await show.live());
      await show.world.commands.changeReconnectWindow(show.room.appId, show.room.roomId, WINDOW_SECONDS);
      await show.roomIs('ARCHIVED');
      await show.keyIs('INACTIVE');
    },
  },
  'archive-retried': {
    story: 'the archive fails, its cause is mended, and it is retried',
    alone: true,
    async play(show) {
      show.world.archiveFailure = 'the recording is gone';
      await show.drop(await show.live());
      await show.command('endBroadcast');
      await until(async () => (await show.world.roomRow(show.room.roomId)).vod_state === 'FAILED_ARCHIVING', {
        timeoutMs: TIMEOUT_MS,
        what: 'the archive to fail',
      });
      show.world.archiveFailure = null;
      await show.command('retryArchive');
      await show.roomIs('ARCHIVED');
    },
  },
  'rebirth-of-room': {
    story: 'somebody terminates the live room by hand; it goes on from its row',
    async play(show) {
      const session = await show.live();
      await show.killAndHeal(show.world.roomHandle(show.room));
      await show.end(session);
    },
  },
  'rebirth-of-key': {
    story: 'somebody terminates the key by hand while it holds a room without its encoder',
    async play(show) {
      await show.drop(await show.live());
      await show.killAndHeal(show.world.keyHandle(show.member));
      await show.end(await show.resume());
    },
  },
  outage: {
    story: 'Temporal is killed while the room is live, and the encoder leaves meanwhile',
    alone: true,
    async play(show) {
      const { world, node, member } = show;
      const session = await show.live();
      await world.stack.act('temporal', 'kill');
      node.drop(session.sessionId, 'connection_lost');
      await world.stack.act('temporal', 'start');
      await until(() => ping(world.client).then(() => true), {
        timeoutMs: TIMEOUT_MS,
        what: 'Temporal to answer',
      });
      await until(() => node.unpublish(member, session, 'connection_lost').then(() => true), {
        timeoutMs: TIMEOUT_MS,
        what: 'the tell to be taken',
      });
      await show.roomIs('LIVE_INACTIVE');
      await show.end(await show.resume());
    },
  },
  'continue-as-new': {
    story: 'the encoder drops so often that the key hands over to a next run, with its room held',
    handsOver: true,
    async play(show) {
      let session = await show.live();
      for (let drops = 0; drops < DROPS_TO_HAND_OVER; drops += 1) {
        await show.drop(session);
        session = await show.resume();
      }
      await show.end(session);
    },
  },
};
