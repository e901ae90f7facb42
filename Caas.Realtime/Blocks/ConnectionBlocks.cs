using Caas.Core.Blocks;
using Caas.Core.Tokens;
using Caas.Realtime.Connections;

namespace Caas.Realtime.Blocks;

/// <summary>
/// Keeps with each connection whom its user blocks and by whom it is blocked, so that delivery need not ask: read when it connects, at the latest before its first join is answered, and
/// anew when this replica hears of a change (at once through the backplane, within a second from the store).
/// </summary>
internal sealed partial class ConnectionBlocks(BlockDirectory directory, RevocationList revocations, LocalConnections connections, TimeProvider clock, ILogger<ConnectionBlocks> logger) : IHostedService, IConnectionObserver
{
    private static readonly TimeSpan Retry = TimeSpan.FromMilliseconds(500);

    /// <summary>A connection's blocks are others than before. Must be quick, and not throw.</summary>
    public event Action<RealtimeConnection>? Changed;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        revocations.Revoked += OnRevoked;
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken)
    {
        revocations.Revoked -= OnRevoked;
        return Task.CompletedTask;
    }

    public void Joined(RealtimeConnection connection) => _ = KeepLoadingAsync(connection);

    /// <summary>Completes when the connection's blocks are known.</summary>
    /// <exception cref="StoreUnavailableException">They cannot be read for now.</exception>
    public ValueTask ReadyAsync(RealtimeConnection connection, CancellationToken cancellationToken) =>
        connection.KnowsBlocks ? ValueTask.CompletedTask : new(LoadAsync(connection, cancellationToken));

    /// <summary>A user's blocks: as a connection of the user's has them, or, while none has read them yet, as they stand.</summary>
    /// <exception cref="StoreUnavailableException">They cannot be read for now.</exception>
    public async ValueTask<BlockSet> OfAsync(TenantId tenant, UserId user, CancellationToken cancellationToken) =>
        connections.OfUser(tenant, user).FirstOrDefault(connection => connection.KnowsBlocks) is { } knowing ? knowing.Blocks : await directory.FindAsync(tenant, user, cancellationToken);

    private void OnRevoked(Revocation revocation)
    {
        if (revocation is { Kind: RevocationKind.BlocksChanged, User: { } user })
        {
            foreach (var connection in connections.OfUser(revocation.Tenant, user))
            {
                _ = KeepLoadingAsync(connection);
            }
        }
    }

    private async Task LoadAsync(RealtimeConnection connection, CancellationToken cancellationToken)
    {
        var reading = connection.BeginReadingBlocks();
        var blocks = await directory.FindAsync(connection.Tenant, connection.User, cancellationToken);
        if (connection.TrySetBlocks(blocks, reading))
        {
            Changed?.Invoke(connection);
        }
    }

    private async Task KeepLoadingAsync(RealtimeConnection connection)
    {
        do
        {
            try
            {
                await LoadAsync(connection, CancellationToken.None);
                return;
            }
#pragma warning disable CA1031 // Nobody waits for this: it is tried again for as long as the connection is here.
            catch (Exception exception)
#pragma warning restore CA1031
            {
                LogFailed(exception);
            }

            await Task.Delay(Retry, clock);
        }
        while (connections.TryGet(connection.Id, out _));
    }

    [LoggerMessage(3133, LogLevel.Warning, "Could not read whom a connection's user blocks; trying again.")]
    private partial void LogFailed(Exception exception);
}
