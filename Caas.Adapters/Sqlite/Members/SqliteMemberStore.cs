using System.Text.Json;
using Caas.Contracts;
using Caas.Core.Ids;
using Caas.Core.Members;

namespace Caas.Adapters.Sqlite.Members;

internal sealed class SqliteMemberStore(SqliteDatabase database) : IMemberStore
{
    private const string Select = $"SELECT {MemberRow.Columns} FROM members AS m WHERE m.tenant = $tenant AND m.conversation = $conversation";

    public Task<Member?> FindAsync(TenantId tenant, ConversationId conversation, UserId user, CancellationToken cancellationToken) =>
        database.ReadAsync(
            connection => connection.Find(row => MemberRow.Read(tenant, row), $"{Select} AND m.user = $user", tenant.Value, conversation.Value, user.Value),
            cancellationToken);

    public async Task<IReadOnlyList<Member>> FindManyAsync(TenantId tenant, ConversationId conversation, IReadOnlyCollection<UserId> users, CancellationToken cancellationToken) =>
        await database.ReadAsync(
            connection => connection.List(
                row => MemberRow.Read(tenant, row),
                $"{Select} AND m.removed = 0 AND m.user IN (SELECT value FROM json_each($users))",
                tenant.Value,
                conversation.Value,
                JsonArray(users)),
            cancellationToken);

    public async Task<IReadOnlyList<Member>> FindManyAsync(TenantId tenant, UserId user, IReadOnlyCollection<ConversationId> conversations, CancellationToken cancellationToken) =>
        await database.ReadAsync(
            connection => connection.List(
                row => MemberRow.Read(tenant, row),
                $"SELECT {MemberRow.Columns} FROM json_each($conversations) CROSS JOIN members AS m WHERE m.tenant = $tenant AND m.conversation = json_each.value AND m.user = $user AND m.removed = 0",
                JsonSerializer.Serialize([.. conversations.Select(conversation => conversation.Value)], SqliteJsonContext.Default.StringArray),
                tenant.Value,
                user.Value),
            cancellationToken);

    public async Task<IReadOnlyList<Member>> ListAsync(TenantId tenant, ConversationId conversation, UserId? after, int limit, CancellationToken cancellationToken) =>
        await database.ReadAsync(
            connection => connection.List(
                row => MemberRow.Read(tenant, row),
                $"{Select} AND m.removed = 0 AND m.user > $after ORDER BY m.user LIMIT $limit",
                tenant.Value,
                conversation.Value,
                after?.Value ?? "",
                limit),
            cancellationToken);

    public async Task<IReadOnlyList<Member>> ListByRoleAsync(TenantId tenant, ConversationId conversation, MemberRole role, int limit, CancellationToken cancellationToken) =>
        await database.ReadAsync(
            connection => connection.List(
                row => MemberRow.Read(tenant, row),
                $"{Select} AND m.removed = 0 AND m.role = $role ORDER BY m.joined_seq, m.user LIMIT $limit",
                tenant.Value,
                conversation.Value,
                SqliteStatements.EnumText(role),
                limit),
            cancellationToken);

    private static string JsonArray(IEnumerable<UserId> users) => JsonSerializer.Serialize([.. users.Select(user => user.Value)], SqliteJsonContext.Default.StringArray);
}
