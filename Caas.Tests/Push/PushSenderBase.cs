using Caas.Contracts;
using Caas.Core.Callers;
using Caas.Core.Conversations;
using Caas.Core.Devices;
using Caas.Core.Entries;
using Caas.Core.Events;
using Caas.Core.Ids;
using Caas.Core.Messages;
using Caas.Core.Notifications;
using Caas.Core.Push;
using Caas.Core.Users;
using Caas.Tests.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Caas.Tests.Push;

/// <summary>Alice, bob with a phone, three conversations of the two, and a push service that keeps what it is sent.</summary>
public abstract class PushSenderBase : IAsyncLifetime
{
    private protected static readonly TenantId Acme = new("acme");

    private protected readonly FakeTimeProvider _clock = new(PushSamples.At);
    private protected readonly RecordingProvider _provider = new();
    private protected readonly CorePlatform _platform;

    protected PushSenderBase() => _platform = new(configure: services =>
    {
        services.AddSingleton<TimeProvider>(_clock);
        services.AddSingleton<IPushProvider>(_provider);
        var inner = services.Last(service => service.ServiceType == typeof(IPushStore)).ImplementationType!;
        services.AddSingleton<IPushStore>(provider => _provider.Around((IPushStore)ActivatorUtilities.CreateInstance(provider, inner)));
    });

    protected static CancellationToken Cancelled => CorePlatform.Cancelled;

    public async ValueTask InitializeAsync()
    {
        foreach (var user in new[] { "alice", "bob" })
        {
            await Get<UserService>().UpsertAsync(CorePlatform.Backend(), user, new(user), Cancelled);
        }

        foreach (var room in new[] { "a", "b", "c" })
        {
            await Get<ConversationService>().CreateAsync(As("alice"), new(ConversationType.Group, room, room, ["bob"]), Cancelled);
        }

        await Get<DeviceService>().PutAsync(As("bob"), "phone", new(DevicePlatform.Apns, "aa", "bb"), Cancelled);
    }

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        await _platform.DisposeAsync();
    }

    private protected static Caller As(string user) => new() { Kind = CallerKind.User, Tenant = Acme, User = new(user) };

    private protected T Get<T>()
        where T : notnull => _platform.Get<T>();

    private protected Task<IReadOnlyList<PushJob>> DueAsync() => Get<IPushStore>().ListDueAsync(_clock.GetUtcNow(), 100, Cancelled);

    /// <summary>What the worker does of one device.</summary>
    private protected async Task PushAsync() => await Get<PushSender>().SendAsync(await DueAsync(), Cancelled);

    private protected async Task<MessageResponse> SendAsync(string room, string text)
    {
        var sent = (await Get<MessageService>().SendAsync(As("alice"), new(room), new(text), null, Cancelled)).Message;
        await NotifyAsync(room, sent.Seq);
        return sent;
    }

    /// <summary>What the consumer of events does of one entry.</summary>
    private protected async Task NotifyAsync(string room, long seq)
    {
        var log = LogId.Of(Acme, new ConversationId(room));
        var shaped = Caas.Core.Visibility.Viewer.Everything.Show((await Get<EntryViews>().ShapeAsync(log, await Get<IEntryStore>().ReadManyAsync(log, [seq], Cancelled), Cancelled))[0]);
        await Get<Notifier>().HandleAsync(new(Topics.Messages, log.ToString(), CloudEvents.Write(log, 1, shaped)), Cancelled);
    }
}
