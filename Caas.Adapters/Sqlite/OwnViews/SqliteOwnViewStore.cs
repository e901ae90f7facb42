using Caas.Adapters.Sqlite.Members;
using Caas.Core.Ids;
using Caas.Core.Members;
using Caas.Core.OwnViews;

namespace Caas.Adapters.Sqlite.OwnViews;

/// <summary>Views in the members' rows.</summary>
internal sealed class SqliteOwnViewStore(SqliteDatabase database) : IOwnViewStore
{
    private const string Where = "WHERE m.tenant = $tenant AND m.conversation = $conversation AND m.user = $user AND m.removed = 0";

    public Task<Member?> ChangeAsync(TenantId tenant, ConversationId conversation, UserId user, OwnViewChange change, CancellationToken cancellationToken) =>
        database.WriteAsync(
            connection =>
            {
                connection.Execute(
                    $"""
                    UPDATE members AS m SET
                      muted = coalesce($muted, muted), hidden_seq = coalesce($hidden_seq, hidden_seq), archived = coalesce($archived, archived),
                      pinned = coalesce($pinned, pinned), marked_unread = coalesce($marked_unread, marked_unread)
                    {Where}
                    """,
                    Number(change.Muted),
                    change.HiddenSeq,
                    Number(change.Archived),
                    Number(change.Pinned),
                    Number(change.MarkedUnread),
                    tenant.Value,
                    conversation.Value,
                    user.Value);
                return connection.Find(row => MemberRow.Read(tenant, row), $"SELECT {MemberRow.Columns} FROM members AS m {Where}", tenant.Value, conversation.Value, user.Value);
            },
            cancellationToken);

    private static long? Number(bool? flag) => flag is { } given ? given ? 1 : 0 : null;
}
