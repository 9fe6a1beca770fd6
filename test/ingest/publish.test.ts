import { until } from '../support/until';
import { Encoder } from './support/encoder';
import { KEY, openStage, type Stage } from './support/stage';

describe('a real encoder at the door', () => {
  let stage: Stage;
  let encoder: Encoder | null = null;
  beforeEach(async () => void (stage = await openStage()));
  afterEach(async () => {
    await encoder?.stop('SIGKILL');
    encoder = null;
    await stage.close();
  });

  test('is accepted, its media reaches the pipeline, its goodbye ends the session', async () => {
    encoder = new Encoder(stage.url(KEY), { seconds: 2 });
    const pipeline = await until(() => stage.media.pipelines[0], { timeoutMs: 10_000, what: 'a session' });
    const { code } = await encoder.done;
    expect(code).toBe(0);
    await until(() => stage.control.ends.length, { timeoutMs: 2_000, what: 'the unpublish tell' });
    expect(stage.control.ends).toEqual(['client_closed']);
    expect(stage.control.tells.map((tell) => tell.kind)).toEqual(['viewable', 'unpublish']);
    expect(pipeline.count('video')).toBeGreaterThan(20);
    expect(pipeline.count('audio')).toBeGreaterThan(50);
    expect(
      pipeline.tags
        .filter((tag) => tag.isSequenceHeader)
        .map((tag) => tag.kind)
        .sort(),
    ).toEqual(['audio', 'video']);
    expect(pipeline.tags[0]?.payload.toString('latin1', 3, 13)).toBe('onMetaData');
    expect(stage.logged()).not.toContain(KEY);
  });
});
