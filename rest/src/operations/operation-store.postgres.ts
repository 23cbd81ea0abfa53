import { type Database, type Sql, uuidsIn } from '@supergraph/database/database';
import { runIdempotently } from '@supergraph/database/idempotency';
import { type DataOf, toEnvelope } from '@supergraph/events/contract';
import { cancelOrderCommand, type orderCommandFinished, payOrderCommand, shipOrderCommand } from '@supergraph/events/order';
import type { UserCaller } from '@supergraph/identity/caller';
import { changeOnce } from '@supergraph/message-bus/inbox';
import { appendToOutbox } from '@supergraph/message-bus/outbox';
import type { Operation, OperationKind } from './operation.ts';

const COMMANDS = { pay: payOrderCommand, cancel: cancelOrderCommand, ship: shipOrderCommand } as const;

const KEPT = '7 days';
const PRUNED_AT_A_TIME = 1_000;

/** What somebody asks for. */
export interface OperationRequest {
  kind: OperationKind;
  orderNumber: string;
  actor: UserCaller;
  expectedVersion: number | undefined;
  /** The client's key, and a hash of what it was sent with. */
  idempotency: { key: string; requestHash: string } | undefined;
}

export interface OperationStore {
  /**
   * Accepts it: the operation, its command in the outbox and the client's key are one transaction.
   * @throws IDEMPOTENCY_KEY_IN_FLIGHT, IDEMPOTENCY_KEY_REUSED
   */
  begin(request: OperationRequest): Promise<Operation>;
  find(id: string): Promise<Operation | undefined>;
  /** Notes what became of a command, once an event. */
  finish(eventId: string, outcome: DataOf<typeof orderCommandFinished>, finishedAt: Date): Promise<void>;
}

interface OperationRow {
  id: string;
  owner_id: string;
  kind: OperationKind;
  order_number: string;
  status: Operation['status'];
  error_code: string | null;
  error_message: string | null;
  created_at: Date;
  finished_at: Date | null;
}

const toOperation = (row: OperationRow): Operation => ({
  id: row.id,
  ownerId: row.owner_id,
  kind: row.kind,
  orderNumber: row.order_number,
  status: row.status,
  error: row.error_code === null ? undefined : { code: row.error_code, message: row.error_message ?? '' },
  createdAt: row.created_at,
  finishedAt: row.finished_at ?? undefined,
});

const COLUMNS = 'id, owner_id, kind, order_number, status, error_code, error_message, created_at, finished_at';

const find = async (sql: Sql, id: string): Promise<Operation | undefined> => {
  if (uuidsIn([id]).length === 0) return undefined;
  const [row] = await sql.query<OperationRow>(`select ${COLUMNS} from operations where id = $1`, [id]);
  return row && toOperation(row);
};

export const createOperationStore = (database: Database, { now, newId }: { now: () => Date; newId: () => string }): OperationStore => {
  const add = async (sql: Sql, { kind, orderNumber, actor, expectedVersion, idempotency }: OperationRequest): Promise<{ id: string }> => {
    const [id, time] = [newId(), now()];
    const data = {
      number: orderNumber,
      actor: { role: actor.role, userId: actor.userId },
      ...(expectedVersion !== undefined && { expectedVersion }),
      ...(idempotency && { idempotency }),
    };
    await sql.query(`insert into operations (id, owner_id, kind, order_number, status, created_at) values ($1, $2, $3, $4, 'pending', $5)`, [
      id,
      actor.userId,
      kind,
      orderNumber,
      time,
    ]);
    await appendToOutbox(sql, [toEnvelope(COMMANDS[kind], { id, subject: orderNumber, time, data })]);
    return { id };
  };
  return {
    begin: (request) =>
      database.transact(async (sql) => {
        const { idempotency, actor, kind } = request;
        const accept = () => add(sql, request);
        const { id } =
          idempotency === undefined
            ? await accept()
            : await runIdempotently(sql, { callerId: actor.userId, operation: `${kind} an order later`, ...idempotency }, accept);
        return (await find(sql, id)) as Operation;
      }),
    find: (id) => find(database, id),
    finish: async (eventId, { commandId, error }, finishedAt) => {
      if (uuidsIn([commandId]).length === 0) return;
      await changeOnce(database, 'rest', eventId, {
        name: 'finish an operation',
        text: `update operations set status = case when $2::text is null then 'succeeded' else 'failed' end,
                 error_code = $2::text, error_message = $3::text, finished_at = $4::timestamptz
                 from first_delivery where id = $1::uuid and status = 'pending'`,
        values: [commandId, error?.code ?? null, error?.message ?? null, finishedAt],
      });
    },
  };
};

const pruneSome = async (sql: Sql): Promise<number> => {
  const pruned = await sql.query(
    `delete from operations where id = any (array(
       select id from operations where created_at < now() - interval '${KEPT}' order by created_at limit ${PRUNED_AT_A_TIME}
     )) returning 1`,
  );
  return pruned.length;
};

/** Forgets operations after 7 days: all that are older, a bounded number at a time. @returns how many. */
export const pruneOperations = async (database: Pick<Database, 'query'>): Promise<number> => {
  for (let total = 0; ; ) {
    const pruned = await pruneSome(database);
    total += pruned;
    if (pruned < PRUNED_AT_A_TIME) return total;
  }
};
