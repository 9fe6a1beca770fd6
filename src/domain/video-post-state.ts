export const POST_STATES = [
  'CREATED',
  'UPLOADED',
  'QUEUED',
  'PROCESSING',
  'PROCESSED',
  'FAILED_UPLOAD',
  'FAILED_QUEUING',
  'FAILED_PROCESSING',
] as const;
export type VideoPostState = (typeof POST_STATES)[number];

/** What happens to an uploaded post, and from which states it may (api/flipflop-api.md section 5.6). */
const STEPS = {
  /** All parts are there. */
  uploaded: { from: ['CREATED', 'FAILED_UPLOAD'], to: 'UPLOADED' },
  /** What was uploaded is no media that we take. A retry says QUEUED at once, so it is refused from there too. */
  uploadRefused: { from: ['UPLOADED', 'FAILED_QUEUING', 'QUEUED'], to: 'FAILED_UPLOAD' },
  /** The file is the post's original now, and plays. */
  queued: { from: ['UPLOADED', 'FAILED_QUEUING', 'QUEUED'], to: 'QUEUED' },
  queuingFailed: { from: ['UPLOADED', 'FAILED_QUEUING', 'QUEUED'], to: 'FAILED_QUEUING' },
  processing: { from: ['QUEUED', 'PROCESSING', 'FAILED_PROCESSING'], to: 'PROCESSING' },
  processed: { from: ['QUEUED', 'PROCESSING', 'FAILED_PROCESSING'], to: 'PROCESSED' },
  processingFailed: { from: ['QUEUED', 'PROCESSING', 'FAILED_PROCESSING'], to: 'FAILED_PROCESSING' },
} as const satisfies Record<string, { from: readonly VideoPostState[]; to: VideoPostState }>;

export type PostStep = keyof typeof STEPS;

export const postStep = (step: PostStep): { from: readonly VideoPostState[]; to: VideoPostState } =>
  STEPS[step];

/** Its file is still to come. */
export const awaitsUpload = (state: VideoPostState): boolean => postStep('uploaded').from.includes(state);

/** Somebody is at work on its files. */
export const isAtWork = (state: VideoPostState): boolean =>
  state === 'UPLOADED' || state === 'QUEUED' || state === 'PROCESSING';

/** Transcoding has begun, or is over: its profiles decide nothing any more. */
export const isTranscodingBegun = (state: VideoPostState): boolean =>
  state === 'PROCESSING' || state === 'PROCESSED' || state === 'FAILED_PROCESSING';
