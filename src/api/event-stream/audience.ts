import type { MemberEvent } from '../../store/member-events';
import type { EventStream } from './stream';

/** Streams by a key of theirs; an empty set is none. */
class Index {
  private readonly sets = new Map<number, Set<EventStream>>();

  add(key: number, stream: EventStream): void {
    const set = this.sets.get(key);
    if (set) set.add(stream);
    else this.sets.set(key, new Set([stream]));
  }

  delete(key: number, stream: EventStream): void {
    const set = this.sets.get(key);
    set?.delete(stream);
    if (set?.size === 0) this.sets.delete(key);
  }

  at(key: number): Iterable<EventStream> {
    return this.sets.get(key) ?? [];
  }
}

/** The open streams of this process, and who of them hears what. Membership follows the log itself, event by event. */
export class Audience {
  private readonly byMember = new Index();
  private readonly byChannel = new Index();
  private readonly all = new Set<EventStream>();

  get size(): number {
    return this.all.size;
  }

  get streams(): Iterable<EventStream> {
    return this.all;
  }

  /** Oldest first. */
  ofMember(memberId: number): EventStream[] {
    return [...this.byMember.at(memberId)];
  }

  /** `channels`: where its member is, as of the stream's position. */
  add(stream: EventStream, channels: readonly number[]): void {
    this.all.add(stream);
    this.byMember.add(stream.pass.memberId, stream);
    for (const channelId of channels) this.enter(stream, channelId);
  }

  remove(stream: EventStream): void {
    if (!this.all.delete(stream)) return;
    this.byMember.delete(stream.pass.memberId, stream);
    for (const channelId of stream.channels) this.byChannel.delete(channelId, stream);
  }

  /** Everybody that an event may concern. */
  hearers({ memberId, channelId, payload }: MemberEvent): Set<EventStream> {
    const hearers = new Set(memberId === null ? [] : this.byMember.at(memberId));
    if (channelId !== null) for (const stream of this.byChannel.at(channelId)) hearers.add(stream);
    if (payload?.presence?.change === 'joined')
      for (const stream of this.byMember.at(payload.presence.memberId)) hearers.add(stream);
    return hearers;
  }

  /** Tells one stream of an event, unless it knows it; whoever leaves hears that as the last of the channel. */
  tell(stream: EventStream, event: MemberEvent, frame: () => Buffer): void {
    const { memberId, channelId, payload } = event;
    if (event.position <= stream.position) return;
    stream.position = event.position;
    const change = payload?.presence?.memberId === stream.pass.memberId ? payload.presence.change : null;
    if (channelId !== null && change === 'joined') this.enter(stream, channelId);
    const hears = memberId === stream.pass.memberId || (channelId !== null && stream.channels.has(channelId));
    if (hears) stream.send(frame());
    // Also where only its own member is told that it is out.
    if (payload && change === 'left') this.exit(stream, payload.channelId);
  }

  private enter(stream: EventStream, channelId: number): void {
    stream.channels.add(channelId);
    this.byChannel.add(channelId, stream);
  }

  private exit(stream: EventStream, channelId: number): void {
    stream.channels.delete(channelId);
    this.byChannel.delete(channelId, stream);
  }
}
