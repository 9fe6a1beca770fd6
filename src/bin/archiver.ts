import { runRole } from './role';

runRole('archiver', async () => ({ stop: async () => {} }));
