import { fork, type ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { until } from '../../../support/until';
import { Clients } from '../clients';
import type { Target } from '../target';

const WITNESS = 'witness';
const SECRET = 'stock-secret';
const PATIENCE_MS = 2_000;
const STARTS_MS = 20_000;
const DAY_S = 86_400;

/** A fresh stock node-media-server as a target. */
export class StockServer extends Clients implements Target {
  readonly witnessKey = WITNESS;
  readonly patienceMs = PATIENCE_MS;
  private keys = 0;
  private asked = 0;
  private stderr = '';
  private exited = false;

  private constructor(
    private readonly child: ChildProcess,
    { rtmp, http, root }: { rtmp: number; http: number; root: string },
  ) {
    super(rtmp);
    this.httpPort = http;
    this.root = root;
    child.once('exit', () => (this.exited = true));
    child.stderr?.on('data', (text) => (this.stderr += String(text)));
  }

  readonly httpPort: number;
  private readonly root: string;

  static async start({ auth }: { auth: boolean }): Promise<StockServer> {
    const env = { ...process.env, STOCK_SECRET: auth ? SECRET : '' };
    const child = fork(join(__dirname, 'server.js'), { env, silent: true, execArgv: [] });
    child.stdout?.resume();
    const [ports] = (await once(child, 'message', { signal: AbortSignal.timeout(STARTS_MS) })) as [
      { rtmp: number; http: number; root: string },
    ];
    const server = new StockServer(child, ports);
    await until(() => server.open().then(() => true), { timeoutMs: STARTS_MS, what: 'stock to listen' });
    server.endAll();
    return server;
  }

  /** Where its process ended: the innermost line of the package on the stack. */
  get crash(): string | null {
    if (!this.exited) return null;
    const where = /src\/(\S+?\.js):\d+/.exec(this.stderr)?.[1] ?? 'unknown place';
    const what = /^(\w*Error)\b/m.exec(this.stderr)?.[1] ?? 'exit';
    return `${what} in ${where}`;
  }

  get isAlive(): boolean {
    return !this.exited;
  }

  /** The witness's name with what a server with signatures wants. */
  signedWitness(): string {
    const until = Math.floor(Date.now() / 1000) + DAY_S;
    const signature = createHash('md5').update(`/live/${WITNESS}-${until}-${SECRET}`).digest('hex');
    return `${WITNESS}?sign=${until}-${signature}`;
  }

  readonly flvRoot = '/live';
  witnessPlayName = (): string => WITNESS;
  playNameOf = (key: string): string => key;

  newKey(): string {
    this.keys += 1;
    return `attacker-${this.keys}`;
  }

  async kick(key: string): Promise<void> {
    await this.ask('kick', key);
  }

  async publishers(): Promise<number> {
    return Number(await this.ask('publishers'));
  }

  async rssBytes(): Promise<number> {
    return Number(await this.ask('memory'));
  }

  async stop(): Promise<void> {
    this.endAll();
    if (this.isAlive) {
      const gone = once(this.child, 'exit');
      this.child.kill('SIGKILL');
      await gone;
    }
    await rm(this.root, { recursive: true, force: true });
  }

  private async ask(ask: string, name?: string): Promise<unknown> {
    this.asked += 1;
    const id = this.asked;
    if (!this.isAlive) throw new Error('stock is gone');
    const answer = new Promise<unknown>((resolve, reject) => {
      const done = (): void => {
        this.child.off('message', onMessage);
        this.child.off('exit', onExit);
      };
      const onMessage = (message: { id?: number; answer?: unknown }): void => {
        if (message.id !== id) return;
        done();
        resolve(message.answer);
      };
      const onExit = (): void => {
        done();
        reject(new Error('stock is gone'));
      };
      this.child.on('message', onMessage);
      this.child.once('exit', onExit);
    });
    this.child.send({ id, ask, name });
    return answer;
  }
}
