using Caas.Adapters.Sqlite;
using Caas.Adapters.Sqlite.Attachments;
using Caas.Contracts;
using Caas.Core.Attachments;
using Caas.Core.Conversations;
using Caas.Core.Ids;
using Caas.Core.Messages;
using Caas.Tests.Core;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Caas.Tests.Attachments;

public sealed class AttachmentReleaseTests
{
    private static readonly ConversationId Room = new("room");

    private static CancellationToken Cancelled => CorePlatform.Cancelled;

    [Fact]
    public async Task A_deleted_message_is_looked_up_among_the_uses_of_files_only_where_it_may_have_had_one()
    {
        Counting uses = null!;
        await using var platform = new CorePlatform(configure: services =>
            services.AddSingleton<IAttachmentUseStore>(provider => uses = new(new SqliteAttachmentUseStore(provider.GetRequiredService<SqliteDatabase>()))));
        var alice = await platform.UserAsync("alice");
        await platform.Get<ConversationService>().CreateAsync(alice, new(ConversationType.Group, "room"), Cancelled);
        var messages = platform.Get<MessageService>();
        var plain = (await messages.SendAsync(alice, Room, new("a text"), null, Cancelled)).Message;
        await messages.DeleteAsync(alice, Room, plain.Id, Cancelled);
        Assert.Equal(0, uses.Releases);

        // Whatever an edit put in and another took out again.
        var edited = (await messages.SendAsync(alice, Room, new("a text"), null, Cancelled)).Message;
        await messages.EditAsync(alice, Room, edited.Id, new() { Text = "another" }, null, Cancelled);
        await messages.DeleteAsync(alice, Room, edited.Id, Cancelled);
        Assert.Equal(1, uses.Releases);
    }

    private sealed class Counting(IAttachmentUseStore inner) : IAttachmentUseStore
    {
        private int _releases;

        public int Releases => _releases;

        public Task<bool> UseAsync(TenantId tenant, IReadOnlyCollection<string> ids, AttachmentUse use, DateTimeOffset lookAgainAt, CancellationToken cancellationToken) => inner.UseAsync(tenant, ids, use, lookAgainAt, cancellationToken);

        public Task<IReadOnlyList<AttachmentUse>> ListAsync(TenantId tenant, string id, int limit, CancellationToken cancellationToken) => inner.ListAsync(tenant, id, limit, cancellationToken);

        public Task ReleaseAsync(TenantId tenant, ConversationId conversation, string? messageId, DateTimeOffset sweepAt, CancellationToken cancellationToken)
        {
            Interlocked.Increment(ref _releases);
            return inner.ReleaseAsync(tenant, conversation, messageId, sweepAt, cancellationToken);
        }
    }
}
