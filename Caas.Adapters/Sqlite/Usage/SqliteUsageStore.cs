using Caas.Core.Ids;
using Caas.Core.Usage;

namespace Caas.Adapters.Sqlite.Usage;

internal sealed class SqliteUsageStore(SqliteDatabase database) : IUsageStore
{
    public Task AddMessagesAsync(TenantId tenant, string month, long messages, CancellationToken cancellationToken) => database.WriteAsync(
        connection => connection.Execute(
            "INSERT INTO usage_months (tenant, month, messages) VALUES ($tenant, $month, $messages) ON CONFLICT (tenant, month) DO UPDATE SET messages = messages + excluded.messages",
            tenant.Value,
            month,
            messages),
        cancellationToken);

    public Task AddActiveAsync(TenantId tenant, string month, IReadOnlyCollection<string> users, CancellationToken cancellationToken) => database.WriteAsync(
        connection =>
        {
            foreach (var user in users)
            {
                connection.Execute("INSERT INTO usage_active (tenant, month, user) VALUES ($tenant, $month, $user) ON CONFLICT DO NOTHING", tenant.Value, month, user);
            }
        },
        cancellationToken);

    public Task<long> CountMessagesAsync(TenantId tenant, string month, CancellationToken cancellationToken) => database.ReadAsync(
        connection => connection.Number("SELECT messages FROM usage_months WHERE tenant = $tenant AND month = $month", tenant.Value, month) ?? 0,
        cancellationToken);

    public Task ReportAsync(string replica, IReadOnlyDictionary<TenantId, long> counts, string month, DateTimeOffset now, DateTimeOffset until, CancellationToken cancellationToken) => database.WriteAsync(
        connection =>
        {
            var (at, end) = (now.ToUnixTimeMilliseconds(), until.ToUnixTimeMilliseconds());
            connection.Execute("DELETE FROM usage_connections WHERE replica = $replica", replica);
            connection.Execute("DELETE FROM usage_connections WHERE until <= $now", at);
            foreach (var (tenant, count) in counts)
            {
                connection.Execute("INSERT INTO usage_connections (tenant, replica, connections, until) VALUES ($tenant, $replica, $connections, $until)", tenant.Value, replica, count, end);
                connection.Execute(
                    """
                    INSERT INTO usage_months (tenant, month, peak_connections) SELECT $tenant, $month, sum(connections) FROM usage_connections WHERE tenant = $tenant
                    ON CONFLICT (tenant, month) DO UPDATE SET peak_connections = max(peak_connections, excluded.peak_connections)
                    """,
                    tenant.Value,
                    month);
            }
        },
        cancellationToken);

    public Task<MonthUsage> ReadAsync(TenantId tenant, string month, CancellationToken cancellationToken) => database.ReadAsync(
        connection =>
        {
            var active = connection.Number("SELECT count(*) FROM usage_active WHERE tenant = $tenant AND month = $month", tenant.Value, month) ?? 0;
            return connection.Find(row => new MonthUsage(row.GetInt64(0), active, row.GetInt64(1)), "SELECT messages, peak_connections FROM usage_months WHERE tenant = $tenant AND month = $month", tenant.Value, month)
                ?? new(0, active, 0);
        },
        cancellationToken);

    public Task<long> CountConnectionsAsync(TenantId tenant, IReadOnlyCollection<string>? living, DateTimeOffset now, CancellationToken cancellationToken) => database.ReadAsync(
        connection => connection
            .List(row => (Replica: row.GetString(0), Count: row.GetInt64(1)), "SELECT replica, connections FROM usage_connections WHERE tenant = $tenant AND until > $now", tenant.Value, now.ToUnixTimeMilliseconds())
            .Where(said => living?.Contains(said.Replica) != false)
            .Sum(said => said.Count),
        cancellationToken);
}
