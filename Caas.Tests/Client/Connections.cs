using Caas.Client;
using Caas.Contracts;
using Caas.Tests.Realtime;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Caas.Tests.Client;

/// <summary>The client beside the replicas of a test.</summary>
internal static class Connections
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    /// <summary>A user's connection to one replica, not yet connected.</summary>
    public static CaasConnection Connection(this Replicas replicas, string user, int replica = 0, Func<CaasConnectionOptions, CaasConnectionOptions>? change = null)
    {
        var options = new CaasConnectionOptions { Url = new(Replicas.UrlOf(replicas.Apps[replica])), Token = _ => replicas.TokenAsync(user), LoggerFactory = Log() };
        return new(change?.Invoke(options) ?? options);
    }

    /// <param name="heard">Gets each line too.</param>
    public static ILoggerFactory Log(Action<string>? heard = null) => LoggerFactory.Create(logging => logging.AddProvider(new OutputLog(heard)).SetMinimumLevel(LogLevel.Debug).AddFilter("Microsoft", LogLevel.Warning));

    /// <summary>The next entries, up to one of this seq.</summary>
    public static async Task<IReadOnlyList<EntryResponse>> TakeAsync(this Conversation conversation, long upTo)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Cancelled);
        patience.CancelAfter(Replicas.Bound);
        var entries = new List<EntryResponse>();
        while (conversation.LastSeq < upTo)
        {
            await foreach (var entry in conversation.Entries(patience.Token))
            {
                entries.Add(entry);
                if (entry.Seq >= upTo)
                {
                    break;
                }
            }
        }

        return entries;
    }

    /// <summary>Waits for a state.</summary>
    public static async Task<StateChange> ReachesAsync(this CaasConnection connection, ConnectionState wanted)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Cancelled);
        patience.CancelAfter(Replicas.Bound);
        await foreach (var state in connection.States(patience.Token))
        {
            if (state.State == wanted)
            {
                return state;
            }
        }

        throw new TimeoutException($"It is {connection.State}, not {wanted}.");
    }

    /// <summary>Bounded, like every wait of a test.</summary>
    public static Task<T> Soon<T>(this Task<T> task) => task.WaitAsync(Replicas.Bound, Cancelled);

    public static Task Soon(this Task task) => task.WaitAsync(Replicas.Bound, Cancelled);
}

/// <summary>What a client says, in the output of its test.</summary>
internal sealed class OutputLog(Action<string>? heard) : ILoggerProvider, ILogger
{
    private readonly ITestOutputHelper? _output = TestContext.Current.TestOutputHelper;

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        heard?.Invoke(formatter(state, exception));
        try
        {
            _output?.WriteLine($"{TimeProvider.System.GetUtcNow():ss.fff} client: {formatter(state, exception)} {exception}");
        }
        catch (InvalidOperationException)
        {
            // The test is over.
        }
    }

    public void Dispose()
    {
    }
}
