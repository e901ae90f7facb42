using System.Text.Json;
using Caas.Core.Delivery;
using Caas.Realtime.Delivery;
using Caas.Realtime.Protocols;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Protocol;

namespace Caas.Realtime.Connections;

/// <summary>What stands on a tenant's channel of messages to users.</summary>
/// <param name="Origin">Who said it: a replica drops its own echo.</param>
internal sealed record UserMessage(string Origin, IReadOnlyList<string> Users, string Method, IReadOnlyList<JsonElement> Arguments);

/// <summary>
/// Calls that are addressed to users, wherever they are connected: made here at once, with or without Redis, and told to the other replicas through the tenant's channel, which a replica follows
/// from the first connection of the tenant on. One subscription for a tenant, none for a user or a connection.
/// </summary>
internal sealed partial class UserMessages
{
    private static readonly JsonElement Null = JsonElement.Parse("null");

    private readonly string _origin;
    private readonly IConversationChannels _channels;
    private readonly LocalConnections _connections;
    private readonly ILogger<UserMessages> _logger;
    private readonly TenantChannels _tenants;

    public UserMessages(IConversationChannels channels, LocalConnections connections, IdGenerator ids, ILogger<UserMessages> logger)
    {
        (_channels, _connections, _logger, _origin) = (channels, connections, logger, ids.Next());
        _tenants = new(channels, ChannelOf, Receive, LogNotFollowed);
    }

    /// <summary>The channel: beside those of the tenant's conversations, under a name that no conversation can have.</summary>
    public static LogId ChannelOf(TenantId tenant) => new(tenant, "$users");

    /// <summary>Ends when what is told of the tenant's users is heard here, or cannot be.</summary>
    public Task FollowAsync(TenantId tenant) => _tenants.FollowAsync(tenant);

    /// <param name="users">As <see cref="CallerPrincipal.UserKey"/> names them; who is not connected gets nothing.</param>
    /// <exception cref="NotSupportedException">An argument is of no type of the contract.</exception>
    public void Send(IReadOnlyList<string> users, string method, object?[] arguments)
    {
        foreach (var tenant in users.Select(user => user.Split('/')).Where(key => key.Length == 2).GroupBy(key => new TenantId(key[0]), key => key[1]))
        {
            var message = new UserMessage(_origin, [.. tenant], method, [.. arguments.Select(Json)]);
            var payload = JsonSerializer.SerializeToUtf8Bytes(message, RealtimeJsonContext.Default.UserMessage);
            Deliver(tenant.Key, message.Users, new(new InvocationMessage(method, arguments)), payload.Length);
            _channels.Publish(ChannelOf(tenant.Key), payload);
        }
    }

    private static JsonElement Json(object? argument) => argument is null ? Null : JsonSerializer.SerializeToElement(argument, argument.GetType(), HubJson.Options);

    private void Receive(TenantId tenant, ReadOnlyMemory<byte> payload)
    {
        try
        {
            var message = JsonSerializer.Deserialize(payload.Span, RealtimeJsonContext.Default.UserMessage);
            if (message is not null && message.Origin != _origin)
            {
                object?[] arguments = [.. message.Arguments.Select(argument => argument.ValueKind == JsonValueKind.Null ? null : (object)argument)];
                Deliver(tenant, message.Users, new(new InvocationMessage(message.Method, arguments)), payload.Length);
            }
        }
        catch (JsonException)
        {
            LogMalformed(tenant, payload.Length);
        }
    }

    private void Deliver(TenantId tenant, IReadOnlyList<string> users, SerializedHubMessage message, int size)
    {
        foreach (var user in users)
        {
            foreach (var connection in _connections.OfUser(tenant, new(user)))
            {
                connection.Send(message, size);
            }
        }
    }

    [LoggerMessage(3141, LogLevel.Warning, "Could not follow what is told to users of tenant {Tenant}; its next connection tries again.")]
    private partial void LogNotFollowed(Exception exception, TenantId tenant);

    [LoggerMessage(3143, LogLevel.Warning, "Dropped a payload of {Bytes} bytes on the channel of messages to users of tenant {Tenant}: it is none.")]
    private partial void LogMalformed(TenantId tenant, int bytes);
}
