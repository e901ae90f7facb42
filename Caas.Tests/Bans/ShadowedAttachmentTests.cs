using Caas.Adapters.Files;
using Caas.Contracts;
using Caas.Core.Attachments;
using Caas.Core.Bans;
using Caas.Core.Callers;
using Caas.Core.Conversations;
using Caas.Core.Messages;
using Caas.Core.Refusals;
using Caas.Core.Users;
using Caas.Tests.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Xunit;

namespace Caas.Tests.Bans;

/// <summary>Files of a shadow-banned user: who knows an id gets no more than who does not.</summary>
public sealed class ShadowedAttachmentTests : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("caas-shadow-").FullName;
    private readonly CorePlatform _platform;

    public ShadowedAttachmentTests() => _platform = new(_folder, services =>
    {
        services.AddAttachmentFiles();
        services.AddSingleton(Options.Create(new AttachmentOptions { Folder = Path.Combine(_folder, "files") }));
    });

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        foreach (var user in new[] { "alice", "bob" })
        {
            await _platform.Get<UserService>().UpsertAsync(CorePlatform.Backend(), user, new(user), Cancelled);
        }

        await _platform.Get<ConversationService>().CreateAsync(CorePlatform.Backend(), new(ConversationType.Group, "room", "Room", ["alice", "bob"]), Cancelled);
    }

    public async ValueTask DisposeAsync()
    {
        await _platform.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task What_was_sent_or_put_into_an_earlier_message_during_the_ban_is_nobody_elses_and_what_was_sent_before_is()
    {
        var (before, sent, edited) = (await UploadAsync(), await UploadAsync(), await UploadAsync());
        var earlier = await SendAsync(before);
        await _platform.Get<BanService>().PutAsync(CorePlatform.Backend(), "bob", new("spam", Shadow: true), Cancelled);
        await SendAsync(sent);
        await _platform.Get<MessageService>().EditAsync(As("bob"), new("room"), earlier.Id, new() { Attachments = new([new(AttachmentId: edited)]) }, null, Cancelled);

        Assert.Equal(before, (await GetAsync(As("alice"), before)).Id);
        Assert.Equal(Refusal.AttachmentNotFound, await RefusalAsync(sent));
        Assert.Equal(Refusal.AttachmentNotFound, await RefusalAsync(edited));
        foreach (var caller in new[] { As("bob"), CorePlatform.Backend() })
        {
            Assert.Equal([before, sent, edited], new[] { (await GetAsync(caller, before)).Id, (await GetAsync(caller, sent)).Id, (await GetAsync(caller, edited)).Id });
        }

        // Nor by sending it on.
        var refused = await Assert.ThrowsAsync<RefusedException>(() => _platform.Get<MessageService>().SendAsync(As("alice"), new("room"), new(Attachments: [new(AttachmentId: edited)]), null, Cancelled));
        Assert.Equal(Refusal.AttachmentNotFound, refused.Refusal);
    }

    private static Caller As(string user) => new() { Kind = CallerKind.User, Tenant = new("acme"), User = new(user) };

    private async Task<MessageResponse> SendAsync(string file) => (await _platform.Get<MessageService>().SendAsync(As("bob"), new("room"), new(Attachments: [new(AttachmentId: file)]), null, Cancelled)).Message;

    private Task<AttachmentResponse> GetAsync(Caller caller, string file) => _platform.Get<AttachmentService>().GetAsync(caller, file, new("http://caas.test"), Cancelled);

    private async Task<Refusal> RefusalAsync(string file) => (await Assert.ThrowsAsync<RefusedException>(() => GetAsync(As("alice"), file))).Refusal;

    private async Task<string> UploadAsync()
    {
        var place = await _platform.Get<AttachmentService>().CreateAsync(As("bob"), new("a.txt", "text/plain", 4), new("http://caas.test"), Cancelled);
        var attachment = Assert.Single(await _platform.Get<IAttachmentStore>().FindManyAsync(new("acme"), [place.Id], Cancelled));
        await _platform.Get<AttachmentIntake>().ReceiveAsync(attachment, new MemoryStream("file"u8.ToArray()), Cancelled);
        return place.Id;
    }
}
