import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { CodedError } from '../../domain/errors';
import { LADDER_FOLDER } from '../../storage/layout';
import { replaceContendedFile, syncFolder } from '../../storage/replace-file';
import { renderManifest } from '../vod/dash';
import { renderMasterPlaylist } from '../vod/hls';
import { MANIFEST, MASTER_PLAYLIST } from '../vod/names';
import { LadderPaths } from './names';
import { readRecord } from './record';
import { ladderVodPlan } from './vod-plan';

/**
 * Swaps the VOD's master playlist and MPD (same file names, by rename) to the ladder; the media playlists of the instant VOD
 * and their segments stay, so that a player that holds them goes on. A ladder of MP4s alone has neither: nobody new finds the
 * instant VOD then. Safe to repeat.
 * Rejects with TRANSCODE_FAILED where there is no finished ladder.
 */
export async function publishLadder(vodDir: string): Promise<void> {
  const record = await readRecord(new LadderPaths(vodDir));
  if (!record) throw new CodedError('TRANSCODE_FAILED', 'there is no finished ladder to publish');
  if (record.tracks.length === 0) return unpublish(vodDir);
  const folder = `${LADDER_FOLDER}/`;
  const plan = ladderVodPlan(record, { segments: folder, playlists: folder });
  await replaceContendedFile(join(vodDir, MANIFEST), renderManifest(plan));
  await replaceContendedFile(join(vodDir, MASTER_PLAYLIST), renderMasterPlaylist(plan));
  await syncFolder(vodDir);
}

async function unpublish(vodDir: string): Promise<void> {
  for (const file of [MANIFEST, MASTER_PLAYLIST]) await rm(join(vodDir, file), { force: true });
  await syncFolder(vodDir);
}
