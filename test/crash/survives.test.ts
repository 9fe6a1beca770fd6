import { startProcesses, type ProgramName, type Processes } from '../support/processes';
import { until } from '../support/until';
import { MIN_SEGMENTS, Show, within } from './support/show';

/** SIGKILL of one program in the middle of a live broadcast: the room ends ARCHIVED with one video post. */
describe('a live broadcast survives', () => {
  let processes: Processes;
  let show: Show | null = null;

  beforeAll(async () => {
    processes = await startProcesses();
  }, 120_000);
  afterEach(async () => {
    await show?.encoder.stop();
    show = null;
  });
  afterAll(() => processes.remove(), 30_000);

  const live = async (mode: string): Promise<Show> => (show = await Show.live(processes, mode));

  const kill = async (name: ProgramName): Promise<void> => {
    const pid = processes.pidOf(name)!;
    process.kill(pid, 'SIGKILL');
    await until(() => processes.pidOf(name) !== null && processes.pidOf(name) !== pid, {
      ...within,
      what: `${name} to be started again`,
    });
  };

  it('the death of the media node: the encoder returns and the show goes on', async () => {
    const show = await live('CMAF');
    const recorded = show.segments;
    await kill('media');
    await show.becomes('LIVE_INACTIVE');
    await show.becomes('LIVE');
    await show.recorded(recorded + MIN_SEGMENTS);
    await show.endsArchived();
  }, 180_000);

  it('the death of the worker: commands wait for it, media does not', async () => {
    const show = await live('RTMP');
    const recorded = show.segments;
    await kill('worker');
    await show.recorded(recorded + MIN_SEGMENTS);
    expect(show.encoder.starts).toBe(1);
    await show.endsArchived();
  }, 180_000);

  it('the death of Temporal: media goes on, and nothing acknowledged is lost', async () => {
    const show = await live('RTMP');
    const recorded = show.segments;
    await kill('temporal');
    await show.recorded(recorded + MIN_SEGMENTS);
    expect(await show.state()).toBe('LIVE');
    expect(show.encoder.starts).toBe(1);
    await show.endsArchived();
  }, 180_000);

  it('the death of Postgres: media goes on, and what is decided meanwhile is written in order', async () => {
    const show = await live('RTMP');
    const recorded = show.segments;
    await kill('postgres');
    await show.recorded(recorded + MIN_SEGMENTS);
    await show.becomes('LIVE');
    expect(show.encoder.starts).toBe(1);
    await show.endsArchived();
  }, 180_000);

  it('its encoder leaving while Temporal is dead: the node tells it later', async () => {
    const show = await live('RTMP');
    process.kill(processes.pidOf('temporal')!, 'SIGKILL');
    await show.encoder.stop();
    await show.becomes('LIVE_INACTIVE');
    await show.endsArchived();
  }, 180_000);
});
