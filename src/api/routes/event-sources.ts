import type { Request } from 'express';
import { CodedError } from '../../domain/errors';
import { askingMember } from '../asking-member';
import { callerOf } from '../caller';
import { eventsContract } from '../contract/events';
import type { ApiDeps } from '../deps';
import { bind, type Binding } from '../serve';

/** Ids of ours are below 2^53. */
const ID_FORMAT = /^[0-9]{1,15}$/;
const LAST_ID = 'Last-Event-ID';

/** The header wins: a browser sends it by itself, and the query may be of an earlier time. Null: from now on. */
function lastIdOf(req: Request): number | 'unknown' | null {
  const sent = req.get(LAST_ID) ?? req.query[LAST_ID];
  if (sent === undefined || sent === '') return null;
  return typeof sent === 'string' && ID_FORMAT.test(sent) ? Number(sent) : 'unknown';
}

/** /event-sources */
export const eventSourceRoutes = ({ eventStreams }: ApiDeps): Binding[] =>
  bind(eventsContract, {
    async openEventStream(call, res) {
      const member = askingMember(call);
      const { token } = callerOf(res);
      if (!token) throw new CodedError('EMPTY_ACCESS_TOKEN');
      // HEAD asks whether there is a stream, and gets none.
      if (res.req.method === 'HEAD') return void res.status(200).type('text/event-stream').end();
      await eventStreams.open(res, { memberId: member.id, ...token }, lastIdOf(res.req));
    },
  });
