import { ApiClient, type RoomAnswer } from '../../../src/demo/api-client';
import { until } from '../../support/until';
import type { Showrunner } from './showrunner';

const STEP_TIMEOUT_MS = 30_000;

/** A customer's backend: the API client, and waiting for what it tells. */
export class Backend {
  readonly api: ApiClient;

  constructor(showrunner: Showrunner) {
    this.api = new ApiClient(showrunner.addresses.api, showrunner.credentials);
  }

  /** A member and its room; answers the URL to publish to. */
  async schedule(appUserId: string, mode: string): Promise<{ room: RoomAnswer; publishUrl: string }> {
    await this.api.createMember(appUserId);
    const room = await this.api.createRoom(appUserId, appUserId);
    const { streamKey, ingestUrl } = await this.api.streamKey(appUserId);
    return { room, publishUrl: `${ingestUrl}/${streamKey}?mode=${mode}` };
  }

  keyIs(appUserId: string, state: string): Promise<boolean> {
    return until(async () => (await this.api.streamKey(appUserId)).streamKeyState === state, {
      timeoutMs: STEP_TIMEOUT_MS,
      what: `the key of ${appUserId} to be ${state}`,
    });
  }

  roomIs({ id }: RoomAnswer, state: string): Promise<RoomAnswer> {
    const find = async () => {
      const room = await this.api.room(id);
      return room.videoRoomState === state ? room : null;
    };
    return until(find, { timeoutMs: STEP_TIMEOUT_MS, what: `room ${id} to be ${state}` });
  }
}
