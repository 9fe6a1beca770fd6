import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { read, REPOSITORY } from './support/compose';

test.each(['SECURITY.md', 'docs/runbook.md', 'docs/edge-cases.md', 'temporal-docker/README.md'])(
  '%s names only files that there are',
  (document) => {
    const text = read(document);
    const links = [...text.matchAll(/\]\((?!https?:)([^)#]+)/g)].map(([, path = '']) =>
      join(dirname(document), path),
    );
    const inline = [...text.matchAll(/`((?:src|test|docs|scripts)\/[\w./-]+)`/g)].map(
      ([, path = '']) => path,
    );
    expect([...links, ...inline].filter((path) => !existsSync(join(REPOSITORY, path)))).toEqual([]);
  },
);
