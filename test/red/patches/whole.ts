import type { Row } from '../row';

/** The whole, through its doors and processes: test/contract, test/fuzz, test/e2e, test/crash, test/chaos. */
export const WHOLE: Row[] = [
  {
    suite: 'contract/greedy',
    test: 'a handshake byte by byte ends at the deadline, however busy it looks',
    file: 'src/ingest/rtmp/connection.ts',
    find: '    this.receivedBytes += bytes.length;\n',
    replace: '    this.receivedBytes += bytes.length;\n    this.timer.refresh();\n',
    why: 'a client that sends a byte now and then stays for ever',
  },
  {
    suite: 'contract/hostile-rtmp/hostile',
    test: 'play A, then B, on one connection',
    file: 'src/ingest/rtmp/connection.ts',
    find: "if (this.phase !== 'connected') throw",
    replace: "if (this.phase === 'greeting') throw",
    why: 'a connection may have several roles',
  },
  {
    suite: 'fuzz/smoke',
    test: 'mutated conversations, files, fragments and requests are taken or refused, and break nothing',
    file: 'src/ingest/rtmp/aggregate.ts',
    find: `    if (at + TAG_HEADER_BYTES > payload.length)
      throw new RtmpProtocolError('an aggregate message ends too early');
`,
    replace: '',
    why: 'an aggregate that ends in the middle of a header is an error of ours',
  },
  {
    suite: 'e2e/end-after-stop',
    test: "an end that comes with the encoder's stop ends the show",
    file: 'src/workflows/video-room/ledger.ts',
    find: "if (this.state !== 'LIVE' && this.state !== 'LIVE_INACTIVE')",
    replace: "if (this.state !== 'LIVE_INACTIVE')",
    why: 'an end that comes before the stop was seen is refused',
    dist: true,
  },
  {
    suite: 'e2e/show',
    test: 'in a log line',
    file: 'src/ingest/publish-gate.ts',
    find: '      return { accepted: true, session };\n',
    replace: `      this.parts.log.info({ asked: ask.stream.name }, 'publish accepted');
      return { accepted: true, session };
`,
    why: 'the stream key of each publish is written into the log',
    dist: true,
  },
  {
    suite: 'e2e/viewers',
    test: 'RTMP, HTTP-FLV and HLS viewers see the show go on after a drop, and its end',
    file: 'src/media/broadcast/broadcast.ts',
    find: '    if (this.feed && pipeline.feed) this.feed.attach(pipeline.feed);\n',
    replace: '',
    why: 'RTMP viewers see nothing any more after a drop',
    dist: true,
  },
  {
    suite: 'e2e/modes',
    test: 'RTMP, video and audio',
    file: 'src/store/video-posts.ts',
    find: "move(knex, id, UNFINISHED, { state: 'PROCESSED', failure: null })",
    replace: "move(knex, id, UNFINISHED, { state: 'PROCESSING', failure: null })",
    why: 'a post is never done',
    dist: true,
  },
  {
    suite: 'crash/survives',
    test: 'the death of the worker: commands wait for it, media does not',
    file: 'src/launch/supervised.ts',
    find: '    this.restartTimer = setTimeout(() => void this.restart(), delayMs);\n',
    replace: "    this.restartTimer = setTimeout(() => void (this.is('up') && this.restart()), delayMs);\n",
    why: 'what dies stays dead',
    dist: true,
  },
  {
    suite: 'crash/whole-stack',
    test: 'killed at once: LIVE_INACTIVE, LIVE after the encoder returns, ARCHIVED with both parts',
    file: 'src/media/session/pipeline.ts',
    find: 'resumes.timeline.then((timeline) => this.publishTo(timeline));',
    replace: 'resumes.timeline;',
    why: 'what an encoder sends after its return is not recorded',
    dist: true,
  },
  {
    suite: 'chaos/smoke',
    test: 'a dozen cells of the crash matrix hold',
    file: 'src/store/record-transition.ts',
    find: 'select :app_id, :entity, id, last_event_number + 1,',
    replace: 'select :app_id, :entity, id, last_event_number + 2,',
    why: 'the numbers of events have gaps',
    dist: true,
  },
];
