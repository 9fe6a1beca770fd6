import { ffprobe } from '../../support/ffmpeg';

export interface Packet {
  dtsS: number;
  ptsS: number;
}

/** The video packets of an output in the order that they come; `seconds` of it for one that has no end. */
export async function videoPackets(url: string, seconds?: number): Promise<Packet[]> {
  const { json } = await ffprobe(
    ...(seconds === undefined ? [] : ['-read_intervals', `%+${seconds}`]),
    ...['-select_streams', 'v:0', '-show_entries', 'packet=dts_time,pts_time', url],
  );
  const packets = json.packets as { dts_time: string; pts_time: string }[];
  return packets.map(({ dts_time, pts_time }) => ({ dtsS: Number(dts_time), ptsS: Number(pts_time) }));
}

/** How often a time is not above the one before it. */
export const fallsOf = (times: number[]): number =>
  times.filter((time, at) => at > 0 && time <= times[at - 1]!).length;
