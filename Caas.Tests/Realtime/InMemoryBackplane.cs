using System.Collections.Concurrent;
using System.Threading.Channels;
using Caas.Core.Delivery;
using Caas.Core.Entries;
using Caas.Tests.Delivery;

namespace Caas.Tests.Realtime;

/// <summary>A backplane in the test's own process, with faults to switch on.</summary>
internal sealed class InMemoryBackplane
{
    private readonly ConcurrentBag<InMemoryConversationChannels> _processes = [];
    private volatile bool _connected = true;

    public bool IsConnected => _connected;

    /// <summary>Payloads for which it says true are lost on the way to other processes (and to the sender's own subscriptions).</summary>
    public Func<LogId, bool>? Loses { get; set; }

    /// <summary>Each payload is overtaken by the next one.</summary>
    public bool Reorders { get; set; }

    /// <summary>Every payload comes twice.</summary>
    public bool Repeats { get; set; }

    /// <summary>Comes before a subscription stands; null: nothing does.</summary>
    public Func<Task>? OnSubscribe { get; set; }

    public InMemoryConversationChannels Process()
    {
        var process = new InMemoryConversationChannels(this);
        _processes.Add(process);
        return process;
    }

    public void Disconnect() => _connected = false;

    public void Connect()
    {
        if (!_connected)
        {
            _connected = true;
            foreach (var process in _processes)
            {
                process.RaiseReconnected();
            }
        }
    }

    public void Publish(LogId log, ReadOnlyMemory<byte> payload)
    {
        if (_connected && Loses?.Invoke(log) != true)
        {
            foreach (var process in _processes)
            {
                process.Receive(log, payload.ToArray());
                if (Repeats)
                {
                    process.Receive(log, payload.ToArray());
                }
            }
        }
    }

    public void Hint()
    {
        if (_connected)
        {
            foreach (var process in _processes)
            {
                process.RaiseHint();
            }
        }
    }
}

/// <summary>One process's channels over an <see cref="InMemoryBackplane"/>.</summary>
internal sealed class InMemoryConversationChannels(InMemoryBackplane backplane) : IConversationChannels
{
    private readonly ConcurrentDictionary<Subscription, LogId> _subscriptions = new();

    public bool IsConnected => backplane.IsConnected;

    public event Action? Reconnected;

    public event Action? RevocationHinted;

    public void Publish(LogId log, ReadOnlyMemory<byte> payload) => backplane.Publish(log, payload);

    public void PublishRevocationHint() => backplane.Hint();

    public async ValueTask<IAsyncDisposable> SubscribeAsync(LogId log, Action<ReadOnlyMemory<byte>> receive, CancellationToken cancellationToken)
    {
        if (backplane.OnSubscribe is { } before)
        {
            await before();
        }

        var subscription = new Subscription(this, receive);
        _subscriptions[subscription] = log;
        return subscription;
    }

    public void RaiseReconnected() => Reconnected?.Invoke();

    public void RaiseHint() => RevocationHinted?.Invoke();

    public void Receive(LogId log, byte[] payload)
    {
        foreach (var (subscription, subscribed) in _subscriptions)
        {
            if (subscribed == log)
            {
                subscription.Receive(payload, backplane.Reorders);
            }
        }
    }

    private sealed class Subscription : IAsyncDisposable
    {
        private readonly Channel<byte[]> _queue = Channel.CreateUnbounded<byte[]>();
        private readonly InMemoryConversationChannels _channels;
        private readonly Lock _gate = new();
        private byte[]? _overtaken;

        public Subscription(InMemoryConversationChannels channels, Action<ReadOnlyMemory<byte>> receive)
        {
            _channels = channels;
            _ = Task.Run(async () =>
            {
                await foreach (var payload in _queue.Reader.ReadAllAsync())
                {
                    try
                    {
                        receive(payload);
                    }
#pragma warning disable CA1031 // As the port says: a receiver that throws does not stop its subscription.
                    catch (Exception)
#pragma warning restore CA1031
                    {
                    }
                }
            });
        }

        public void Receive(byte[] payload, bool reorder)
        {
            lock (_gate)
            {
                if (reorder && _overtaken is null)
                {
                    _overtaken = payload;
                    return;
                }

                _queue.Writer.TryWrite(payload);
                if (_overtaken is { } overtaken)
                {
                    _overtaken = null;
                    _queue.Writer.TryWrite(overtaken);
                }
            }
        }

        public ValueTask DisposeAsync()
        {
            _channels._subscriptions.TryRemove(this, out _);
            _queue.Writer.TryComplete();
            return ValueTask.CompletedTask;
        }
    }
}

/// <summary>The test's backplane keeps the port's promises, so that what is tested over it holds over others.</summary>
public sealed class InMemoryConversationChannelsTests : ConversationChannelsContract
{
    private readonly InMemoryBackplane _backplane = new();

    public InMemoryConversationChannelsTests() => _backplane.Disconnect();

    protected override Task<IConversationChannels> CreateAsync() => Task.FromResult<IConversationChannels>(_backplane.Process());

    protected override Task KillAsync()
    {
        _backplane.Disconnect();
        return Task.CompletedTask;
    }

    protected override Task StartAsync()
    {
        _backplane.Connect();
        return Task.CompletedTask;
    }
}
