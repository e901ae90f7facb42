using Caas.Contracts;
using Caas.Core.Callers;
using Caas.Core.Conversations;
using Caas.Core.Ids;
using Caas.Core.Messages;
using Caas.Core.Refusals;
using Caas.Core.Tenants;
using Caas.Tests.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Caas.Tests.Messages;

/// <summary>How long a message may be edited, and who sees what it said before.</summary>
public sealed class EditWindowTests
{
    private static readonly ConversationId Room = new("room");

    private readonly FakeTimeProvider _clock = new(new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero));

    private static CancellationToken Cancelled => CorePlatform.Cancelled;

    [Theory]
    [InlineData(null, null, 1_000_000, true)]
    [InlineData(60, null, 60, true)]
    [InlineData(60, null, 61, false)]
    [InlineData(60, 10, 10, true)]
    [InlineData(60, 10, 11, false)]
    [InlineData(10, 60, 59, true)]
    [InlineData(60, 0, 1, false)]
    public async Task The_tenants_setting_goes_before_the_platforms_and_the_backend_may_always(int? platform, int? tenant, int after, bool allowed)
    {
        await using var core = await StartAsync(platform);
        await core.Get<TenantService>().CreateAsync(new() { Kind = CallerKind.Admin }, new("Acme", "acme"), Cancelled);
        await core.Get<TenantService>().PutSettingsAsync(CorePlatform.Backend(), new() { EditWindowSeconds = tenant }, Cancelled);
        var alice = await core.UserAsync("alice");
        await core.Get<ConversationService>().CreateAsync(alice, new(ConversationType.Group, "room"), Cancelled);
        var messages = core.Get<MessageService>();
        var sent = (await messages.SendAsync(alice, Room, new("before"), null, Cancelled)).Message;
        _clock.Advance(TimeSpan.FromSeconds(after));
        var edit = messages.EditAsync(alice, Room, sent.Id, new() { Text = "after", ClientMessageId = "edit" }, null, Cancelled);
        if (!allowed)
        {
            Assert.Equal(Refusal.NotAllowed, (await Assert.ThrowsAsync<RefusedException>(() => edit)).Refusal);
            Assert.Equal("by the backend", (await messages.EditAsync(CorePlatform.Backend(), Room, sent.Id, new() { Text = "by the backend" }, null, Cancelled)).Message.Text);
            Assert.NotNull((await messages.DeleteAsync(alice, Room, sent.Id, Cancelled)).Message.DeletedAt);
            return;
        }

        var first = await edit;
        Assert.Equal("after", first.Message.Text);

        // What was answered once is answered again, also when the window has closed.
        _clock.Advance(TimeSpan.FromDays(400));
        Assert.Equal(first.Seq, (await messages.EditAsync(alice, Room, sent.Id, new() { Text = "after", ClientMessageId = "edit" }, null, Cancelled)).Seq);
    }

    [Fact]
    public async Task The_history_is_for_the_sender_and_those_with_the_right()
    {
        await using var core = await StartAsync(null);
        var (alice, bob) = (await core.UserAsync("alice"), await core.UserAsync("bob"));
        await core.Get<ConversationService>().CreateAsync(alice, new(ConversationType.Group, "room", MemberIds: ["bob"]), Cancelled);
        var (messages, reader) = (core.Get<MessageService>(), core.Get<MessageReader>());
        var sent = (await messages.SendAsync(bob, Room, new("one"), null, Cancelled)).Message;
        await messages.EditAsync(bob, Room, sent.Id, new() { Text = "two" }, null, Cancelled);
        foreach (var caller in new[] { alice, bob, CorePlatform.Backend() })
        {
            Assert.Equal(["one", "two"], (await reader.GetHistoryAsync(caller, Room, sent.Id, Cancelled)).Items.Select(version => version.Text));
        }

        var alices = (await messages.SendAsync(alice, Room, new("one"), null, Cancelled)).Message;
        Assert.Equal(Refusal.NotAllowed, (await Assert.ThrowsAsync<RefusedException>(() => reader.GetHistoryAsync(bob, Room, alices.Id, Cancelled))).Refusal);
        await messages.DeleteAsync(bob, Room, sent.Id, Cancelled);
        Assert.Empty((await reader.GetHistoryAsync(CorePlatform.Backend(), Room, sent.Id, Cancelled)).Items);
    }

    private Task<CorePlatform> StartAsync(int? window)
    {
        var options = new MessageOptions { EditWindow = window is { } seconds ? TimeSpan.FromSeconds(seconds) : null };
        return Task.FromResult(new CorePlatform(configure: services => services.AddSingleton<TimeProvider>(_clock).AddSingleton(Options.Create(options))));
    }
}
