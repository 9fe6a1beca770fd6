import { fast } from '../row';

/** The rules: test/unit and test/model. */
export const DOMAIN = fast([
  {
    suite: 'unit/recurring',
    test: 'one run at a time',
    file: 'src/recurring.ts',
    find: 'this.running ??= this.runOnce()',
    replace: 'this.running = this.runOnce()',
    why: 'slow runs pile up',
  },
  {
    suite: 'unit/deadline',
    test: 'answers with the work where that is in time, and leaves no timer',
    file: 'src/deadline.ts',
    find: `    return await Promise.race([work, deadline]);
  } finally {
    clearTimeout(timer);
  }`,
    replace: `    return await Promise.race([work, deadline]);
  } finally {
    timer = undefined;
  }`,
    why: 'a deadline keeps its timer',
  },
  {
    suite: 'unit/domain/access',
    test: 'a guest with every tie passes where the level says so, and nowhere else',
    file: 'src/domain/access.ts',
    find: "  if (viewer.kind === 'guest') return resource.level === 'APP';\n",
    replace: '',
    why: 'guests count as members',
  },
  {
    suite: 'unit/domain/address',
    test: 'all of an IPv6 network share theirs',
    file: 'src/domain/address-group.ts',
    find: 'const IPV6_NETWORK_GROUPS = 4;',
    replace: 'const IPV6_NETWORK_GROUPS = 8;',
    why: 'each address of an IPv6 network counts by itself',
  },
  {
    suite: 'unit/domain/errors',
    test: 'VIDEO_ROOM_NOT_FOUND answers 404, as FlipFlop does',
    file: 'src/domain/errors.ts',
    find: 'VIDEO_ROOM_NOT_FOUND: caller(404, ',
    replace: 'VIDEO_ROOM_NOT_FOUND: caller(400, ',
    why: 'an unknown room is 400',
  },
  {
    suite: 'unit/domain/ids',
    test: 'may not touch a file system',
    file: 'src/domain/ids.ts',
    find: '/^[A-Za-z0-9][A-Za-z0-9-]{0,63}$/',
    replace: '/^[A-Za-z0-9][A-Za-z0-9-]{0,63}/',
    why: 'an id is checked at its beginning only',
  },
  {
    suite: 'unit/domain/output-mode',
    test: 'a repeated parameter refuses',
    file: 'src/domain/output-mode.ts',
    find: '  return isOutputMode(asked) ? asked : null;',
    replace:
      '  const first = Array.isArray(asked) ? asked[0] : asked;\n  return isOutputMode(first) ? first : null;',
    why: 'of a repeated mode the first one is taken',
  },
  {
    suite: 'unit/domain/playback-urls',
    test: 'RTMP_CMAF: all four, HLS the main one',
    file: 'src/domain/playback-urls.ts',
    find: 'const main = hls ?? rtmpUrl;',
    replace: 'const main = rtmpUrl ?? hls;',
    why: 'RTMP is the main URL where both are offered',
  },
  {
    suite: 'unit/domain/room-decisions',
    test: 'LIVE_INACTIVE',
    file: 'src/domain/video-room/machine.ts',
    find: "on: { keyActiveLive: 'LIVE', endBroadcast: 'ENDED', forceEnd: 'ENDED' },",
    replace: "on: { endBroadcast: 'ENDED', forceEnd: 'ENDED' },",
    why: 'a room does not go on when its encoder is back',
  },
  {
    suite: 'unit/domain/stream-key-decisions',
    test: 'INACTIVE_LIVE',
    file: 'src/domain/stream-key/machine.ts',
    find: "release: { guard: 'holdsRoom', target: 'INACTIVE', actions: 'letRoomGo' },",
    replace: "release: { target: 'INACTIVE', actions: 'letRoomGo' },",
    why: 'any room may release a key',
  },
  {
    suite: 'model/paths',
    test: 'each shortest path has the length that the diagram says',
    file: 'src/domain/stream-key/machine.ts',
    find: "ingestStarted: startTo('ACTIVE_LIVE_PREP'),",
    replace: "ingestStarted: startTo('ACTIVE_PREP'),",
    why: 'a key whose encoder comes back forgets that it is live',
  },
  {
    suite: 'model/races',
    test: 'its unpublish overtakes its publish',
    file: 'src/workflows/stream-key/ledger.ts',
    find: '    state.endedSessions = remember(state.endedSessions, sessionId, REMEMBERED_SESSIONS);\n',
    replace: '',
    why: 'a session that ended is forgotten',
  },
  {
    suite: 'model/world',
    test: 'at rest: one live room, held by its key',
    file: 'src/workflows/video-room/ledger.ts',
    find: '    for (const change of early) this.keyChanged(change);\n',
    replace: '',
    why: 'what the key said before its grant arrived is lost',
  },
]);
