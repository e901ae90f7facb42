using Caas.Contracts;
using Caas.Core.Callers;
using Caas.Core.Conversations;
using Caas.Core.Entries;
using Caas.Core.Events;
using Caas.Core.Ids;
using Caas.Core.Mail;
using Caas.Core.Messages;
using Caas.Core.Notifications;
using Caas.Core.Timed;
using Caas.Core.Users;
using Caas.Tests.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Caas.Tests.Notifications;

public sealed class EmailDigestTests : IAsyncLifetime
{
    private static readonly TenantId Acme = new("acme");

    private readonly FakeTimeProvider _clock = new(new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero));
    private readonly RecordingSender _sender = new();
    private readonly CorePlatform _platform;

    public EmailDigestTests() => _platform = new(configure: services =>
    {
        services.AddSingleton<TimeProvider>(_clock);
        services.AddSingleton<IMailSender>(_sender);
        services.Configure<MailOptions>(options => options.Account = new("mail.example.com", "chat@example.com"));
    });

    private static CancellationToken Cancelled => CorePlatform.Cancelled;

    public async ValueTask InitializeAsync()
    {
        foreach (var user in new[] { "alice", "bob" })
        {
            await Get<UserService>().UpsertAsync(CorePlatform.Backend(), user, new(user), Cancelled);
        }

        await Get<ConversationService>().CreateAsync(As("alice"), new(ConversationType.Group, "room", "The room", ["bob"]), Cancelled);
        await PreferAsync(new(Channels: new(Email: true), Email: new("bob@example.com", 15)));
    }

    public ValueTask DisposeAsync() => _platform.DisposeAsync();

    [Fact]
    public async Task What_is_unread_some_minutes_later_comes_in_one_mail()
    {
        await SendAsync("one");
        _clock.Advance(TimeSpan.FromMinutes(14));
        await SendAsync("two @bob");
        Assert.Empty(await DueAsync());
        _clock.Advance(TimeSpan.FromMinutes(1));
        await WorkAsync();
        var mail = Assert.Single(_sender.Sent);
        Assert.Equal(("bob@example.com", "2 new notifications"), (mail.To, mail.Subject));
        Assert.Contains("The room\nalice: one", mail.Text, StringComparison.Ordinal);
        Assert.Contains("alice mentioned you: two @bob", mail.Text, StringComparison.Ordinal);

        // What was mailed is not mailed again, what comes later is.
        await SendAsync("three");
        _clock.Advance(TimeSpan.FromMinutes(15));
        await WorkAsync();
        Assert.Equal(2, _sender.Sent.Count);
        Assert.DoesNotContain("mentioned", _sender.Sent[1].Text, StringComparison.Ordinal);
        Assert.NotEqual(_sender.Sent[0].Id, _sender.Sent[1].Id);
    }

    [Fact]
    public async Task What_was_read_or_is_not_wanted_any_more_is_not_mailed()
    {
        await SendAsync("read");
        await Get<NotificationInbox>().ReadAsync(As("bob"), new(All: true), Cancelled);
        _clock.Advance(TimeSpan.FromMinutes(15));
        await WorkAsync();
        await SendAsync("unwanted");
        await PreferAsync(new(Email: new("bob@example.com")));
        _clock.Advance(TimeSpan.FromMinutes(15));
        await WorkAsync();
        Assert.Empty(_sender.Sent);
        Assert.Empty(await DueAsync());
    }

    [Fact]
    public async Task In_quiet_hours_it_waits_for_their_end()
    {
        await PreferAsync(new(Channels: new(Email: true), QuietHours: new("UTC", "12:00", "13:00"), Email: new("bob@example.com")));
        await SendAsync("later");
        for (var minutes = 15; minutes < 60; minutes += 15)
        {
            _clock.Advance(TimeSpan.FromMinutes(15));
            await WorkAsync();
            Assert.Empty(_sender.Sent);
        }

        _clock.Advance(TimeSpan.FromMinutes(15));
        await WorkAsync();
        Assert.Single(_sender.Sent);
    }

    [Fact]
    public async Task What_fails_is_tried_again_under_the_same_id_and_then_put_among_the_dead_letters()
    {
        await SendAsync("hello");
        _clock.Advance(TimeSpan.FromMinutes(15));
        _sender.Failure = new("busy", permanent: false);
        for (var attempt = 0; attempt < 6; attempt++)
        {
            await WorkAsync();
            _clock.Advance(TimeSpan.FromHours(2));
        }

        Assert.Empty(await DueAsync());
        Assert.Equal(6, _sender.Sent.Count);
        Assert.Single(_sender.Sent.Select(mail => mail.Id).Distinct());
        Assert.Equal(("acme/bob", "busy"), Assert.Single(await Get<IDeadLetterStore>().ListAsync("email", 10, Cancelled)) is var letter ? (letter.Key, letter.Reason) : default);

        await SendAsync("hello again");
        _clock.Advance(TimeSpan.FromHours(1));
        _sender.Failure = new("550", permanent: true);
        await WorkAsync();
        Assert.Empty(await DueAsync());
        Assert.Equal(2, (await Get<IDeadLetterStore>().ListAsync("email", 10, Cancelled)).Count);
    }

    private static Caller As(string user) => new() { Kind = CallerKind.User, Tenant = Acme, User = new(user) };

    private T Get<T>()
        where T : notnull => _platform.Get<T>();

    private Task<NotificationPreferencesResponse> PreferAsync(PutNotificationPreferencesRequest request) => Get<NotificationPreferenceService>().PutAsync(CorePlatform.Backend() with { User = new("bob") }, request, Cancelled);

    private async Task<IReadOnlyList<TimedItem>> DueAsync() => [.. (await Get<ITimedStore>().ListDueAsync(Notifier.DigestKind, [], _clock.GetUtcNow(), 100, Cancelled))];

    private async Task WorkAsync()
    {
        foreach (var item in await DueAsync())
        {
            await _platform.Services.GetServices<ITimedHandler>().Single(handler => handler.Kind == Notifier.DigestKind).HandleAsync(item, Cancelled);
        }
    }

    private async Task SendAsync(string text)
    {
        var sent = (await Get<MessageService>().SendAsync(As("alice"), new("room"), new(text), null, Cancelled)).Message;
        var log = LogId.Of(Acme, new ConversationId("room"));
        var shaped = Caas.Core.Visibility.Viewer.Everything.Show((await Get<EntryViews>().ShapeAsync(log, await Get<IEntryStore>().ReadManyAsync(log, [sent.Seq], Cancelled), Cancelled))[0]);
        await Get<Notifier>().HandleAsync(new(Topics.Messages, log.ToString(), CloudEvents.Write(log, 1, shaped)), Cancelled);
    }

    private sealed class RecordingSender : IMailSender
    {
        public List<Caas.Core.Mail.Mail> Sent { get; } = [];

        public MailException? Failure { get; set; }

        public Task SendAsync(MailAccount account, Caas.Core.Mail.Mail mail, bool publicOnly, CancellationToken cancellationToken)
        {
            Sent.Add(mail);
            return Failure is null ? Task.CompletedTask : throw Failure;
        }
    }
}
