import type { AmfValue } from './amf0-reader';

/** The one application name of ours. */
const APPLICATION = 'live';
const NAME = /^[A-Za-z0-9_-]+$/;

/** A name and its query, as they come on `connect` (application) and on `publish` or `play` (stream). */
export interface NamedQuery {
  name: string;
  query: URLSearchParams;
}

/** Splits `name?query` and drops slashes around the name; null for what is no string or too long. */
export function parseNamedQuery(value: AmfValue, maxChars: number): NamedQuery | null {
  if (typeof value !== 'string' || value.length > maxChars) return null;
  const mark = value.indexOf('?');
  const path = mark < 0 ? value : value.slice(0, mark);
  return {
    name: path.replace(/^\/+|\/+$/g, ''),
    query: new URLSearchParams(mark < 0 ? '' : value.slice(mark + 1)),
  };
}

export const isOurApplication = (application: NamedQuery): boolean => application.name === APPLICATION;

/** Stream keys and playback names: what may go on to a look-up. */
export const isStreamName = (name: string): boolean => NAME.test(name);

/** The raw `mode` of a publish for resolveOutputMode: the application's and the stream's together; several refuse it. */
export function askedMode(application: NamedQuery, stream: NamedQuery): string | string[] | undefined {
  const all = [...application.query.getAll('mode'), ...stream.query.getAll('mode')];
  return all.length > 1 ? all : all[0];
}

/** The streaming token of a play, from the stream's query or else the application's; null where neither has one. */
export const askedToken = (application: NamedQuery, stream: NamedQuery): string | null =>
  stream.query.get('streamingToken') ?? application.query.get('streamingToken');
