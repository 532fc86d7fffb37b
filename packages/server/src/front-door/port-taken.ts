/** Thrown when the address to listen on is in use. The message is for the user. */
export class PortTaken extends Error {
  override readonly name = 'PortTaken';
  readonly port: number;

  constructor(host: string, port: number, scheme: 'http' | 'https', cause?: unknown) {
    const [flag, key] = scheme === 'http' ? ['--port', 'port'] : ['--tls-port', 'tlsPort'];
    super(
      `Port ${port} on ${host} is taken by another program. \`lsof -i :${port}\` (or \`ss -ltnp\`) names it; if it is another Rung, use that one with ` +
        `\`eval "$(rung env)"\` or stop it with \`rung down\`. To listen elsewhere: \`rung up ${flag} ${port + 1}\`, or \`${key}: ${port + 1}\` in rung.yaml (0 picks a free port).`,
      { cause },
    );
    this.port = port;
  }
}
