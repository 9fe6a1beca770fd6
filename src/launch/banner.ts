import { urlHost, type Config } from '../config';
import type { DemoCredentials } from '../store/demo-app';

/** Addresses of a running Showrunner, as the supervisor tells them to its parent and on the terminal. */
export interface Addresses {
  api: string;
  playback: string;
  rtmp: string;
  /** Null: with TEMPORAL_ADDRESS we don't know where its UI is. */
  temporalUi: string | null;
  temporal: string;
}

const LOOPBACK = '127.0.0.1';

export function addressesOf(config: Config, temporal: string): Addresses {
  return {
    api: `http://${urlHost(config.host)}:${config.ports.api}`,
    playback: config.publicBases.http,
    rtmp: `${config.publicBases.rtmp}/live`,
    temporalUi: config.temporalAddress ? null : `http://${LOOPBACK}:${config.ports.temporalUi}`,
    temporal,
  };
}

/** What a person needs to make the first broadcast. Shows secrets, so it goes to the terminal and nowhere else. */
export function banner(at: Addresses, demo: DemoCredentials, config: Config): string {
  const rooms = `${at.api}/v2/apps/me/video-rooms`;
  const curl = `curl -u ${demo.apiKey}:${demo.apiSecret} -H 'content-type: application/json'`;
  const room = `{"type":"BROADCAST_RTMP","appUserId":"${demo.appUserId}","title":"My first show","scheduledAt":"'"$(date -u +%FT%TZ)"'"}`;
  const picture =
    '-f lavfi -i testsrc2=size=1280x720:rate=30 -f lavfi -i sine=frequency=440:sample_rate=48000';
  const encoder =
    '-c:v libx264 -preset veryfast -tune zerolatency -pix_fmt yuv420p -g 60 -b:v 2500k -c:a aac -ac 2 -b:a 128k';
  return `
Showrunner is up.

  API          ${at.api}
  Playback     ${at.playback}
  RTMP ingest  ${at.rtmp}
  Temporal UI  ${at.temporalUi ? `${at.temporalUi}/namespaces/${config.temporalNamespace}/workflows` : `of the server at ${at.temporal}`}

  Demo app ${demo.appId}, member ${demo.appUserId} (also in credentials.json of ${config.dataDir})
  API key      ${demo.apiKey}
  API secret   ${demo.apiSecret}
  Stream key   ${demo.streamKey}

1. Publish (OBS: server ${at.rtmp}, stream key ${demo.streamKey}?mode=RTMP_CMAF), or:
   ffmpeg -re ${picture} ${encoder} -f flv '${at.rtmp}/${demo.streamKey}?mode=RTMP_CMAF'

2. Create a room, and go live with the id that the answer holds:
   ${curl} -d '${room}' ${rooms}
   ${curl} -X POST ${rooms}/ID/rtmp-broadcast/state/live

3. Watch; NAME is in the play URLs of the answer:
   HLS       ${at.playback}/live/NAME/master.m3u8
   DASH      ${at.playback}/live/NAME/manifest.mpd
   HTTP-FLV  ${at.playback}/egress/NAME.flv
   RTMP      ${config.publicBases.rtmp}/live/NAME

4. Stop the encoder, then end the show; the recording's address is in the room's video post:
   ${curl} -X POST ${rooms}/ID/rtmp-broadcast/state/ended

Ctrl-C stops everything; the next start goes on where this one was.
`;
}
