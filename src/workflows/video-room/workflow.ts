import { allHandlersFinished, condition, setHandler } from '@temporalio/workflow';
import {
  archiveFinishedSignal,
  cancelSignal,
  cancelUpdate,
  checkKeySignal,
  endBroadcastSignal,
  endBroadcastUpdate,
  forceEndSignal,
  forceEndUpdate,
  getStateQuery,
  getTimelineQuery,
  goLiveSignal,
  goLiveUpdate,
  keyChangedSignal,
  reconnectWindowSignal,
  retryArchiveSignal,
  retryArchiveUpdate,
  type Command,
  type VideoRoomInput,
} from '../messages';
import { RoomCommands } from './commands';
import { KeyCheck } from './check-key';
import { closing } from './closing';
import type { RoomCommand, RoomLedger } from './ledger';
import { changeReconnectWindow, watchReconnectWindow } from './reconnect-window';
import { RoomJournal } from './journal';

const COMMANDS = [
  [
    'goLive',
    goLiveUpdate,
    goLiveSignal,
    'Go live. The stream key must be ACTIVE. Input: {} or {"idempotencyKey": "..."}',
  ],
  [
    'endBroadcast',
    endBroadcastUpdate,
    endBroadcastSignal,
    'End the show; stop the encoder first. Makes the VOD. Input: {}',
  ],
  [
    'forceEnd',
    forceEndUpdate,
    forceEndSignal,
    'End at once: cuts the encoder, rotates the stream key, keeps the recording privately. Input: {}',
  ],
  ['cancel', cancelUpdate, cancelSignal, 'Cancel a room that never went live. Input: {}'],
  ['retryArchive', retryArchiveUpdate, retryArchiveSignal, 'Archive again after FAILED_ARCHIVING. Input: {}'],
] as const;

function listen(journal: RoomJournal, commands: RoomCommands, keyCheck: KeyCheck): void {
  for (const [name, update, signal, description] of COMMANDS) {
    setHandler(update, (command) => commands.execute(name, command ?? {}), {
      validator: (command?: Command) => commands.check(name, command ?? {}),
      description,
    });
    setHandler(signal, (command) => commands.tell(name satisfies RoomCommand, command ?? {}), {
      description,
    });
  }
  setHandler(keyChangedSignal, (change) => whenReady(journal, (room) => room.keyChanged(change)), {
    description: 'The stream key tells what became of it.',
  });
  setHandler(checkKeySignal, () => keyCheck.check(), {
    description: 'Asks the stream key whether it holds this live room.',
  });
  setHandler(reconnectWindowSignal, (change) => changeReconnectWindow(journal, change), {
    description: 'Gives the room another reconnect window: {"seconds": 30}, or null. Patch the room instead.',
  });
  setHandler(archiveFinishedSignal, (result) => whenReady(journal, (room) => room.archiveFinished(result)), {
    description: 'The archive tells its result.',
  });
  setHandler(getStateQuery, () => journal.room.view(), { description: 'The room now.' });
  setHandler(getTimelineQuery, () => journal.timeline, {
    description:
      'The transitions of this run with reasons and times; what was before a rebirth stands in the events table.',
  });
}

/** A fact that came before a reborn room knew itself waits for that; facts keep their order. */
async function whenReady(journal: RoomJournal, fact: (room: RoomLedger) => void): Promise<void> {
  if (!journal.ready) await condition(() => journal.ready);
  journal.write(fact);
}

/**
 * One broadcast, from its creation until it is archived, cancelled or its forced end is written (design.md section 3).
 * Id: `room:<app>:<room>`. Commands come here; the stream key is asked.
 */
export async function videoRoomWorkflow(input: VideoRoomInput): Promise<void> {
  const journal = new RoomJournal(input);
  const commands = new RoomCommands(input, journal);
  listen(journal, commands, new KeyCheck(input, journal));
  journal.show();
  journal.index();
  if (input.reborn) await journal.rebirth();
  await Promise.all([journal.run(), watchReconnectWindow(input, journal), closing(input, journal)]);
  await condition(allHandlersFinished);
}
