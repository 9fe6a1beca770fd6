import type { AskKeyAnswer, AskKeyRequest } from '../../activities/types';
import type { ErrorCode } from '../../domain/errors';
import { roomWorkflowId } from '../../domain/ids';
import { codeOf } from '../failures';
import type { VideoRoomInput } from '../messages';
import { askActivities } from '../proxies';

type Asked = AskKeyRequest['update'];
type AnswerOf<U extends Asked> = Extract<AskKeyAnswer, { update: U }>['answer'];
type ArgOf<U extends Asked> = Extract<AskKeyRequest, { update: U }>['arg'];

/** The key's answer, or the code by which it refused. */
export type KeyVerdict<U extends Asked> = { answer: AnswerOf<U> } | { refused: ErrorCode };

/**
 * Asks the room's stream key and waits for its word, retried until it comes.
 * `commandId` makes the key's update id, so that a repeated attempt is the same question.
 */
export async function askKey<U extends Asked>(
  input: VideoRoomInput,
  commandId: string,
  update: U,
  arg: ArgOf<U>,
): Promise<KeyVerdict<U>> {
  const request = {
    key: { appId: input.appId, memberId: input.memberId, streamKeyId: input.streamKeyId },
    updateId: `${update}:room-${input.roomId}:${commandId}`,
    update,
    arg,
  } as AskKeyRequest;
  try {
    const summary = `ask the key: ${update}`;
    const { answer } = await askActivities.askKey.executeWithOptions({ summary }, [request]);
    return { answer } as KeyVerdict<U>;
  } catch (error) {
    const refused = codeOf(error);
    if (refused) return { refused };
    throw error;
  }
}

/** Asks the key for the room; asked again, it is the same question to a key that holds it. */
export function claimKey(input: VideoRoomInput, commandId: string): Promise<KeyVerdict<'claim'>> {
  const { appId, roomId, playbackName } = input;
  const request = { roomId, playbackName, roomWorkflowId: roomWorkflowId(appId, roomId) };
  return askKey(input, commandId, 'claim', request);
}
