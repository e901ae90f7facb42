// A backend that is asked before messages are stored: verifies who asks, refuses a word, masks numbers of cards, allows the rest.
//   HOOK_SECRET=whsec_… node before-send-hook.mjs [port]
import { createHmac, timingSafeEqual } from "node:crypto";
import { createServer } from "node:http";

const tolerance = 5 * 60;
const key = Buffer.from((process.env.HOOK_SECRET ?? "").slice("whsec_".length), "base64");
if (key.length === 0) {
  console.error("Set HOOK_SECRET to the secret that was shown when the hook was set.");
  process.exit(1);
}

/** Whether a request is signed with our secret, and not too old. `body` is the bytes as they came. */
function verify(headers, body, now = Date.now() / 1000) {
  const { "webhook-id": id, "webhook-timestamp": timestamp, "webhook-signature": signatures } = headers;
  if (!id || !signatures || !(Math.abs(now - Number(timestamp)) <= tolerance)) {
    return false;
  }

  const expected = createHmac("sha256", key).update(`${id}.${timestamp}.`).update(body).digest();
  return signatures.split(" ").some(one => {
    const given = Buffer.from(one.split(",")[1] ?? "", "base64");
    return one.startsWith("v1,") && given.length === expected.length && timingSafeEqual(given, expected);
  });
}

/** What is to become of a message. It has to be quick: somebody waits for it. */
function judge({ message }) {
  const text = message.text ?? "";
  if (/\bforbidden\b/i.test(text)) {
    return { action: "reject", reason: "That word is not used here." };
  }

  const masked = text.replace(/\b(?:\d[ -]?){12,15}(\d{4})\b/g, "•••• $1");
  return masked === text ? { action: "allow" } : { action: "change", message: { text: masked } };
}

const server = createServer((request, response) => {
  const chunks = [];
  request.on("data", chunk => chunks.push(chunk));
  request.on("end", () => {
    const body = Buffer.concat(chunks);
    if (!verify(request.headers, body)) {
      response.writeHead(401).end();
      return;
    }

    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(judge(JSON.parse(body).data)));
  });
});
server.listen(Number(process.argv[2] ?? 4001), "127.0.0.1", () => console.log(`Listening on http://127.0.0.1:${server.address().port}/`));
