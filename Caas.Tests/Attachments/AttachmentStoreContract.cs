using Caas.Contracts;
using Caas.Core.Attachments;
using Caas.Core.Ids;
using Xunit;

namespace Caas.Tests.Attachments;

/// <summary>What <see cref="IAttachmentStore"/> and <see cref="IAttachmentUseStore"/> promise together. Adapters inherit it.</summary>
public abstract class AttachmentStoreContract
{
    private static readonly DateTimeOffset Now = new(2030, 1, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly TenantId Acme = new("acme");
    private static readonly AttachmentUse Use = new(new("room"), "message-1");

    protected static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    protected abstract (IAttachmentStore Attachments, IAttachmentUseStore Uses) CreateStores();

    [Fact]
    public async Task What_is_stored_is_found_and_becomes_ready_once()
    {
        var (store, _) = CreateStores();
        var attachment = Of(Acme, "1") with { Uploader = new("ann") };
        await store.AddAsync(attachment, Now, Cancelled);
        await store.AddAsync(attachment with { Name = "another" }, Now, Cancelled);
        Assert.Equal(attachment, Assert.Single(await store.FindManyAsync(Acme, [attachment.Id, "none", attachment.Id], Cancelled)));
        Assert.Empty(await store.FindManyAsync(new("globex"), [attachment.Id], Cancelled));
        Assert.Empty(await store.FindManyAsync(Acme, [], Cancelled));

        var facts = new FileFacts(640, 480, "image/jpeg", 1234);
        Assert.True(await store.CompleteAsync(Acme, attachment.Id, facts, Now.AddDays(2), Cancelled));
        Assert.False(await store.CompleteAsync(Acme, attachment.Id, FileFacts.None, Now.AddDays(3), Cancelled));
        Assert.Equal(Now.AddDays(2), Assert.Single(await store.ListExpiredAsync(Now.AddYears(1), 10, Cancelled), expired => expired.Attachment.Id == attachment.Id).At);
        Assert.Equal(attachment with { Status = AttachmentStatus.Ready, Facts = facts }, Assert.Single(await store.FindManyAsync(Acme, [attachment.Id], Cancelled)));
    }

    [Fact]
    public async Task What_no_message_refers_to_expires_is_condemned_and_removed()
    {
        var (store, uses) = CreateStores();
        foreach (var (attachment, at) in new[] { (Of(Acme, "1"), Now.AddMinutes(2)), (Of(Acme, "2"), Now.AddMinutes(1)), (Of(new("globex"), "1"), Now.AddMinutes(3)) })
        {
            await store.AddAsync(attachment, at, Cancelled);
        }

        Assert.Empty(await store.ListExpiredAsync(Now, 10, Cancelled));
        Assert.Equal(["2", "1"], (await store.ListExpiredAsync(Now.AddMinutes(2), 10, Cancelled)).Select(expired => expired.Attachment.Name));
        Assert.Equal(["2"], (await store.ListExpiredAsync(Now.AddMinutes(2), 1, Cancelled)).Select(expired => expired.Attachment.Name));
        Assert.False(await store.TryCondemnAsync(Acme, Of(Acme, "1").Id, Now, Cancelled));
        Assert.True(await store.TryCondemnAsync(Acme, Of(Acme, "1").Id, Now.AddMinutes(2), Cancelled));

        // From now on nobody finds it, but a sweep that comes again.
        Assert.Empty(await store.FindManyAsync(Acme, [Of(Acme, "1").Id], Cancelled));
        Assert.False(await uses.UseAsync(Acme, [Of(Acme, "2").Id, Of(Acme, "1").Id], Use, Now.AddHours(1), Cancelled));
        Assert.Empty(await uses.ListAsync(Acme, Of(Acme, "2").Id, 10, Cancelled));
        Assert.Empty(await uses.ListAsync(Acme, Of(Acme, "1").Id, 10, Cancelled));
        Assert.Contains(await store.ListExpiredAsync(Now.AddMinutes(2), 10, Cancelled), expired => expired.Attachment.Name == "1" && expired.Attachment.Tenant == Acme);
        await store.RemoveAsync(Acme, Of(Acme, "1").Id, Cancelled);
        Assert.DoesNotContain(await store.ListExpiredAsync(Now.AddHours(9), 10, Cancelled), expired => expired.Attachment.Name == "1" && expired.Attachment.Tenant == Acme);
        Assert.Single(await store.FindManyAsync(new("globex"), [Of(Acme, "1").Id], Cancelled));
    }

    [Fact]
    public async Task What_is_forgotten_is_nobodys_at_once_and_swept_later_whoever_refers_to_it()
    {
        var (store, uses) = CreateStores();
        var attachment = Of(Acme, "1") with { Uploader = new("ann") };
        await store.AddAsync(attachment, Now, Cancelled);
        await store.CompleteAsync(Acme, attachment.Id, new(640, 480, "image/jpeg", 1234), Now.AddDays(2), Cancelled);
        Assert.True(await uses.UseAsync(Acme, [attachment.Id], Use, Now.AddHours(9), Cancelled));
        await store.ForgetAsync(Acme, attachment.Id, Now.AddHours(1), Cancelled);
        await store.ForgetAsync(Acme, Of(Acme, "none").Id, Now.AddHours(1), Cancelled);
        Assert.Empty(await store.FindManyAsync(Acme, [attachment.Id], Cancelled));
        Assert.Empty(await store.ListByUploaderAsync(Acme, new("ann"), null, 10, Cancelled));
        Assert.Empty(await uses.ListAsync(Acme, attachment.Id, 10, Cancelled));
        Assert.Equal(0, (await store.CountAsync(Acme, Cancelled)).Bytes);
        Assert.False(await store.CompleteAsync(Acme, attachment.Id, FileFacts.None, Now.AddDays(3), Cancelled));
        Assert.Empty(await store.ListExpiredAsync(Now.AddMinutes(59), 10, Cancelled));
        var expired = Assert.Single(await store.ListExpiredAsync(Now.AddHours(1), 10, Cancelled));
        Assert.Equal((attachment.Id, "", null, 0L, FileFacts.None), (expired.Attachment.Id, expired.Attachment.Name, expired.Attachment.Uploader, expired.Attachment.Size, expired.Attachment.Facts));
        Assert.True(await store.TryCondemnAsync(Acme, attachment.Id, Now.AddHours(1), Cancelled));
        await store.RemoveAsync(Acme, attachment.Id, Cancelled);
        Assert.Empty(await store.ListExpiredAsync(Now.AddYears(1), 10, Cancelled));
    }

    [Fact]
    public async Task A_use_moves_the_time_and_its_release_brings_it_back()
    {
        var (store, uses) = CreateStores();
        var id = Of(Acme, "1").Id;
        await store.AddAsync(Of(Acme, "1"), Now, Cancelled);
        Assert.True(await uses.UseAsync(Acme, [id], Use, Now.AddHours(1), Cancelled));
        Assert.True(await uses.UseAsync(Acme, [id], Use, Now.AddHours(1), Cancelled));
        Assert.Equal(Use, Assert.Single(await uses.ListAsync(Acme, id, 10, Cancelled)));
        Assert.False(await store.TryCondemnAsync(Acme, id, Now, Cancelled));
        Assert.Single(await store.ListExpiredAsync(Now.AddHours(1), 10, Cancelled));

        // A time that has moved since it was read is not taken away.
        await store.KeepAsync(Acme, id, Now, Cancelled);
        Assert.Equal(Now.AddHours(1), Assert.Single(await store.ListExpiredAsync(Now.AddHours(1), 10, Cancelled)).At);
        await uses.ReleaseAsync(Acme, Use.Conversation, Use.MessageId, Now.AddHours(1), Cancelled);
        await store.KeepAsync(Acme, id, Now.AddHours(1), Cancelled);
        Assert.Single(await store.ListExpiredAsync(Now.AddHours(2), 10, Cancelled));
        Assert.True(await uses.UseAsync(Acme, [id], Use, Now.AddHours(1), Cancelled));

        await store.KeepAsync(Acme, id, Now.AddHours(1), Cancelled);
        Assert.Empty(await store.ListExpiredAsync(Now.AddYears(9), 10, Cancelled));
        Assert.False(await store.TryCondemnAsync(Acme, id, Now.AddYears(9), Cancelled));

        await uses.ReleaseAsync(Acme, Use.Conversation, "another", Now.AddDays(1), Cancelled);
        Assert.Empty(await store.ListExpiredAsync(Now.AddYears(9), 10, Cancelled));
        await uses.ReleaseAsync(Acme, Use.Conversation, Use.MessageId, Now.AddDays(1), Cancelled);
        Assert.Empty(await uses.ListAsync(Acme, id, 10, Cancelled));
        Assert.Single(await store.ListExpiredAsync(Now.AddDays(1), 10, Cancelled));
    }

    [Fact]
    public async Task A_conversation_is_released_as_a_whole_and_another_one_is_not()
    {
        var (store, uses) = CreateStores();
        var id = Of(Acme, "1").Id;
        await store.AddAsync(Of(Acme, "1"), Now, Cancelled);
        foreach (var use in new[] { Use, Use with { MessageId = "message-2" }, new AttachmentUse(new("other"), "message-3") })
        {
            await uses.UseAsync(Acme, [id], use, Now.AddHours(1), Cancelled);
        }

        Assert.Equal(2, (await uses.ListAsync(Acme, id, 2, Cancelled)).Count);
        // More than go in one step.
        string[] many = [.. Enumerable.Range(0, 520).Select(i => $"0198c0de-0000-7000-8000-{i + 100:000000000000}")];
        foreach (var one in many)
        {
            await store.AddAsync(Of(Acme, "1") with { Id = one }, Now, Cancelled);
        }

        Assert.True(await uses.UseAsync(Acme, many, Use, Now.AddHours(1), Cancelled));
        await uses.ReleaseAsync(Acme, Use.Conversation, null, Now, Cancelled);
        Assert.Empty(await uses.ListAsync(Acme, many[0], 10, Cancelled));
        Assert.Empty(await uses.ListAsync(Acme, many[^1], 10, Cancelled));
        Assert.Equal("message-3", Assert.Single(await uses.ListAsync(Acme, id, 10, Cancelled)).MessageId);
    }

    [Fact]
    public async Task Tenants_are_counted_and_users_listed_apart()
    {
        var (store, _) = CreateStores();
        Assert.Equal(new AttachmentTotals(0, 0), await store.CountAsync(Acme, Cancelled));
        foreach (var (name, user) in new[] { ("1", "ann"), ("2", "bob"), ("3", "ann") })
        {
            await store.AddAsync(Of(Acme, name) with { Uploader = new(user) }, Now, Cancelled);
        }

        await store.AddAsync(Of(new("globex"), "4") with { Uploader = new("ann") }, Now, Cancelled);
        await store.CompleteAsync(Acme, Of(Acme, "1").Id, new(1, 1, "image/png", 50), Now, Cancelled);
        Assert.Equal(new AttachmentTotals(3, 350), await store.CountAsync(Acme, Cancelled));
        Assert.Equal((new(1, 100), new(1, 100), new(0, 0)), (await store.CountPendingAsync(Acme, new("ann"), Cancelled), await store.CountPendingAsync(Acme, new("bob"), Cancelled), await store.CountPendingAsync(Acme, new("cy"), Cancelled)));
        var first = Assert.Single(await store.ListByUploaderAsync(Acme, new("ann"), null, 1, Cancelled));
        Assert.Equal("1", first.Name);
        Assert.Equal("3", Assert.Single(await store.ListByUploaderAsync(Acme, new("ann"), first.Id, 10, Cancelled)).Name);
    }

    private static StoredAttachment Of(TenantId tenant, string name) => new()
    {
        Tenant = tenant,
        Id = $"0198c0de-0000-7000-8000-00000000000{name}",
        Name = name,
        Type = "image/png",
        Size = 100,
        CreatedAt = Now,
        Url = $"http://localhost/v1/attachments/{name}",
    };
}
