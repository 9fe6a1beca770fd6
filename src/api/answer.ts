import type { Response } from 'express';

/** What an endpoint answers. A `null` body sends none. */
export interface Answer {
  status: number;
  body: unknown;
}

export const ok = (body: object): Answer => ({ status: 200, body });
export const created = (body: object): Answer => ({ status: 201, body });
export const noContent = (): Answer => ({ status: 204, body: null });

export function send(res: Response, answer: Answer): void {
  res.status(answer.status);
  if (answer.body === null) res.end();
  else res.json(answer.body);
}
