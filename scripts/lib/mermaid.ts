/** The part of an XState machine that a diagram needs. */
export interface DrawableMachine {
  root: { initial: { target: readonly { key: string }[] | undefined } | undefined };
  states: Record<string, DrawableState>;
}

interface DrawableState {
  key: string;
  type: string;
  description?: string | undefined;
  transitions: Map<string, readonly DrawableTransition[]>;
}

interface DrawableTransition {
  eventType: string;
  target: readonly { key: string }[] | undefined;
  guard?: unknown;
}

/** Guards are named in the machines, never written in place, so that they can be read here. */
function guardLabel(guard: unknown): string {
  if (guard === undefined) return '';
  if (typeof guard !== 'string') throw new Error('a guard without a name can not be drawn');
  return ` [${guard}]`;
}

/** One edge a target; events that lead from one state to the same other one share it. */
function edgesOf(state: DrawableState): string[] {
  const labels = new Map<string, string[]>();
  for (const transitions of state.transitions.values()) {
    for (const { eventType, target, guard } of transitions) {
      const to = target?.[0]?.key ?? state.key;
      labels.set(to, [...(labels.get(to) ?? []), `${eventType}${guardLabel(guard)}`]);
    }
  }
  return [...labels].map(([to, events]) => `  ${state.key} --> ${to}: ${events.join(', ')}`);
}

/** A Mermaid stateDiagram-v2, read from the machine's own definition. */
export function stateDiagram(machine: DrawableMachine): string {
  const states = Object.values(machine.states);
  return [
    'stateDiagram-v2',
    `  [*] --> ${machine.root.initial?.target?.[0]?.key}`,
    ...states.flatMap(edgesOf),
    ...states.filter(({ type }) => type === 'final').map(({ key }) => `  ${key} --> [*]`),
  ].join('\n');
}
