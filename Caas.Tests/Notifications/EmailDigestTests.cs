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
        _sender.Failure = new MailException("busy", permanent: false);
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
        _sender.Failure = new MailException("550", permanent: true);
        await WorkAsync();
        Assert.Empty(await DueAsync());
        Assert.Equal(2, (await Get<IDeadLetterStore>().ListAsync("email", 10, Cancelled)).Count);
    }

    [Fact]
    public async Task What_happens_while_a_digest_is_sent_comes_with_the_next()
    {
        await SendAsync("one");
        _clock.Advance(TimeSpan.FromMinutes(15));
        _sender.Meanwhile = () =>
        {
            _sender.Meanwhile = null;
            return SendAsync("two, while the server took its time");
        };
        await WorkAsync();
        Assert.Empty(await DueAsync());
        _clock.Advance(TimeSpan.FromMinutes(15));
        await WorkAsync();
        Assert.Equal(2, _sender.Sent.Count);
        Assert.Contains("two, while", _sender.Sent[1].Text, StringComparison.Ordinal);
        _clock.Advance(TimeSpan.FromDays(1));
        Assert.Empty(await DueAsync());
    }

    [Fact]
    public async Task A_digest_that_broke_off_is_not_the_last_one_of_its_user()
    {
        await SendAsync("one");
        _clock.Advance(TimeSpan.FromMinutes(15));
        _sender.Failure = new InvalidOperationException("nobody knows");
        await WorkAsync();
        Assert.Equal("it broke off (InvalidOperationException)", Assert.Single(await Get<IDeadLetterStore>().ListAsync("email", 10, Cancelled)).Reason);

        _sender.Failure = null;
        await SendAsync("two");
        _clock.Advance(TimeSpan.FromMinutes(15));
        await WorkAsync();
        Assert.Equal(2, _sender.Sent.Count);
        Assert.Contains("two", _sender.Sent[1].Text, StringComparison.Ordinal);
        Assert.Empty(await DueAsync());
    }

    [Fact]
    public async Task Who_wants_mail_and_no_inbox_gets_mail()
    {
        await PreferAsync(new(Channels: new(InApp: false, Email: true), Email: new("bob@example.com", 15)));
        await SendAsync("hello");
        var inbox = await Get<NotificationInbox>().ListAsync(As("bob"), null, null, null, Cancelled);
        Assert.Equal((0, 0), (inbox.Items.Count, (int)inbox.Unread));
        _clock.Advance(TimeSpan.FromMinutes(15));
        await WorkAsync();
        Assert.Contains("alice: hello", Assert.Single(_sender.Sent).Text, StringComparison.Ordinal);
        await SendAsync("read elsewhere");
        await Get<NotificationInbox>().ReadAsync(As("bob"), new(All: true), Cancelled);
        _clock.Advance(TimeSpan.FromMinutes(15));
        await WorkAsync();
        Assert.Single(_sender.Sent);
    }

    [Fact]
    public async Task What_comes_late_to_be_heard_of_is_in_the_digest_though_it_happened_before()
    {
        await Get<ConversationService>().CreateAsync(As("alice"), new(ConversationType.Group, "other", "The other", ["bob"]), Cancelled);
        var early = await PostAsync("other", "early");
        _clock.Advance(TimeSpan.FromSeconds(1));
        await SendAsync("later");
        await NotifyAsync("other", early);
        _clock.Advance(TimeSpan.FromMinutes(15));
        await WorkAsync();
        var mail = Assert.Single(_sender.Sent);
        Assert.Contains("alice: early", mail.Text, StringComparison.Ordinal);
        Assert.Contains("alice: later", mail.Text, StringComparison.Ordinal);
        Assert.Empty(await DueAsync());
    }

    private static Caller As(string user) => new() { Kind = CallerKind.User, Tenant = Acme, User = new(user) };

    private T Get<T>()
        where T : notnull => _platform.Get<T>();

    private Task<NotificationPreferencesResponse> PreferAsync(PutNotificationPreferencesRequest request) => Get<NotificationPreferenceService>().PutAsync(CorePlatform.Backend() with { User = new("bob") }, request, Cancelled);

    private async Task<IReadOnlyList<TimedItem>> DueAsync() => [.. (await Get<ITimedStore>().ListDueAsync(WaitingDigests.Kind, [], _clock.GetUtcNow(), 100, Cancelled))];

    private async Task WorkAsync()
    {
        foreach (var item in await DueAsync())
        {
            await _platform.Services.GetServices<ITimedHandler>().Single(handler => handler.Kind == WaitingDigests.Kind).HandleAsync(item, Cancelled);
        }
    }

    private async Task SendAsync(string text) => await NotifyAsync("room", await PostAsync("room", text));

    private async Task<long> PostAsync(string conversation, string text) => (await Get<MessageService>().SendAsync(As("alice"), new(conversation), new(text), null, Cancelled)).Message.Seq;

    private async Task NotifyAsync(string conversation, long seq)
    {
        var log = LogId.Of(Acme, new ConversationId(conversation));
        var shaped = Caas.Core.Visibility.Viewer.Everything.Show((await Get<EntryViews>().ShapeAsync(log, await Get<IEntryStore>().ReadManyAsync(log, [seq], Cancelled), Cancelled))[0]);
        await Get<Notifier>().HandleAsync(new(Topics.Messages, log.ToString(), CloudEvents.Write(log, 1, shaped)), Cancelled);
    }

    private sealed class RecordingSender : IMailSender
    {
        public List<Caas.Core.Mail.Mail> Sent { get; } = [];

        public Exception? Failure { get; set; }

        /// <summary>What happens while the server has it.</summary>
        public Func<Task>? Meanwhile { get; set; }

        public async Task SendAsync(MailAccount account, Caas.Core.Mail.Mail mail, bool publicOnly, CancellationToken cancellationToken)
        {
            Sent.Add(mail);
            await (Meanwhile?.Invoke() ?? Task.CompletedTask);
            if (Failure is not null)
            {
                throw Failure;
            }
        }
    }
}
