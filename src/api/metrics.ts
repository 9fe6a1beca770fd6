import { createHash, timingSafeEqual } from 'node:crypto';
import { Router, type Request, type RequestHandler, type Response } from 'express';
import type { Knex } from 'knex';
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import { CodedError } from '../domain/errors';
import { readBroadcastFigures } from '../store/broadcast-figures';
import { unsupportedMethod } from './errors';

/** Around what is promised: reads within 50 ms, writes within 100 ms, an end that waits for its stop up to 12 s. */
const DURATION_BUCKETS_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 12.5, 35];
const LOOPBACK = new Set(['127.0.0.1', '::1', '::ffff:127.0.0.1']);

const sha256 = (text: string): Buffer => createHash('sha256').update(text).digest();

/** For `serve`: which route answered. A path as it was asked for would make a series of each id. */
export function setRoute(res: Response, route: string): void {
  res.locals.route = route;
}

/** What Prometheus reads of this process, and of the broadcasts as Postgres has them at that moment. */
export class ApiMetrics {
  private readonly registry = new Registry();
  private readonly durations = new Histogram({
    name: 'showrunner_http_request_duration_seconds',
    help: 'From the first byte of a request to the last of its answer.',
    labelNames: ['method', 'route'],
    buckets: DURATION_BUCKETS_SECONDS,
    registers: [this.registry],
  });
  private readonly requests = new Counter({
    name: 'showrunner_http_requests_total',
    help: 'Requests answered; status 0 where the caller went away first.',
    labelNames: ['method', 'route', 'status'],
    registers: [this.registry],
  });
  private readonly rooms = this.gauge('showrunner_video_rooms', 'Video rooms by state.', ['state']);
  private readonly keys = this.gauge('showrunner_stream_keys', 'Stream keys by state.', ['state']);
  private readonly sessions = this.gauge('showrunner_ingest_sessions', 'Encoders that publish now.');
  private readonly waiting = this.gauge(
    'showrunner_callbacks_waiting',
    'Callbacks that are not delivered yet and not given up.',
  );
  private readonly parked = this.gauge(
    'showrunner_callbacks_parked',
    'Callbacks that were given up and not sent again, as long as they are kept.',
  );
  private readonly lag = this.gauge(
    'showrunner_callback_lag_seconds',
    'Since the event of the oldest callback that waits; 0 where none does.',
  );

  /** Without a token only this machine may read. */
  constructor(
    private readonly knex: Knex,
    private readonly token: string | null,
  ) {
    collectDefaultMetrics({ register: this.registry });
  }

  private gauge(name: string, help: string, labelNames: string[] = []): Gauge {
    return new Gauge({ name, help, labelNames, registers: [this.registry] });
  }

  /** Counts and times every request. */
  readonly count: RequestHandler = (req, res, next) => {
    const { method } = req;
    const done = this.durations.startTimer({ method });
    res.once('close', () => {
      const route = String(res.locals.route ?? 'other');
      this.requests.inc({ method, route, status: res.writableFinished ? res.statusCode : 0 });
      done({ route });
    });
    next();
  };

  routes(): Router {
    const router = Router();
    router
      .route('/metrics')
      .get(async (req, res) => {
        if (!this.mayRead(req)) throw new CodedError('RESOURCE_NOT_FOUND');
        await this.lookAtBroadcasts();
        res.setHeader('Content-Type', this.registry.contentType);
        res.send(await this.registry.metrics());
      })
      .all(unsupportedMethod);
    return router;
  }

  /** Room counts and lags tell outsiders about customers. Behind a proxy every request comes from this machine. */
  private mayRead(req: Request): boolean {
    if (this.token !== null) {
      const sent = /^Bearer +(\S+)$/i.exec(req.headers.authorization ?? '')?.[1] ?? '';
      return timingSafeEqual(sha256(sent), sha256(this.token));
    }
    const forwarded = req.headers['x-forwarded-for'] ?? req.headers.forwarded;
    return forwarded === undefined && LOOPBACK.has(req.socket.remoteAddress ?? '');
  }

  private async lookAtBroadcasts(): Promise<void> {
    const figures = await readBroadcastFigures(this.knex);
    for (const [gauge, counts] of [
      [this.rooms, figures.rooms],
      [this.keys, figures.streamKeys],
    ] as const) {
      gauge.reset();
      for (const { state, count } of counts) gauge.set({ state }, count);
    }
    this.sessions.set(figures.sessions);
    this.waiting.set(figures.callbacksWaiting);
    this.parked.set(figures.callbacksParked);
    this.lag.set(figures.callbackLagSeconds);
  }
}
