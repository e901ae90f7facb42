using Caas.Contracts;
using Microsoft.AspNetCore.Http.Connections;
using Microsoft.AspNetCore.SignalR.Client;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Caas.Tests.Hosts;

/// <summary>One user's view of one conversation as a client has to keep it: it knows the last seq without a gap before it, and fetches what is missing.</summary>
internal sealed class LiveClient : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly HubConnection _hub;
    private readonly string _conversation;
    private readonly Lock _lock = new();
    private readonly SortedDictionary<long, EntryResponse> _entries = [];
    private readonly HashSet<long> _live = [];
    private readonly TaskCompletionSource<Draining> _draining = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private LiveClient(HubConnection hub, string conversation)
    {
        (_hub, _conversation) = (hub, conversation);
        hub.On<EntryResponse>(nameof(IRealtimeClient.Entry), entry => Take(entry, live: true));
        hub.On<Draining>(nameof(IRealtimeClient.Draining), draining => _draining.TrySetResult(draining));
    }

    /// <summary>The farewell of a replica that stops.</summary>
    public Task<Draining> DrainingAsync() => _draining.Task.WaitAsync(Patience, TestContext.Current.CancellationToken);

    /// <summary>What it has, in order.</summary>
    public IReadOnlyList<EntryResponse> Entries
    {
        get
        {
            lock (_lock)
            {
                return [.. _entries.Values];
            }
        }
    }

    /// <summary>The texts of the messages it has, in order.</summary>
    public IReadOnlyList<string?> Texts => [.. Entries.Where(entry => entry.Type == EntryTypes.MessageCreated).Select(entry => entry.Message!.Text)];

    /// <summary>The seqs that were pushed to it.</summary>
    public IReadOnlyCollection<long> Live
    {
        get
        {
            lock (_lock)
            {
                return [.. _live];
            }
        }
    }

    /// <summary>The last seq without a gap before it.</summary>
    public long LastSeq
    {
        get
        {
            lock (_lock)
            {
                var last = 0L;
                foreach (var seq in _entries.Keys)
                {
                    if (seq != last + 1)
                    {
                        break;
                    }

                    last = seq;
                }

                return last;
            }
        }
    }

    /// <param name="server">A replica, or the gateway, which redirects to one.</param>
    public static async Task<LiveClient> ConnectAsync(Uri server, string token, string conversation, CancellationToken cancellationToken)
    {
        var hub = new HubConnectionBuilder()
            .WithUrl(new Uri(server, "/realtime"), options =>
            {
                options.AccessTokenProvider = () => Task.FromResult<string?>(token);
                options.Transports = HttpTransportType.WebSockets;
            })
            .AddJsonProtocol(json => json.PayloadSerializerOptions = CaasJson.Options)
            .Build();
        await hub.StartAsync(cancellationToken).WaitAsync(Patience, cancellationToken);
        return new(hub, conversation);
    }

    /// <summary>Joins and has everything after a seq.</summary>
    /// <returns>The entries of the answer.</returns>
    public async Task<IReadOnlyList<EntryResponse>> JoinAsync(long afterSeq, CancellationToken cancellationToken)
    {
        var joined = await _hub.InvokeAsync<JoinResult>("JoinConversation", _conversation, (long?)afterSeq, cancellationToken).WaitAsync(Patience, cancellationToken);
        var missed = joined.Items.ToList();
        for (var complete = joined.Complete; !complete;)
        {
            var page = await _hub.InvokeAsync<EntryPage>("ReadEntries", _conversation, missed[^1].Seq, 1000, cancellationToken).WaitAsync(Patience, cancellationToken);
            missed.AddRange(page.Items);
            complete = page.Complete;
        }

        missed.ForEach(entry => Take(entry, live: false));
        return missed;
    }

    public Task<SendMessageResult> SendAsync(string text, string? clientMessageId, CancellationToken cancellationToken) =>
        _hub.InvokeAsync<SendMessageResult>("SendMessage", new HubSendMessageRequest(_conversation, text, clientMessageId), cancellationToken);

    /// <summary>Waits until everything up to a seq is here.</summary>
    public Task HasAsync(long seq, CancellationToken cancellationToken) =>
        Eventually.HoldsAsync(() => Task.FromResult(LastSeq < seq ? $"it has everything up to {LastSeq}, not {seq}" : null), cancellationToken);

    public async ValueTask DisposeAsync() => await _hub.DisposeAsync();

    private void Take(EntryResponse entry, bool live)
    {
        lock (_lock)
        {
            _entries[entry.Seq] = entry;
            if (live)
            {
                _live.Add(entry.Seq);
            }
        }
    }
}
