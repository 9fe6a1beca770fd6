/** A message on its way. `deliver` may be called later than it was sent, and twice where `canDouble` says so. */
export interface Flight {
  what: string;
  canDouble: boolean;
  /** Messages of one channel arrive in their order the first time; only their doubles come at any time. */
  channel: string | null;
  arrived: boolean;
  deliver(): void;
}

/** Everything between the parts: messages that wait, in the order of their sending, to be delivered in any order. */
export class Wire {
  readonly flights: Flight[] = [];

  send(what: string, deliver: () => void, { canDouble = true, channel = null as string | null } = {}): void {
    this.flights.push({ what, canDouble, channel, arrived: false, deliver });
  }

  /** Delivers one of them; with `keep` it stays on its way, to arrive once more. False where there is none. */
  deliver(pick: number, keep: boolean): boolean {
    if (this.flights.length === 0) return false;
    this.hand(this.firstOfChannel(this.flights[pick % this.flights.length]!), keep);
    return true;
  }

  /** Delivers the oldest whose name begins so, whatever its channel; it must be there. */
  deliverNamed(prefix: string, keep = false): void {
    const flight = this.flights.find(({ what }) => what.startsWith(prefix));
    if (!flight)
      throw new Error(`no "${prefix}" on its way, but ${this.flights.map(({ what }) => what).join('; ')}`);
    this.hand(flight, keep);
  }

  private hand(flight: Flight, keep: boolean): void {
    if (keep && flight.canDouble) flight.arrived = true;
    else this.flights.splice(this.flights.indexOf(flight), 1);
    flight.deliver();
  }

  private firstOfChannel(flight: Flight): Flight {
    if (flight.channel === null || flight.arrived) return flight;
    return this.flights.find(({ channel, arrived }) => channel === flight.channel && !arrived)!;
  }
}
