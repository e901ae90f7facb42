using System.Collections.Concurrent;
using Caas.Core.Callers;
using Caas.Core.Delivery;
using Caas.Core.Entries;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Caas.Core.Tokens;

/// <summary>
/// What is revoked, held in memory by every process: read from the store at start, then every second, and at once when hinted or when the backplane is back.
/// A hosted service of every host. When the store is gone, what is known stays and reading goes on being tried; until it was read once, everything is refused.
/// </summary>
public sealed partial class RevocationList(IRevocationStore store, TimeProvider clock, ILogger<RevocationList> logger, IConversationChannels? channels = null) : IHostedService, IDisposable
{
    /// <summary>How often the store is read when nothing hints at news.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan StartWait = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan PruneInterval = TimeSpan.FromMinutes(1);
    private readonly ConcurrentDictionary<string, DateTimeOffset> _seen = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<(TenantId Tenant, string Id), DateTimeOffset> _tokens = new();
    private readonly ConcurrentDictionary<(TenantId Tenant, UserId User), (DateTimeOffset Before, DateTimeOffset Until)> _users = new();
    private readonly ConcurrentDictionary<TenantId, DateTimeOffset> _tenants = new();
    private readonly SemaphoreSlim _reading = new(1, 1);
    private readonly SemaphoreSlim _hinted = new(0, 1);
    private readonly CancellationTokenSource _stopping = new();
    private string? _position;
    private Task _following = Task.CompletedTask;
    private long _readAt;
    private volatile bool _loaded;
    private bool _failing;

    /// <summary>Raised for each revocation that this process had not seen: live connections act on it.</summary>
    public event Action<Revocation>? Revoked;

    /// <summary>How many revocations are known.</summary>
    public int Count => _seen.Count;

    /// <summary>How old the last successful reading is; null: there was none.</summary>
    public TimeSpan? Age => _loaded ? clock.GetElapsedTime(Volatile.Read(ref _readAt)) : null;

    /// <summary>Why the caller's credentials may no longer be used; null: they may.</summary>
    /// <exception cref="RefusedException"><c>unavailable</c>: the list was not read yet.</exception>
    public Refusal? Check(Caller caller)
    {
        if (!_loaded)
        {
            throw Refusal.Unavailable.With("What is revoked is not known yet; try again.");
        }

        if (caller.Kind == CallerKind.Admin)
        {
            return null;
        }

        if (_tenants.ContainsKey(caller.Tenant))
        {
            return caller.Kind == CallerKind.User ? Refusal.TokenRevoked : Refusal.Unauthenticated;
        }

        return caller is { Kind: CallerKind.User, User: { } user } && (IsRevoked(caller.Tenant, caller.TokenId) || IsRevoked(caller.Tenant, caller.TokenFamily) || IssuedBefore(caller, user))
            ? Refusal.TokenRevoked
            : null;
    }

    /// <summary>Stores a revocation, applies it here at once and hints the other processes. One that is known already changes nothing.</summary>
    /// <exception cref="StoreUnavailableException">Try again.</exception>
    public async Task AddAsync(Revocation revocation, CancellationToken cancellationToken)
    {
        if (_seen.ContainsKey(revocation.Id) || revocation.Until <= clock.GetUtcNow())
        {
            return;
        }

        await store.AddAsync(revocation, cancellationToken);
        Apply(revocation);
        channels?.PublishRevocationHint();
    }

    /// <summary>Reads what is new, now.</summary>
    /// <exception cref="StoreUnavailableException">What is known stays.</exception>
    public async Task ReadAsync(CancellationToken cancellationToken)
    {
        await _reading.WaitAsync(cancellationToken);
        try
        {
            var startedAt = clock.GetTimestamp();
            var (items, position) = await store.ReadAfterAsync(_position, cancellationToken);
            foreach (var revocation in items)
            {
                Apply(revocation);
            }

            _position = position;
            Volatile.Write(ref _readAt, startedAt);
            _loaded = true;
        }
        finally
        {
            _reading.Release();
        }
    }

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if (channels is not null)
        {
            channels.RevocationHinted += Hint;
            channels.Reconnected += Hint;
        }

        var firstRead = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _following = FollowAsync(firstRead, _stopping.Token);
        await Task.WhenAny(firstRead.Task, Task.Delay(StartWait, clock, cancellationToken));
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (channels is not null)
        {
            channels.RevocationHinted -= Hint;
            channels.Reconnected -= Hint;
        }

        await _stopping.CancelAsync();
        await _following.WaitAsync(cancellationToken);
    }

    public void Dispose()
    {
        _stopping.Dispose();
        _reading.Dispose();
        _hinted.Dispose();
    }

    private async Task FollowAsync(TaskCompletionSource firstRead, CancellationToken stoppingToken)
    {
        var prunedAt = clock.GetTimestamp();
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await ReadAsync(stoppingToken);
                firstRead.TrySetResult();
                LogIf(failing: false, null);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
#pragma warning disable CA1031 // Whatever is wrong with the store must not end the reading: revocations would never arrive again.
            catch (Exception exception)
#pragma warning restore CA1031
            {
                LogIf(failing: true, exception);
            }

            if (clock.GetElapsedTime(prunedAt) > PruneInterval)
            {
                Prune(clock.GetUtcNow());
                prunedAt = clock.GetTimestamp();
            }

            await PauseAsync(stoppingToken);
        }
    }

    /// <summary>Waits for the interval to pass or for a hint.</summary>
    private async Task PauseAsync(CancellationToken stoppingToken)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
        var interval = Task.Delay(Interval, clock, either.Token);
        var hint = _hinted.WaitAsync(either.Token);
        await Task.WhenAny(interval, hint);
        await either.CancelAsync();
        await Task.WhenAll(interval, hint).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private void Hint()
    {
        try
        {
            _hinted.Release();
        }
        catch (Exception exception) when (exception is SemaphoreFullException or ObjectDisposedException)
        {
            // A hint already waits to be followed, or the host has stopped.
        }
    }

    private void Apply(Revocation revocation)
    {
        if (revocation.Until <= clock.GetUtcNow() || !_seen.TryAdd(revocation.Id, revocation.Until))
        {
            return;
        }

        switch (revocation)
        {
            case { Kind: RevocationKind.Token, TokenId: { } token }:
                _tokens[(revocation.Tenant, token)] = revocation.Until;
                break;
            case { Kind: RevocationKind.UserTokens or RevocationKind.UserDeactivated, User: { } user }:
                var before = revocation.Before ?? revocation.At;
                _users.AddOrUpdate(
                    (revocation.Tenant, user),
                    (before, revocation.Until),
                    (_, known) => (before > known.Before ? before : known.Before, revocation.Until > known.Until ? revocation.Until : known.Until));
                break;
            case { Kind: RevocationKind.TenantDeleted }:
                _tenants[revocation.Tenant] = revocation.Until;
                break;
        }

        Raise(revocation);
    }

    private void Raise(Revocation revocation)
    {
        foreach (var receiver in Revoked?.GetInvocationList() ?? [])
        {
            try
            {
                ((Action<Revocation>)receiver)(revocation);
            }
#pragma warning disable CA1031 // One receiver's fault must not keep the others from acting, nor this list from reading on.
            catch (Exception exception)
#pragma warning restore CA1031
            {
                LogReceiver(exception, revocation.Id);
            }
        }
    }

    private bool IsRevoked(TenantId tenant, string? id) => id is not null && _tokens.ContainsKey((tenant, id));

    private bool IssuedBefore(Caller caller, UserId user) =>
        _users.TryGetValue((caller.Tenant, user), out var revoked) && (caller.TokenIssuedAt is not { } issued || issued < revoked.Before);

    private void Prune(DateTimeOffset now)
    {
        RemoveWhere(_seen, until => until <= now);
        RemoveWhere(_tokens, until => until <= now);
        RemoveWhere(_users, user => user.Until <= now);
        RemoveWhere(_tenants, until => until <= now);
    }

    private static void RemoveWhere<TKey, TValue>(ConcurrentDictionary<TKey, TValue> from, Func<TValue, bool> ended)
        where TKey : notnull
    {
        foreach (var pair in from)
        {
            if (ended(pair.Value))
            {
                from.TryRemove(pair);
            }
        }
    }

    private void LogIf(bool failing, Exception? exception)
    {
        if (failing != _failing)
        {
            _failing = failing;
            if (failing)
            {
                LogFailing(exception!);
            }
            else
            {
                LogBack();
            }
        }
    }

    [LoggerMessage(4201, LogLevel.Warning, "Revocations cannot be read; those known stay, and reading is tried again every second.")]
    private partial void LogFailing(Exception exception);

    [LoggerMessage(4202, LogLevel.Information, "Revocations are read again.")]
    private partial void LogBack();

    [LoggerMessage(4203, LogLevel.Error, "A receiver of revocation {Id} failed.")]
    private partial void LogReceiver(Exception exception, string id);
}
