using System.Diagnostics;
using System.Text.Json;
using Confluent.Kafka;

namespace Caas.Bench.Faults;

/// <summary>Reads <c>chat.messages</c> from its beginning on, as a consumer outside the platform does.</summary>
internal sealed class TopicReader : IAsyncDisposable
{
    private const string Topic = "chat.messages";

    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(100);

    private readonly Lock _gate = new();
    private readonly Dictionary<string, List<long>> _seqs = new(StringComparer.Ordinal);
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _reading;
    private long _records;

    public TopicReader(string bootstrapServers) => _reading = Task.Factory.StartNew(() => Read(bootstrapServers), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    /// <summary>Records read, repeats too.</summary>
    public long Records => Interlocked.Read(ref _records);

    /// <summary>What came of each conversation (<c>tenant/conversation</c>), in the order in which it came.</summary>
    public IReadOnlyDictionary<string, long[]> Seqs
    {
        get
        {
            lock (_gate)
            {
                return _seqs.ToDictionary(log => log.Key, log => log.Value.ToArray());
            }
        }
    }

    /// <summary>Waits until so many different entries were read.</summary>
    /// <returns>Whether they were, within that time.</returns>
    public async Task<bool> HasAsync(long count, TimeSpan within, CancellationToken cancellationToken)
    {
        for (var since = Stopwatch.GetTimestamp(); Different() < count; await Task.Delay(Look, cancellationToken))
        {
            if (Stopwatch.GetElapsedTime(since) > within)
            {
                return false;
            }
        }

        return true;
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _reading;
        _stop.Dispose();
    }

    private long Different()
    {
        lock (_gate)
        {
            return _seqs.Values.Sum(seqs => seqs.Distinct().LongCount());
        }
    }

    private void Read(string bootstrapServers)
    {
        var config = new ConsumerConfig
        {
            BootstrapServers = bootstrapServers,
            GroupId = "bench",
            AutoOffsetReset = AutoOffsetReset.Earliest,
            AllowAutoCreateTopics = true,
            SessionTimeoutMs = 6_000,
            TopicMetadataRefreshIntervalMs = 500,
            ReconnectBackoffMaxMs = 500,
        };
        using var consumer = new ConsumerBuilder<string, byte[]>(config).SetLogHandler((_, _) => { }).SetErrorHandler((_, _) => { }).Build();
        consumer.Subscribe(Topic);
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                if (consumer.Consume(Poll) is { Message: { } message })
                {
                    Interlocked.Increment(ref _records);
                    Take(message.Key, message.Value);
                }
            }
            catch (ConsumeException)
            {
                // The brokers are down, or the topic is not there yet.
            }
        }

        consumer.Close();
    }

    private void Take(string key, byte[] value)
    {
        using var json = JsonDocument.Parse(value);
        var seq = json.RootElement.GetProperty("data").GetProperty("seq").GetInt64();
        lock (_gate)
        {
            if (!_seqs.TryGetValue(key, out var seqs))
            {
                _seqs.Add(key, seqs = []);
            }

            seqs.Add(seq);
        }
    }
}
