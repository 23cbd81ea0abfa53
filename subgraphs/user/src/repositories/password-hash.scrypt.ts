import { randomBytes, type ScryptOptions, scrypt, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import { signInBusy } from '../domain/errors.ts';
import type { PasswordHasher } from '../use-cases/ports.ts';

const derive = promisify<string, Buffer, number, ScryptOptions, Buffer>(scrypt);

// https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html#scrypt: 32 MB and about 0.3 s a hash.
const COST = { log2N: 15, r: 8, p: 3 };
const SALT_BYTES = 16;
const KEY_BYTES = 32;
// Each hash holds one of the 4 threads that libuv also reads files and names with.
const MAX_RUNNING = 2;
const MAX_WAITING = 50;
// The PHC string format: https://github.com/P-H-C/phc-string-format/blob/master/phc-sf-spec.md
const ENCODED = /^\$scrypt\$ln=(\d+),r=(\d+),p=(\d+)\$([\w+/]+)\$([\w+/]+)$/;

const createTurns = (): (<Result>(work: () => Promise<Result>) => Promise<Result>) => {
  let running = 0;
  const waiting: (() => void)[] = [];
  return async (work) => {
    if (running < MAX_RUNNING) running += 1;
    else if (waiting.length < MAX_WAITING) await new Promise<void>((resolve) => waiting.push(resolve));
    else throw signInBusy();
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next === undefined) running -= 1;
      else next();
    }
  };
};

const unpadded = (bytes: Buffer): string => bytes.toString('base64').replaceAll('=', '');

const derived = (password: string, salt: Buffer, { log2N, r, p }: typeof COST): Promise<Buffer> =>
  // The same password may reach us composed or decomposed, depending on the keyboard (NIST SP 800-63B, 3.1.1.2).
  derive(password.normalize('NFKC'), salt, KEY_BYTES, { N: 2 ** log2N, r, p, maxmem: 2 * 128 * 2 ** log2N * r });

/** The cost stands in each hash, so that raising it leaves the old ones valid. At most 2 hashes run at once, 50 wait, more are refused. */
export const createPasswordHasher = (): PasswordHasher => {
  const inTurn = createTurns();
  return {
    hash: (password) =>
      inTurn(async () => {
        const salt = randomBytes(SALT_BYTES);
        const key = await derived(password, salt, COST);
        return `$scrypt$ln=${COST.log2N},r=${COST.r},p=${COST.p}$${unpadded(salt)}$${unpadded(key)}`;
      }),
    verify: (password, hash) =>
      inTurn(async () => {
        if (hash === undefined) {
          await derived(password, Buffer.alloc(SALT_BYTES), COST);
          return false;
        }
        const [, log2N, r, p, salt, key] = ENCODED.exec(hash) ?? [];
        if (salt === undefined || key === undefined) throw new Error('a stored password hash is not in the scrypt format');
        const cost = { log2N: Number(log2N), r: Number(r), p: Number(p) };
        return timingSafeEqual(await derived(password, Buffer.from(salt, 'base64'), cost), Buffer.from(key, 'base64'));
      }),
  };
};
