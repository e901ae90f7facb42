using System.Text.Json;
using System.Threading.Channels;
using Caas.Contracts;
using Caas.Tests.Realtime;
using Microsoft.AspNetCore.SignalR.Client;
using Xunit;

namespace Caas.Tests.Calls;

/// <summary>A device: a client of the hub, and what it is told of calls, in order.</summary>
internal sealed class CallSeat
{
    private readonly Channel<object> _news = Channel.CreateUnbounded<object>();

    private CallSeat()
    {
    }

    public Realtime.Client Client { get; private set; } = null!;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    /// <param name="url">Of a replica that is a process of its own.</param>
    public static async Task<CallSeat> TakeAsync(Replicas replicas, string user, int replica = 0, bool messagePack = false, string? url = null)
    {
        var seat = new CallSeat();
        seat.Client = await replicas.ConnectAsync(user, replica, messagePack, listen: seat.Listen, url: url);

        // A call of its own, so that the replica follows the tenant's calls before anything happens.
        await seat.Client.CallAsync<IceServersResponse>("GetIceServers");
        return seat;
    }

    public Task<LiveCall> StartAsync(params string[] users) => Client.CallAsync<LiveCall>("StartCall", new StartCallRequest(users, Media: CallMedia.Video));

    public Task<LiveCall> StartInAsync(string conversation, string[]? users = null) => Client.CallAsync<LiveCall>("StartCall", new StartCallRequest(users, conversation));

    public Task<LiveCall> AcceptAsync(string call) => Client.CallAsync<LiveCall>("AcceptCall", call);

    public Task<LiveCall> ResumeAsync(string call) => Client.CallAsync<LiveCall>("ResumeCall", call);

    public Task DeclineAsync(string call, string reason = "declined") => Client.CallAsync("DeclineCall", call, reason);

    public Task LeaveAsync(string call) => Client.CallAsync("LeaveCall", call);

    public Task SignalAsync(string call, string to, SignalKind kind, object payload) => Client.CallAsync("Signal", call, to, new CallSignalRequest(kind, JsonSerializer.SerializeToElement(payload)));

    /// <summary>The next news of a kind; others before it are passed over.</summary>
    public async Task<T> NextAsync<T>(Func<T, bool>? which = null)
    {
        while (true)
        {
            if (await _news.Reader.ReadAsync(Cancelled).AsTask().WaitAsync(TimeSpan.FromSeconds(20), Cancelled) is T news && which?.Invoke(news) != false)
            {
                return news;
            }
        }
    }

    /// <summary>What has come and was not looked at.</summary>
    public IReadOnlyList<object> Rest()
    {
        var rest = new List<object>();
        while (_news.Reader.TryRead(out var news))
        {
            rest.Add(news);
        }

        return rest;
    }

    private void Listen(HubConnection hub)
    {
        hub.On<CallRinging>(nameof(IRealtimeClient.CallRinging), news => _news.Writer.TryWrite(news));
        hub.On<CallAccepted>(nameof(IRealtimeClient.CallAccepted), news => _news.Writer.TryWrite(news));
        hub.On<CallDeclined>(nameof(IRealtimeClient.CallDeclined), news => _news.Writer.TryWrite(news));
        hub.On<CallParticipantChanged>(nameof(IRealtimeClient.CallParticipantChanged), news => _news.Writer.TryWrite(news));
        hub.On<CallEnded>(nameof(IRealtimeClient.CallEnded), news => _news.Writer.TryWrite(news));
        hub.On<CallSignal>(nameof(IRealtimeClient.CallSignal), news => _news.Writer.TryWrite(news));
    }
}
