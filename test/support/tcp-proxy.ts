import { connect, createServer, type AddressInfo, type NetConnectOpts, type Server, type Socket } from 'node:net';
import pg from 'pg';

/** Stands between the product and PostgreSQL, and can fail as networks do. */
export class TcpProxy {
  private readonly pairs = new Set<readonly [Socket, Socket]>();
  private readonly frozen: Socket[] = [];
  private refusing = false;
  /** Connections made through it so far. */
  made = 0;

  private constructor(
    private readonly server: Server,
    /** PostgreSQL URL of the same database, through the proxy. */
    readonly url: string,
    private target: NetConnectOpts,
  ) {}

  static async start(databaseUrl: string): Promise<TcpProxy> {
    const { user, password, database } = new pg.Client({ connectionString: databaseUrl });
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const login = [user ?? '', password ?? ''].map(encodeURIComponent).join(':');
    const own = (server.address() as AddressInfo).port;
    const proxy = new TcpProxy(server, `postgres://${login}@127.0.0.1:${own}/${database}`, addressOf(databaseUrl));
    server.on('connection', (near) => {
      if (proxy.refusing) return void near.destroy();
      proxy.made++;
      proxy.join(near, connect(proxy.target));
    });
    return proxy;
  }

  /**
   * Freezes the connections there are: nothing goes through any more, in either direction, and nobody is told. New ones work.
   * @returns how many were frozen
   */
  freeze(): number {
    const count = this.pairs.size;
    for (const [near, far] of this.pairs) {
      for (const end of [near, far]) {
        end.unpipe().pause();
        this.frozen.push(end);
      }
    }
    this.pairs.clear();
    return count;
  }

  /** Cuts the connections there are. */
  cut(): void {
    for (const [near, far] of this.pairs) for (const end of [near, far]) end.destroy();
  }

  /** Leads new connections to another server, as an address does after a failover. The login must be the same there. */
  leadTo(databaseUrl: string): void {
    this.target = addressOf(databaseUrl);
  }

  /** Refuses new connections, or takes them again. */
  refuse(refusing: boolean): void {
    this.refusing = refusing;
  }

  async close(): Promise<void> {
    this.cut();
    for (const end of this.frozen) end.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private join(near: Socket, far: Socket): void {
    const pair = [near, far] as const;
    this.pairs.add(pair);
    near.pipe(far).pipe(near);
    for (const end of pair) {
      end.on('error', () => {});
      end.on('close', () => {
        this.pairs.delete(pair);
        for (const each of pair) each.destroy();
      });
    }
  }
}

function addressOf(databaseUrl: string): NetConnectOpts {
  const { host, port } = new pg.Client({ connectionString: databaseUrl });
  return host.startsWith('/') ? { path: `${host}/.s.PGSQL.${port}` } : { host, port };
}
