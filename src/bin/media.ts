import { runRole } from './role';

runRole('media', async () => ({ stop: async () => {} }));
