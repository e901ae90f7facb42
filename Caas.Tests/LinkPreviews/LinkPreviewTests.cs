using System.Collections.Concurrent;
using Caas.Contracts;
using Caas.Core.Callers;
using Caas.Core.Entries;
using Caas.Core.Ids;
using Caas.Core.LinkPreviews;
using Caas.Core.Messages;
using Caas.Core.Tenants;
using Caas.Tests.Realtime;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Caas.Tests.LinkPreviews;

/// <summary>Previews over two replicas: sent on one, told on the other.</summary>
public sealed class LinkPreviewTests : IAsyncLifetime
{
    private readonly ConcurrentQueue<string> _asked = new();
    private readonly TaskCompletionSource _held = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private WebApplication _pages = null!;
    private Replicas _replicas = null!;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { EnvironmentName = "Test" });
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        _pages = builder.Build();
        _pages.Run(async http =>
        {
            _asked.Enqueue(http.Request.Path);
            http.Response.ContentType = http.Request.Path == "/utf-7" ? "text/html; charset=utf-7" : "text/html";
            if (http.Request.Path == "/held")
            {
                await _held.Task.WaitAsync(http.RequestAborted);
            }

            await http.Response.WriteAsync($"<title>Page {http.Request.Path}</title>", http.RequestAborted);
        });
        await _pages.StartAsync(Cancelled);
        _replicas = await Replicas.StartAsync(2, new() { ["Caas:Outbound:AllowPrivateAddresses"] = "true" });
    }

    public async ValueTask DisposeAsync()
    {
        await _replicas.DisposeAsync();
        await _pages.StopAsync(CancellationToken.None);
        await _pages.DisposeAsync();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_a_page_says_comes_after_the_message_and_stands_in_it(bool messagePack)
    {
        var (alice, bob) = (await _replicas.ConnectAsync("alice", 0, messagePack), await _replicas.ConnectAsync("bob", 1, !messagePack));
        await bob.JoinAsync();

        // The send does not wait: the page is held until it is told.
        var sent = await alice.SendAsync($"{_pages.Urls.First()}/held and {_pages.Urls.First()}/b.");
        Assert.Null((await bob.EntryAsync()).Message!.LinkPreviews);
        _held.SetResult();
        var previewed = await bob.EntryAsync();
        Assert.Equal((EntryTypes.MessagePreviewed, sent.Seq + 1, (string?)null, sent.MessageId), (previewed.Type, previewed.Seq, previewed.ActorId, previewed.Data!.Value.GetProperty("messageId").GetString()));
        Assert.Equal(["Page /held", "Page /b"], previewed.Message!.LinkPreviews!.Select(preview => preview.Title));
        Assert.Equal($"{_pages.Urls.First()}/b", previewed.Message.LinkPreviews![1].Url);
        var read = await _replicas.Get<MessageReader>(1).GetAsync(_replicas.CallerOf("bob"), new("room"), sent.MessageId, Cancelled);
        Assert.Equal(previewed.Message.LinkPreviews, read.LinkPreviews);

        // An edit keeps the preview of the link that stays, and the new one comes.
        await alice.CallAsync<ChangeResult>("EditMessage", new HubEditMessageRequest("room", sent.MessageId) { Text = $"{_pages.Urls.First()}/b {_pages.Urls.First()}/c" });
        Assert.Equal(["Page /b"], (await bob.EntryAsync()).Message!.LinkPreviews!.Select(preview => preview.Title));
        Assert.Equal(["Page /b", "Page /c"], (await bob.EntryAsync()).Message!.LinkPreviews!.Select(preview => preview.Title));
        await alice.CallAsync<ChangeResult>("DeleteMessage", "room", sent.MessageId);
        Assert.Null((await bob.EntryAsync()).Message!.LinkPreviews);
        Assert.All(await _replicas.Get<IEntryStore>().ReadAfterAsync(LogId.Of(Replicas.Tenant, new ConversationId("room")), sent.Seq, 10, Cancelled), entry => Assert.Null(entry.Data));
        Assert.Empty(_replicas.Errors);
    }

    [Fact]
    public async Task A_page_in_an_encoding_that_nobody_reads_costs_the_others_nothing()
    {
        var seq = await _replicas.SendAsync("alice", $"{_pages.Urls.First()}/utf-7 {_pages.Urls.First()}/b");
        var log = LogId.Of(Replicas.Tenant, new ConversationId("room"));
        await _replicas.Get<LinkPreviewer>().PreviewAsync(new(log, seq, seq), Cancelled);
        var message = Assert.Single(await _replicas.Get<IEntryStore>().ReadManyAsync(log, [seq], Cancelled));
        Assert.Equal(["Page /utf-7", "Page /b"], message.Message!.LinkPreviews!.Select(preview => preview.Title));
    }

    [Fact]
    public async Task One_change_is_previewed_once_whoever_does_it()
    {
        var caller = _replicas.CallerOf("alice");
        var silent = (await _replicas.Get<MessageService>().SendAsync(caller, new("room"), new("nothing to see"), null, Cancelled)).Message;
        var log = LogId.Of(Replicas.Tenant, new ConversationId("room"));
        var stored = Assert.Single(await _replicas.Get<IEntryStore>().ReadManyAsync(log, [silent.Seq], Cancelled));
        Assert.True(await _replicas.Get<IEntryStore>().FoldAsync(log, silent.Seq, silent.Seq, stored.Message! with { Text = $"{_pages.Urls.First()}/a" }, silent.Seq, Cancelled));
        var work = new LinkPreviewWork(log, silent.Seq, silent.Seq);
        await Task.WhenAll(Enumerable.Range(0, 6).Select(i => _replicas.Get<LinkPreviewer>(i % 2).PreviewAsync(work, Cancelled)));
        Assert.Single(await _replicas.Get<IEntryStore>().ReadAfterAsync(log, silent.Seq, 10, Cancelled));
        await _replicas.Get<LinkPreviewer>().PreviewAsync(work with { ChangeSeq = 99 }, Cancelled);
        Assert.Single(await _replicas.Get<IEntryStore>().ReadAfterAsync(log, silent.Seq, 10, Cancelled));
    }

    [Fact]
    public async Task A_tenant_may_not_want_them_and_a_page_that_is_not_there_changes_nothing()
    {
        var (admin, log) = (new Caller { Kind = CallerKind.Admin }, LogId.Of(Replicas.Tenant, new ConversationId("room")));
        var gone = await _replicas.SendAsync("alice", "see http://127.0.0.1:1/nothing");
        await _replicas.Get<LinkPreviewer>().PreviewAsync(new(log, gone, gone), Cancelled);
        Assert.Equal(gone, (await _replicas.Get<IEntryStore>().ReadTailAsync(log, Cancelled)).Seq);
        await _replicas.Get<TenantService>().UpdateAsync(admin, Replicas.Tenant.Value, new() { Settings = new TenantSettings { LinkPreviews = false } }, Cancelled);
        var sent = await _replicas.SendAsync("alice", $"see {_pages.Urls.First()}/a");
        await _replicas.Get<LinkPreviewer>().PreviewAsync(new(log, sent, sent), Cancelled);
        Assert.Empty(_asked);
    }
}
