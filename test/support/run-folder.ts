/** The variable with the folder of this jest run (made by global-setup.ts), where suites find the stack that they share. */
export const RUN_FOLDER_VARIABLE = 'SHOWRUNNER_TEST_RUN';
/** The file in it: a `StackInfo`. */
export const STACK_FILE = 'stack.json';
/** The variable with the pid of the process that removes the folder when jest is killed. */
export const JANITOR_VARIABLE = 'SHOWRUNNER_TEST_JANITOR';
