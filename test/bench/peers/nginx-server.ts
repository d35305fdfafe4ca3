import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { accepting, freePort } from './loopback.ts';

/** An nginx of our own on loopback: takes uploads by PUT over TLS 1.3 with AES-128-GCM, and gives them out over plain HTTP. */
export class NginxServer implements Disposable {
  readonly port: number;
  /** Of plain HTTP. */
  readonly plainPort: number;
  readonly pid: number;
  /** Where uploads come to lie. */
  readonly root: string;
  readonly #child: ChildProcess;

  private constructor(port: number, plainPort: number, child: ChildProcess, root: string) {
    this.port = port;
    this.plainPort = plainPort;
    this.pid = child.pid ?? NaN;
    this.root = root;
    this.#child = child;
  }

  static async start(folder: string): Promise<NginxServer> {
    const root = join(folder, 'root');
    mkdirSync(root, { recursive: true });
    const [key, certificate] = [join(folder, 'key.pem'), join(folder, 'certificate.pem')];
    const request = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
    execFileSync('openssl', [...request, '-subj', '/CN=bench', '-keyout', key, '-out', certificate], {
      stdio: 'ignore',
    });
    const [port, plainPort] = [await freePort(), await freePort()];
    const config = join(folder, 'nginx.conf');
    writeFileSync(config, configuration({ folder, root, port, plainPort, key, certificate }));
    const log = join(folder, 'error.log');
    const child = spawn('/usr/sbin/nginx', ['-c', config, '-e', log], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    await accepting(port);
    return new NginxServer(port, plainPort, child, root);
  }

  [Symbol.dispose](): void {
    this.#child.kill();
  }
}

interface Site {
  readonly folder: string;
  readonly root: string;
  readonly port: number;
  readonly plainPort: number;
  readonly key: string;
  readonly certificate: string;
}

function configuration({ folder, root, port, plainPort, key, certificate }: Site): string {
  return `
daemon off;
${process.getuid?.() === 0 ? 'user root;' : ''}
worker_processes 1;
pid ${folder}/nginx.pid;
events {}
http {
  access_log off;
  client_body_temp_path ${folder}/body;
  proxy_temp_path ${folder}/proxy;
  fastcgi_temp_path ${folder}/fastcgi;
  uwsgi_temp_path ${folder}/uwsgi;
  scgi_temp_path ${folder}/scgi;
  sendfile on;
  keepalive_requests 1000000000;
  server {
    listen 127.0.0.1:${plainPort};
    root ${root};
  }
  server {
    listen 127.0.0.1:${port} ssl;
    ssl_certificate ${certificate};
    ssl_certificate_key ${key};
    ssl_protocols TLSv1.3;
    ssl_conf_command Ciphersuites TLS_AES_128_GCM_SHA256;
    client_max_body_size 0;
    location / {
      root ${root};
      dav_methods PUT;
      create_full_put_path on;
    }
  }
}
`;
}
