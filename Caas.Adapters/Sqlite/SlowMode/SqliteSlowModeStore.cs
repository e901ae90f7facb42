using Caas.Core.Entries;
using Caas.Core.Ids;
using Caas.Core.SlowMode;

namespace Caas.Adapters.Sqlite.SlowMode;

internal sealed class SqliteSlowModeStore(SqliteDatabase database) : ISlowModeStore
{
    public Task<DateTimeOffset?> TakeAsync(LogId log, UserId user, string? clientId, DateTimeOffset now, TimeSpan interval, CancellationToken cancellationToken) => database.WriteAsync<DateTimeOffset?>(
        connection =>
        {
            var taken = connection.Execute(
                """
                INSERT INTO slow_mode_turns (tenant, log, user, at, client_id) VALUES ($tenant, $log, $user, $at, $client_id)
                ON CONFLICT (tenant, log, user) DO UPDATE SET at = CASE WHEN client_id = excluded.client_id AND at > $free THEN at ELSE excluded.at END, client_id = excluded.client_id
                WHERE at <= $free OR client_id = excluded.client_id
                """,
                log.Tenant.Value,
                log.Name,
                user.Value,
                now.ToUnixTimeMilliseconds(),
                clientId,
                (now - interval).ToUnixTimeMilliseconds());
            return taken > 0
                ? null
                : DateTimeOffset.FromUnixTimeMilliseconds(
                    connection.Number("SELECT at FROM slow_mode_turns WHERE tenant = $tenant AND log = $log AND user = $user", log.Tenant.Value, log.Name, user.Value)!.Value);
        },
        cancellationToken);
}
