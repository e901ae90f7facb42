using System.Buffers.Text;
using System.Security.Cryptography;
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
using Caas.Core.Visibility;
using Caas.Tests.Core;
using Xunit;

namespace Caas.Tests.Notifications;

/// <summary>A tenant whose users are notified in every way there is: <c>zelda</c> and <c>bob</c>, in a room. Every word that is zelda's alone begins with <see cref="Words"/>.</summary>
internal sealed class NotifiedLife(CorePlatform platform, TenantId tenant)
{
    public const string Words = "zword";

    private static readonly ConversationId Room = new("notified");

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    private LogId Log => LogId.Of(tenant, Room);

    public Caller As(string user) => new() { Kind = CallerKind.User, Tenant = tenant, User = new(user) };

    /// <summary>Inboxes with and without what was read, devices of each platform, preferences, pushes that wait and one that is done, mails that wait, a push that nobody took.</summary>
    public async Task LiveAsync()
    {
        foreach (var user in new[] { "zelda", "bob" })
        {
            await platform.Get<UserService>().UpsertAsync(CorePlatform.Backend(tenant.Value), user, new(user), Cancelled);
            await platform.Get<NotificationPreferenceService>().PutAsync(CorePlatform.Backend(tenant.Value) with { User = new(user) }, new(new(Email: true), Conversations: new Dictionary<string, ConversationNotifications> { ["elsewhere"] = new(NotificationLevel.Mentions) }, QuietHours: null, Language: "de", Email: new($"{WordsOf(user)}@example.com", 15)), Cancelled);
            await DevicesAsync(user);
        }

        await platform.Get<ConversationService>().CreateAsync(As("zelda"), new(ConversationType.Group, Room.Value, "The room", ["bob"]), Cancelled);
        await SendAsync("bob", "Look, @zelda");
        await SendAsync("bob", "once more");
        await SendAsync("zelda", "Look, @bob");
        await platform.Get<NotificationInbox>().ReadAsync(As("zelda"), new(Ids: ["mentions:notified"]), Cancelled);
        var done = (await PushesAsync()).First(job => job.User.Value == "zelda");
        await platform.Get<IPushStore>().FinishAsync([done], done.DueAt, Cancelled);
        await platform.Get<DeadLetterBox>().PutAsync(new("push", Topics.Notifications, $"{tenant}/zelda", $"{tenant}/zelda/phone/notified/2", $$"""{"device":"{{Words}}phone","conversationId":"notified"}""", "fcm: 400", done.DueAt), Cancelled);
    }

    /// <summary>What the bus gives, from the beginning on: at least once.</summary>
    public async Task NotifyAgainAsync()
    {
        foreach (var entry in await platform.Get<IEntryStore>().ReadAfterAsync(Log, 0, 100, Cancelled))
        {
            await NotifyAsync(entry.Seq);
        }
    }

    public Task<IReadOnlyList<NotificationRow>> InboxAsync(string user) => platform.Get<INotificationStore>().ListAsync(tenant, new(user), NotificationRows.Kept, after: null, 100, Cancelled);

    public Task<IReadOnlyList<Device>> DevicesOfAsync(string user) => platform.Get<IDeviceStore>().ListAsync(tenant, [new(user)], Cancelled);

    /// <summary>The tenant's pushes that wait.</summary>
    public async Task<IReadOnlyList<PushJob>> PushesAsync() =>
        [.. (await platform.Get<IPushStore>().ListDueAsync(DateTimeOffset.MaxValue.AddYears(-1), calls: false, [], 1_000, Cancelled)).Where(job => job.Tenant == tenant)];

    private static string WordsOf(string user) => user == "zelda" ? Words : user;

    private async Task DevicesAsync(string user)
    {
        var devices = platform.Get<DeviceService>();
        await devices.PutAsync(As(user), $"{WordsOf(user)}phone", new(DevicePlatform.Fcm, $"{WordsOf(user)}-{tenant}-fcm"), Cancelled);
        await devices.PutAsync(As(user), $"{WordsOf(user)}tablet", new(DevicePlatform.Apns, Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32)), Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32))), Cancelled);
        using var browser = ECDiffieHellman.Create(ECCurve.NamedCurves.nistP256);
        var point = browser.ExportParameters(includePrivateParameters: false).Q;
        var keys = new WebPushKeys(Base64Url.EncodeToString([4, .. point.X!, .. point.Y!]), Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(16)));
        await devices.PutAsync(As(user), $"{WordsOf(user)}browser", new(DevicePlatform.WebPush, Subscription: new($"https://push.example.com/{WordsOf(user)}/{tenant}", keys)), Cancelled);
    }

    private async Task SendAsync(string user, string text) => await NotifyAsync((await platform.Get<MessageService>().SendAsync(As(user), Room, new(text), null, Cancelled)).Message.Seq);

    private async Task NotifyAsync(long seq)
    {
        var entry = Viewer.Everything.Show((await platform.Get<EntryViews>().ShapeAsync(Log, await platform.Get<IEntryStore>().ReadManyAsync(Log, [seq], Cancelled), Cancelled))[0]);
        await platform.Get<Notifier>().HandleAsync(new(EventRouting.TopicsOf(Log, entry.Type)[0], Log.ToString(), CloudEvents.Write(Log, 1, entry)), Cancelled);
    }
}
