using System.Text.Json;
using Caas.Core.Calls;
using Caas.Core.Ids;
using Caas.Core.Json;
using Microsoft.Data.Sqlite;

namespace Caas.Adapters.Sqlite.Calls;

internal sealed class SqliteCallRecordStore(SqliteDatabase database) : ICallRecordStore
{
    public Task SaveAsync(CallRecord call, CancellationToken cancellationToken) => database.WriteAsync(
        connection =>
        {
            var stored = connection.Execute(
                """
                INSERT INTO calls (tenant, id, conversation, started_at, ended_at, body) VALUES ($tenant, $id, $conversation, $started_at, $ended_at, $body)
                ON CONFLICT (tenant, id) DO UPDATE SET ended_at = excluded.ended_at, body = excluded.body WHERE excluded.ended_at IS NOT NULL OR ended_at IS NULL
                """,
                call.Tenant.Value, call.Id, call.Conversation.Value, call.StartedAt.ToUnixTimeMilliseconds(), call.EndedAt?.ToUnixTimeMilliseconds(), JsonSerializer.Serialize(CallBody.Of(call), CoreJsonContext.Default.CallBody));
            foreach (var participant in stored > 0 ? call.Participants : [])
            {
                connection.Execute("INSERT INTO call_users (tenant, user, call) VALUES ($tenant, $user, $call) ON CONFLICT DO NOTHING", call.Tenant.Value, participant.UserId, call.Id);
            }

            return stored;
        },
        cancellationToken);

    public Task<CallRecord?> FindAsync(CallKey call, CancellationToken cancellationToken) => database.ReadAsync(
        connection => connection.Find(Read, "SELECT tenant, id, conversation, body FROM calls WHERE tenant = $tenant AND id = $id", call.Tenant.Value, call.Id), cancellationToken);

    public async Task<IReadOnlyList<CallRecord>> ListAsync(TenantId tenant, UserId? user, ConversationId? conversation, string? before, int limit, CancellationToken cancellationToken)
    {
        // Above every id.
        before ??= "~";
        return await database.ReadAsync(connection => (user, conversation) switch
        {
            ({ } of, null) => connection.List(
                Read,
                "SELECT c.tenant, c.id, c.conversation, c.body FROM call_users AS u JOIN calls AS c ON c.tenant = u.tenant AND c.id = u.call WHERE u.tenant = $tenant AND u.user = $user AND u.call < $before ORDER BY u.call DESC LIMIT $limit",
                tenant.Value, of.Value, before, limit),
            ({ } of, { } place) => connection.List(
                Read,
                """
                SELECT c.tenant, c.id, c.conversation, c.body FROM calls AS c WHERE c.tenant = $tenant AND c.conversation = $conversation AND c.id < $before
                AND EXISTS (SELECT 1 FROM call_users AS u WHERE u.tenant = c.tenant AND u.user = $user AND u.call = c.id) ORDER BY c.id DESC LIMIT $limit
                """,
                tenant.Value, place.Value, before, of.Value, limit),
            (null, { } place) => connection.List(
                Read, "SELECT tenant, id, conversation, body FROM calls WHERE tenant = $tenant AND conversation = $conversation AND id < $before ORDER BY id DESC LIMIT $limit", tenant.Value, place.Value, before, limit),
            _ => connection.List(Read, "SELECT tenant, id, conversation, body FROM calls WHERE tenant = $tenant AND id < $before ORDER BY id DESC LIMIT $limit", tenant.Value, before, limit),
        }, cancellationToken);
    }

    public async Task<IReadOnlyList<CallRecord>> ListOpenAsync(DateTimeOffset from, DateTimeOffset before, int limit, CancellationToken cancellationToken) => await database.ReadAsync(
        connection => connection.List(
            Read,
            "SELECT tenant, id, conversation, body FROM calls WHERE ended_at IS NULL AND started_at >= $from AND started_at < $before ORDER BY started_at LIMIT $limit",
            from.ToUnixTimeMilliseconds(), before.ToUnixTimeMilliseconds(), limit),
        cancellationToken);

    public Task AddReportAsync(CallKey call, UserId user, CallQualityTotals report, CancellationToken cancellationToken) => database.WriteAsync(
        connection => connection.Execute(
            """
            INSERT INTO call_quality (tenant, call, user, reports, latency_sum, loss_sum, jitter_sum, bitrate_sum, latency_worst, loss_worst, jitter_worst, bitrate_worst, latency_issues, loss_issues, jitter_issues, bitrate_issues, frame_rate, resolution, last_at)
            VALUES ($tenant, $call, $user, $reports, $latency_sum, $loss_sum, $jitter_sum, $bitrate_sum, $latency_worst, $loss_worst, $jitter_worst, $bitrate_worst, $latency_issues, $loss_issues, $jitter_issues, $bitrate_issues, $frame_rate, $resolution, $last_at)
            ON CONFLICT (tenant, call, user) DO UPDATE SET
              reports = reports + excluded.reports,
              latency_sum = latency_sum + excluded.latency_sum, loss_sum = loss_sum + excluded.loss_sum, jitter_sum = jitter_sum + excluded.jitter_sum, bitrate_sum = bitrate_sum + excluded.bitrate_sum,
              latency_worst = max(latency_worst, excluded.latency_worst), loss_worst = max(loss_worst, excluded.loss_worst), jitter_worst = max(jitter_worst, excluded.jitter_worst), bitrate_worst = min(bitrate_worst, excluded.bitrate_worst),
              latency_issues = latency_issues + excluded.latency_issues, loss_issues = loss_issues + excluded.loss_issues, jitter_issues = jitter_issues + excluded.jitter_issues, bitrate_issues = bitrate_issues + excluded.bitrate_issues,
              frame_rate = excluded.frame_rate, resolution = excluded.resolution, last_at = excluded.last_at
            """,
            call.Tenant.Value, call.Id, user.Value, report.Reports,
            report.Sum.Latency, report.Sum.Loss, report.Sum.Jitter, report.Sum.Bitrate,
            report.Worst.Latency, report.Worst.Loss, report.Worst.Jitter, report.Worst.Bitrate,
            report.Issues.HighLatency, report.Issues.PacketLoss, report.Issues.Jitter, report.Issues.LowBitrate,
            report.FrameRate is { } rate ? (long)Math.Round(rate * 100) : null, report.Resolution, report.LastAt.ToUnixTimeMilliseconds()),
        cancellationToken);

    public async Task<IReadOnlyList<(UserId User, CallQualityTotals Totals)>> ListReportsAsync(CallKey call, CancellationToken cancellationToken) => await database.ReadAsync(
        connection => connection.List(
            row => (new UserId(row.GetString(0)), new CallQualityTotals(
                row.GetInt64(1),
                new(row.GetInt64(2), row.GetInt64(3), row.GetInt64(4), row.GetInt64(5)),
                new(row.GetInt64(6), row.GetInt64(7), row.GetInt64(8), row.GetInt64(9)),
                new(row.GetInt64(10), row.GetInt64(11), row.GetInt64(12), row.GetInt64(13)),
                row.IsDBNull(14) ? null : row.GetInt64(14) / 100.0,
                row.TextOrNull(15),
                row.Time(16))),
            """
            SELECT user, reports, latency_sum, loss_sum, jitter_sum, bitrate_sum, latency_worst, loss_worst, jitter_worst, bitrate_worst, latency_issues, loss_issues, jitter_issues, bitrate_issues, frame_rate, resolution, last_at
            FROM call_quality WHERE tenant = $tenant AND call = $call ORDER BY user
            """,
            call.Tenant.Value, call.Id),
        cancellationToken);

    private static CallRecord Read(SqliteDataReader row) =>
        JsonSerializer.Deserialize(row.GetString(3), CoreJsonContext.Default.CallBody)!.At(new(row.GetString(0)), row.GetString(1), new(row.GetString(2)));
}
