/** What viewers of a session may play: RTMP + HTTP-FLV, HLS + DASH, or all four (FlipFlop `mode`). */
export const OUTPUT_MODES = ['RTMP', 'CMAF', 'RTMP_CMAF'] as const;
export type OutputMode = (typeof OUTPUT_MODES)[number];

/** A new app's mode when it says nothing (design.md section 6). */
export const DEFAULT_OUTPUT_MODE: OutputMode = 'RTMP';

export function isOutputMode(value: unknown): value is OutputMode {
  return OUTPUT_MODES.includes(value as OutputMode);
}

export const offersCmaf = (mode: OutputMode): boolean => mode !== 'RTMP';
export const offersRtmp = (mode: OutputMode): boolean => mode !== 'CMAF';

/**
 * The mode of a publish: `?mode=` on the publish URL, then the stream key's own, then the app's.
 * `asked` is the raw query value: one string, or several when the parameter was repeated.
 * Returns null for a value that is no mode: an unknown mode refuses the publish instead of guessing.
 */
export function resolveOutputMode(
  asked: string | string[] | undefined,
  ofKey: OutputMode | null,
  ofApp: OutputMode,
): OutputMode | null {
  if (asked === undefined) return ofKey ?? ofApp;
  return isOutputMode(asked) ? asked : null;
}
