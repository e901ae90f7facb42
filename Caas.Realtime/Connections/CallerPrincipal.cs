using System.Security.Claims;
using Caas.Core.Callers;
using Microsoft.AspNetCore.SignalR;

namespace Caas.Realtime.Connections;

/// <summary>The proven caller of a connection, as ASP.NET Core's principal: it carries nothing else, since it is kept for as long as the connection.</summary>
internal sealed class CallerPrincipal(Caller caller) : ClaimsPrincipal
{
    public Caller Caller { get; } = caller;

    public static Caller? CallerOf(ClaimsPrincipal? principal) => (principal as CallerPrincipal)?.Caller;

    /// <summary><c>tenant/user</c>: what SignalR knows a user by. Two tenants' users never share one.</summary>
    public static string UserKey(TenantId tenant, UserId user) => $"{tenant.Value}/{user.Value}";
}

/// <summary>Names no connection's user to SignalR: what is addressed to users finds them among <see cref="LocalConnections"/>.</summary>
internal sealed class NoUserIdProvider : IUserIdProvider
{
    public string? GetUserId(HubConnectionContext connection) => null;
}
