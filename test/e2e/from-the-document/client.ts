/** A client made of nothing but the types of a published document (openapi-typescript): paths, bodies and answers. */
export type Method = 'get' | 'post' | 'put' | 'patch' | 'delete';

type At<Paths, P extends keyof Paths, M extends Method> = M extends keyof Paths[P] ? Paths[P][M] : never;
type Json<T> = T extends { content: { 'application/json': infer B } } ? B : undefined;
type Good<R> = R extends { 200: infer A }
  ? A
  : R extends { 201: infer A }
    ? A
    : R extends { 204: infer A }
      ? A
      : never;

export type AnswerOf<O> = O extends { responses: infer R } ? Json<Good<R>> : never;
type BodyOf<O> = O extends { requestBody: infer B }
  ? { body: Json<B> }
  : O extends { requestBody?: infer B }
    ? { body?: Json<NonNullable<B>> }
    : object;
type PathOf<O> = O extends { parameters: { path: infer P extends object } } ? { path: P } : object;
type QueryOf<O> = O extends { parameters: { query?: infer Q } } ? { query?: Q } : object;
export type Input<O> = BodyOf<O> & PathOf<O> & QueryOf<O>;

interface Sent {
  body?: unknown;
  path?: Record<string, string | number>;
  query?: Record<string, string | number | undefined>;
}

/** What an operation answers that is not good: its status and the two members of an error. */
export class Refused extends Error {
  constructor(
    readonly status: number,
    readonly errorCode: string,
    errorMessage: string,
  ) {
    super(`${status} ${errorCode}: ${errorMessage}`);
    this.name = 'Refused';
  }
}

function addressOf(base: string, template: string, { path, query }: Sent): URL {
  const filled = template.replace(/\{(\w+)\}/g, (_all, name: string) =>
    encodeURIComponent(String(path?.[name] ?? '')),
  );
  const url = new URL(filled, base);
  for (const [name, value] of Object.entries(query ?? {}))
    if (value !== undefined) url.searchParams.set(name, String(value));
  return url;
}

/** Calls operations by method and path, as the document writes them. */
export class DocumentClient<Paths> {
  constructor(
    private readonly base: string,
    private readonly authorization: string,
  ) {}

  async call<M extends Method, P extends keyof Paths & string>(
    method: M,
    path: P,
    input: Input<At<Paths, P, M>>,
  ): Promise<AnswerOf<At<Paths, P, M>>> {
    const sent = input as Sent;
    const answer = await fetch(addressOf(this.base, path, sent), {
      method: method.toUpperCase(),
      headers: {
        authorization: this.authorization,
        ...(sent.body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(sent.body === undefined ? {} : { body: JSON.stringify(sent.body) }),
    });
    const text = await answer.text();
    const body = (text === '' ? undefined : JSON.parse(text)) as { errorCode: string; errorMessage: string };
    if (!answer.ok) throw new Refused(answer.status, body.errorCode, body.errorMessage);
    return body as AnswerOf<At<Paths, P, M>>;
  }
}
