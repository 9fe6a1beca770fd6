import { renditionUrl, vodFileUrl, vodUrls, type PlaybackBases } from '../../domain/playback-urls';
import type { PostFile } from '../../domain/post-files';
import { isMoviesOnly, moviesOf, type PostRendition } from '../../domain/video-profile';
import type { VideoPostDetails } from '../../store/video-posts';

type UploadedKind = 'src' | 'thumbnail' | 'preview';

const UPLOADED_TYPES: Record<UploadedKind, string> = {
  src: 'VIDEO_POST_SRC',
  thumbnail: 'VIDEO_POST_THUMBNAIL',
  preview: 'VIDEO_POST_PREVIEW',
};

/**
 * A file's id is its post's id and its number in the post: at most one of each kind, and one movie a rendition, of which a
 * profile has four at most. So it stays the same however often the post is read.
 */
const FILES_A_POST = 10;
const FILE_NUMBER = { src: 1, thumbnail: 2, preview: 3, hls: 4, dash: 5, firstMovie: 6 };

const serialize = (post: VideoPostDetails, number: number, type: string, file: PostFile, url: string) => ({
  id: post.id * FILES_A_POST + number,
  state: post.entity_state,
  type,
  contentType: file.contentType,
  size: file.bytes,
  originalFileName: file.originalName,
  url,
  drm: { isProtected: false, contentId: null },
});
type SerializedFile = ReturnType<typeof serialize>;
type ProcessedFiles = ReturnType<typeof processedFiles>;

/** A file that was uploaded, or made beside the renditions. */
export function postFile(post: VideoPostDetails, kind: UploadedKind, bases: PlaybackBases) {
  const file = post.files[kind];
  if (!file) return null;
  return serialize(
    post,
    FILE_NUMBER[kind],
    UPLOADED_TYPES[kind],
    file,
    vodFileUrl(bases, post.name, file.file),
  );
}

/** Of a broadcast: the original, once it was made and verified. Of an upload: what was uploaded, once it plays. */
export function sourceFile(post: VideoPostDetails, bases: PlaybackBases) {
  if (post.files.src || post.original_bytes === null) return postFile(post, 'src', bases);
  const file = named('original.mp4', 'video/mp4', post.original_bytes);
  return serialize(post, FILE_NUMBER.src, UPLOADED_TYPES.src, file, vodUrls(bases, post.name).mp4);
}

/** What was made of the source: HLS, DASH and a movie a rendition. Named once they are swapped in: earlier they may be made anew. */
export function processedFiles(post: VideoPostDetails, bases: PlaybackBases) {
  const renditions = post.state === 'PROCESSED' ? (post.renditions ?? []) : [];
  const movies = moviesOf(renditions).map((rendition, i) => movieFile(post, rendition, i, bases));
  if (renditions.length === 0 || isMoviesOnly(renditions)) return { hls: null, dash: null, movies };
  const bytes = renditions.reduce((sum, { segmentBytes }) => sum + segmentBytes, 0);
  const urls = vodUrls(bases, post.name);
  const hls = named('master.m3u8', 'application/vnd.apple.mpegurl', bytes);
  const dash = named('manifest.mpd', 'application/dash+xml', bytes);
  return {
    hls: serialize(post, FILE_NUMBER.hls, PROCESSED_TYPE, hls, urls.hls),
    dash: serialize(post, FILE_NUMBER.dash, PROCESSED_TYPE, dash, urls.dash),
    movies,
  };
}

const PROCESSED_TYPE = 'VIDEO_POST_PROCESSED';

const named = (name: string, contentType: string, bytes: number): PostFile => ({
  file: name,
  originalName: name,
  contentType,
  bytes,
});

function movieFile(
  post: VideoPostDetails,
  { name, mp4Bytes }: PostRendition,
  i: number,
  bases: PlaybackBases,
) {
  const file = named(`${name}.mp4`, 'video/mp4', mp4Bytes);
  const url = renditionUrl(bases, post.name, name);
  return serialize(post, FILE_NUMBER.firstMovie + i, PROCESSED_TYPE, file, url);
}

const summary = (
  format: 'CMAF_HLS' | 'CMAF_MPEG_DASH' | 'MP4',
  url: string,
  file: SerializedFile | null,
) => ({
  format,
  size: file && file.size,
  url,
  // Segments are no files of their own here: their playlist names them.
  masterPlaylistFileId: format === 'MP4' || !file ? null : file.id,
  masterPlaylistFileIds: format === 'MP4' || !file ? [] : [file.id],
  mediaSegmentFileIds: [],
});

/** What can be watched: from the end of the broadcast on, long before original and renditions are made. */
export function processedSummaries(
  post: VideoPostDetails,
  { hls, dash, movies }: ProcessedFiles,
  bases: PlaybackBases,
) {
  if (post.playable_at === null) return [];
  const movieSummaries = movies.map((file) => summary('MP4', file.url, file));
  if (movies.length > 0 && !hls) return movieSummaries;
  const urls = vodUrls(bases, post.name);
  return [summary('CMAF_HLS', urls.hls, hls), summary('CMAF_MPEG_DASH', urls.dash, dash), ...movieSummaries];
}
