using System.Net;
using Caas.Core.Ids;
using Caas.Core.Privacy;
using Caas.Tests.Gateway;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Caas.Tests.Privacy;

[Collection<GatewayCollection>]
public sealed class PrivacyTests(GatewayFixture gateway)
{
    private const string Path = "/v1/privacy";

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Everything_is_on_until_the_user_or_the_backend_for_the_user_says_otherwise()
    {
        var tenant = await (await gateway.CreateTenantAsync()).WithUsersAsync("alice", "bob");
        var alice = await tenant.SignInAsync("alice");
        Assert.Equal("""{"readReceipts":true,"deliveryReceipts":true,"typing":true}""", (await alice.GetAsync(Path)).Expect(HttpStatusCode.OK).Text);
        (await alice.PutAsync(Path, """{"readReceipts":false,"typing":false}""")).Expect(HttpStatusCode.OK);
        Assert.Equal("""{"readReceipts":false,"deliveryReceipts":true,"typing":false}""", (await tenant.OnBehalfOf("alice").GetAsync(Path)).Expect(HttpStatusCode.OK).Text);
        Assert.Equal("""{"readReceipts":true,"deliveryReceipts":true,"typing":true}""", (await tenant.OnBehalfOf("bob").GetAsync(Path)).Expect(HttpStatusCode.OK).Text);

        (await tenant.OnBehalfOf("alice").PutAsync(Path, """{"deliveryReceipts":false,"readReceipts":null}""")).Expect(HttpStatusCode.OK);
        Assert.Equal("""{"readReceipts":true,"deliveryReceipts":false,"typing":true}""", (await alice.GetAsync(Path)).Expect(HttpStatusCode.OK).Text);
    }

    [Fact]
    public async Task A_profile_that_is_replaced_and_a_deactivation_leave_it_as_it_is()
    {
        var tenant = await (await gateway.CreateTenantAsync()).WithUsersAsync("alice", "bob");
        (await tenant.OnBehalfOf("alice").PutAsync(Path, new { typing = false })).Expect(HttpStatusCode.OK);
        (await tenant.Backend.PutAsync("/v1/users/alice", new { name = "Another" })).Expect(HttpStatusCode.OK);
        (await tenant.Backend.DeleteAsync("/v1/users/alice")).Expect(HttpStatusCode.NoContent);

        var directory = gateway.Services.GetRequiredService<PrivacyDirectory>();
        var (alice, bob) = (new UserId("alice"), new UserId("bob"));
        Assert.Equal(new(Typing: false), await directory.FindAsync(new(tenant.Id), alice, Cancelled));
        Assert.Equal(PrivacySettings.Open, await directory.FindAsync(new(tenant.Id), bob, Cancelled));
        Assert.Equal(PrivacySettings.Open, await directory.FindAsync(new(tenant.Id), new("nobody"), Cancelled));
        Assert.Equal([alice], (await directory.FindHidingAsync(new(tenant.Id), [alice, bob, new("nobody")], Cancelled)).Keys);
    }

    [Fact]
    public async Task The_same_once_more_makes_no_entry()
    {
        var tenant = await (await gateway.CreateTenantAsync()).WithUsersAsync("alice");
        var log = Caas.Core.Entries.LogId.OfUser(new(tenant.Id), new("alice"));
        var store = gateway.Services.GetRequiredService<Caas.Core.Entries.IEntryStore>();
        for (var i = 0; i < 3; i++)
        {
            (await tenant.OnBehalfOf("alice").PutAsync(Path, new { typing = false })).Expect(HttpStatusCode.OK);
        }

        Assert.Equal(["user.created", "privacy.changed"], (await store.ReadAfterAsync(log, 0, 10, Cancelled)).Select(entry => entry.Type));
    }

    [Fact]
    public async Task A_name_that_is_no_text_is_refused()
    {
        var tenant = await (await gateway.CreateTenantAsync()).WithUsersAsync("alice");
        using var content = new ByteArrayContent([.. "{\""u8, 0xff, 0xfe, .. "\":1}"u8]);
        content.Headers.ContentType = new("application/json");
        (await tenant.OnBehalfOf("alice").SendAsync(HttpMethod.Put, Path, content)).ExpectProblem(HttpStatusCode.BadRequest, "validation_failed", "body");
    }

    [Theory]
    [InlineData("""{"typing":"no"}""", "typing")]
    [InlineData("""{"readReceipts":0}""", "readReceipts")]
    [InlineData("""{"typng":false}""", "typng")]
    [InlineData("""{"typing":false,"read_receipts":false}""", "read_receipts")]
    public async Task What_is_neither_on_nor_off_or_not_known_is_refused(string body, string field)
    {
        var tenant = await (await gateway.CreateTenantAsync()).WithUsersAsync("alice");
        (await tenant.OnBehalfOf("alice").PutAsync(Path, body)).ExpectProblem(HttpStatusCode.BadRequest, "validation_failed", field);
        Assert.True((await tenant.OnBehalfOf("alice").GetAsync(Path)).Expect(HttpStatusCode.OK)["typing"].GetBoolean());
        (await tenant.Backend.PutAsync(Path, "{}")).ExpectProblem(HttpStatusCode.BadRequest, "on_behalf_of_required");
    }
}
