using Caas.Contracts;
using Caas.Core.Callers;
using Caas.Core.Conversations;
using Caas.Core.Ids;
using Caas.Core.Messages;
using Caas.Core.Refusals;
using Caas.Core.Tenants;
using Caas.Tests.Core;
using Xunit;

namespace Caas.Tests.Spam;

/// <summary>Floods, where a tenant says what one is.</summary>
public sealed class SpamTests : IAsyncLifetime
{
    private readonly CorePlatform _platform = new();
    private Caller _alice = null!;
    private Caller _bob = null!;

    private MessageService Messages => _platform.Get<MessageService>();

    private static CancellationToken Cancelled => CorePlatform.Cancelled;

    public async ValueTask InitializeAsync()
    {
        await _platform.Get<TenantService>().CreateAsync(new() { Kind = CallerKind.Admin }, new("Acme", "acme"), Cancelled);
        _alice = await _platform.UserAsync("alice");
        _bob = await _platform.UserAsync("bob");
        foreach (var room in new[] { "room", "other" })
        {
            await _platform.Get<ConversationService>().CreateAsync(_alice, new(ConversationType.Group, room, room, ["bob"]), Cancelled);
        }
    }

    public ValueTask DisposeAsync() => _platform.DisposeAsync();

    [Fact]
    public async Task The_same_words_again_and_again_are_spam_wherever_they_are_sent()
    {
        await SetAsync(new(RepeatsPerMinute: 2));
        await SendAsync(_bob, "Buy now!");
        await SendAsync(_bob, "buy  NOW", "other");
        var refused = await Assert.ThrowsAsync<RefusedException>(() => SendAsync(_bob, "Buy, now"));
        Assert.Equal("spam_detected", refused.Refusal.Code);
        Assert.InRange(refused.RetryAfter!.Value, TimeSpan.FromMilliseconds(1), TimeSpan.FromMinutes(1));
        Assert.EndsWith(" ms.", refused.Detail, StringComparison.Ordinal);
        await SendAsync(_bob, "something else");
    }

    [Fact]
    public async Task Bursts_and_links_are_limited_apart()
    {
        await SetAsync(new(MessagesPerMinute: 4, LinksPerMessage: 1, LinkMessagesPerMinute: 1));
        Assert.Null((await Assert.ThrowsAsync<RefusedException>(() => SendAsync(_bob, "https://a.example and WWW.b.example"))).RetryAfter);
        await SendAsync(_bob, "https://a.example");
        Assert.Equal("spam_detected", (await Assert.ThrowsAsync<RefusedException>(() => SendAsync(_bob, "see http://b.example"))).Refusal.Code);
        await SendAsync(_bob, "one");
        await SendAsync(_bob, "two");
        await SendAsync(_bob, "three");
        Assert.Contains("At most 4 messages a minute", (await Assert.ThrowsAsync<RefusedException>(() => SendAsync(_bob, "four"))).Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_refused_as_a_repeat_is_none_of_the_messages()
    {
        await SetAsync(new(MessagesPerMinute: 2, RepeatsPerMinute: 1));
        await SendAsync(_bob, "Buy now!");
        await Assert.ThrowsAsync<RefusedException>(() => SendAsync(_bob, "Buy now!"));
        await Assert.ThrowsAsync<RefusedException>(() => SendAsync(_bob, "Buy now!"));
        await SendAsync(_bob, "something else");
        Assert.Contains("At most 2 messages a minute", (await Assert.ThrowsAsync<RefusedException>(() => SendAsync(_bob, "a third"))).Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_refused_for_its_number_is_no_repeat_and_what_slow_mode_holds_back_is_neither()
    {
        await SetAsync(new(MessagesPerMinute: 3, RepeatsPerMinute: 2));
        await _platform.Get<ConversationService>().UpdateAsync(_alice, new ConversationId("room"), new() { SlowModeSeconds = 60 }, Cancelled);
        await SendAsync(_bob, "hello");
        for (var n = 0; n < 4; n++)
        {
            Assert.Equal("slow_mode", (await Assert.ThrowsAsync<RefusedException>(() => SendAsync(_bob, "hello again"))).Refusal.Code);
        }

        await SendAsync(_bob, "hello", "other");
        await SendAsync(_bob, "else", "other");
        for (var n = 0; n < 3; n++)
        {
            Assert.Contains("At most 3 messages a minute", (await Assert.ThrowsAsync<RefusedException>(() => SendAsync(_bob, "more", "other"))).Detail, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task An_edit_brings_no_more_links_than_a_message_may_have()
    {
        await SetAsync(new(LinksPerMessage: 1));
        var sent = await SendAsync(_bob, "hi");
        var refused = await Assert.ThrowsAsync<RefusedException>(() => EditAsync(_bob, sent, "https://a.example https://b.example"));
        Assert.Equal("spam_detected", refused.Refusal.Code);
        await EditAsync(_bob, sent, "https://a.example");
        var own = await SendAsync(_alice, "hi");
        await EditAsync(_alice, own, "https://a.example https://b.example");
    }

    [Fact]
    public async Task Who_moderates_and_the_backend_send_as_they_like_and_others_where_nothing_is_set()
    {
        for (var i = 0; i < 3; i++)
        {
            await SendAsync(_bob, "again");
        }

        await SetAsync(new(MessagesPerMinute: 1, RepeatsPerMinute: 1, LinksPerMessage: 0));
        for (var i = 0; i < 3; i++)
        {
            await SendAsync(_alice, "again https://a.example");
            await SendAsync(CorePlatform.Backend(), "again https://a.example");
        }
    }

    [Fact]
    public async Task What_was_stored_is_answered_again_though_it_would_be_spam_now()
    {
        await SetAsync(new(RepeatsPerMinute: 1));
        await Messages.SendAsync(_bob, new("room"), new("hello", "c1"), null, Cancelled);
        Assert.True((await Messages.SendAsync(_bob, new("room"), new("hello", "c1"), null, Cancelled)).Duplicate);
    }

    private Task<TenantSettings> SetAsync(TenantSpamLimits limits) => _platform.Get<TenantService>().PutSettingsAsync(CorePlatform.Backend(), new() { Spam = limits }, Cancelled);

    private Task<ChangedMessage> EditAsync(Caller caller, SentMessage sent, string text) => Messages.EditAsync(caller, new("room"), sent.Message.Id, new() { Text = text }, null, Cancelled);

    private Task<SentMessage> SendAsync(Caller caller, string text, string room = "room") => Messages.SendAsync(caller, new(room), new(text), null, Cancelled);
}
