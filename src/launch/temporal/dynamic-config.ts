/**
 * The stock server polls each queue of its single shard 20 times a second, so every hop of a command waits up to 50 ms;
 * raised, going live takes 85 ms instead of 300 (research/temporal.md, 12.1).
 */
const MAX_POLLS_PER_SECOND = 2000;

/** What we set on a Temporal server of ours; temporal-docker/temporal/dynamicconfig.yaml says the same. */
export const DYNAMIC_CONFIG: Readonly<Record<string, number | boolean>> = {
  'history.transferProcessorMaxPollRPS': MAX_POLLS_PER_SECOND,
  'history.visibilityProcessorMaxPollRPS': MAX_POLLS_PER_SECOND,
  'history.timerProcessorMaxPollRPS': MAX_POLLS_PER_SECOND,
  // A short activity on its workflow's own queue comes back with the workflow task's answer: a hop less in each command.
  'system.enableActivityEagerExecution': true,
};
