import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

const newKey = '-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes';

/** An authority of a day, and certificates of it, as PEM files `<name>.pem` and `<name>.key` in a directory. */
export class Authority {
  readonly #directory: string;
  readonly #name: string;

  constructor(directory: string, name = 'ca') {
    this.#directory = directory;
    this.#name = name;
    this.#openssl(`req -x509 ${newKey} -days 2 -subj /CN=${name} -keyout ${name}.key -out ${name}.pem`);
  }

  path(name: string): string {
    return join(this.#directory, name);
  }

  /** A certificate for 127.0.0.1 and for a client of that name. */
  issue(name: string): void {
    writeFileSync(this.path('extensions'), 'subjectAltName=IP:127.0.0.1\n');
    this.#openssl(`req ${newKey} -subj /CN=${name} -keyout ${name}.key -out ${name}.csr`);
    const by = `-CA ${this.#name}.pem -CAkey ${this.#name}.key -CAcreateserial -extfile extensions`;
    this.#openssl(`x509 -req -days 2 -in ${name}.csr ${by} -out ${name}.pem`);
  }

  #openssl(line: string): void {
    execFileSync('openssl', line.split(' '), { cwd: this.#directory, stdio: ['ignore', 'ignore', 'pipe'] });
  }
}
