/** A control plane as a process of its own, so that its share of the machine can be told apart: `node control-plane.ts <state folder>`. */
import { parseConfig, startServer } from '@rung/server';

const [stateDir] = process.argv.slice(2);
const server = await startServer(
  parseConfig({ stateDir, port: 0, tlsPort: false, logLevel: 'error' }, 'The benchmark'),
);
process.send?.(server.description);
process.once('disconnect', () => void server.close().then(() => process.exit(0)));
