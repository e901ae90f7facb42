using Caas.Contracts;
using Caas.Core.Attachments;
using Caas.Core.Messages;
using Caas.Tests.Gateway;
using Caas.Tests.Realtime;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Caas.Tests.Attachments;

/// <summary>Uploaded at one gateway, sent at one replica, seen at another, asked for at another gateway.</summary>
public sealed class AttachmentReplicaTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_is_sent_with_a_file_on_one_replica_is_seen_with_it_on_the_other(bool messagePack)
    {
        await using var replicas = await Replicas.StartAsync();
        var faults = new FaultLog();
        await using var first = GatewayFixture.Build(replicas.Folder, new(), faults);
        await using var second = GatewayFixture.Build(replicas.Folder, new(), faults);
        await Task.WhenAll(first.StartAsync(Cancelled), second.StartAsync(Cancelled));
        using var http = new HttpClient();
        var place = await first.Services.GetRequiredService<AttachmentService>().CreateAsync(replicas.CallerOf("alice"), new("a.png", "image/png", Pictures.Make(64, 32, SkiaSharp.SKEncodedImageFormat.Png).Length), new(second.Urls.First()), Cancelled);

        var (alice, bob) = (await replicas.ConnectAsync("alice", 0, messagePack), await replicas.ConnectAsync("bob", 1, !messagePack));
        await bob.JoinAsync();
        var message = new HubSendMessageRequest("room", Attachments: [new(AttachmentId: place.Id)]);
        Assert.StartsWith("attachment_not_ready: ", await alice.RefusalAsync("SendMessage", message), StringComparison.Ordinal);

        // Its place was made by one gateway, and leads to the other.
        using var body = new ByteArrayContent(Pictures.Make(64, 32, SkiaSharp.SKEncodedImageFormat.Png)) { Headers = { ContentType = new("image/png") } };
        (await http.PutAsync(place.UploadUrl, body, Cancelled)).EnsureSuccessStatusCode();
        var sent = await alice.CallAsync<SendMessageResult>("SendMessage", message);
        var entry = await bob.EntryAsync();
        var attachment = Assert.Single(entry.Message!.Attachments);
        Assert.Equal((sent.Seq, place.Id, "image/png", "a.png", 64, 32, place.Url), (entry.Seq, attachment.AttachmentId, attachment.Type, attachment.Name, attachment.Width, attachment.Height, attachment.Url));

        // Events are state: REST says the same.
        var read = await replicas.Get<MessageReader>(1).GetAsync(replicas.CallerOf("bob"), new("room"), sent.MessageId, Cancelled);
        Assert.Equal(attachment, Assert.Single(read.Attachments));
        var found = await first.Services.GetRequiredService<AttachmentService>().GetAsync(replicas.CallerOf("bob"), place.Id, new(first.Urls.First()), Cancelled);
        Assert.NotEmpty(await http.GetByteArrayAsync(found.DownloadUrl, Cancelled));

        // Deleted on one, its file is nobody's.
        await alice.CallAsync<ChangeResult>("DeleteMessage", "room", sent.MessageId);
        Assert.Empty((await bob.EntryAsync()).Message!.Attachments);
        Assert.Empty(await replicas.Get<IAttachmentUseStore>(1).ListAsync(Replicas.Tenant, place.Id, 10, Cancelled));
        Assert.True(faults.Lines.IsEmpty && replicas.Errors.IsEmpty, string.Join(Environment.NewLine, faults.Lines.Concat(replicas.Errors)));
    }
}
