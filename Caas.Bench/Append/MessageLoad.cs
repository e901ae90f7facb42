using System.Globalization;
using Caas.Adapters.Sqlite;
using Caas.Contracts;
using Caas.Core;
using Caas.Core.Entries;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Caas.Bench.Append;

/// <summary>The platform's own way of storing messages, as its hosts compose it: the append pipeline over the SQLite store.</summary>
internal sealed class MessageLoad : IAsyncDisposable
{
    public const int Senders = 64;
    public const int Rooms = 8;
    public const string Text = "hello, this is a message of usual length, and a bit more";

    private readonly ServiceProvider _services;

    public MessageLoad(string connectionString)
    {
        _services = new ServiceCollection()
            .AddSingleton<IConfiguration>(new ConfigurationBuilder().Build())
            .AddLogging()
            .AddMetrics()
            .AddCaasCore()
            .AddSqliteStores(connectionString)
            .BuildServiceProvider();
        Pipeline = _services.GetRequiredService<EntryAppender>();
        Store = _services.GetRequiredService<IEntryStore>();
    }

    public EntryAppender Pipeline { get; }

    public IEntryStore Store { get; }

    public static string Room(int sender) => $"room-{sender % Rooms}";

    public static string Sender(int sender) => $"user-{sender}";

    public static LogId Log(string name) => new(new("acme"), name);

    /// <summary>A message of usual length by a sender of its own count.</summary>
    public static EntryDraft Draft(LogId log, string sender, long number) => new()
    {
        Log = log,
        Id = Guid.CreateVersion7().ToString(),
        Type = EntryTypes.MessageCreated,
        ActorId = sender,
        At = DateTimeOffset.UnixEpoch,
        ClientMessageId = number.ToString(CultureInfo.InvariantCulture),
        ContentHash = "hash of hello, this is a message of usual length",
        Target = EntryTarget.Message,
        Message = new() { Text = Text },
    };

    /// <summary>Makes every commit slower.</summary>
    public Task DelayAsync(SlowCommits delay, CancellationToken cancellationToken) =>
        _services.GetRequiredService<SqliteDatabase>().WriteAsync(delay.Install, cancellationToken);

    public ValueTask DisposeAsync() => _services.DisposeAsync();
}
