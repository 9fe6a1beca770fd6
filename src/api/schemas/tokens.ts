import { z } from 'zod';
import type { ErrorCode } from '../../domain/errors';
import { isMissing } from './fields';

const code = (name: ErrorCode): ErrorCode => name;

/** POST /v2/members/tokens/refresh. */
export const refreshBody = z.object({
  refreshToken: z
    .string({
      error: ({ input }) => code(isMissing(input) ? 'EMPTY_REFRESH_TOKEN' : 'INVALID_REFRESH_TOKEN'),
    })
    .min(1, code('EMPTY_REFRESH_TOKEN')),
});
