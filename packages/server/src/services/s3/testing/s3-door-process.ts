/** S3 doors in a process of their own: for whoever measures memory, its own or theirs. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { openS3Door, type S3Door } from './s3-door.ts';

export interface S3DoorProcess {
  readonly pid: number;
  /** `parent`: the folder in which the door's state folder is made. Default the folder for temporary files. */
  open(parent?: string): Promise<Omit<S3Door, 'root'>>;
  /** Closes what is open. */
  end(): Promise<void>;
}

type Order = { open: string | undefined } | { close: string };
type Opened = Pick<S3Door, 'endpoint' | 'credentials'>;

export function startS3DoorProcess(): S3DoorProcess {
  const child = fork(import.meta.filename, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  let last: Promise<unknown> = Promise.resolve();
  // One order after the other, so that answers need no numbers.
  const order = (what: Order): Promise<Opened> => {
    const answer = last.then(() => ask(child, what));
    last = answer.catch(() => undefined);
    return answer;
  };
  return {
    pid: child.pid ?? 0,
    async open(parent) {
      const { endpoint, credentials } = await order({ open: parent });
      return {
        endpoint,
        credentials,
        close: async () => {
          await order({ close: endpoint });
        },
      };
    },
    async end() {
      if (child.exitCode !== null) return;
      const ended = once(child, 'exit');
      child.disconnect();
      await ended;
    },
  };
}

async function ask(child: ChildProcess, what: Order): Promise<Opened> {
  const answered = once(child, 'message');
  child.send(what);
  // Safe: what serve() below sends.
  return (await answered)[0] as Opened;
}

function serve(): void {
  const doors = new Map<string, S3Door>();
  process.on('message', (order: Order) => void obey(order).then((answer) => process.send?.(answer)));
  process.on('disconnect', () => void Promise.all([...doors.values()].map((door) => door.close())));
  const obey = async (order: Order): Promise<Opened | object> => {
    if ('close' in order) {
      await doors.get(order.close)?.close();
      doors.delete(order.close);
      return {};
    }
    const door = await openS3Door(order.open);
    doors.set(door.endpoint, door);
    return { endpoint: door.endpoint, credentials: door.credentials };
  };
}

if (import.meta.main) serve();
