using System.Net;
using Caas.Contracts;
using Caas.Core.Ids;
using Caas.Core.Presence;
using Caas.Tests.Gateway;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Caas.Tests.Presence;

[Collection<GatewayCollection>]
public sealed class PresenceEndpointTests(GatewayFixture gateway)
{
    private const string Path = "/v1/presence";

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_a_user_wants_to_be_seen_as_shows_while_a_device_is_connected()
    {
        var tenant = await (await gateway.CreateTenantAsync()).WithUsersAsync("alice", "bob");
        var (alice, bob) = (await tenant.SignInAsync("alice"), await tenant.SignInAsync("bob"));
        Assert.Equal("""{"userId":"alice","status":"offline","text":"In Paris","lastSeenAt":null}""", (await alice.PutAsync(Path, new { status = "busy", text = "In Paris" })).Expect(HttpStatusCode.OK).Text);
        await ReportAsync(tenant.Id, "alice", LocalPresence.Active);
        var both = (await bob.GetAsync($"{Path}?userIds=alice,nobody&userIds=alice")).Expect(HttpStatusCode.OK);
        Assert.Equal("""{"items":[{"userId":"alice","status":"busy","text":"In Paris","lastSeenAt":null},{"userId":"nobody","status":"offline","text":null,"lastSeenAt":null}],"next":null}""", both.Text);

        Assert.Equal("invisible", (await tenant.OnBehalfOf("alice").PutAsync(Path, new { status = "offline" })).Expect(HttpStatusCode.OK)["status"].GetString());
        Assert.Equal("offline", (await bob.GetAsync($"{Path}?userIds=alice")).Expect(HttpStatusCode.OK).Items[0].GetProperty("status").GetString());
        Assert.Equal("offline", (await tenant.Backend.GetAsync($"{Path}?userIds=alice")).Expect(HttpStatusCode.OK).Items[0].GetProperty("status").GetString());
        Assert.NotNull((await bob.GetAsync($"{Path}?userIds=alice")).Items[0].GetProperty("lastSeenAt").GetString());
        Assert.Equal("invisible", (await alice.GetAsync($"{Path}?userIds=alice")).Expect(HttpStatusCode.OK).Items[0].GetProperty("status").GetString());

        var other = await (await gateway.CreateTenantAsync()).WithUsersAsync("alice");
        Assert.Equal("""{"items":[{"userId":"alice","status":"offline","text":null,"lastSeenAt":null}],"next":null}""", (await other.Backend.GetAsync($"{Path}?userIds=alice")).Text);
    }

    [Fact]
    public async Task What_the_directory_forgot_is_told_from_the_store()
    {
        var tenant = await (await gateway.CreateTenantAsync()).WithUsersAsync("alice", "bob", "carol");
        var store = gateway.Services.GetRequiredService<IPresenceStore>();
        var (at, acme) = (DateTimeOffset.FromUnixTimeMilliseconds(1_900_000_000_000), new TenantId(tenant.Id));
        await store.SaveSeenAsync([new(acme, new("alice"), at)], Cancelled);
        await store.SaveChoiceAsync(acme, new("alice"), new(PresenceStatus.Busy, "In Paris", at, null), Cancelled);
        await store.SaveChoiceAsync(acme, new("bob"), new(PresenceStatus.Invisible, "Nobody knows", at, null), Cancelled);
        await store.SaveChoiceAsync(acme, new("carol"), new(PresenceStatus.Busy, "Until then", at.AddYears(-20), at.AddYears(-19)), Cancelled);
        var found = (await tenant.Backend.GetAsync($"{Path}?userIds=alice,bob,carol")).Expect(HttpStatusCode.OK);
        Assert.Equal(
            """{"items":[{"userId":"alice","status":"offline","text":"In Paris","lastSeenAt":"2030-03-17T17:46:40+00:00"},{"userId":"bob","status":"offline","text":null,"lastSeenAt":null},{"userId":"carol","status":"offline","text":null,"lastSeenAt":null}],"next":null}""",
            found.Text);

        // Who chooses something else while nobody knows more is answered, and told of, with the same time.
        var chosen = (await tenant.OnBehalfOf("alice").PutAsync(Path, new { status = "away", text = "In Rome" })).Expect(HttpStatusCode.OK);
        Assert.Equal("""{"userId":"alice","status":"offline","text":"In Rome","lastSeenAt":"2030-03-17T17:46:40+00:00"}""", chosen.Text);
    }

    [Fact]
    public async Task The_summary_counts_one_tenants_users()
    {
        var tenant = await (await gateway.CreateTenantAsync()).WithUsersAsync("alice", "bob");
        await ReportAsync(tenant.Id, "alice", LocalPresence.Active);
        await ReportAsync(tenant.Id, "bob", LocalPresence.Idle);
        await ReportAsync(tenant.Id, "bob", LocalPresence.None);
        var summary = (await tenant.Backend.GetAsync($"{Path}/summary")).Expect(HttpStatusCode.OK);
        Assert.Equal((1, 0, 2, 1), (summary["online"].GetInt32(), summary["away"].GetInt32(), summary["peakToday"].GetInt32(), summary["sessions"].GetProperty("ended").GetInt32()));
        (await tenant.OnBehalfOf("alice").GetAsync($"{Path}/summary")).ExpectProblem(HttpStatusCode.BadRequest, "validation_failed", "X-On-Behalf-Of");
    }

    [Theory]
    [InlineData("""{"status":"asleep"}""", "status")]
    [InlineData("""{}""", "status")]
    [InlineData("""{"status":"busy","expiresAt":"2020-01-01T00:00:00Z"}""", "expiresAt")]
    [InlineData("""{"status":"busy","expiresAt":"9999-01-01T00:00:00Z"}""", "expiresAt")]
    [InlineData("""{"status":"busy","expiresAt":"2099-01-01T00:00:00"}""", "expiresAt")]
    [InlineData("""{"status":"busy","expiresAt":"2099-01-01"}""", "expiresAt")]
    [InlineData("""{"status":"busy","text":"a\u0000b"}""", "text")]
    [InlineData("""{"status":3}""", "status")]
    public async Task What_cannot_be_is_refused(string body, string field)
    {
        var tenant = await (await gateway.CreateTenantAsync()).WithUsersAsync("alice");
        (await tenant.OnBehalfOf("alice").PutAsync(Path, body)).ExpectProblem(HttpStatusCode.BadRequest, "validation_failed", field);
        (await tenant.Backend.PutAsync(Path, """{"status":"busy"}""")).ExpectProblem(HttpStatusCode.BadRequest, "on_behalf_of_required");
    }

    [Theory]
    [InlineData("")]
    [InlineData("?userIds=")]
    [InlineData("?userIds=a%20b")]
    [InlineData("?userIds=a,,b")]
    public async Task Ids_must_be_named(string query)
    {
        var tenant = await gateway.CreateTenantAsync();
        (await tenant.Backend.GetAsync(Path + query)).ExpectProblem(HttpStatusCode.BadRequest, "validation_failed", "userIds");
    }

    private async Task ReportAsync(string tenant, string user, LocalPresence devices)
    {
        var directory = gateway.Services.GetRequiredService<IPresenceDirectory>();
        await directory.TickAsync("replica", TimeSpan.FromHours(1), Cancelled);
        await directory.ReportAsync("replica", [new(new TenantId(tenant), new UserId(user), devices)], Cancelled);
    }
}
