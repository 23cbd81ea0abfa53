const MAX_ENTRIES = 10_000;

export interface Money {
  amount: number;
  currency: string;
}

export interface SandboxPayment {
  id: string;
  orderNumber: string;
  amount: Money;
  /** `taken` once it has settled. */
  status: 'pending' | 'taken' | 'failed' | 'returned';
}

/** Forgets the oldest, so that a process that runs for weeks stays as small as it was. */
const bounded = <Value>() => {
  const entries = new Map<string, Value>();
  return {
    get: (key: string): Value | undefined => entries.get(key),
    set: (key: string, value: Value): void => {
      entries.set(key, value);
      const [oldest] = entries.keys();
      if (entries.size > MAX_ENTRIES && oldest !== undefined) entries.delete(oldest);
    },
  };
};

/** What was asked under an idempotency key, and the id it was given. */
interface KnownRequest {
  id: string;
  text: string;
}

/** The sandbox's books, in memory. */
export const createLedger = () => {
  const payments = bounded<SandboxPayment>();
  const requests = bounded<KnownRequest>();
  return {
    payment: payments.get,
    add: (payment: SandboxPayment): void => payments.set(payment.id, payment),
    request: requests.get,
    note: requests.set,
  };
};

export type Ledger = ReturnType<typeof createLedger>;
