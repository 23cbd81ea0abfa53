import { fileURLToPath } from 'node:url';
import { loadSync, type MessageTypeDefinition } from '@grpc/proto-loader';
import type { ErrorDetails } from '@supergraph/errors';

/** Where a status carries its details, as bytes of a google.rpc.Status. */
export const DETAILS_HEADER = 'grpc-status-details-bin';
const DOMAIN = 'supergraph';
const ERROR_INFO_URL = 'type.googleapis.com/google.rpc.ErrorInfo';
const STRUCT_URL = 'type.googleapis.com/google.protobuf.Struct';

interface Any {
  type_url: string;
  value: Buffer;
}
interface Status {
  code: number;
  message: string;
  details: Any[];
}
interface ErrorInfo {
  reason: string;
  domain: string;
  metadata: Record<string, string>;
}
/** google.protobuf.Value: one of these. */
interface Value {
  nullValue?: string;
  numberValue?: number;
  stringValue?: string;
  boolValue?: boolean;
  listValue?: { values: Value[] };
}
interface Struct {
  fields: Record<string, Value>;
}
type Codec<Message> = MessageTypeDefinition<Message, Message>;

// Without `keepCase: false`: proto-loader's own Any is spelled as in its .proto.
const messages = loadSync(fileURLToPath(new URL('../proto/error-details.proto', import.meta.url)), {
  keepCase: true,
  enums: String,
  arrays: true,
  objects: true,
});
const status = messages['google.rpc.Status'] as unknown as Codec<Status>;
const errorInfo = messages['google.rpc.ErrorInfo'] as unknown as Codec<ErrorInfo>;
const struct = messages['google.protobuf.Struct'] as unknown as Codec<Struct>;

type Detail = ErrorDetails[string];

const toValue = (detail: Detail): Value => {
  if (detail === null) return { nullValue: 'NULL_VALUE' };
  if (typeof detail === 'string') return { stringValue: detail };
  if (typeof detail === 'number') return { numberValue: detail };
  if (typeof detail === 'boolean') return { boolValue: detail };
  return { listValue: { values: detail.map(toValue) } };
};

const fromValue = ({ stringValue, numberValue, boolValue, listValue }: Value): Detail =>
  listValue === undefined ? (stringValue ?? numberValue ?? boolValue ?? null) : listValue.values.map(({ stringValue: item }) => item ?? '');

const mapped = <From, To>(record: Readonly<Record<string, From>>, change: (value: From) => To): Record<string, To> =>
  Object.fromEntries(Object.entries(record).map(([name, value]) => [name, change(value)]));

/** It travels as a header, in base64; a client ends its whole connection, with every call on it, when the headers of one answer pass 64 KB. */
const MAX_STATUS_BYTES = 8_192;

/**
 * An error as google.rpc.Status tells it: ErrorInfo with details as text for everybody, and a Struct that keeps their types. Details that would
 * make it larger than 8 KB are left out.
 */
export const encodeStatus = (code: number, message: string, reason: string, details: ErrorDetails): Buffer => {
  const info: ErrorInfo = { reason, domain: DOMAIN, metadata: mapped(details, String) };
  const packed: Any[] = [{ type_url: ERROR_INFO_URL, value: errorInfo.serialize(info) }];
  if (Object.keys(details).length > 0) packed.push({ type_url: STRUCT_URL, value: struct.serialize({ fields: mapped(details, toValue) }) });
  const bytes = status.serialize({ code, message, details: packed });
  return bytes.length <= MAX_STATUS_BYTES || Object.keys(details).length === 0 ? bytes : encodeStatus(code, message, reason, {});
};

/** @returns undefined when it is not one of ours. */
export const decodeStatus = (bytes: Buffer): { message: string; reason: string; details: ErrorDetails } | undefined => {
  const { message, details } = status.deserialize(bytes);
  const find = (url: string): Buffer | undefined => details.find(({ type_url }) => type_url === url)?.value;
  const info = find(ERROR_INFO_URL);
  if (info === undefined) return undefined;
  const { reason, domain } = errorInfo.deserialize(info);
  const typed = find(STRUCT_URL);
  if (domain !== DOMAIN) return undefined;
  return { message, reason, details: typed === undefined ? {} : mapped(struct.deserialize(typed).fields, fromValue) };
};
