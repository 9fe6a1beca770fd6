import { Client, Connection } from '@temporalio/client';
import { CHANNEL_ARGS, ping, within } from '../../src/temporal/client';
import { roomWorkflowId, streamKeyWorkflowId } from '../../src/domain/ids';
import { getStateQuery, type RoomView } from '../../src/workflows/messages';

const QUERY_TIMEOUT_MS = 10_000;
const METADATA_QUERY = '__temporal_workflow_metadata';

/** What the key's workflow shows to operators. */
export interface KeyView {
  state: string;
  holdsRoom: boolean;
  transitionNumber: number;
}

/** What the workflows themselves say, asked past the API. */
export class Workflows {
  private constructor(private readonly client: Client) {}

  static async connect(address: string, namespace: string): Promise<Workflows> {
    const connection = await Connection.connect({ address, channelArgs: CHANNEL_ARGS });
    return new Workflows(new Client({ connection, namespace }));
  }

  /** True, or rejects. */
  async ping(): Promise<true> {
    await ping(this.client);
    return true;
  }

  room(appId: number, roomId: number): Promise<RoomView> {
    const handle = this.client.workflow.getHandle(roomWorkflowId(appId, roomId));
    return within(this.client, QUERY_TIMEOUT_MS, () => handle.query(getStateQuery));
  }

  async key(appId: number, memberId: number): Promise<KeyView> {
    const handle = this.client.workflow.getHandle(streamKeyWorkflowId(appId, memberId));
    const metadata = await within(this.client, QUERY_TIMEOUT_MS, () =>
      handle.query<{ currentDetails?: string }>(METADATA_QUERY),
    );
    const details = metadata.currentDetails ?? '';
    return {
      state: /^\*\*([A-Z_]+)\*\*/.exec(details)?.[1] ?? details,
      holdsRoom: !details.includes('- holds: no room'),
      transitionNumber: Number(/transitions: (\d+)/.exec(details)?.[1]),
    };
  }

  /** Histories as JSON, by workflow id and run. */
  async histories(ids: { appId: number; roomId: number; memberId: number }): Promise<Map<string, unknown>> {
    const { appId, roomId, memberId } = ids;
    const query = [roomWorkflowId(appId, roomId), streamKeyWorkflowId(appId, memberId)]
      .map((id) => `WorkflowId = "${id}"`)
      .concat(`WorkflowId STARTS_WITH "archive:${appId}:${roomId}:"`)
      .join(' OR ');
    const found = new Map<string, unknown>();
    for await (const { workflowId, runId } of this.client.workflow.list({ query })) {
      const history = await this.client.workflow.getHandle(workflowId, runId).fetchHistory();
      found.set(`${workflowId}-${runId}`, history);
    }
    return found;
  }

  close(): Promise<void> {
    return this.client.connection.close();
  }
}
