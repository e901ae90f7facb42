using System.Collections.Concurrent;
using Caas.Core.Calls;
using Caas.Core.Tokens;
using Caas.Realtime.Connections;

namespace Caas.Realtime.Calls;

/// <summary>Which of this replica's connections are in a call, as it was known last. Says so when one is lost, and when somebody may no longer be in a call.</summary>
internal sealed partial class LocalCalls(CallChanges changes, ICallDirectory directory, LocalConnections connections, ILogger<LocalCalls> logger) : IConnectionObserver
{
    private readonly ConcurrentDictionary<string, (string User, CallState Call)> _entered = new(StringComparer.Ordinal);

    /// <summary>The calls that this replica's devices are in, each once.</summary>
    public IReadOnlyList<CallState> All => [.. _entered.Values.Select(entered => entered.Call).OrderByDescending(call => call.Version).DistinctBy(call => call.Key())];

    public void Enter(RealtimeConnection connection, CallState call)
    {
        _entered[connection.Id] = (connection.User.Value, call);
        if (!connections.TryGet(connection.Id, out _))
        {
            Left(connection); // It went while it entered.
        }
    }

    /// <summary>A call is another than it was: who has left it, or went on with it on another device, is in it here no more. Of one that is over the devices are still to be told.</summary>
    public void See(CallState call)
    {
        foreach (var (id, entered) in _entered.Where(pair => call.EndedAt is null && pair.Value.Call.Key() == call.Key() && pair.Value.Call.Version < call.Version))
        {
            _ = call.SeatOf(entered.User)?.Connection == id ? _entered.TryUpdate(id, (entered.User, call), (entered.User, entered.Call)) : _entered.TryRemove(KeyValuePair.Create(id, entered));
        }
    }

    /// <summary>Who has entered which call here.</summary>
    public HashSet<(CallKey Call, UserId User)> Entered() => [.. _entered.Values.Select(entered => (entered.Call.Key(), new UserId(entered.User)))];

    /// <summary>Somebody is in a call on a connection of this replica that knows nothing of it: it was lost when that could not be kept, or was answered that the call could not begin.</summary>
    public Task LoseAsync(CallKey key, UserId user) =>
        TryAsync(key, call => call.SeatOf(user.Value) is { Connection: { } id } && !Entered().Contains((key, user)) ? CallMachine.Lose(call, user.Value, id, changes.Times, changes.Now) : new(call, []));

    /// <summary>The connection is gone: its user may come back on another one.</summary>
    public void Left(RealtimeConnection connection)
    {
        if (_entered.TryRemove(connection.Id, out var entered))
        {
            _ = TryAsync(entered.Call.Key(), call => CallMachine.Lose(call, entered.User, connection.Id, changes.Times, changes.Now));
        }
    }

    /// <summary>A call is over, or nothing is known of it any more.</summary>
    /// <returns>The connections that were in it here.</returns>
    public IReadOnlyList<string> Forget(CallKey key)
    {
        string[] ids = [.. _entered.Where(pair => pair.Value.Call.Key() == key).Select(pair => pair.Key)];
        return [.. ids.Where(id => _entered.TryRemove(id, out _))];
    }

    /// <summary>Who was banned, removed from a conversation or deactivated is taken out of its calls; a conversation that is deleted has none.</summary>
    public void Apply(Revocation revocation) => _ = ApplyAsync(revocation);

    private async Task ApplyAsync(Revocation revocation)
    {
        try
        {
            switch (revocation)
            {
                case { Kind: RevocationKind.ConversationDeleted, Conversation: { } conversation }:
                    if (await directory.FindInAsync(revocation.Tenant, conversation, CancellationToken.None) is { } call)
                    {
                        await TryAsync(new(revocation.Tenant, call), one => CallMachine.End(one, changes.Now, CallOutcome.Completed));
                    }

                    break;
                case { Kind: RevocationKind.MemberRemoved or RevocationKind.Banned, Conversation: { } conversation, User: { } user }:
                    if (await directory.FindInAsync(revocation.Tenant, conversation, CancellationToken.None) is { } left)
                    {
                        await RemoveAsync(new(revocation.Tenant, left), user);
                    }

                    break;
                case { Kind: RevocationKind.Banned or RevocationKind.UserDeactivated, Conversation: null, User: { } user }:
                    foreach (var one in await directory.OfUserAsync(revocation.Tenant, user, CancellationToken.None))
                    {
                        await RemoveAsync(new(revocation.Tenant, one.CallId), user);
                    }

                    break;
            }
        }
        catch (StoreUnavailableException exception)
        {
            LogNotDone(exception);
        }
    }

    private Task RemoveAsync(CallKey key, UserId user) => TryAsync(key, call => CallMachine.Remove(call, user.Value, changes.Times, changes.Now));

    private async Task TryAsync(CallKey key, Func<CallState, CallStep> change)
    {
        try
        {
            await changes.ChangeAsync(key, change, CancellationToken.None);
        }
        catch (RefusedException refused) when (refused.Refusal == Refusal.CallNotFound)
        {
            // It is over already.
        }
        catch (Exception exception) when (exception is StoreUnavailableException or RefusedException)
        {
            LogNotDone(exception); // Where Redis has lost it, the sweep finds that out.
        }
    }

    [LoggerMessage(3201, LogLevel.Warning, "A change of a call could not be kept.")]
    private partial void LogNotDone(Exception exception);
}
