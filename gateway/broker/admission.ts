import type { Socket } from 'node:net';
import type { Clock } from '../platform/clock.ts';
import type { Log } from '../platform/log.ts';
import { reasonOf } from '../model/errors.ts';
import { localRights, mayReceive, type Rights } from './access.ts';
import type { Guard } from './guard.ts';
import type { BrokerLimits } from './limits.ts';
import { LoginGate } from './login-gate.ts';
import type { Owner } from './sessions.ts';
import { within } from './within.ts';

/** Rights of somebody who gives a name; `undefined`: wrong name or password. Rejects when it cannot tell now. */
export type Login = (name: string, password: string) => Promise<Rights | undefined>;

/** Whether a user still has the rights that the login gave: asked from time to time while the user is connected. */
export type StillHolds = (name: string, rights: Rights) => Promise<boolean>;

export interface AdmissionOptions {
  readonly gateway: string;
  readonly login: Login;
  readonly stillHolds?: StillHolds;
  readonly limits: Pick<BrokerLimits, 'maxClients'>;
  readonly clock: Clock;
  readonly log: Log;
}

/** A client that was let in. */
export interface Visitor {
  readonly id: string;
  readonly owner: Owner;
  readonly rights: Rights;
  readonly guard: Guard;
  readonly socket: Socket;
  /** Filters that it was granted. */
  readonly filters: Set<string>;
  /** QoS 2 messages that wait to be kept, by packet identifier. */
  readonly arriving: Map<number, Promise<void>>;
}

/** Who wants to come in. */
export interface Caller {
  readonly clientId: string;
  readonly name: string | undefined;
  readonly password: string;
}

/** CONNACK return codes (MQTT 3.1.1, table 3.1). */
const returnCodes = { identifier: 2, unavailable: 3, password: 4, notAuthorised: 5 } as const;

/** Why a client was not let in. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly returnCode: (typeof returnCodes)[keyof typeof returnCodes];

  constructor(code: keyof typeof returnCodes, message: string) {
    super(message);
    this.returnCode = returnCodes[code];
  }
}

/** Client ids end in logs: one line of Unicode, not too long. The scanner has seen to control characters. */
const maxClientIdLength = 128;
const shownNameLength = 64;

/** Passwords are checked one after the other, slowly on purpose. */
const loginMs = 20_000;

/** Decides who is let in, and knows who is there. */
export class Admission {
  readonly #options: AdmissionOptions;
  readonly #gate = new LoginGate();
  /** Connections that have not said who they are, the oldest first. */
  readonly #silent = new Set<Socket>();
  readonly #present = new Map<string, Visitor>();
  #asking = 0;

  constructor(options: AdmissionOptions) {
    this.#options = options;
  }

  get count(): number {
    return this.#present.size;
  }

  get subscriptions(): number {
    let count = 0;
    for (const { filters } of this.#present.values()) count += filters.size;
    return count;
  }

  /** Somebody connects. When too many say nothing, the one that has been silent longest goes. */
  arrive(socket: Socket): void {
    this.#silent.add(socket);
    socket.once('close', () => this.#silent.delete(socket));
    const [oldest] = this.#silent;
    if (this.#silent.size <= this.#options.limits.maxClients || !oldest) return;
    this.#silent.delete(oldest);
    oldest.destroy();
  }

  /** @throws Refusal */
  async admit({ clientId, name, password }: Caller, socket: Socket, guard: Guard): Promise<Visitor> {
    this.#silent.delete(socket);
    if (clientId.length > maxClientIdLength) throw new Refusal('identifier', 'the client id is too long');
    if (this.#asking >= this.#options.limits.maxClients) throw new Refusal('unavailable', 'too many ask at a time');
    this.#asking++;
    const rights = await this.#rightsOf(name, password, socket).finally(() => this.#asking--);
    const other = this.#present.get(clientId);
    // A client id belongs to the user who is connected with it; who gives no name gives way.
    if (other && other.owner.name !== undefined && other.owner.name !== name)
      throw new Refusal('identifier', 'another user is connected with this client id');
    if (!other && this.#present.size >= this.#options.limits.maxClients)
      throw new Refusal('unavailable', 'too many clients');
    const { gateway } = this.#options;
    const owner = { name, mayReceive: (topic: string) => mayReceive(rights, gateway, topic) };
    const visitor: Visitor = {
      id: clientId,
      owner,
      rights,
      guard,
      socket,
      filters: new Set(),
      arriving: new Map(),
    };
    if (!socket.destroyed) this.#enter(visitor);
    return visitor;
  }

  /** Ends the connections of users whose rights were changed or taken away. */
  async recheck(): Promise<void> {
    const { stillHolds, log } = this.#options;
    if (!stillHolds) return;
    for (const { owner, rights, socket } of this.#present.values()) {
      const { name } = owner;
      if (name === undefined || (await stillHolds(name, rights))) continue;
      log.info('a user was changed and has to log in again', { name: name.slice(0, shownNameLength) });
      socket.destroy();
    }
  }

  #enter(visitor: Visitor): void {
    const { id, socket } = visitor;
    this.#present.set(id, visitor);
    socket.once('close', () => {
      if (this.#present.get(id) === visitor) this.#present.delete(id);
    });
  }

  async #rightsOf(name: string | undefined, password: string, { remoteAddress = '' }: Socket): Promise<Rights> {
    if (name === undefined) {
      if (isLoopback(remoteAddress)) return localRights;
      throw new Refusal('notAuthorised', 'a name and password are needed from outside this machine');
    }
    const { clock } = this.#options;
    const key = `${remoteAddress} ${name}`;
    if (!this.#gate.isOpen(key, clock.mono())) throw new Refusal('unavailable', 'too many wrong passwords; wait');
    const { login } = this.#options;
    const rights = await within(clock, loginMs, login(name, password), 'login takes too long').catch(
      (error: unknown) => {
        throw new Refusal('unavailable', reasonOf(error));
      },
    );
    if (rights) {
      this.#gate.succeeded(key);
      return rights;
    }
    this.#gate.failed(key, clock.mono());
    throw new Refusal('password', 'wrong user name or password');
  }
}

export function isLoopback(address: string): boolean {
  return address === '::1' || /^(::ffff:)?127\./.test(address);
}
