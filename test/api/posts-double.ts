import type { PostCommands } from '../../src/api/post-commands';
import { CodedError } from '../../src/domain/errors';
import type { PostFileInput, VideoPostInput } from '../../src/workflows/messages';

/** Stands in for Temporal only: keeps what it was asked to start. */
export class PostsDouble implements PostCommands {
  readonly processed: VideoPostInput[] = [];
  readonly taken: PostFileInput[] = [];
  /** While set, Temporal is away. */
  away = false;

  async processPost(post: VideoPostInput): Promise<void> {
    await this.reach();
    this.processed.push(post);
  }

  async takePostFile(file: PostFileInput): Promise<void> {
    await this.reach();
    this.taken.push(file);
  }

  private reach(): Promise<void> {
    return this.away ? Promise.reject(new CodedError('CONTROL_PLANE_UNAVAILABLE')) : Promise.resolve();
  }
}
