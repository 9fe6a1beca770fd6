import type { RequestHandler } from 'express';
import helmet from 'helmet';

/**
 * Headers of every answer. What is answered here is data: it may load nothing and be framed by nobody (the pages of the
 * documents say otherwise for themselves). No HSTS: it would hold for every port of the host, and so take players of ours
 * away that are served over plain HTTP; whoever ends TLS in front of us decides that. Answers may be read by pages of any
 * origin, as far as CORS lets them.
 */
export const safeHeaders = (): RequestHandler =>
  helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] },
    },
    strictTransportSecurity: false,
    crossOriginResourcePolicy: { policy: 'cross-origin' },
  });
