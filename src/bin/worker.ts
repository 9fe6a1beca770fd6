import { runRole } from './role';

runRole('worker', async () => ({ stop: async () => {} }));
