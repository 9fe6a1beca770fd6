import { z } from 'zod';
import { said } from '../operation';

export const uploadUrl = z
  .object({
    partNumber: said(z.int().min(1), 'From 1.', '1부터.', 1),
    uploadUrl: said(
      z.string(),
      'Takes the part by PUT, for an hour.',
      '한 시간 동안 파트를 PUT으로 받습니다.',
    ),
  })
  .meta({ id: 'UploadUrl' });
