using System.Diagnostics.Metrics;
using System.Text.Json;
using Caas.Contracts;
using Caas.Core.Callers;
using Caas.Core.Entries;
using Caas.Core.Ids;
using Caas.Realtime;
using Caas.Realtime.Connections;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Protocol;

namespace Caas.Tests.Realtime;

/// <summary>Takes what a connection is sent. It reads at once, or (once blocked) not at all.</summary>
internal sealed class FakeCarrier : IConnectionCarrier
{
    private readonly Lock _gate = new();
    private readonly List<SerializedHubMessage> _written = [];
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TaskCompletionSource? _blocked;
    private TaskCompletionSource _progress = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public bool IsCutOff { get; private set; }

    public bool IsClosed { get; private set; }

    public bool MayReconnect { get; private set; }

    /// <summary>Called with the number of messages written so far, before the write is over.</summary>
    public Action<int>? OnWrite { get; set; }

    public Task Ended => _ended.Task;

    public IReadOnlyList<(string Method, JsonElement Argument)> Written
    {
        get
        {
            lock (_gate)
            {
                return [.. _written.Select(Read)];
            }
        }
    }

    public IReadOnlyList<long> Seqs => [.. Written.Where(written => written.Method == "Entry").Select(written => written.Argument.GetProperty("seq").GetInt64())];

    public void Block() => _blocked = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Unblock() => _blocked?.TrySetResult();

    public ValueTask WriteAsync(SerializedHubMessage message)
    {
        int count;
        lock (_gate)
        {
            _written.Add(message);
            count = _written.Count;
            _progress.TrySetResult();
            _progress = new(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        OnWrite?.Invoke(count);
        return _blocked is { } blocked ? new(blocked.Task) : default;
    }

    public void Close()
    {
        IsClosed = true;
        _ended.TrySetResult();
    }

    public void CloseToReconnect()
    {
        MayReconnect = true;
        _ended.TrySetResult();
    }

    public void CutOff()
    {
        IsCutOff = true;
        _ended.TrySetResult();
    }

    public async Task<IReadOnlyList<(string Method, JsonElement Argument)>> WhenWrittenAsync(int count, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task progress;
            lock (_gate)
            {
                if (_written.Count >= count)
                {
                    break;
                }

                progress = _progress.Task;
            }

            await progress.WaitAsync(TimeSpan.FromSeconds(30), cancellationToken);
        }

        return Written;
    }

    private static (string Method, JsonElement Argument) Read(SerializedHubMessage message)
    {
        var bytes = message.GetSerializedMessage(Caas.Realtime.Protocols.HubProtocols.Json());
        using var document = JsonDocument.Parse(bytes[..^1]);
        return (document.RootElement.GetProperty("target").GetString()!, document.RootElement.GetProperty("arguments")[0].Clone());
    }
}

/// <summary>What tests of single classes are made of.</summary>
internal static class Parts
{
    public static readonly TenantId Tenant = new("acme");

    public static RealtimeMetrics Metrics() => new(new Meters());

    public static RealtimeConnection Connection(IConnectionCarrier carrier, string user = "alice", int maxMessages = 1000, int maxBytes = 1 << 20, TimeProvider? clock = null)
    {
        clock ??= TimeProvider.System;
        var caller = new Caller { Kind = CallerKind.User, Tenant = Tenant, User = new UserId(user), TokenId = "t", TokenIssuedAt = clock.GetUtcNow(), TokenExpiresAt = clock.GetUtcNow().AddHours(1) };
        return new(Guid.NewGuid().ToString(), caller, carrier, new Outbox(carrier, maxMessages, maxBytes, Metrics(), clock), clock);
    }

    public static EntryResponse Entry(long seq, string type = EntryTypes.MessageCreated, JsonElement? data = null) => new("room", seq, type, "bob", DateTimeOffset.UnixEpoch, $"c{seq}", Data: data);

    public static LogId Room => new(Tenant, "room");

    public static SerializedHubMessage Message(int n = 0) => new(new InvocationMessage("Resync", [new Resync($"{n}")]));

    private sealed class Meters : IMeterFactory
    {
        public Meter Create(MeterOptions options) => new(options);

        public void Dispose()
        {
        }
    }
}
