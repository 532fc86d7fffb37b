/** A control plane that a test can kill: `node control-plane-main.ts <state folder>`, started with `fork`. */
import { parseConfig } from '../../../config.ts';
import { startServer } from '../../../start-server.ts';

const [stateDir] = process.argv.slice(2);
const server = await startServer(parseConfig({ stateDir, port: 0, tlsPort: false, logLevel: 'error' }, 'the test'));
process.send?.(server.description);
process.once('disconnect', () => void server.close().then(() => process.exit(0)));
