using System.Net;
using System.Net.Http.Headers;
using Caas.Contracts;
using Caas.Tests.Client;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Client;
using Xunit;

namespace Caas.Tests.Across;

/// <summary>Whoever is refused at the gateway or at a replica stands in the one audit log of the tenant.</summary>
[Collection<TwoReplicasCollection>]
public sealed class AuditAcrossReplicasTests(TwoReplicas platform)
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_revoked_token_that_knocks_at_both_replicas_and_the_gateway_is_told_by_each_of_them()
    {
        await using var tenant = await platform.FoundAsync("alice");
        var token = (await tenant.Backend.Tokens.CreateAsync("alice", cancellationToken: Cancelled)).Token;
        await tenant.Backend.Tokens.RevokeAsync(new(Token: token), cancellationToken: Cancelled);
        using var http = new HttpClient();
        foreach (var door in tenant.Replicas.Append(platform.Gateway))
        {
            // Revocations count everywhere within 5 s.
            await Eventually.HoldsAsync(async () => await KnockAsync(http, door, token) == HttpStatusCode.Unauthorized ? null : $"{door} lets it in", Cancelled);
        }

        var told = await ListAsync(tenant, 3);
        Assert.All(told, entry => Assert.Equal(("auth.failed", "token_revoked", "user:alice"), (entry.Action, entry.Reason, entry.Actor)));
        Assert.All(told, entry => Assert.Contains(entry.IpAddress, (string[])["127.0.0.1", "::1"]));
    }

    [Fact]
    public async Task Another_users_token_for_a_connection_that_is_open_is_told()
    {
        await using var tenant = await platform.FoundAsync("alice", "bob");
        var tokens = new[] { (await tenant.Backend.Tokens.CreateAsync("alice", cancellationToken: Cancelled)).Token, (await tenant.Backend.Tokens.CreateAsync("bob", cancellationToken: Cancelled)).Token };
        foreach (var replica in tenant.Replicas)
        {
            await using var hub = new HubConnectionBuilder().WithUrl(new Uri(replica, "/realtime"), options => options.AccessTokenProvider = () => Task.FromResult<string?>(tokens[0])).Build();
            await hub.StartAsync(Cancelled).Soon();
            await Assert.ThrowsAsync<HubException>(() => hub.InvokeAsync("Authenticate", tokens[1], Cancelled));
            await hub.InvokeAsync("Authenticate", tokens[0], Cancelled).Soon();
        }

        var told = await ListAsync(tenant, 2);
        Assert.All(told, entry => Assert.Equal(("other_user", "user:alice", "alice"), (entry.Reason, entry.Actor, entry.Target["userId"])));
        Assert.All(told, entry => Assert.NotNull(entry.IpAddress));
    }

    private static async Task<HttpStatusCode> KnockAsync(HttpClient http, Uri door, string token)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(door, "/realtime/negotiate?negotiateVersion=1"));
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        using var response = await http.SendAsync(request, Cancelled);
        return response.StatusCode;
    }

    private static async Task<IReadOnlyList<AuditEntryResponse>> ListAsync(TenantOnTwoReplicas tenant, int count)
    {
        List<AuditEntryResponse> found = [];
        await Eventually.HoldsAsync(
            async () => (found = await tenant.Backend.Audit.ListAsync(new(Action: "auth.failed"), Cancelled).ToListAsync(Cancelled)).Count >= count ? null : $"{found.Count} of {count} records",
            Cancelled);
        Assert.Equal(count, found.Count);
        return found;
    }
}
