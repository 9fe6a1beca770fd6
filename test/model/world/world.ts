import type { SessionEndReason } from '../../../src/domain/session-end-reason';
import type { KeyEffect } from '../../../src/workflows/stream-key/effects';
import type { SessionView, UnpublishTell, ViewableTell } from '../../../src/workflows/messages';
import { KeyActor } from './key-actor';
import { NodeActor, type NodeSession } from './node-actor';
import { isLive } from './record';
import { RoomActor, type AskKey } from './room-actor';
import { Wire } from './wire';

export const ROOMS = [1, 2, 3];
export const NODES = ['n1', 'n2'];

/** One stream key, its rooms, two media nodes, the record, and everything that is on its way between them. */
export class World {
  readonly wire = new Wire();
  readonly key = new KeyActor((effect) => this.carryOut(effect));
  readonly node = new NodeActor((session, reason) => this.tellUnpublish(session, reason));
  readonly rooms: RoomActor[];
  /** The key's version in its row, which nodes look up. */
  rowVersion = 1;
  nowMs = 1_000_000;
  readonly log: string[] = [];

  constructor() {
    const ask: AskKey = {
      claim: (id, request, answer) =>
        this.askKey(id, () => this.key.ledger.claim(request, this.nowMs), answer),
      release: (id, request, answer) => this.askKey(id, () => this.key.ledger.release(request), answer),
      forceEnd: (id, request, answer) => this.askKey(id, () => this.key.ledger.forceEnd(request), answer),
    };
    this.rooms = ROOMS.map((roomId) => new RoomActor(roomId, ask));
  }

  /** An encoder connects; its node asks. On the same node a silent holder is superseded, an advancing one refuses. */
  publish(nodeId: string, holderIsSilent: boolean, keyVersion: number): void {
    const holder = this.node.publishingOn(nodeId);
    if (holder && !holderIsSilent) return;
    const session = this.node.connect(nodeId, keyVersion);
    const { sessionId } = session;
    const supersedes = holder?.sessionId ?? null;
    const request = {
      sessionId,
      nodeId,
      keyVersion,
      mode: 'RTMP' as const,
      supersedes,
    };
    this.wire.send(`publish ${sessionId}`, () => {
      const epochBefore = this.key.ledger.state.snapshot.context.epoch;
      const isNew = this.key.ledger.state.session?.sessionId !== sessionId;
      const mustRefuse = this.refusesForGood(session);
      const outcome = this.key.decide(() => this.key.ledger.publish(request, this.nowMs));
      if ('refused' in outcome) {
        this.wire.send(`refusal ${sessionId}`, () => this.node.refused(session));
        return;
      }
      if (mustRefuse) throw new Error(`${sessionId} was granted although ${mustRefuse}`);
      if (isNew && outcome.answer.epoch <= epochBefore) throw new Error(`${sessionId} got an old epoch`);
      this.wire.send(`grant ${sessionId}`, () => this.node.granted(session, outcome.answer.epoch));
    });
  }

  viewable(session: NodeSession): void {
    if (session.state !== 'publishing' || session.viewable) return;
    session.viewable = true;
    const tell: ViewableTell = { sessionId: session.sessionId, epoch: session.epoch! };
    this.wire.send(`viewable ${tell.sessionId}`, () =>
      this.fenced(tell.sessionId, tell.epoch, () => this.key.decide(() => this.key.ledger.viewable(tell))),
    );
  }

  /** A lease ended in another way than by its node's word: a dead node, or a lost worker. */
  loseLease(): void {
    const session = this.key.ledger.state.session;
    if (!session) return;
    const { sessionId, nodeId, epoch, mode } = session;
    this.leaseLost({ sessionId, nodeId, epoch, mode });
  }

  /** The key itself is force-terminated through the API. */
  terminateKey(): void {
    this.wire.send('force-terminate the key', () => {
      this.key.decide(() => this.key.ledger.forceEnd({ roomId: null }));
    });
  }

  /** One write of the record; a room's LIVE waits while another room's row is live (the partial unique index). */
  write(pick: number): boolean {
    const writers = [this.key, ...this.rooms].filter(
      ({ writes }) => writes.next && !this.isHeldBack(writes.next),
    );
    const writer = writers[pick % writers.length];
    writer?.writeNext();
    const live = this.rooms.filter(({ writes }) => isLive(writes.state));
    if (live.length > 1) throw new Error('two live rooms in the record');
    return writer !== undefined;
  }

  /** Everything on its way arrives, everything decided is written. */
  drain(): void {
    for (let steps = 0; this.wire.deliver(0, false) || this.write(0); steps += 1) {
      if (steps > 10_000) throw new Error('the messages never come to rest');
    }
  }

  private isHeldBack(record: { to: string; from: string }): boolean {
    return (
      record.to === 'LIVE' &&
      record.from === 'SCHEDULED' &&
      this.rooms.some(({ writes }) => isLive(writes.state))
    );
  }

  private askKey<T>(id: string, decision: () => T, answer: (outcome: never) => void): void {
    let isAnswered = false;
    const answerOnce = (outcome: unknown): void => {
      if (!isAnswered) answer(outcome as never);
      isAnswered = true;
    };
    // Doubled, as an activity that is tried again: the same update id, and the first answer counts.
    this.wire.send(id, () =>
      this.key.ask(id, decision, (outcome) => this.wire.send(`answer to ${id}`, () => answerOnce(outcome))),
    );
  }

  private tellUnpublish({ sessionId, epoch }: NodeSession, reason: SessionEndReason): void {
    const tell: UnpublishTell = { sessionId, epoch, reason };
    this.wire.send(`unpublish ${sessionId}`, () =>
      this.fenced(sessionId, epoch, () => this.key.decide(() => this.key.ledger.unpublish(tell))),
    );
  }

  /** A fact of a session that is not the current one must not move the key. */
  private fenced(sessionId: string, epoch: number | null, tell: () => void): void {
    const { snapshot, session } = this.key.ledger.state;
    const isCurrent = session?.sessionId === sessionId && (epoch === null || epoch === session.epoch);
    tell();
    if (!isCurrent && this.key.ledger.state.snapshot !== snapshot) {
      throw new Error(`${sessionId} moved a key that is not its own`);
    }
  }

  private refusesForGood({ sessionId, keyVersion }: NodeSession): string | null {
    const { minKeyVersion, endedSessions } = this.key.ledger.state;
    if (keyVersion < minKeyVersion) return 'its key was replaced';
    return endedSessions.includes(sessionId) ? 'it had ended' : null;
  }

  private carryOut(effect: Exclude<KeyEffect, { kind: 'record' }>): void {
    switch (effect.kind) {
      case 'tellRoom': {
        const { change } = effect;
        const room = this.rooms.find(({ roomId }) => roomId === change.roomId);
        // One message at a time: the key waits for each to be taken before it sends the next.
        const channel = `to room ${change.roomId}`;
        this.wire.send(`${change.keyState} ${channel}`, () => room?.keyChanged(change), { channel });
        return;
      }
      case 'cut':
        return this.wire.send(`cut ${effect.session.sessionId}`, () =>
          this.node.cut(effect.session.sessionId, effect.reason),
        );
      case 'rotate':
        return this.wire.send('rotate', () => {
          this.rowVersion = Math.max(this.rowVersion, effect.toVersion);
        });
      case 'lease':
        return this.wire.send(`lease of ${effect.session.sessionId}`, () => this.follow(effect.session), {
          canDouble: false,
        });
    }
  }

  /** The lease comes to the node: followed there to its end, or told that there is nothing to follow. */
  private follow(view: SessionView): void {
    const session = this.node.find(view.sessionId);
    if (session && session.state !== 'gone')
      session.onGone.push((reason) => this.leaseReturned(view, reason));
    else this.leaseLost(view);
  }

  private leaseReturned({ sessionId, epoch }: SessionView, reason: SessionEndReason): void {
    const tell: UnpublishTell = { sessionId, epoch, reason };
    this.wire.send(`manifest of ${sessionId}`, () =>
      this.fenced(sessionId, epoch, () => this.key.decide(() => this.key.ledger.unpublish(tell))),
    );
  }

  private leaseLost(view: SessionView): void {
    this.wire.send(`lease of ${view.sessionId} lost`, () =>
      this.fenced(view.sessionId, view.epoch, () =>
        this.key.decide(() => this.key.ledger.sessionLost(view, 'media_lost')),
      ),
    );
  }
}
