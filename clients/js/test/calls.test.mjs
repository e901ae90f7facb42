import assert from 'node:assert/strict';
import test from 'node:test';
import { until, world } from './fake/world.mjs';

test('Calls are asked of the hub, and what happens in them is told in order', async (t) => {
  const { hub, connected } = await world(t);
  const asked = [];
  for (const method of ['StartCall', 'AcceptCall', 'ResumeCall', 'DeclineCall', 'LeaveCall', 'InviteToCall', 'RemoveFromCall', 'SetCallMedia', 'Signal', 'ReportCallQuality', 'GetIceServers']) {
    hub.before[method] = (_, args) => {
      asked.push([method, ...args]);
      return { callId: 'c' };
    };
  }
  const client = await connected();
  const told = [];
  for (const event of ['ringing', 'accepted', 'declined', 'changed', 'signal', 'ended']) client.calls.on(event, (news) => told.push([event, news]));

  assert.equal((await client.calls.start({ userIds: ['bob'], media: 'video' })).callId, 'c');
  await client.calls.accept('c');
  await client.calls.resume('c');
  await client.calls.decline('c');
  await client.calls.invite('c', ['cy']);
  await client.calls.remove('c', 'cy');
  await client.calls.setMedia('c', { audio: true, video: false });
  await client.calls.signal('c', 'bob', { kind: 'offer', payload: { sdp: 'v=0' } });
  await client.calls.report('c', { latencyMs: 1, packetLossPercent: 0, jitterMs: 1, bitrateKbps: 500 });
  await client.calls.leave('c');
  await client.calls.iceServers();
  assert.deepEqual(asked, [
    ['StartCall', { userIds: ['bob'], media: 'video' }], ['AcceptCall', 'c'], ['ResumeCall', 'c'], ['DeclineCall', 'c', 'declined'], ['InviteToCall', 'c', ['cy']], ['RemoveFromCall', 'c', 'cy'],
    ['SetCallMedia', 'c', { audio: true, video: false }], ['Signal', 'c', 'bob', { kind: 'offer', payload: { sdp: 'v=0' } }],
    ['ReportCallQuality', 'c', { latencyMs: 1, packetLossPercent: 0, jitterMs: 1, bitrateKbps: 500 }], ['LeaveCall', 'c'], ['GetIceServers'],
  ]);

  const news = [['CallRinging', 'ringing'], ['CallAccepted', 'accepted'], ['CallSignal', 'signal'], ['CallParticipantChanged', 'changed'], ['CallDeclined', 'declined'], ['CallEnded', 'ended']];
  for (const [event] of news) for (const connection of hub.connections) connection.event(event, { callId: event });
  await until(() => told.length === news.length, 'tell');
  assert.deepEqual(told, news.map(([event, name]) => [name, { callId: event }]));
});
