using System.Net;
using Caas.Gateway.Negotiate;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Client;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Caas.Tests.Gateway;

[Collection<GatewayCollection>]
public sealed class NegotiateTests(GatewayFixture gateway) : IDisposable
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public void Dispose() => gateway.Replicas.Live = [];

    [Fact]
    public async Task A_user_is_sent_to_the_least_loaded_replica_with_its_own_token()
    {
        gateway.Replicas.Live = [new("a", "http://localhost:13002", 40), new("b", "http://localhost:13003/", 4)];
        var (alice, token) = await SignInAsync();
        var answer = (await alice.PostAsync("/realtime/negotiate?negotiateVersion=1")).Expect(HttpStatusCode.OK);
        Assert.Equal("http://localhost:13003/realtime", answer["url"].GetString());
        Assert.Equal(token, answer["accessToken"].GetString());
        Assert.Equal(0, answer["negotiateVersion"].GetInt32());
    }

    [Fact]
    public async Task A_token_in_the_query_works_and_other_parameters_go_on_to_the_replica()
    {
        gateway.Replicas.Live = [new("a", "https://chat.example.com", 0)];
        var (_, token) = await SignInAsync();
        var answer = (await gateway.Anyone.PostAsync($"/realtime/negotiate?negotiateVersion=1&access_token={token}&device=phone&useStatefulReconnect=true")).Expect(HttpStatusCode.OK);
        Assert.Equal("https://chat.example.com/realtime?device=phone", answer["url"].GetString());
        Assert.Equal(token, answer["accessToken"].GetString());
    }

    [Fact]
    public async Task Without_a_live_replica_it_is_unavailable()
    {
        var (alice, _) = await SignInAsync();
        var answer = (await alice.PostAsync("/realtime/negotiate")).ExpectProblem(HttpStatusCode.ServiceUnavailable, "unavailable");
        Assert.NotNull(answer.Header("Retry-After"));
    }

    [Fact]
    public async Task Only_user_tokens_negotiate()
    {
        var tenant = await gateway.CreateTenantAsync();
        (await gateway.Anyone.PostAsync("/realtime/negotiate")).ExpectProblem(HttpStatusCode.Unauthorized, "unauthenticated");
        (await gateway.Anyone.PostAsync("/realtime/negotiate?access_token=nonsense")).ExpectProblem(HttpStatusCode.Unauthorized, "unauthenticated");
        (await tenant.Backend.PostAsync("/realtime/negotiate")).ExpectProblem(HttpStatusCode.Forbidden, "not_allowed");
        (await gateway.Admin.PostAsync("/realtime/negotiate")).ExpectProblem(HttpStatusCode.Forbidden, "not_allowed");
    }

    [Fact]
    public async Task A_SignalR_client_follows_to_the_replica_and_its_token_goes_along()
    {
        await using var replica = await StartReplicaAsync();
        gateway.Replicas.Live = [new("a", replica.Urls.First(), 0)];
        var (_, token) = await SignInAsync();
        await using var connection = new HubConnectionBuilder().WithUrl(new Uri(gateway.Address, "/realtime"), options => options.AccessTokenProvider = () => Task.FromResult<string?>(token)).Build();
        await connection.StartAsync(Cancelled);
        Assert.Equal(token, await connection.InvokeAsync<string>(nameof(EchoHub.Token), Cancelled));
    }

    [Fact]
    public async Task A_wave_of_clients_spreads_over_the_replicas_before_their_leases_are_renewed()
    {
        var directory = new LocalReplicas { Live = [new("a", "http://a", 10), new("b", "http://b", 13), new("c", "http://c", 10)] };
        var chooser = new ReplicaChooser(directory, new FakeTimeProvider());
        var chosen = new List<string>();
        for (var i = 0; i < 27; i++)
        {
            chosen.Add((await chooser.ChooseAsync(Cancelled))!.Id);
        }

        // 10 + 10, 13 + 7, 10 + 10: level.
        Assert.Equal([("a", 10), ("b", 7), ("c", 10)], chosen.GroupBy(id => id).OrderBy(group => group.Key, StringComparer.Ordinal).Select(group => (group.Key, group.Count())));
    }

    [Fact]
    public async Task Assigned_clients_are_counted_once_when_their_replica_renews_its_lease()
    {
        var (clock, directory) = (new FakeTimeProvider(), new LocalReplicas { Live = [new("a", "http://a", 0)] });
        var chooser = new ReplicaChooser(directory, clock);
        for (var i = 0; i < 5; i++)
        {
            await chooser.ChooseAsync(Cancelled);
        }

        clock.Advance(TimeSpan.FromSeconds(2));
        directory.Live = [new("a", "http://a", 5), new("b", "http://b", 6)];
        Assert.Equal("a", (await chooser.ChooseAsync(Cancelled))!.Id);
    }

    [Fact]
    public async Task A_client_that_was_assigned_and_never_came_is_forgotten()
    {
        var (clock, directory) = (new FakeTimeProvider(), new LocalReplicas { Live = [new("a", "http://a", 0), new("b", "http://b", 1)] });
        var chooser = new ReplicaChooser(directory, clock);
        Assert.Equal("a", (await chooser.ChooseAsync(Cancelled))!.Id);
        clock.Advance(TimeSpan.FromSeconds(11));
        Assert.Equal("a", (await chooser.ChooseAsync(Cancelled))!.Id);
    }

    private async Task<(Api Api, string Token)> SignInAsync()
    {
        var tenant = await (await gateway.CreateTenantAsync()).WithUsersAsync("alice");
        var token = (await tenant.Backend.PostAsync("/v1/users/alice/tokens")).Expect(HttpStatusCode.Created)["token"].GetString()!;
        return (gateway.Anyone.With("Authorization", $"Bearer {token}"), token);
    }

    private static async Task<WebApplication> StartReplicaAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        builder.Services.AddSignalR();
        var app = builder.Build();
        app.MapHub<EchoHub>("/realtime");
        await app.StartAsync(Cancelled);
        return app;
    }

    private sealed class EchoHub : Hub
    {
        /// <summary>The token that the connection came with.</summary>
        public string Token()
        {
            var request = Context.GetHttpContext()!.Request;
            return request.Query["access_token"].ToString() is { Length: > 0 } inQuery ? inQuery : request.Headers.Authorization.ToString()["Bearer ".Length..];
        }
    }
}
