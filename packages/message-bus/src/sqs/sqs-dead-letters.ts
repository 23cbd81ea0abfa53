import {
  ChangeMessageVisibilityBatchCommand,
  type Message,
  ReceiveMessageCommand,
  type SendMessageCommandInput,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import { type DeadLetter, MAX_ATTEMPTS } from '../message-bus.ts';
import { parseEnvelope } from '../parse-envelope.ts';
import { chunksOf, MAX_BATCH, toSqsId } from './sqs-client.ts';

const READ_DEADLINE_MS = 8_000;
const HOLD_S = 15;
/** Added by the redrive policy, and not by us, when the consumer died over and over. */
const DIED = `its consumer died ${MAX_ATTEMPTS} times`;
const NOT_XML = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd]/g;

/** A message for the queue of dead letters. */
export const toDeadMessage = (queue: string, message: Message, attempts: number, reason: string): SendMessageCommandInput => ({
  QueueUrl: queue,
  MessageBody: message.Body ?? '',
  MessageGroupId: message.Attributes?.MessageGroupId ?? 'unknown',
  MessageDeduplicationId: toSqsId(parseEnvelope(message.Body ?? '')?.id ?? message.MessageId ?? ''),
  MessageAttributes: {
    attempts: { DataType: 'Number', StringValue: String(attempts) },
    reason: { DataType: 'String', StringValue: reason.replace(NOT_XML, '?') || 'unknown' },
  },
});

const toDeadLetter = ({ Body, MessageAttributes }: Message): DeadLetter[] => {
  const envelope = parseEnvelope(Body ?? '');
  if (envelope === undefined) return [];
  const attempts = Number(MessageAttributes?.['attempts']?.StringValue ?? MAX_ATTEMPTS);
  return [{ envelope, attempts, reason: MessageAttributes?.['reason']?.StringValue ?? DIED }];
};

/** Reads at most `limit` dead letters, out of sight of others for a moment, and gives them back. */
export const readDeadLetters = async (client: SQSClient, queue: string, limit: number): Promise<DeadLetter[]> => {
  const abortSignal = AbortSignal.timeout(READ_DEADLINE_MS);
  const found: Message[] = [];
  try {
    for (let more = true; more && found.length < limit; ) {
      const command = new ReceiveMessageCommand({
        QueueUrl: queue,
        MaxNumberOfMessages: Math.min(MAX_BATCH, limit - found.length),
        // Without waiting, SQS asks only some of its servers.
        WaitTimeSeconds: 1,
        VisibilityTimeout: HOLD_S,
        MessageAttributeNames: ['All'],
        MessageSystemAttributeNames: ['SentTimestamp'],
      });
      const { Messages = [] } = await client.send(command, { abortSignal });
      found.push(...Messages);
      more = Messages.length > 0;
    }
  } finally {
    for (const batch of chunksOf(found, MAX_BATCH)) {
      const entries = batch.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle, VisibilityTimeout: 0 }));
      await client.send(new ChangeMessageVisibilityBatchCommand({ QueueUrl: queue, Entries: entries }), {
        abortSignal: AbortSignal.timeout(READ_DEADLINE_MS),
      });
    }
  }
  const sentAt = (message: Message): number => Number(message.Attributes?.SentTimestamp ?? 0);
  return found.toSorted((a, b) => sentAt(a) - sentAt(b)).flatMap(toDeadLetter);
};
