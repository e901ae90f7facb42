using Caas.Adapters.Files;
using Caas.Contracts;
using Caas.Core.Attachments;
using Caas.Core.Callers;
using Caas.Core.Conversations;
using Caas.Core.Entries;
using Caas.Core.Feed;
using Caas.Core.Ids;
using Caas.Core.Messages;
using Caas.Core.Refusals;
using Caas.Tests.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Caas.Tests.Attachments;

/// <summary>What is kept, and what is removed.</summary>
public sealed class AttachmentSweepTests : IAsyncLifetime
{
    private static readonly ConversationId Room = new("room");
    private static readonly Uri Gateway = new("http://caas.test");

    private readonly FakeTimeProvider _clock = new(new(2030, 1, 1, 12, 0, 0, TimeSpan.Zero));
    private readonly CorePlatform _platform;
    private Caller _alice = null!;

    public AttachmentSweepTests()
    {
        var folder = Directory.CreateTempSubdirectory("caas-sweep-").FullName;
        _platform = new(folder, services =>
        {
            services.AddSingleton<TimeProvider>(_clock);
            services.AddAttachmentFiles();
            services.AddSingleton<AttachmentSweep>();
            services.AddSingleton(Options.Create(new AttachmentOptions { Folder = Path.Combine(folder, "files") }));
        });
    }

    private static CancellationToken Cancelled => CorePlatform.Cancelled;

    private string Files => Path.Combine(_platform.Folder, "files");

    private MessageService Messages => _platform.Get<MessageService>();

    public async ValueTask InitializeAsync()
    {
        _alice = await _platform.UserAsync("alice");
        await _platform.Get<ConversationService>().CreateAsync(_alice, new(ConversationType.Group, "room"), Cancelled);
    }

    public async ValueTask DisposeAsync()
    {
        await _platform.DisposeAsync();
        Directory.Delete(_platform.Folder, recursive: true);
    }

    [Fact]
    public async Task What_nobody_sends_goes_after_a_day_and_what_is_sent_stays()
    {
        var (sent, unsent, pending) = (await UploadAsync(), await UploadAsync(), await CreateAsync());
        await SendAsync(sent);
        Assert.Equal(0, await SweepAsync(TimeSpan.FromHours(1)));
        Assert.Equal(1, await SweepAsync(TimeSpan.FromHours(1)));
        Assert.Equal(new[] { sent, unsent }.Order(StringComparer.Ordinal), (await LeftAsync(sent, unsent, pending)).Order(StringComparer.Ordinal));
        Assert.Equal(0, await SweepAsync(TimeSpan.FromHours(21)));
        Assert.Equal(1, await SweepAsync(TimeSpan.FromHours(2)));
        Assert.Equal([sent], await LeftAsync(sent, unsent, pending));
        Assert.Equal(sent, Path.GetFileName(Assert.Single(Directory.GetFiles(Files, "*", SearchOption.AllDirectories))));
        Assert.Equal(0, await SweepAsync(TimeSpan.FromDays(400)));
    }

    [Fact]
    public async Task One_user_cannot_announce_without_end()
    {
        for (var i = 0; i < 100; i++)
        {
            await CreateAsync();
        }

        Assert.Equal(Refusal.LimitReached, (await Assert.ThrowsAsync<RefusedException>(CreateAsync)).Refusal);
        await _platform.Get<AttachmentService>().CreateAsync(CorePlatform.Backend(), new("a.txt", "text/plain", 5), Gateway, Cancelled);
        await _platform.Get<AttachmentService>().CreateAsync(await _platform.UserAsync("bob"), new("a.txt", "text/plain", 5), Gateway, Cancelled);
        Assert.Equal(102, await SweepAsync(TimeSpan.FromHours(2)));
        await CreateAsync();
    }

    [Fact]
    public async Task What_is_deleted_takes_its_file_along_unless_another_message_refers_to_it()
    {
        var (once, twice) = (await UploadAsync(), await UploadAsync());
        var first = await SendAsync(once, twice);
        var second = await SendAsync(twice);
        await Messages.DeleteAsync(_alice, Room, first, Cancelled);
        Assert.Equal(1, await SweepAsync(TimeSpan.FromSeconds(1)));
        Assert.Equal([twice], await LeftAsync(once, twice));
        await Messages.DeleteAsync(_alice, Room, second, Cancelled);
        Assert.Equal(1, await SweepAsync(TimeSpan.FromSeconds(1)));
        Assert.Empty(Directory.GetFiles(Files, "*", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task An_edit_refers_too_and_what_it_takes_out_stays_for_the_history()
    {
        var (before, after) = (await UploadAsync(), await UploadAsync());
        var message = await SendAsync(before);
        await Messages.EditAsync(_alice, Room, message, new() { Attachments = new[] { new Attachment(AttachmentId: after) } }, null, Cancelled);
        Assert.Equal(0, await SweepAsync(TimeSpan.FromDays(2)));
        Assert.Equal(2, (await LeftAsync(before, after)).Count);
        await Messages.DeleteAsync(_alice, Room, message, Cancelled);
        Assert.Equal(2, await SweepAsync(TimeSpan.FromDays(2)));
    }

    [Fact]
    public async Task A_message_that_did_not_come_to_be_holds_nothing()
    {
        var id = await UploadAsync();
        await _platform.Get<IAttachmentUseStore>().UseAsync(_alice.Tenant, [id], new(Room, "0198c0de-0000-7000-8000-000000000001"), _clock.GetUtcNow().AddHours(1), Cancelled);
        Assert.Equal(0, await SweepAsync(TimeSpan.FromMinutes(59)));
        Assert.Equal(1, await SweepAsync(TimeSpan.FromMinutes(2)));
    }

    [Fact]
    public async Task A_message_that_is_deleted_while_the_sweep_looks_takes_its_file_along()
    {
        var id = await UploadAsync();
        var message = await SendAsync(id);
        var store = _platform.Get<IAttachmentStore>();
        _clock.Advance(TimeSpan.FromHours(2));

        // The sweep has found the message standing; now it goes.
        var expired = Assert.Single(await store.ListExpiredAsync(_clock.GetUtcNow(), 10, Cancelled));
        await Messages.DeleteAsync(_alice, Room, message, Cancelled);
        await store.KeepAsync(_alice.Tenant, id, expired.At, Cancelled);
        Assert.Equal(1, await SweepAsync(TimeSpan.FromSeconds(1)));
    }

    [Fact]
    public async Task A_repeated_send_refers_once()
    {
        var id = await UploadAsync();
        var request = new SendMessageRequest(ClientMessageId: "one", Attachments: [new(AttachmentId: id)]);
        var first = (await Messages.SendAsync(_alice, Room, request, null, Cancelled)).Message.Id;
        Assert.True((await Messages.SendAsync(_alice, Room, request, null, Cancelled)).Duplicate);
        Assert.Equal(first, Assert.Single(await _platform.Get<IAttachmentUseStore>().ListAsync(_alice.Tenant, id, 10, Cancelled)).MessageId);
        Assert.Equal(0, await SweepAsync(TimeSpan.FromDays(2)));
    }

    [Fact]
    public async Task A_deleted_conversation_takes_its_files_along()
    {
        var id = await UploadAsync();
        await SendAsync(id);
        await _platform.Get<ConversationService>().DeleteAsync(_alice, Room, Cancelled);
        var log = LogId.Of(_alice.Tenant, Room);
        var entries = await _platform.Get<IEntryStore>().ReadAfterAsync(log, 0, 100, Cancelled);
        EntryHeader[] headers = [.. entries.Select(entry => new EntryHeader(log, entry.Seq, entry.MessageNo, entry.Type, entry.Target, entry.ActorId, entry.At))];
        foreach (var projection in _platform.Services.GetServices<ILogProjection>().Where(projection => projection.Handles(log)))
        {
            await projection.RepairAsync(log, headers, Cancelled);
        }

        Assert.Equal(1, await SweepAsync(TimeSpan.FromSeconds(1)));
    }

    [Fact]
    public async Task A_folder_that_cannot_be_used_is_told_and_nothing_is_lost()
    {
        var id = await CreateAsync();
        var attachment = Assert.Single(await _platform.Get<IAttachmentStore>().FindManyAsync(_alice.Tenant, [id], Cancelled));
        await File.WriteAllTextAsync(Files, "in the folder's place", Cancelled);
        var refused = await Assert.ThrowsAsync<RefusedException>(() => _platform.Get<AttachmentIntake>().ReceiveAsync(attachment, new MemoryStream("hello"u8.ToArray()), Cancelled));
        Assert.Equal(Refusal.Unavailable, refused.Refusal);
        File.Delete(Files);
        await _platform.Get<AttachmentIntake>().ReceiveAsync(attachment, new MemoryStream("hello"u8.ToArray()), Cancelled);
        await SendAsync(id);
    }

    private async Task<int> SweepAsync(TimeSpan later)
    {
        _clock.Advance(later);
        return await _platform.Get<AttachmentSweep>().SweepAsync(Cancelled);
    }

    private async Task<string> CreateAsync() => (await _platform.Get<AttachmentService>().CreateAsync(_alice, new("a.txt", "text/plain", 5), Gateway, Cancelled)).Id;

    private async Task<string> UploadAsync()
    {
        var id = await CreateAsync();
        var attachment = Assert.Single(await _platform.Get<IAttachmentStore>().FindManyAsync(_alice.Tenant, [id], Cancelled));
        await _platform.Get<AttachmentIntake>().ReceiveAsync(attachment, new MemoryStream("hello"u8.ToArray()), Cancelled);
        return id;
    }

    private async Task<string> SendAsync(params string[] ids) =>
        (await Messages.SendAsync(_alice, Room, new(Attachments: [.. ids.Select(id => new Attachment(AttachmentId: id))]), null, Cancelled)).Message.Id;

    private async Task<IReadOnlyList<string>> LeftAsync(params string[] ids) => [.. (await _platform.Get<IAttachmentStore>().FindManyAsync(_alice.Tenant, ids, Cancelled)).Select(found => found.Id)];
}
