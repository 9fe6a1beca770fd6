export interface ChildBox {
  type: string;
  /** Offset of the box's payload in the buffer that was walked. */
  start: number;
  end: number;
}

/** Walks the boxes in `buffer[from, to)`. Throws where a size runs out of its parent: then nothing in it can be trusted. */
export function* children(buffer: Buffer, from: number, to: number): Generator<ChildBox> {
  let at = from;
  while (at + 8 <= to) {
    const size = buffer.readUInt32BE(at);
    if (size < 8 || at + size > to) throw new Error(`an MP4 box of ${size} bytes does not fit its parent`);
    yield { type: buffer.toString('latin1', at + 4, at + 8), start: at + 8, end: at + size };
    at += size;
  }
}

/** The first descendant along `path` below `buffer[from, to)`; null where a step is missing. */
export function descend(buffer: Buffer, from: number, to: number, ...path: string[]): ChildBox | null {
  let found: ChildBox | null = null;
  for (const step of path) {
    found = null;
    for (const child of children(buffer, from, to)) {
      if (child.type !== step) continue;
      found = child;
      break;
    }
    if (!found) return null;
    from = found.start;
    to = found.end;
  }
  return found;
}
