using System.Text.Json;
using Caas.Contracts;
using Caas.Core.Push;
using Microsoft.Data.Sqlite;

namespace Caas.Adapters.Sqlite.Push;

internal sealed class SqlitePushStore(SqliteDatabase database) : IPushStore
{
    private const string Columns = "tenant, user, device, conversation, seq, kind, priority, attempts, due_at, at, service";
    private const string One = "tenant = $tenant AND user = $user AND device = $device AND conversation = $conversation AND seq = $seq";

    public Task AddAsync(IReadOnlyList<PushJob> jobs, CancellationToken cancellationToken) => jobs.Count == 0 ? Task.CompletedTask : database.WriteAsync(
        connection =>
        {
            foreach (var job in jobs)
            {
                connection.Execute(
                    $"INSERT INTO pushes ({Columns}) VALUES ($tenant, $user, $device, $conversation, $seq, $kind, $priority, $attempts, $due_at, $at, $service) ON CONFLICT DO NOTHING",
                    job.Tenant.Value, job.User.Value, job.Device, job.Conversation.Value, job.Seq, SqliteStatements.EnumText(job.Kind), SqliteStatements.EnumText(job.Priority), job.Attempts, job.DueAt.ToUnixTimeMilliseconds(),
                    job.At.ToUnixTimeMilliseconds(), job.Service);
            }
        },
        cancellationToken);

    public async Task<IReadOnlyList<PushJob>> ListDueAsync(DateTimeOffset at, bool calls, IReadOnlyCollection<string> without, int limit, CancellationToken cancellationToken) => await database.ReadAsync(
        connection => connection.List(
            Read,
            $"""
            SELECT {Columns} FROM pushes
            WHERE done_at IS NULL AND kind {(calls ? "=" : "<>")} 'call' AND due_at <= $at
              AND '{PushPlaces.Tenant}' || tenant NOT IN (SELECT value FROM json_each($without))
              AND '{PushPlaces.Service}' || tenant || '/' || service NOT IN (SELECT value FROM json_each($without))
              AND '{PushPlaces.User}' || tenant || '/' || user NOT IN (SELECT value FROM json_each($without))
              AND '{PushPlaces.Device}' || tenant || '/' || user || '/' || device NOT IN (SELECT value FROM json_each($without))
            ORDER BY due_at LIMIT $limit
            """,
            at.ToUnixTimeMilliseconds(),
            JsonSerializer.Serialize([.. without], SqliteJsonContext.Default.StringArray),
            limit),
        cancellationToken);

    public Task FinishAsync(IReadOnlyList<PushJob> jobs, DateTimeOffset at, CancellationToken cancellationToken) => jobs.Count == 0 ? Task.CompletedTask : database.WriteAsync(
        connection =>
        {
            foreach (var job in jobs)
            {
                connection.Execute($"UPDATE pushes SET done_at = $at WHERE {One}", at.ToUnixTimeMilliseconds(), job.Tenant.Value, job.User.Value, job.Device, job.Conversation.Value, job.Seq);
            }
        },
        cancellationToken);

    public Task FinishUpToAsync(PushJob job, DateTimeOffset at, CancellationToken cancellationToken) => database.WriteAsync(
        connection => connection.Execute(
            """
            UPDATE pushes SET done_at = $at WHERE tenant = $tenant AND user = $user AND device = $device AND conversation = $conversation AND seq <= $seq
              AND kind IN (SELECT value FROM json_each($kinds)) AND done_at IS NULL
            """,
            at.ToUnixTimeMilliseconds(), job.Tenant.Value, job.User.Value, job.Device, job.Conversation.Value, job.Seq,
            JsonSerializer.Serialize([.. job.CollapsedKinds.Select(SqliteStatements.EnumText)], SqliteJsonContext.Default.StringArray)),
        cancellationToken);

    public Task RetryAsync(PushJob job, CancellationToken cancellationToken) => database.WriteAsync(
        connection => connection.Execute(
            $"UPDATE pushes SET attempts = $attempts, due_at = $due_at WHERE {One} AND done_at IS NULL",
            job.Attempts, job.DueAt.ToUnixTimeMilliseconds(), job.Tenant.Value, job.User.Value, job.Device, job.Conversation.Value, job.Seq),
        cancellationToken);

    public Task<int> PruneAsync(DateTimeOffset finishedBefore, int limit, CancellationToken cancellationToken) => database.WriteAsync(
        connection => connection.Execute(
            """
            DELETE FROM pushes WHERE (tenant, user, device, conversation, seq) IN
              (SELECT tenant, user, device, conversation, seq FROM pushes WHERE done_at IS NOT NULL AND done_at < $before ORDER BY done_at LIMIT $limit)
            """,
            finishedBefore.ToUnixTimeMilliseconds(),
            limit),
        cancellationToken);

    private static PushJob Read(SqliteDataReader row) => new(
        new(row.GetString(0)), new(row.GetString(1)), row.GetString(2), new(row.GetString(3)), row.GetInt64(4), row.Enum<NotificationKind>(5), row.Enum<NotificationPriority>(6), (int)row.GetInt64(7), row.Time(8))
    {
        At = row.Time(9),
        Service = row.GetString(10),
    };
}
