// A receiver of webhooks: verifies what comes by the Standard Webhooks specification, handles each event once, and says what it got.
//   WEBHOOK_SECRET=whsec_… node webhook-receiver.mjs [port]
import { createHmac, timingSafeEqual } from "node:crypto";
import { createServer } from "node:http";

const tolerance = 5 * 60;

/** Whether a request is signed with the secret, and not too old. `body` is the bytes as they came. */
export function verify(secret, headers, body, now = Date.now() / 1000) {
  const id = headers["webhook-id"], timestamp = headers["webhook-timestamp"], signatures = headers["webhook-signature"];
  if (!id || !timestamp || !signatures || !(Math.abs(now - Number(timestamp)) <= tolerance)) {
    return false;
  }

  const key = Buffer.from(secret.slice("whsec_".length), "base64");
  const expected = createHmac("sha256", key).update(`${id}.${timestamp}.`).update(body).digest();
  return signatures.split(" ").some(one => {
    const [version, value] = one.split(",");
    const given = Buffer.from(value ?? "", "base64");
    return version === "v1" && given.length === expected.length && timingSafeEqual(given, expected);
  });
}

const secret = process.env.WEBHOOK_SECRET;
if (!secret?.startsWith("whsec_")) {
  console.error("Set WEBHOOK_SECRET to the secret that was shown when the webhook was created.");
  process.exit(1);
}

// A real one keeps them in its database, with what it did.
const handled = new Set();

const server = createServer((request, response) => {
  const chunks = [];
  request.on("data", chunk => chunks.push(chunk));
  request.on("end", () => {
    const body = Buffer.concat(chunks);
    if (!verify(secret, request.headers, body)) {
      response.writeHead(401).end();
      console.log("refused: the signature does not fit");
      return;
    }

    // Answer first; what takes long comes afterwards.
    response.writeHead(204).end();
    const id = request.headers["webhook-id"];
    if (!handled.has(id)) {
      handled.add(id);
      const event = JSON.parse(body);
      console.log(`${event.type} ${event.subject} ${event.data?.message?.text ?? ""}`.trim());
    }
  });
});
server.listen(Number(process.argv[2] ?? 4000), "127.0.0.1", () => console.log(`Listening on http://127.0.0.1:${server.address().port}/`));
