using System.Text;
using Caas.Contracts;
using Caas.Core.Callers;
using Caas.Core.Conversations;
using Caas.Core.Entries;
using Caas.Core.Feed;
using Caas.Core.Ids;
using Caas.Core.Members;
using Caas.Core.Messages;
using Caas.Core.Refusals;
using Caas.Core.Search;
using Caas.Tests.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Xunit;

namespace Caas.Tests.Search;

/// <summary>Who finds what, with projector and indexer running.</summary>
public sealed class SearchServiceTests : IAsyncLifetime
{
    private static readonly ConversationId Room = new("room");

    private readonly CorePlatform _platform = new();
    private Caller _alice = null!;
    private Caller _bob = null!;
    private Caller _carol = null!;
    private IHostedService[] _running = [];

    private static CancellationToken Cancelled => CorePlatform.Cancelled;

    public async ValueTask InitializeAsync()
    {
        (_alice, _bob, _carol) = (await _platform.UserAsync("alice"), await _platform.UserAsync("bob"), await _platform.UserAsync("carol"));
        await _platform.Get<ConversationService>().CreateAsync(_alice, new(ConversationType.Group, "room", "Room", ["bob"]), Cancelled);
        await StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        await _platform.DisposeAsync();
    }

    [Fact]
    public async Task Members_find_and_nobody_else_does()
    {
        await SendAsync(_alice, Room, "The Café is open");
        await _platform.Get<ConversationService>().CreateAsync(_carol, new(ConversationType.Group, "own", "Own", []), Cancelled);
        var own = await SendAsync(_carol, new("own"), "cafe again");
        await IndexedAsync();
        Assert.Equal(["The Café is open"], await FindAsync(_bob, "cafe"));
        Assert.Equal([own.Text!], await FindAsync(_carol, "cafe"));
        Assert.Equal(["cafe again", "The Café is open"], await FindAsync(CorePlatform.Backend(), "cafe"));
        Assert.Equal(["cafe again"], await FindAsync(CorePlatform.Backend(), "cafe", from: "carol"));
        Assert.Empty(await FindAsync(CorePlatform.Backend("globex"), "cafe"));
        Assert.Equal(Refusal.NotAMember, (await Assert.ThrowsAsync<RefusedException>(() => FindAsync(_carol, "cafe", "room"))).Refusal);
        Assert.Equal(Refusal.ConversationNotFound, (await Assert.ThrowsAsync<RefusedException>(() => FindAsync(_carol, "cafe", "nowhere"))).Refusal);

        await _platform.Get<MemberService>().AddAsync(_alice, Room, new(["carol"]), Cancelled);
        Assert.Equal(2, (await FindAsync(_carol, "cafe")).Length);
        await _platform.Get<MemberService>().RemoveAsync(_alice, Room, "carol", Cancelled);
        Assert.Equal(["cafe again"], await FindAsync(_carol, "cafe"));
        await _platform.Get<ConversationService>().DeleteAsync(_alice, Room, Cancelled);
        Assert.Empty(await FindAsync(_bob, "cafe"));
        await IndexedAsync();
        Assert.Equal(["cafe again"], await FindAsync(CorePlatform.Backend(), "cafe"));
    }

    [Fact]
    public async Task What_was_edited_away_or_deleted_is_not_found_however_far_the_index_is_behind()
    {
        var (edited, deleted) = (await SendAsync(_alice, Room, "first words"), await SendAsync(_alice, Room, "other words"));
        await IndexedAsync();
        await StopAsync();
        await _platform.Get<MessageService>().EditAsync(_alice, Room, edited.Id, new() { Text = "second thoughts" }, null, Cancelled);
        await _platform.Get<MessageService>().DeleteAsync(_alice, Room, deleted.Id, Cancelled);
        Assert.Empty(await FindAsync(_bob, "words"));
        await StartAsync();
        await IndexedAsync();
        Assert.Empty(await FindAsync(_bob, "words"));
        Assert.Equal(["second thoughts"], await FindAsync(_bob, "thoughts second"));
    }

    [Fact]
    public async Task Pages_go_from_the_newest_with_a_cursor_that_is_this_searchs_alone()
    {
        for (var i = 0; i < 7; i++)
        {
            await SendAsync(_alice, Room, $"number {i}");
        }

        await IndexedAsync();
        var service = _platform.Get<SearchService>();
        var first = await service.SearchAsync(_bob, Ask("numb", limit: 3), Cancelled);
        Assert.Equal(["number 6", "number 5", "number 4"], first.Items.Select(item => item.Message.Text));
        Assert.Equal([new SearchHighlight(0, 6)], first.Items[0].Highlights);
        var second = await service.SearchAsync(_bob, Ask("numb", limit: 3, cursor: first.Next), Cancelled);
        var third = await service.SearchAsync(_bob, Ask("numb", limit: 3, cursor: second.Next), Cancelled);
        Assert.Equal(["number 3", "number 2", "number 1", "number 0"], second.Items.Concat(third.Items).Select(item => item.Message.Text));
        Assert.Null(third.Next);
        foreach (var (caller, ask) in new[] { (_alice, Ask("numb", cursor: first.Next)), (_bob, Ask("number", cursor: first.Next)), (_bob, Ask("numb", from: "alice", cursor: first.Next)), (_bob, Ask("numb", cursor: "x")) })
        {
            Assert.Equal(Refusal.InvalidCursor, (await Assert.ThrowsAsync<RefusedException>(() => service.SearchAsync(caller, ask, Cancelled))).Refusal);
        }

        var middle = first.Items[2].Message.CreatedAt;
        Assert.All((await service.SearchAsync(_bob, Ask("number") with { Before = middle }, Cancelled)).Items, item => Assert.True(item.Message.CreatedAt < middle));
    }

    [Fact]
    public async Task A_phrase_is_found_behind_many_messages_that_only_have_its_words()
    {
        var wanted = await SendAsync(_alice, Room, "the red car");
        for (var i = 0; i < 130; i++)
        {
            await SendAsync(_alice, Room, $"a car that is red {i}");
        }

        await IndexedAsync();
        Assert.Equal([wanted.Text!], await FindAsync(_bob, "\"red car\""));
    }

    [Fact]
    public async Task What_was_there_before_the_index_is_indexed_and_a_lost_place_only_does_it_again()
    {
        await StopAsync();
        await SendAsync(_alice, Room, "from before");
        await StartAsync(typeof(Projector));
        await Eventually.HoldsAsync(async () => await _platform.Get<IFeedStore>().ReadHeadAsync(_alice.Tenant, Cancelled) >= 2 ? null : "the feed is behind", Cancelled);
        Assert.Empty(await FindAsync(_bob, "before"));
        await StopAsync();
        await StartAsync();
        await IndexedAsync();
        Assert.Equal(["from before"], await FindAsync(_bob, "before"));

        // As an indexer does that died before it saved its place.
        await _platform.Get<ISearchStore>().ApplyAsync([new(LogId.Of(_alice.Tenant, Room), 2, 2, TimeProvider.System.GetUtcNow(), "alice", SearchTokens.Of("from before"))], Cancelled);
        Assert.Equal(["from before"], await FindAsync(_bob, "before"));
    }

    [Fact]
    public async Task Nothing_of_a_deleted_or_edited_away_and_deleted_message_is_left_in_the_data_folder_once_it_is_closed()
    {
        string[] words = ["xylophonist", "quixoticness", "zwitterionic"];
        var one = await SendAsync(_alice, Room, $"{words[0]} {string.Concat(Enumerable.Repeat(words[1] + " ", 400))}");
        var kept = await SendAsync(_alice, Room, "marmalade");
        await _platform.Get<MessageService>().EditAsync(_alice, Room, one.Id, new() { Text = words[2] }, null, Cancelled);
        await IndexedAsync();
        await _platform.Get<MessageService>().DeleteAsync(_alice, Room, one.Id, Cancelled);
        await IndexedAsync();
        await StopAsync();

        // The last one to close the file writes its log into it and removes that.
        await _platform.Services.DisposeAsync();
        var bytes = Directory.EnumerateFiles(_platform.Folder, "*", SearchOption.AllDirectories).SelectMany(File.ReadAllBytes).ToArray();
        Assert.All(words, word => Assert.Equal(-1, bytes.AsSpan().IndexOf(Encoding.UTF8.GetBytes(word))));
        Assert.Equal("marmalade", kept.Text);
        Assert.NotEqual(-1, bytes.AsSpan().IndexOf("marmalade"u8));
    }

    private static SearchRequest Ask(string question, string? conversation = null, string? from = null, int? limit = null, string? cursor = null) => new(question, conversation, from, null, limit, cursor);

    private async Task<string[]> FindAsync(Caller caller, string question, string? conversation = null, string? from = null) =>
        [.. (await _platform.Get<SearchService>().SearchAsync(caller, Ask(question, conversation, from), Cancelled)).Items.Select(item => item.Message.Text!)];

    private async Task<MessageResponse> SendAsync(Caller caller, ConversationId conversation, string text) =>
        (await _platform.Get<MessageService>().SendAsync(caller, conversation, new(text), null, Cancelled)).Message;

    /// <summary>Everything that was appended so far is indexed.</summary>
    private async Task IndexedAsync()
    {
        var marker = await SendAsync(CorePlatform.Backend(), await MarkersAsync(), $"marker{Guid.NewGuid():n}");
        await Eventually.HoldsAsync(async () => (await FindAsync(CorePlatform.Backend(), marker.Text!)).Length == 1 ? null : "the index is behind", Cancelled);
    }

    private async Task<ConversationId> MarkersAsync()
    {
        if (await _platform.Get<IConversationStore>().FindAsync(_alice.Tenant, new("markers"), Cancelled) is null)
        {
            await _platform.Get<ConversationService>().CreateAsync(CorePlatform.Backend(), new(ConversationType.Group, "markers", "Markers", []), Cancelled);
        }

        return new("markers");
    }

    private async Task StartAsync(params Type[] only)
    {
        _running = [.. _platform.Services.GetServices<IHostedService>().Where(service => only.Length == 0 ? service is Projector or SearchIndexer : only.Contains(service.GetType()))];
        foreach (var service in _running)
        {
            await service.StartAsync(Cancelled);
        }
    }

    private async Task StopAsync()
    {
        foreach (var service in _running)
        {
            await service.StopAsync(CancellationToken.None);
        }

        _running = [];
    }
}
