import { CodedError } from '../domain/errors';
import type { MediaTag } from '../media/contract';
import { audioFacts, videoFacts } from './flv-codec';
import { readMetadata } from './metadata';
import type { RtmpMedia } from './rtmp/protocol';
import { WrapFreeClock } from './wrap-free-clock';

/** The encoder sends what we can't carry; told to it in these words. */
export class UnsupportedCodecError extends CodedError {
  constructor(readonly codec: string) {
    super('CODEC_UNSUPPORTED', codec);
  }
}

/** Turns one session's RTMP media into tags: checks codecs by their bits, marks headers and key frames, unwraps time. */
export class TagReader {
  private readonly clock = new WrapFreeClock();
  private hasAudioHeader = false;
  private hasVideoHeader = false;

  /**
   * Null for what is left out: empty messages, frames before their sequence header (nobody could decode them),
   * commands in video messages, script data other than onMetaData.
   * Throws UnsupportedCodecError, or RtmpProtocolError for what is malformed.
   */
  read(message: RtmpMedia): MediaTag | null {
    if (message.payload.length === 0) return null;
    switch (message.kind) {
      case 'audio':
        return this.audio(message);
      case 'video':
        return this.video(message);
      case 'script':
        return this.script(message);
    }
  }

  private audio(message: RtmpMedia): MediaTag | null {
    const facts = audioFacts(message.payload);
    if (facts.kind === 'unsupported') throw new UnsupportedCodecError(facts.codec);
    if (facts.kind === 'header') this.hasAudioHeader = true;
    if (facts.kind === 'nothing' || !this.hasAudioHeader) return null;
    return this.tag(message, facts.kind === 'header', false);
  }

  private video(message: RtmpMedia): MediaTag | null {
    const facts = videoFacts(message.payload);
    if (facts.kind === 'unsupported') throw new UnsupportedCodecError(facts.codec);
    if (facts.kind === 'header') this.hasVideoHeader = true;
    if (facts.kind === 'nothing' || !this.hasVideoHeader) return null;
    return this.tag(message, facts.kind === 'header', facts.kind === 'keyFrame');
  }

  private script(message: RtmpMedia): MediaTag | null {
    const payload = readMetadata(message.payload);
    if (!payload) return null;
    // Encoders stamp metadata with 0 at any time; it happens when it comes.
    return {
      kind: 'script',
      payload,
      isKeyFrame: false,
      isSequenceHeader: false,
      timestampMs: this.clock.nowMs,
    };
  }

  private tag(message: RtmpMedia, isSequenceHeader: boolean, isKeyFrame: boolean): MediaTag {
    const { kind, payload } = message;
    return { kind, payload, isKeyFrame, isSequenceHeader, timestampMs: this.clock.extend(message.timestamp) };
  }
}
