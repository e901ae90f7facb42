using System.Net;
using Caas.Core.Users;
using Caas.Tests.Gateway;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Caas.Tests.Notifications;

[Collection<GatewayCollection>]
public sealed class NotificationPreferenceTests(GatewayFixture gateway)
{
    private const string Path = "/v1/notification-preferences";
    private const string Defaults = """{"channels":{"inApp":true,"push":true,"email":false},"types":{"messages":{"enabled":true,"priority":"normal"},"mentions":{"enabled":true,"priority":"high"},"calls":{"enabled":true,"priority":"urgent"},"system":{"enabled":true,"priority":"normal"}},"conversations":{},"quietHours":null,"language":null,"email":{"address":null,"afterMinutes":15}}""";

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Everything_has_a_default_and_what_is_put_replaces_all_of_it()
    {
        var tenant = await (await gateway.CreateTenantAsync()).WithUsersAsync("alice", "bob");
        var alice = await tenant.SignInAsync("alice");
        Assert.Equal(Defaults, (await alice.GetAsync(Path)).Expect(HttpStatusCode.OK).Text);
        const string Wanted = """{"channels":{"push":false},"types":{"messages":{"priority":"low"}},"conversations":{"room":{"level":"mentions","until":"2030-01-01T00:00:00Z"}},"quietHours":{"timeZone":"Europe/Berlin","from":"22:00","to":"07:00","days":["friday"]},"language":"pt-BR","email":{"afterMinutes":60}}""";
        var put = (await alice.PutAsync(Path, Wanted)).Expect(HttpStatusCode.OK).Text;
        Assert.Equal(put, (await tenant.OnBehalfOf("alice").GetAsync(Path)).Expect(HttpStatusCode.OK).Text);
        Assert.Contains("\"channels\":{\"inApp\":true,\"push\":false,\"email\":false}", put, StringComparison.Ordinal);
        Assert.Contains("\"messages\":{\"enabled\":true,\"priority\":\"low\"}", put, StringComparison.Ordinal);
        Assert.Equal(Defaults, (await tenant.OnBehalfOf("bob").GetAsync(Path)).Expect(HttpStatusCode.OK).Text);
        Assert.Equal(Defaults, (await alice.PutAsync(Path, "{}")).Expect(HttpStatusCode.OK).Text);
    }

    [Fact]
    public async Task They_stand_in_the_users_log_once_per_change_and_survive_a_new_profile()
    {
        var tenant = await (await gateway.CreateTenantAsync()).WithUsersAsync("alice");
        for (var i = 0; i < 3; i++)
        {
            (await tenant.OnBehalfOf("alice").PutAsync(Path, """{"conversations":{"b":{"level":"none"},"a":{"level":"all","priority":"urgent"}}}""")).Expect(HttpStatusCode.OK);
        }

        (await tenant.Backend.PutAsync("/v1/users/alice", new { name = "Another" })).Expect(HttpStatusCode.OK);
        var log = Caas.Core.Entries.LogId.OfUser(new(tenant.Id), new("alice"));
        var entries = await gateway.Services.GetRequiredService<Caas.Core.Entries.IEntryStore>().ReadAfterAsync(log, 0, 10, Cancelled);
        Assert.Equal(["user.created", "notification_preferences.changed", "user.changed"], entries.Select(entry => entry.Type));
        var stored = await gateway.Services.GetRequiredService<IUserStore>().FindAsync(new(tenant.Id), new("alice"), Cancelled);
        Assert.Equal(["b", "a"], stored!.Notifications.Conversations.Keys);
    }

    [Fact]
    public async Task The_address_is_the_backends_to_set_and_stays_when_a_user_says_nothing_of_it()
    {
        var tenant = await (await gateway.CreateTenantAsync()).WithUsersAsync("alice");
        var alice = await tenant.SignInAsync("alice");
        (await alice.PutAsync(Path, """{"email":{"address":"somebody@example.com"}}""")).ExpectProblem(HttpStatusCode.Forbidden, "not_allowed");
        (await tenant.OnBehalfOf("alice").PutAsync(Path, """{"email":{"address":"alice@example.com"}}""")).Expect(HttpStatusCode.OK);
        Assert.Contains("alice@example.com", (await alice.PutAsync(Path, """{"channels":{"email":true}}""")).Expect(HttpStatusCode.OK).Text, StringComparison.Ordinal);
        Assert.Contains("alice@example.com", (await alice.PutAsync(Path, """{"email":{"address":"alice@example.com"}}""")).Expect(HttpStatusCode.OK).Text, StringComparison.Ordinal);
        Assert.DoesNotContain("alice@example.com", (await tenant.OnBehalfOf("alice").PutAsync(Path, "{}")).Expect(HttpStatusCode.OK).Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"quietHours":{"timeZone":"Berlin","from":"22:00","to":"07:00"}}""", "quietHours.timeZone")]
    [InlineData("""{"quietHours":{"timeZone":"../../etc/passwd","from":"22:00","to":"07:00"}}""", "quietHours.timeZone")]
    [InlineData("""{"quietHours":{"timeZone":"W. Europe Standard Time","from":"22:00","to":"07:00"}}""", "quietHours.timeZone")]
    [InlineData("""{"quietHours":{"timeZone":"UTC","from":"24:00","to":"07:00"}}""", "quietHours.from")]
    [InlineData("""{"quietHours":{"timeZone":"UTC","from":"22:00","to":"7:00"}}""", "quietHours.to")]
    [InlineData("""{"quietHours":{"timeZone":"UTC","from":"22:00","to":"07:00","days":[]}}""", "quietHours.days")]
    [InlineData("""{"conversations":{"a/b":{"level":"all"}}}""", "conversations")]
    [InlineData("""{"conversations":{"a":null}}""", "conversations")]
    [InlineData("""{"language":"a language"}""", "language")]
    [InlineData("""{"email":{"afterMinutes":0}}""", "email.afterMinutes")]
    [InlineData("""{"email":{"address":"a@b.c, d@e.f"}}""", "email.address")]
    [InlineData("""{"channels":{"sms":true}}""", "channels.sms")]
    [InlineData("""{"quiet":{}}""", "quiet")]
    public async Task What_cannot_be_meant_is_refused(string body, string field)
    {
        var tenant = await (await gateway.CreateTenantAsync()).WithUsersAsync("alice");
        (await tenant.OnBehalfOf("alice").PutAsync(Path, body)).ExpectProblem(HttpStatusCode.BadRequest, "validation_failed", field);
    }
}
