import type { MessageRate } from './rtmp/message-budget';

const SECOND_MS = 1_000;
const KIB = 1024;
const MIB = 1024 * KIB;

/** Every bound of the RTMP front door. Tests shorten the times; production takes the defaults. */
export interface IngestLimits {
  maxConnections: number;
  maxConnectionsPerAddress: number;
  maxMessageBytes: number;
  maxEarlyMessageBytes: number;
  maxAssemblyBytes: number;
  maxEarlyAssemblyBytes: number;
  earlyMessageRate: MessageRate;
  mediaMessageRate: MessageRate;
  maxChunkStreams: number;
  maxChunkSizeBytes: number;
  maxStreamsPerConnection: number;
  maxNameChars: number;
  maxQueuedMessages: number;
  maxQueuedBytes: number;
  maxReplyQueueBytes: number;
  maxViewerQueueBytes: number;
  wrongKeysPerMinute: number;
  wrongKeyAnswerMs: number;
  roleDeadlineMs: number;
  gateMs: number;
  refusalFlushMs: number;
  silenceWarnMs: number;
  silenceCutMs: number;
  takeoverSilenceMs: number;
  firstMediaMs: number;
  viewableMs: number;
  unledMs: number;
  watchTickMs: number;
  closeSessionsMs: number;
  closeTellsMs: number;
}

export const DEFAULT_INGEST_LIMITS: IngestLimits = {
  // One process carries hundreds of viewers a core (research/node-media-server.md, 5); above it, refusing beats crawling.
  maxConnections: 2_000,
  // Offices and campuses share one address; a scanner must not take all places.
  maxConnectionsPerAddress: 500,
  // The largest key frame of a 50 Mbit/s stream is below 4 MB.
  maxMessageBytes: 4 * MIB,
  // Before a publish is accepted only commands come, and those are small.
  maxEarlyMessageBytes: 64 * KIB,
  // Half-received messages of one connection together: one key frame while another waits.
  maxAssemblyBytes: 8 * MIB,
  // The same before a publish: two commands at once. Who has no key must not hold megabytes, 2,000 times.
  maxEarlyAssemblyBytes: 128 * KIB,
  // Before a publish an encoder says about ten things; a player acknowledges and pings a few times a second.
  earlyMessageRate: { burst: 256, perSecond: 50 },
  // 47 AAC frames and 60 pictures a second, sent 400 times as fast as they play: about 1 % of a core to parse.
  mediaMessageRate: { burst: 50_000, perSecond: 50_000 },
  // Encoders use four to eight.
  maxChunkStreams: 32,
  // The largest that encoders are known to set; larger values only serve to stretch buffers.
  maxChunkSizeBytes: 65_536,
  // createStream calls: an encoder needs one.
  maxStreamsPerConnection: 16,
  // Stream name with its query. Keys and playback names are far shorter; a streaming token has about 500.
  maxNameChars: 2_048,
  // What one more socket read may bring while the gate waits: the socket is paused meanwhile.
  maxQueuedMessages: 512,
  maxQueuedBytes: 1 * MIB,
  // Answers that the peer does not fetch: a client that floods us with pings and never reads.
  maxReplyQueueBytes: 256 * KIB,
  // Above 8 MB the feed skips to a key frame; at twice that the viewer is hopeless.
  maxViewerQueueBytes: 16 * MIB,
  // Different ones: retries with a replaced key count once; guessing needs millions.
  wrongKeysPerMinute: 30,
  // All wrong keys are answered after the same time, whatever was wrong with them.
  wrongKeyAnswerMs: 250,
  // Handshake, connect and publish or play: one second on any real network.
  roleDeadlineMs: 10 * SECOND_MS,
  // design.md section 3: no answer of the control plane in 3 s refuses the publish.
  gateMs: 3 * SECOND_MS,
  // Time for a refusal's text to reach the encoder before the socket is destroyed.
  refusalFlushMs: 1 * SECOND_MS,
  // design.md section 6: warned at 5 s, cut at 10 s, on received bytes.
  silenceWarnMs: 5 * SECOND_MS,
  silenceCutMs: 10 * SECOND_MS,
  // design.md section 3, "Takeovers".
  takeoverSilenceMs: 5 * SECOND_MS,
  firstMediaMs: 10 * SECOND_MS,
  // design.md section 2: a session that is not viewable after 20 s is cut.
  viewableMs: 20 * SECOND_MS,
  // design.md section 3, "Leases".
  unledMs: 60 * SECOND_MS,
  // How late a watch may see its limit pass.
  watchTickMs: 250,
  // An orderly stop waits this long for pipelines to flush; what is left, salvage closes at the next boot.
  closeSessionsMs: 5 * SECOND_MS,
  // An orderly stop waits this long for its last tells; what is left stays on disk.
  closeTellsMs: 2 * SECOND_MS,
};
