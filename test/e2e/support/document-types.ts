import { execFile } from 'node:child_process';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import ts from 'typescript';

const run = promisify(execFile);

const FOLDER = resolve(__dirname, '../from-the-document');
export const PROGRAM_FILE = join(FOLDER, 'program.ts');
const DOCUMENTS = ['ffc-app-server', 'ffc-members'];

/** Files by their path that are in no folder. */
export type Files = ReadonlyMap<string, string>;

/** As much as a document's types take, several times over. */
const MAX_TYPES_BYTES = 16 * 1024 * 1024;
const MAKER = resolve(__dirname, '../../../node_modules/openapi-typescript/bin/cli.js');

/** Types of the documents that a server publishes, made as a client's author makes them; under the names that the program imports. */
export async function publishedTypes(base: string): Promise<Files> {
  const made = DOCUMENTS.map(async (name): Promise<[string, string]> => {
    const document = new URL(`/open-api/en/${name}.json`, base).href;
    const { stdout } = await run(process.execPath, [MAKER, document], { maxBuffer: MAX_TYPES_BYTES });
    return [join(FOLDER, `published-${name}.ts`), stdout];
  });
  return new Map(await Promise.all(made));
}

function optionsOf(folder: string): ts.CompilerOptions {
  const { config } = ts.readConfigFile(join(folder, 'tsconfig.json'), (path) => ts.sys.readFile(path)) as {
    config: unknown;
  };
  return ts.parseJsonConfigFileContent(config, ts.sys, folder).options;
}

/** What the compiler says against the program. `files` stand beside those on disk, or in their place. */
export function problemsOf(files: Files): string[] {
  const options = optionsOf(FOLDER);
  const host = ts.createCompilerHost(options);
  const { fileExists, readFile } = host;
  host.fileExists = (path) => files.has(path) || fileExists(path);
  host.readFile = (path) => files.get(path) ?? readFile(path);
  const program = ts.createProgram([PROGRAM_FILE], options, host);
  return ts
    .getPreEmitDiagnostics(program)
    .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'));
}
