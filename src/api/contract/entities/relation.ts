import { z } from 'zod';
import { said } from '../operation';
import { memberPart, time } from './parts';

/** The other member of a follow, or of a friendship. */
export const relation = z
  .object({
    member: said(z.object(memberPart.shape), 'The other member.', '상대 멤버.'),
    createdAt: time,
  })
  .meta({ id: 'Relation' });

/** What became of one's word. */
export const friendship = z
  .object({
    member: said(z.object(memberPart.shape), 'The other member.', '상대 멤버.'),
    confirmed: said(
      z.boolean(),
      'True once both members have put each other.',
      '두 멤버가 서로를 등록하면 true.',
      true,
    ),
  })
  .meta({ id: 'Friendship' });
