// What the samples share: the part of the product's backend, and a user in a room of one replica.
import { CaasConnection } from '@caas/client';

/** A user token, as the product's backend would fetch it for its user. */
export async function tokenFor(gateway, apiKey, userId) {
  const response = await fetch(`${gateway}/v1/users/${userId}/tokens`, {
    method: 'POST',
    headers: { 'X-Api-Key': apiKey, 'Content-Type': 'application/json' },
    body: '{}',
  });
  const body = await response.json().catch(() => ({}));
  if (!response.ok || !body.token) throw new Error(`${gateway} gives no token: ${body.code ? `${body.code}: ${body.detail}` : `its answer (${response.status}) is not that of a gateway`}`);
  return body.token;
}

/**
 * Connects, joins, and goes on from where it was when `after` is given. Other clients give the gateway's address, which sends them to the least loaded replica.
 * @param {{ replica: string, room: string, getToken: () => Promise<string>, after?: number, onEntry?: import('@caas/client').EntryListener, onState?: (change: import('@caas/client').StateChange) => void }} options
 */
export async function join({ replica, room, getToken, after, onEntry = () => {}, onState = () => {} }) {
  const caas = new CaasConnection({ replica, getToken });
  caas.on('state', onState);
  await caas.connect();
  const chat = caas.conversation(room, { after });
  chat.listen(onEntry);
  await chat.ready();
  return { caas, chat };
}
