/** What a reader of the documents has beside them. */
export interface World {
  /** Address of the API. */
  base: string;
  apiKey: string;
  apiSecret: string;
  /** A real encoder that publishes to the address until it is stopped. */
  publish(url: string): { stop(): Promise<void> };
}

/** What the reader's program does. */
export interface Program {
  /** Answers the recording's address. */
  playBroadcast(world: World): Promise<{ vodUrl: string; videoPostId: number }>;
  /** Answers the HLS address. */
  uploadVideo(world: World, file: { name: string; bytes: Buffer }): Promise<string>;
}
