import { RtmpProtocolError } from './protocol-error';

export type AmfValue = number | boolean | string | null | undefined | AmfObject | AmfValue[];
/** Has no prototype, so that a property named `__proto__` or `constructor` is just a property. */
export interface AmfObject {
  [name: string]: AmfValue;
}

/** connect's command object is two deep; onMetaData of the wildest encoder four. */
const MAX_DEPTH = 8;
/** All values of one message together. Some encoders list every key frame of a file in onMetaData. */
const MAX_VALUES = 4_096;

const NUMBER = 0x00;
const BOOLEAN = 0x01;
const STRING = 0x02;
const OBJECT = 0x03;
const NULL = 0x05;
const UNDEFINED = 0x06;
const ECMA_ARRAY = 0x08;
const OBJECT_END = 0x09;
const STRICT_ARRAY = 0x0a;
const DATE = 0x0b;
const LONG_STRING = 0x0c;

/**
 * Decodes AMF0 from a peer we don't trust. It replaces the package's decoder, which recurses without a bound, believes
 * array counts and miscounts ECMA arrays. References, typed objects and XML, which no encoder sends, are refused.
 */
class Amf0Reader {
  private offset = 0;
  private values = 0;

  constructor(private readonly bytes: Buffer) {}

  get done(): boolean {
    return this.offset >= this.bytes.length;
  }

  read(depth = 0): AmfValue {
    if (depth > MAX_DEPTH) throw new RtmpProtocolError('AMF values nested too deeply');
    if (++this.values > MAX_VALUES) throw new RtmpProtocolError('too many AMF values in a message');
    const marker = this.bytes[this.take(1)];
    switch (marker) {
      case NUMBER:
        return this.bytes.readDoubleBE(this.take(8));
      case BOOLEAN:
        return this.bytes[this.take(1)] !== 0;
      case STRING:
        return this.text(this.bytes.readUInt16BE(this.take(2)));
      case LONG_STRING:
        return this.text(this.bytes.readUInt32BE(this.take(4)));
      case NULL:
        return null;
      case UNDEFINED:
        return undefined;
      case OBJECT:
        return this.properties(depth);
      case ECMA_ARRAY:
        // The count is a hint that encoders get wrong; the end marker counts.
        this.take(4);
        return this.properties(depth);
      case STRICT_ARRAY:
        return this.items(this.bytes.readUInt32BE(this.take(4)), depth);
      case DATE:
        return this.bytes.readDoubleBE(this.take(10));
      default:
        throw new RtmpProtocolError('an AMF type that is not taken');
    }
  }

  private take(count: number): number {
    const at = this.offset;
    if (at + count > this.bytes.length) throw new RtmpProtocolError('AMF data ends too early');
    this.offset += count;
    return at;
  }

  private text(length: number): string {
    const at = this.take(length);
    return this.bytes.toString('utf8', at, at + length);
  }

  private properties(depth: number): AmfObject {
    const result = Object.create(null) as AmfObject;
    for (;;) {
      const nameLength = this.bytes.readUInt16BE(this.take(2));
      if (nameLength === 0 && this.bytes[this.offset] === OBJECT_END) {
        this.offset += 1;
        return result;
      }
      const name = this.text(nameLength);
      result[name] = this.read(depth + 1);
    }
  }

  private items(count: number, depth: number): AmfValue[] {
    // Each item takes at least one byte, so a count beyond the message is a lie; checked before any memory is taken.
    if (count > this.bytes.length - this.offset)
      throw new RtmpProtocolError('an AMF array longer than its message');
    const result: AmfValue[] = [];
    for (let i = 0; i < count; i++) result.push(this.read(depth + 1));
    return result;
  }
}

/** All values of a message body. Throws RtmpProtocolError for anything malformed or beyond the limits. */
export function readAmf0(bytes: Buffer): AmfValue[] {
  const reader = new Amf0Reader(bytes);
  const values: AmfValue[] = [];
  while (!reader.done) values.push(reader.read());
  return values;
}

/** The first value alone: what a data message is named. */
export function readAmf0Name(bytes: Buffer): AmfValue {
  return new Amf0Reader(bytes).read();
}
