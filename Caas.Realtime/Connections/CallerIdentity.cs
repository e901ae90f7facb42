using System.Security.Claims;
using Caas.Core.Callers;
using Microsoft.AspNetCore.SignalR;

namespace Caas.Realtime.Connections;

/// <summary>The proven caller of a connection, carried by ASP.NET Core's principal.</summary>
internal sealed class CallerIdentity(Caller caller) : ClaimsIdentity([new Claim(ClaimTypes.NameIdentifier, UserKey(caller.Tenant, caller.RequireUser()))], "Caas")
{
    public Caller Caller { get; } = caller;

    public static ClaimsPrincipal PrincipalOf(Caller caller) => new(new CallerIdentity(caller));

    public static Caller? CallerOf(ClaimsPrincipal? principal) => (principal?.Identity as CallerIdentity)?.Caller;

    /// <summary><c>tenant/user</c>: what SignalR's backplane knows a user by. Two tenants' users never share one.</summary>
    public static string UserKey(TenantId tenant, UserId user) => $"{tenant.Value}/{user.Value}";
}

/// <summary>Names users for SignalR, behind their tenant.</summary>
internal sealed class TenantUserIdProvider : IUserIdProvider
{
    public string? GetUserId(HubConnectionContext connection) => connection.User.FindFirstValue(ClaimTypes.NameIdentifier);
}
