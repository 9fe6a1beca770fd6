import type { TcpNetConnectOpts } from 'node:net';
import { RtmpClient } from '../../support/rtmp-client';
import type { Target } from './target';

/** RTMP clients of one attack, ended together. */
export class Clients implements Pick<Target, 'open' | 'ready' | 'publishing'> {
  private readonly all: RtmpClient[] = [];

  constructor(readonly rtmpPort: number) {}

  async open(options: Partial<TcpNetConnectOpts> = {}): Promise<RtmpClient> {
    return this.keep(await RtmpClient.open(this.rtmpPort, options));
  }

  async ready(app = 'live', options: Partial<TcpNetConnectOpts> = {}): Promise<RtmpClient> {
    return this.keep(await RtmpClient.ready(this.rtmpPort, app, options));
  }

  async publishing(key: string, options: Partial<TcpNetConnectOpts> = {}): Promise<RtmpClient> {
    const client = await this.ready('live', options);
    client.publish(key);
    await client.status('NetStream.Publish.Start');
    return client;
  }

  endAll(): void {
    for (const client of this.all.splice(0)) client.destroy();
  }

  private keep(client: RtmpClient): RtmpClient {
    this.all.push(client);
    return client;
  }
}
