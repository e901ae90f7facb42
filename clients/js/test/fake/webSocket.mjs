// The server's side of a WebSocket (RFC 6455), as much as a hub needs: text, ping, close; a way to vanish without a word.
import { createHash } from 'node:crypto';

const magic = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
const opcodes = { continuation: 0, text: 1, close: 8, ping: 9, pong: 10 };

export class WebSocketConnection {
  /** @param {import('node:http').IncomingMessage} request @param {import('node:net').Socket} socket */
  constructor(request, socket) {
    this.socket = socket;
    this.onText = () => {};
    this.onClose = () => {};
    this.received = Buffer.alloc(0);
    this.text = '';
    const accept = createHash('sha1').update(request.headers['sec-websocket-key'] + magic).digest('base64');
    socket.write(`HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`);
    socket.on('data', (data) => this.#take(data));
    socket.on('error', () => {});
    socket.on('close', () => this.onClose());
  }

  send(text) {
    this.#write(opcodes.text, Buffer.from(text));
  }

  close() {
    this.#write(opcodes.close, Buffer.from([0x03, 0xe8]));
    this.socket.end();
  }

  /** As a process that was killed. */
  destroy() {
    this.socket.destroy();
  }

  #write(opcode, payload) {
    if (this.socket.destroyed || this.socket.writableEnded) return;
    const { length } = payload;
    const head = length < 126 ? Buffer.from([0x80 | opcode, length]) : length < 65_536 ? Buffer.from([0x80 | opcode, 126, 0, 0]) : Buffer.from([0x80 | opcode, 127, 0, 0, 0, 0, 0, 0, 0, 0]);
    if (head.length === 4) head.writeUInt16BE(length, 2);
    if (head.length === 10) head.writeBigUInt64BE(BigInt(length), 2);
    this.socket.write(Buffer.concat([head, payload]));
  }

  #take(data) {
    this.received = Buffer.concat([this.received, data]);
    for (let frame; (frame = this.#frame()); ) {
      if (frame.opcode === opcodes.close) this.close();
      else if (frame.opcode === opcodes.ping) this.#write(opcodes.pong, frame.payload);
      else if (frame.opcode <= opcodes.text) {
        this.text += frame.payload.toString();
        if (frame.final) {
          const { text } = this;
          this.text = '';
          this.onText(text);
        }
      }
    }
  }

  #frame() {
    const buffer = this.received;
    if (buffer.length < 2) return undefined;
    const short = buffer[1] & 0x7f;
    const at = short < 126 ? 2 : short === 126 ? 4 : 10;
    if (buffer.length < at + 4) return undefined;
    const length = short < 126 ? short : short === 126 ? buffer.readUInt16BE(2) : Number(buffer.readBigUInt64BE(2));
    if (buffer.length < at + 4 + length) return undefined;
    const mask = buffer.subarray(at, at + 4);
    const payload = Buffer.from(buffer.subarray(at + 4, at + 4 + length));
    for (let i = 0; i < payload.length; i++) payload[i] ^= mask[i % 4];
    this.received = buffer.subarray(at + 4 + length);
    return { opcode: buffer[0] & 0x0f, final: (buffer[0] & 0x80) !== 0, payload };
  }
}
