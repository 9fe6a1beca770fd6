import { z } from 'zod';
import { appPart, customData, memberPart, time } from './parts';

export const member = z
  .object({
    ...memberPart.shape,
    app: appPart,
    email: z.string().nullable(),
    country: z.string().nullable(),
    lang: z.string().nullable(),
    customType: z.string().nullable(),
    customData: customData.nullable(),
    createdAt: time,
    lastModifiedAt: time,
  })
  .meta({ id: 'Member' });
