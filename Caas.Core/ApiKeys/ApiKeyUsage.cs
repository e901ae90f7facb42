using System.Collections.Concurrent;
using System.Threading.Channels;
using Caas.Core.Entries;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Caas.Core.ApiKeys;

/// <summary>Notes when API keys are used, at most once a minute per key and process, and off the path of the call. What is lost when a process dies is a minute's knowledge.</summary>
public sealed partial class ApiKeyUsage(IApiKeyStore store, TimeProvider clock, ILogger<ApiKeyUsage> logger) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);
    private const int MostRemembered = 10_000;
    private readonly ConcurrentDictionary<string, DateTimeOffset> _noted = new(StringComparer.Ordinal);
    private readonly Channel<string> _due = Channel.CreateBounded<string>(new BoundedChannelOptions(1_000) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true });

    public void Note(string keyId)
    {
        var now = clock.GetUtcNow();
        if (_noted.TryGetValue(keyId, out var last) ? now - last < Interval || !_noted.TryUpdate(keyId, now, last) : !_noted.TryAdd(keyId, now))
        {
            return;
        }

        _due.Writer.TryWrite(keyId);
        if (_noted.Count > MostRemembered)
        {
            _noted.Clear();
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await foreach (var keyId in _due.Reader.ReadAllAsync(stoppingToken))
        {
            try
            {
                await store.TouchAsync(keyId, clock.GetUtcNow(), stoppingToken);
            }
            catch (StoreUnavailableException exception)
            {
                LogLost(exception, keyId);
            }
        }
    }

    [LoggerMessage(4301, LogLevel.Debug, "When API key {KeyId} was used could not be noted.")]
    private partial void LogLost(Exception exception, string keyId);
}
