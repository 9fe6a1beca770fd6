/** All that ffmpeg and ffprobe may know of our environment: they read hostile bytes, and it holds the database's and master key. */
export function childEnv(): NodeJS.ProcessEnv {
  // eslint-disable-next-line no-restricted-syntax -- handed on, not a setting: where a program named without a path is found
  return { PATH: process.env.PATH };
}
