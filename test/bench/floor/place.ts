/** Where the floor's worker works; told to it over IPC. */
export interface FloorPlace {
  temporalAddress: string;
  namespace: string;
  databaseUrl: string;
}

export interface FloorActivities {
  insert(): Promise<void>;
}

export const FLOOR_QUEUE = 'bench-floor';
