using Caas.Core.Attachments;
using Caas.Core.Ids;

namespace Caas.Adapters.Sqlite.Attachments;

internal sealed class SqliteAttachmentUseStore(SqliteDatabase database) : IAttachmentUseStore
{
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

    public Task ReleaseAsync(TenantId tenant, ConversationId conversation, string? messageId, DateTimeOffset sweepAt, CancellationToken cancellationToken) => database.WriteAsync(
        connection =>
        {
            const string Where = "tenant = $tenant AND conversation = $conversation AND ($message IS NULL OR message = $message)";
            var released = connection.List(row => row.GetString(0), $"SELECT DISTINCT attachment FROM attachment_uses WHERE {Where}", tenant.Value, conversation.Value, messageId);
            connection.Execute($"DELETE FROM attachment_uses WHERE {Where}", tenant.Value, conversation.Value, messageId);
            foreach (var id in released)
            {
                connection.Execute("UPDATE attachments SET expires_at = min(coalesce(expires_at, $at), $at) WHERE tenant = $tenant AND id = $id", sweepAt.ToUnixTimeMilliseconds(), tenant.Value, id);
            }
        },
        cancellationToken);
}
