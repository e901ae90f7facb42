using System.Diagnostics.CodeAnalysis;
using Caas.Realtime.Hubs;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Protocol;

namespace Caas.Realtime.Connections;

/// <summary>
/// SignalR's connections of this replica: each is registered for our own delivery, and what is addressed to users goes through <see cref="UserMessages"/>. SignalR's backplane would
/// subscribe to two channels for every connection. Conversations have watchers instead of groups, and no two tenants are ever told the same: groups and "all" are not there.
/// </summary>
internal sealed class UserLifetimeManager(ConnectionRegistrar registrar, LocalConnections connections, UserMessages messages) : HubLifetimeManager<RealtimeHub>
{
    /// <summary>Who connects does not wait longer for the first subscription of its tenant.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(500);

    public override async Task OnConnectedAsync(HubConnectionContext connection)
    {
        var tenant = registrar.Add(connection).Tenant;
        var followed = messages.FollowAsync(tenant);
        if (!followed.IsCompleted)
        {
            await followed.WaitAsync(Patience).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    public override Task OnDisconnectedAsync(HubConnectionContext connection)
    {
        registrar.Remove(connection);
        return Task.CompletedTask;
    }

    /// <param name="userId"><c>tenant/user</c>.</param>
    public override Task SendUserAsync(string userId, string methodName, object?[] args, CancellationToken cancellationToken = default) => SendUsersAsync([userId], methodName, args, cancellationToken);

    public override Task SendUsersAsync(IReadOnlyList<string> userIds, string methodName, object?[] args, CancellationToken cancellationToken = default)
    {
        messages.Send(userIds, methodName, args);
        return Task.CompletedTask;
    }

    /// <summary>A connection is known where it is, and nowhere else.</summary>
    public override Task SendConnectionAsync(string connectionId, string methodName, object?[] args, CancellationToken cancellationToken = default) =>
        SendConnectionsAsync([connectionId], methodName, args, cancellationToken);

    public override Task SendConnectionsAsync(IReadOnlyList<string> connectionIds, string methodName, object?[] args, CancellationToken cancellationToken = default)
    {
        var message = new SerializedHubMessage(new InvocationMessage(methodName, args));
        foreach (var id in connectionIds)
        {
            if (connections.TryGet(id, out var connection))
            {
                connection.Send(message);
            }
        }

        return Task.CompletedTask;
    }

    public override Task SendAllAsync(string methodName, object?[] args, CancellationToken cancellationToken = default) => throw NotHere();

    public override Task SendAllExceptAsync(string methodName, object?[] args, IReadOnlyList<string> excludedConnectionIds, CancellationToken cancellationToken = default) => throw NotHere();

    public override Task SendGroupAsync(string groupName, string methodName, object?[] args, CancellationToken cancellationToken = default) => throw NotHere();

    public override Task SendGroupsAsync(IReadOnlyList<string> groupNames, string methodName, object?[] args, CancellationToken cancellationToken = default) => throw NotHere();

    public override Task SendGroupExceptAsync(string groupName, string methodName, object?[] args, IReadOnlyList<string> excludedConnectionIds, CancellationToken cancellationToken = default) => throw NotHere();

    public override Task AddToGroupAsync(string connectionId, string groupName, CancellationToken cancellationToken = default) => throw NotHere();

    public override Task RemoveFromGroupAsync(string connectionId, string groupName, CancellationToken cancellationToken = default) => throw NotHere();

    /// <summary>No client is ever asked for a result: an answer to nothing.</summary>
    public override Task SetConnectionResultAsync(string connectionId, CompletionMessage result) => Task.CompletedTask;

    public override bool TryGetReturnType(string invocationId, [NotNullWhen(true)] out Type? type)
    {
        type = null;
        return false;
    }

    private static NotSupportedException NotHere() => new("Conversations have watchers instead of groups, and no two tenants are told the same: address users.");
}
