import { runRole } from './role';

runRole('api', async () => ({ stop: async () => {} }));
