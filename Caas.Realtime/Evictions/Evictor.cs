using Caas.Core.Bans;
using Caas.Core.Members;
using Caas.Core.Tokens;
using Caas.Realtime.Connections;
using Caas.Realtime.Delivery;
using Microsoft.Extensions.Options;

namespace Caas.Realtime.Evictions;

/// <summary>
/// Ends what is no longer allowed: acts on every revocation that this process learns of (from the store within 2 s, with or without the backplane), and closes connections whose token
/// has ended or whose client does not read.
/// </summary>
internal sealed partial class Evictor(RevocationList revocations, BanDirectory bans, LocalConnections connections, ConversationWatchers watchers, Membership membership, IOptions<RealtimeOptions> options, RealtimeMetrics metrics, TimeProvider clock, ILogger<Evictor> logger) : BackgroundService, IConnectionObserver
{
    private static readonly TimeSpan Tick = TimeSpan.FromSeconds(1);

    /// <summary>An entry that removes somebody is delivered first where that is possible: it says who did it.</summary>
    private static readonly TimeSpan EntryFirst = TimeSpan.FromSeconds(1);

    public override Task StartAsync(CancellationToken cancellationToken)
    {
        revocations.Revoked += Apply;
        return base.StartAsync(cancellationToken);
    }

    public override Task StopAsync(CancellationToken cancellationToken)
    {
        revocations.Revoked -= Apply;
        return base.StopAsync(cancellationToken);
    }

    /// <summary>Whoever was revoked while connecting was not among the connections then.</summary>
    public void Joined(RealtimeConnection connection) => Check(connection);

    /// <summary>Ends a connection that was revoked.</summary>
    public void Check(RealtimeConnection connection)
    {
        if (revocations.Check(connection.Caller) is { } refusal)
        {
            Evict(connection, refusal == Refusal.Banned ? EvictionReasons.Banned : EvictionReasons.TokenRevoked);
        }

        _ = CheckBanAsync(connection);
    }

    private async Task CheckBanAsync(RealtimeConnection connection)
    {
        try
        {
            if (await bans.IsBannedAsync(connection.Tenant, connection.User, conversation: null, CancellationToken.None))
            {
                Evict(connection, EvictionReasons.Banned);
            }
        }
        catch (StoreUnavailableException)
        {
            // Who authenticated just now was not banned then; every call looks again.
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Tick, clock);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                Sweep();
            }
        }
        catch (OperationCanceledException)
        {
            // Normal shutdown.
        }
    }

    private void Sweep()
    {
        var now = clock.GetUtcNow();
        foreach (var connection in connections.All)
        {
            connection.Outbox.Rest();
            if (connection.Caller.TokenExpiresAt is { } end && now >= end + options.Value.TokenGrace)
            {
                Evict(connection, EvictionReasons.TokenExpired);
            }
            else if (connection.Outbox.Stalled() > options.Value.StalledAfter)
            {
                connection.CutOff();
            }
        }
    }

    private void Apply(Revocation revocation)
    {
        switch (revocation.Kind)
        {
            case RevocationKind.Token:
                EvictWhere(revocation, EvictionReasons.TokenRevoked, caller => caller.TokenId == revocation.TokenId || caller.TokenFamily == revocation.TokenId);
                break;
            case RevocationKind.UserTokens:
                EvictWhere(revocation, EvictionReasons.TokenRevoked, caller => caller.TokenIssuedAt is null || caller.TokenIssuedAt < revocation.Before);
                break;
            case RevocationKind.UserDeactivated:
                EvictWhere(revocation, EvictionReasons.UserDeactivated, _ => true);
                break;
            case RevocationKind.TenantDeleted:
                EvictWhere(revocation, EvictionReasons.TenantDeleted, _ => true);
                break;
            case RevocationKind.Banned when revocation.Conversation is null:
                EvictWhere(revocation, EvictionReasons.Banned, _ => true);
                break;
            case RevocationKind.Banned:
                Evict(revocation, EvictionReasons.Banned);
                break;
            case RevocationKind.MemberRemoved:
                _ = EvictAfterEntryAsync(revocation, EvictionReasons.Removed);
                break;
            case RevocationKind.ConversationDeleted:
                _ = EvictAfterEntryAsync(revocation, EvictionReasons.ConversationDeleted);
                break;
            case RevocationKind.BlocksChanged or RevocationKind.BanLifted:
                break; // For those who remember them.
            default:
                LogUnknown(revocation.Kind);
                break;
        }
    }

    private void EvictWhere(Revocation revocation, string reason, Func<Core.Callers.Caller, bool> applies)
    {
        foreach (var connection in revocation.User is { } user ? connections.OfUser(revocation.Tenant, user) : connections.OfTenant(revocation.Tenant))
        {
            if (applies(connection.Caller))
            {
                Evict(connection, reason);
            }
        }
    }

    private void Evict(RealtimeConnection connection, string reason)
    {
        watchers.Leave(connection);
        if (connection.Evict(reason))
        {
            metrics.Evicted(reason);
            LogEvicted(connection.Id, reason);
        }
    }

    private async Task EvictAfterEntryAsync(Revocation revocation, string reason)
    {
        await Task.Yield();
        if (revocation.Conversation is not { } conversation)
        {
            return;
        }

        membership.Forget(revocation.Tenant, conversation, revocation.User);
        var feed = watchers.Find(LogId.Of(revocation.Tenant, conversation));
        if (feed is not null && revocation.Seq is { } seq && feed.Position < seq)
        {
            feed.NoticeTail(seq);
            await Task.Delay(EntryFirst, clock);
        }

        Evict(revocation, reason);
    }

    private void Evict(Revocation revocation, string reason)
    {
        if (revocation.Conversation is { } conversation)
        {
            membership.Forget(revocation.Tenant, conversation, revocation.User);
            watchers.Find(LogId.Of(revocation.Tenant, conversation))?.Evict(revocation.User, revocation.Seq, reason);
        }
    }

    [LoggerMessage(3130, LogLevel.Information, "Closed connection {ConnectionId}: {Reason}.")]
    private partial void LogEvicted(string connectionId, string reason);

    [LoggerMessage(3131, LogLevel.Warning, "There is no way to act on a revocation of kind {Kind}.")]
    private partial void LogUnknown(RevocationKind kind);
}
