import type { LogFields } from '../../base/logger.ts';
import { decodeFileHead } from '../../protocol/v3/requests.ts';
import { responses } from '../../protocol/v3/responses.ts';
import type { FileReceiver } from '../../transfer/file-receiver.ts';
import { BaseRequestHandler, type Request } from '../base-request-handler.ts';

/**
 * 1028, payload: 0:4 content size, 4:255 file name; behind it the ciphertext as a stream.
 * Answer: 2103 once the file is decrypted, verified and durable, or 2107.
 */
export class FileDecryptHandler extends BaseRequestHandler {
  readonly #receiver: FileReceiver;

  constructor(receiver: FileReceiver) {
    super();
    this.#receiver = receiver;
  }

  override argumentsOf(payload: Uint8Array): LogFields {
    const { name, contentSize } = decodeFileHead(payload);
    return { name, content_size: contentSize };
  }

  protected override async respond({ header, payload, body }: Request): Promise<Uint8Array> {
    const head = decodeFileHead(payload);
    const crc = await this.#receiver.receive(header.clientId, head, body);
    return responses.fileReceived(header.clientId, head.contentSize, head.nameField, crc);
  }
}
