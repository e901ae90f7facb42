using Caas.Core.Attachments;
using Caas.Core.Ids;
using Microsoft.Data.Sqlite;

namespace Caas.Adapters.Sqlite.Attachments;

internal sealed class SqliteAttachmentUseStore(SqliteDatabase database) : IAttachmentUseStore
{
    /// <summary>So many uses go in one write.</summary>
    private const int AtOnce = 500;

    public Task<bool> UseAsync(TenantId tenant, IReadOnlyCollection<string> ids, AttachmentUse use, DateTimeOffset lookAgainAt, CancellationToken cancellationToken) => database.WriteAsync(
        connection =>
        {
            if (ids.Any(id => connection.Number("SELECT 1 FROM attachments WHERE tenant = $tenant AND id = $id AND condemned = 0", tenant.Value, id) is null))
            {
                return false;
            }

            foreach (var id in ids)
            {
                connection.Execute(
                    "INSERT INTO attachment_uses (tenant, attachment, conversation, message) VALUES ($tenant, $attachment, $conversation, $message) ON CONFLICT DO NOTHING",
                    tenant.Value,
                    id,
                    use.Conversation.Value,
                    use.MessageId);
                connection.Execute("UPDATE attachments SET expires_at = $at WHERE tenant = $tenant AND id = $id", lookAgainAt.ToUnixTimeMilliseconds(), tenant.Value, id);
            }

            return true;
        },
        cancellationToken);

    public async Task<IReadOnlyList<AttachmentUse>> ListAsync(TenantId tenant, string id, int limit, CancellationToken cancellationToken) => await database.ReadAsync(
        connection => connection.List(
            row => new AttachmentUse(new(row.GetString(0)), row.GetString(1)),
            "SELECT conversation, message FROM attachment_uses WHERE tenant = $tenant AND attachment = $id LIMIT $limit",
            tenant.Value,
            id,
            limit),
        cancellationToken);

    public async Task ReleaseAsync(TenantId tenant, ConversationId conversation, string? messageId, DateTimeOffset sweepAt, CancellationToken cancellationToken)
    {
        // In steps, each as short as a write of a message: a conversation may hold many, and there is one writer.
        while (await database.WriteAsync(connection => ReleaseSome(connection, tenant, conversation, messageId, sweepAt), cancellationToken) == AtOnce)
        {
        }
    }

    /// <returns>How many uses went.</returns>
    private static int ReleaseSome(SqliteConnection connection, TenantId tenant, ConversationId conversation, string? messageId, DateTimeOffset sweepAt)
    {
        // Two texts, no "or null": each goes by the index of what is asked for.
        var released = messageId is null
            ? connection.List(Read, "SELECT attachment, message FROM attachment_uses INDEXED BY attachment_uses_by_message WHERE tenant = $tenant AND conversation = $conversation LIMIT $limit", tenant.Value, conversation.Value, AtOnce)
            : connection.List(Read, "SELECT attachment, message FROM attachment_uses INDEXED BY attachment_uses_by_message WHERE tenant = $tenant AND conversation = $conversation AND message = $message LIMIT $limit", tenant.Value, conversation.Value, messageId, AtOnce);
        foreach (var (attachment, message) in released)
        {
            connection.Execute("DELETE FROM attachment_uses WHERE tenant = $tenant AND attachment = $attachment AND conversation = $conversation AND message = $message", tenant.Value, attachment, conversation.Value, message);
        }

        foreach (var id in released.Select(one => one.Attachment).Distinct())
        {
            connection.Execute("UPDATE attachments SET expires_at = $at + (expires_at IS $at) WHERE tenant = $tenant AND id = $id", sweepAt.ToUnixTimeMilliseconds(), tenant.Value, id);
        }

        return released.Count;
    }

    private static (string Attachment, string Message) Read(SqliteDataReader row) => (row.GetString(0), row.GetString(1));
}
