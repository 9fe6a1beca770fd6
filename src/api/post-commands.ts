import type { PostFileInput, VideoPostInput } from '../workflows/messages';

/** What the API asks of the posts' workflows. Every call rejects with CONTROL_PLANE_UNAVAILABLE where they can't be reached. */
export interface PostCommands {
  /** Starts the work on an uploaded post, or lets it go on; one at a time. */
  processPost(post: VideoPostInput): Promise<void>;
  /** Takes in an uploaded thumbnail or preview. */
  takePostFile(file: PostFileInput): Promise<void>;
}
