using System.Globalization;
using Caas.Adapters.Sqlite;
using Caas.Bench.Clusters;
using Caas.Bench.Reports;
using Caas.Contracts;
using Caas.Core;
using Caas.Core.Callers;
using Caas.Core.Conversations;
using Caas.Core.Delivery;
using Caas.Core.Entries;
using Caas.Core.Feed;
using Caas.Core.Ids;
using Caas.Core.Members;
using Caas.Core.Refusals;
using Caas.Core.Search;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Caas.Bench.Search;

/// <summary>A tenant with many messages on a SQLite file of its own, and the platform's search over it.</summary>
internal sealed class SearchWorld : IAsyncDisposable
{
    private const int Batch = 500;
    private static readonly TenantId Tenant = new("bench");
    private static readonly DateTimeOffset First = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly Scratch _folder = new();
    private readonly ServiceProvider _services;
    private readonly int _conversations;

    public SearchWorld(int conversations)
    {
        _conversations = conversations;
        _services = new ServiceCollection()
            .AddSingleton<IConfiguration>(new ConfigurationBuilder().Build())
            .AddLogging()
            .AddMetrics()
            .AddSingleton<IConversationChannels, NoChannels>()
            .AddSingleton<IEntryBroadcaster, ChannelBroadcaster>()
            .AddCaasCore()
            .AddSqliteStores(_folder.Database("search"))
            .BuildServiceProvider();
    }

    /// <summary>Who asks: a member of 10, of 200, and of half of the conversations.</summary>
    public static IReadOnlyList<(string Who, string User)> Users => [("in 10 conversations", "few"), ("in 200", "some"), ("in half of all", "many")];

    /// <summary>Conversations and messages, each conversation's at times over a year.</summary>
    public async Task FillAsync(int messages, SearchWords words, Stage stage, CancellationToken cancellationToken)
    {
        var store = _services.GetRequiredService<IConversationStore>();
        for (var n = 0; n < _conversations; n++)
        {
            await store.FoldAsync(ConversationOf(n), null, [.. MembersOf(n)], cancellationToken);
        }

        var (entries, step) = (_services.GetRequiredService<IEntryStore>(), TimeSpan.FromDays(365) / messages);
        for (var first = 0; first < messages; first += Batch)
        {
            await entries.AppendAsync([.. Enumerable.Range(first, Batch).Select(n => Draft(n, First + (step * n), words.Text()))], cancellationToken);
            stage.Step(Batch);
        }
    }

    /// <summary>Runs projector and indexer until all is indexed.</summary>
    public async Task IndexAsync(Stage stage, CancellationToken cancellationToken)
    {
        IHostedService[] running = [ActivatorUtilities.CreateInstance<Projector>(_services), ActivatorUtilities.CreateInstance<SearchIndexer>(_services)];
        foreach (var service in running)
        {
            await service.StartAsync(cancellationToken);
        }

        var (feed, end) = (_services.GetRequiredService<IFeedStore>(), await CountAsync(cancellationToken));
        for (var at = 0L; at < end; at = await feed.ReadPositionAsync(SearchIndexer.Name, Tenant, cancellationToken))
        {
            stage.At(at);
            await Task.Delay(TimeSpan.FromMilliseconds(50), cancellationToken);
        }

        foreach (var service in running)
        {
            await service.StopAsync(cancellationToken);
        }
    }

    /// <returns>How many messages one page holds; a search that is refused as too broad holds none.</returns>
    public async Task<int> SearchAsync(string user, string question, CancellationToken cancellationToken)
    {
        try
        {
            var caller = new Caller { Kind = CallerKind.User, Tenant = Tenant, User = new(user) };
            return (await _services.GetRequiredService<SearchService>().SearchAsync(caller, new(question, null, null, null, null, null), cancellationToken)).Items.Count;
        }
        catch (RefusedException)
        {
            return 0;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _services.DisposeAsync();
        _folder.Dispose();
    }

    private async Task<long> CountAsync(CancellationToken cancellationToken)
    {
        var entries = _services.GetRequiredService<IEntryStore>();
        var count = 0L;
        for (var n = 0; n < _conversations; n++)
        {
            count += (await entries.ReadTailAsync(LogOf(n), cancellationToken)).Seq;
        }

        return count;
    }

    private IEnumerable<Member> MembersOf(int n)
    {
        string[] users = [.. n % 2 == 0 ? ["many"] : Array.Empty<string>(), .. n % Math.Max(1, _conversations / 200) == 0 ? ["some"] : Array.Empty<string>(), .. n % Math.Max(1, _conversations / 10) == 0 ? ["few"] : Array.Empty<string>()];
        return users.Select(user => new Member { Tenant = Tenant, Conversation = IdOf(n), User = new(user), Role = MemberRole.Member, JoinedAt = First, JoinedSeq = 1, Rev = 1 });
    }

    private static Conversation ConversationOf(int n) =>
        new() { Tenant = Tenant, Id = IdOf(n), Type = ConversationType.Group, CreatedAt = First, UpdatedAt = First, Rev = 1, Summary = new(0, 0, 0, First) };

    private EntryDraft Draft(int number, DateTimeOffset at, string text) => new()
    {
        Log = LogOf(number % _conversations),
        Id = Guid.CreateVersion7().ToString(),
        Type = EntryTypes.MessageCreated,
        ActorId = $"user-{number % 50}",
        At = at,
        ClientMessageId = number.ToString(CultureInfo.InvariantCulture),
        ContentHash = "a hash",
        Target = EntryTarget.Message,
        Message = new() { Text = text },
    };

    private static ConversationId IdOf(int n) => new(string.Create(CultureInfo.InvariantCulture, $"room-{n}"));

    private static LogId LogOf(int n) => LogId.Of(Tenant, IdOf(n));
}
