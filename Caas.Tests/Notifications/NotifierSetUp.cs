using Caas.Contracts;
using Caas.Core.Callers;
using Caas.Core.Conversations;
using Caas.Core.Entries;
using Caas.Core.Events;
using Caas.Core.Ids;
using Caas.Core.Messages;
using Caas.Core.Notifications;
using Caas.Core.Push;
using Caas.Core.Users;
using Caas.Tests.Core;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Caas.Tests.Notifications;

/// <summary>Alice, bob and carol in a room, and a notifier that is handed what happens there.</summary>
public abstract class NotifierSetUp : IAsyncLifetime
{
    protected static readonly TenantId Acme = new("acme");
    protected static readonly ConversationId Room = new("room");

    private readonly CorePlatform _platform;

    protected NotifierSetUp() => _platform = new(configure: services =>
    {
        services.Configure<NotificationOptions>(options => typeof(NotificationOptions).GetProperty(nameof(options.PageSize))!.SetValue(options, 10));
        var inner = services.Last(service => service.ServiceType == typeof(IPushStore)).ImplementationType!;
        services.AddSingleton<IPushStore>(provider => Pushes.Around((IPushStore)ActivatorUtilities.CreateInstance(provider, inner)));
    });

    private protected BreakingPushes Pushes { get; } = new();

    protected static CancellationToken Cancelled => CorePlatform.Cancelled;

    public async ValueTask InitializeAsync()
    {
        foreach (var user in new[] { "alice", "bob", "carol" })
        {
            await _platform.Get<UserService>().UpsertAsync(CorePlatform.Backend(), user, new($"{user.ToUpperInvariant()}"), Cancelled);
        }

        await _platform.Get<ConversationService>().CreateAsync(As("alice"), new(ConversationType.Group, "room", "The room", ["bob", "carol"]), Cancelled);
    }

    public ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return _platform.DisposeAsync();
    }

    protected static Caller As(string user) => new() { Kind = CallerKind.User, Tenant = Acme, User = new(user) };

    protected T Get<T>()
        where T : notnull => _platform.Get<T>();

    protected Task<NotificationPage> InboxAsync(string user, bool unread = false) => Get<NotificationInbox>().ListAsync(As(user), unread, null, null, Cancelled);

    protected async Task<MessageResponse> SendAsync(string user, string text)
    {
        var sent = (await Get<MessageService>().SendAsync(As(user), Room, new(text), null, Cancelled)).Message;
        await NotifyAsync(sent.Seq);
        return sent;
    }

    /// <summary>As the bus would hand it over.</summary>
    protected async Task NotifyAsync(long seq, DateTimeOffset? at = null) => await Get<Notifier>().HandleAsync(await RecordAsync(seq, at), Cancelled);

    /// <summary>All of the room's log that was not handed over.</summary>
    /// <returns>Up to where it was.</returns>
    protected async Task<long> NotifyAfterAsync(long seq)
    {
        foreach (var entry in await Get<IEntryStore>().ReadAfterAsync(LogId.Of(Acme, Room), seq, 1_000, Cancelled))
        {
            await NotifyAsync(seq = entry.Seq);
        }

        return seq;
    }

    /// <summary>What stands on the bus, with the message as it is now.</summary>
    protected async Task<EventRecord> RecordAsync(long seq, DateTimeOffset? at = null, ConversationId? conversation = null)
    {
        var log = LogId.Of(Acme, conversation ?? Room);
        var entries = await Get<IEntryStore>().ReadManyAsync(log, [seq], Cancelled);
        var shaped = Caas.Core.Visibility.Viewer.Everything.Show((await Get<EntryViews>().ShapeAsync(log, entries, Cancelled))[0]);
        return new(Topics.Messages, log.ToString(), CloudEvents.Write(log, 1, at is null ? shaped : shaped with { At = at }));
    }

    protected async Task CallAsync(long seq, string type, string? actor, string data)
    {
        var log = LogId.Of(Acme, Room);
        var entry = new EntryResponse("room", seq, type, actor, TimeProvider.System.GetUtcNow(), "id", Data: System.Text.Json.JsonElement.Parse(data));
        await Get<Notifier>().HandleAsync(new(Topics.Events, log.ToString(), CloudEvents.Write(log, 1, entry)), Cancelled);
    }
}
