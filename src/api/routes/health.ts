import { Router } from 'express';
import type { Knex } from 'knex';
import { within } from '../../deadline';
import { send } from '../answer';
import type { RoomCommands } from '../commands';
import { unsupportedMethod } from '../errors';

/** Whoever asks for readiness asks every few seconds; a part that needs longer is not ready. */
const READY_TIMEOUT_MS = 2_000;

const answers = (work: Promise<boolean>): Promise<boolean> =>
  within(READY_TIMEOUT_MS, work, () => new Error('late')).catch(() => false);

/** /healthz: this process answers. /readyz: and so do Postgres and Temporal, each told by name. */
export function healthRoutes({ knex, commands }: { knex: Knex; commands: RoomCommands }): Router {
  const router = Router();
  router
    .route('/healthz')
    .get((_req, res) => send(res, { status: 200, body: { status: 'ok' } }))
    .all(unsupportedMethod);
  router
    .route('/readyz')
    .get(async (_req, res) => {
      const [postgres, temporal] = await Promise.all([
        answers(knex.raw('select 1').then(() => true)),
        answers(commands.isReachable()),
      ]);
      const ready = postgres && temporal;
      send(res, {
        status: ready ? 200 : 503,
        body: { status: ready ? 'ready' : 'not_ready', postgres, temporal },
      });
    })
    .all(unsupportedMethod);
  return router;
}
